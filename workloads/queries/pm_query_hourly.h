/* SPDX-License-Identifier: Apache-2.0 */
/* hourly: what the query and its oracle share, which is the settings and the outputs' numbers. */
#ifndef PM_QUERY_HOURLY_H
#define PM_QUERY_HOURLY_H

#include "pm_query.h"

#define PM_HOURLY_MEAN_SCALE 3u /* decimals of the average */

struct pm_query_hourly_settings {
    int64_t size_ns;
    int64_t slide_ns;
    int64_t lateness_ns;
};

enum { PM_HOURLY_WINDOWS, PM_HOURLY_LATE, PM_HOURLY_OUTPUTS };

extern const struct pm_query pm_query_hourly;

/** struct pm_query's oracle: per sensor, each window scans the readings that lie in it. */
int pm_oracle_hourly(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                     const void *settings, struct pm_error *error);

#endif
