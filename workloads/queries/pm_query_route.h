/* SPDX-License-Identifier: Apache-2.0 */
/* route: what the query and its oracle share, which is the settings and the outputs' numbers. */
#ifndef PM_QUERY_ROUTE_H
#define PM_QUERY_ROUTE_H

#include "pm_query.h"

#define PM_ROUTE_REGIONS 8u

struct pm_query_route_settings {
    int64_t malformed_one_in; /* 0: none */
};

/** Outputs 0..7 are those of the regions, in the order of the names. */
enum { PM_ROUTE_DEAD_LETTERS = PM_ROUTE_REGIONS, PM_ROUTE_OUTPUTS };

extern const struct pm_query pm_query_route;

/** struct pm_query's oracle: each text is parsed by jansson and goes to its region's output. */
int pm_oracle_route(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                    const void *settings, struct pm_error *error);

#endif
