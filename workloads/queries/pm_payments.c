/* SPDX-License-Identifier: Apache-2.0 */
/* Payments: their columns and their amounts. */
#include "pm_payments.h"

#define AMOUNT_MIN 100    /* 1.00 */
#define AMOUNT_MAX 500000 /* 5000.00 */

const struct pm_schema pm_payments_schema = {
    .name = "payment",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0)},
};

void pm_payments_fill(const void *settings, struct pm_random *random, struct pm_record *record,
                      struct pm_bytes *bytes)
{
    const uint64_t most = pm_random_below(random, AMOUNT_MAX - AMOUNT_MIN + 1);

    (void)settings;
    (void)bytes;
    record->payload[0] = AMOUNT_MIN + pm_random_below(random, most + 1);
}
