/* SPDX-License-Identifier: Apache-2.0 */
/* sessions: what the query and its oracle share, which is the settings and the outputs' numbers. */
#ifndef PM_QUERY_SESSIONS_H
#define PM_QUERY_SESSIONS_H

#include "pm_query.h"

struct pm_query_sessions_settings {
    int64_t gap_ns;
    int64_t lateness_ns;
};

enum { PM_SESSIONS_CLOSED, PM_SESSIONS_LATE, PM_SESSIONS_OUTPUTS };

extern const struct pm_query pm_query_sessions;

/** struct pm_query's oracle: per user, payments sorted by time break where the gap is reached. */
int pm_oracle_sessions(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                       const void *settings, struct pm_error *error);

#endif
