/* SPDX-License-Identifier: Apache-2.0 */
/* brute-force: what the query and its oracle share. */
#ifndef PM_QUERY_BRUTE_FORCE_H
#define PM_QUERY_BRUTE_FORCE_H

#include "pm_query.h"

struct pm_query_brute_force_settings {
    int64_t failures;  /* in a row that raise an alert */
    int64_t within_ns; /* the last of them comes less than this after the first */
    int64_t quiet_ns;  /* alerts this soon after one belong to the same burst */
    int64_t lateness_ns;
};

enum pm_brute_force_result { PM_LOGIN_FAILED, PM_LOGIN_SUCCEEDED };
enum { PM_BRUTE_FORCE_ALERTS, PM_BRUTE_FORCE_LATE, PM_BRUTE_FORCE_OUTPUTS };

extern const struct pm_query pm_query_brute_force;

/** struct pm_query's oracle: per user in order of event time, failures counted since the last
 * success or alert. */
int pm_oracle_brute_force(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error);

#endif
