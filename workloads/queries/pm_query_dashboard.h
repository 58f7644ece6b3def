/* SPDX-License-Identifier: Apache-2.0 */
/* dashboard: what the query and its oracle share: settings, columns and outputs' numbers. */
#ifndef PM_QUERY_DASHBOARD_H
#define PM_QUERY_DASHBOARD_H

#include "pm_query.h"

#define PM_DASHBOARD_TOP       10u
#define PM_DASHBOARD_PRECISION 10u /* of the sketch of users: a standard error of 3.3 % */

struct pm_query_dashboard_settings {
    int64_t products; /* a region */
    int64_t users;    /* of all regions */
    int64_t interval_ns;
};

enum { PM_DASHBOARD_PRODUCTS, PM_DASHBOARD_TOPS, PM_DASHBOARD_OUTPUTS };

/** The payload of a purchase, which is keyed by its region. */
static inline int64_t pm_dashboard_revenue(const struct pm_record *record)
{
    return (int64_t)record->payload[0];
}
static inline int64_t pm_dashboard_product(const struct pm_record *record)
{
    return (int64_t)record->payload[1];
}
static inline int64_t pm_dashboard_user(const struct pm_record *record)
{
    return (int64_t)record->payload[2];
}

extern const struct pm_query pm_query_dashboard;

/** struct pm_query's oracle: per region in order of arrival, every state of every row. */
int pm_oracle_dashboard(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                        const void *settings, struct pm_error *error);

#endif
