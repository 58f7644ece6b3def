/* SPDX-License-Identifier: Apache-2.0 */
/* attribution: what the query and its oracle share. */
#ifndef PM_QUERY_ATTRIBUTION_H
#define PM_QUERY_ATTRIBUTION_H

#include "pm_query.h"

struct pm_query_attribution_settings {
    int64_t within_ns; /* a click counts for the impressions up to this long before it */
    int64_t lateness_ns;
};

enum { PM_ATTRIBUTION_IMPRESSIONS, PM_ATTRIBUTION_CLICKS, PM_ATTRIBUTION_STREAMS };
enum {
    PM_ATTRIBUTION_PAIRS,
    PM_ATTRIBUTION_EXPIRED,
    PM_ATTRIBUTION_LATE_IMPRESSIONS,
    PM_ATTRIBUTION_LATE_CLICKS,
    PM_ATTRIBUTION_OUTPUTS
};

#define PM_ATTRIBUTION_ADS 100u /* a pair's number is user * ads + ad */

extern const struct pm_query pm_query_attribution;

/** struct pm_query's oracle: each impression looks at every click of its user and ad. */
int pm_oracle_attribution(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error);

#endif
