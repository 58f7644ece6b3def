/* SPDX-License-Identifier: Apache-2.0 */
/* Payments: the data of the queries that sum money per user. */
#ifndef PM_PAYMENTS_H
#define PM_PAYMENTS_H

#include "pm_random.h"
#include "pm_schema.h"

/** Columns time, user (the key) and amount (cents, the first payload word). */
extern const struct pm_schema pm_payments_schema;

/**
 * An amount between 1.00 and 5000.00, small ones more often (the product of two uniform draws).
 * @p settings are not looked at. As fill of struct pm_query_stream.
 */
void pm_payments_fill(const void *settings, struct pm_random *random, struct pm_record *record,
                      struct pm_bytes *bytes);

/** The amount of payment @p record in cents. */
static inline int64_t pm_payments_amount(const struct pm_record *record)
{
    return (int64_t)record->payload[0];
}

#endif
