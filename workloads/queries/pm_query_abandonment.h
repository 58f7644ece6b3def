/* SPDX-License-Identifier: Apache-2.0 */
/* abandonment: what the query and its oracle share. */
#ifndef PM_QUERY_ABANDONMENT_H
#define PM_QUERY_ABANDONMENT_H

#include "pm_query.h"

struct pm_query_abandonment_settings {
    int64_t absent_ns; /* so long after the cart no purchase came */
    int64_t within_ns; /* all of it, the wait included, takes less than this */
    int64_t lateness_ns;
};

enum {
    PM_ABANDONMENT_LOGINS,
    PM_ABANDONMENT_PURCHASES,
    PM_ABANDONMENT_CARTS,
    PM_ABANDONMENT_STREAMS
};
/* The late output of stream i is number 1 + i. */
enum { PM_ABANDONMENT_ALERTS, PM_ABANDONMENT_LATE, PM_ABANDONMENT_OUTPUTS = 4 };

extern const struct pm_query pm_query_abandonment;

/** struct pm_query's oracle: from each login the first purchase, from that the first cart, then the
 * purchases that should not have come. */
int pm_oracle_abandonment(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error);

#endif
