/* SPDX-License-Identifier: Apache-2.0 */
/* enrich: what the query and its oracle share, which is the settings and the numbers. */
#ifndef PM_QUERY_ENRICH_H
#define PM_QUERY_ENRICH_H

#include "pm_query.h"

struct pm_query_enrich_settings {
    int64_t lateness_ns;
};

enum { PM_ENRICH_CLICKS, PM_ENRICH_PROFILES, PM_ENRICH_STREAMS };
enum { PM_ENRICH_ROWS, PM_ENRICH_LATE, PM_ENRICH_OUTPUTS };

extern const struct pm_query pm_query_enrich;

/** struct pm_query's oracle: each click scans its user's earlier profiles from the latest on. */
int pm_oracle_enrich(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                     const void *settings, struct pm_error *error);

#endif
