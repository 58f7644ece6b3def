/* SPDX-License-Identifier: Apache-2.0 */
/* spend: what the query and its oracle share, which is the settings and the outputs' numbers. */
#ifndef PM_QUERY_SPEND_H
#define PM_QUERY_SPEND_H

#include "pm_query.h"

struct pm_query_spend_settings {
    int64_t window_ns;
    int64_t lateness_ns;
};

enum { PM_SPEND_WINDOWS, PM_SPEND_LATE, PM_SPEND_OUTPUTS };

extern const struct pm_query pm_query_spend;

/** struct pm_query's oracle: per user, walk the payments by time and close each window in turn. */
int pm_oracle_spend(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                    const void *settings, struct pm_error *error);

#endif
