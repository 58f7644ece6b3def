/* SPDX-License-Identifier: Apache-2.0 */
/* hourly-plain: what the query and its oracle share: the settings and the outputs' numbers. */
#ifndef PM_QUERY_HOURLY_PLAIN_H
#define PM_QUERY_HOURLY_PLAIN_H

#include "pm_query.h"

#define PM_HOURLY_PLAIN_SCALE 3u /* decimals of the average */

struct pm_query_hourly_plain_settings {
    int64_t size_ns;
    int64_t lateness_ns;
};

enum { PM_HOURLY_PLAIN_WINDOWS, PM_HOURLY_PLAIN_LATE, PM_HOURLY_PLAIN_OUTPUTS };

extern const struct pm_query pm_query_hourly_plain;

/** struct pm_query's oracle: all readings by time, one window after the other. */
int pm_oracle_hourly_plain(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                           const void *settings, struct pm_error *error);

#endif
