/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of the queries. */
#include "pm_query_abandonment.h"
#include "pm_query_attribution.h"
#include "pm_query_brute_force.h"
#include "pm_query_dashboard.h"
#include "pm_query_enrich.h"
#include "pm_query_fraud.h"
#include "pm_query_high_value.h"
#include "pm_query_hourly.h"
#include "pm_query_hourly_plain.h"
#include "pm_query_lines.h"
#include "pm_query_log_etl.h"
#include "pm_query_maintenance.h"
#include "pm_query_route.h"
#include "pm_query_sessions.h"
#include "pm_query_spend.h"

#include <string.h>

const struct pm_query *const pm_queries[] = {
    &pm_query_route,       &pm_query_log_etl,     &pm_query_spend,
    &pm_query_hourly,      &pm_query_sessions,    &pm_query_enrich,
    &pm_query_fraud,       &pm_query_high_value,  &pm_query_hourly_plain,
    &pm_query_dashboard,   &pm_query_maintenance, &pm_query_attribution,
    &pm_query_brute_force, &pm_query_abandonment, NULL,
};

const struct pm_query *pm_query_find(const char *name)
{
    for (unsigned i = 0; pm_queries[i] != NULL; i++) {
        if (strcmp(pm_queries[i]->name, name) == 0)
            return pm_queries[i];
    }
    return NULL;
}

unsigned pm_query_lines(const struct pm_query *query)
{
    static const struct {
        const char *name;
        unsigned lines;
    } counted[] = {PM_LINES_ROWS};

    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++) {
        if (strcmp(counted[i].name, query->name) == 0)
            return counted[i].lines;
    }
    return 0;
}
