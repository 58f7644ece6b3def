/* SPDX-License-Identifier: Apache-2.0 */
/* maintenance: what the query and its oracle share: settings and the payload's columns. */
#ifndef PM_QUERY_MAINTENANCE_H
#define PM_QUERY_MAINTENANCE_H

#include "pm_query.h"

#define PM_MAINTENANCE_SUCCESSIVE_MAX 64
#define PM_MAINTENANCE_READING_MAX    ((1LL << 31) - 1) /* beyond it a reading counts as this */
#define PM_MAINTENANCE_SCALE          3u                /* decimals of the moving mean */

enum pm_maintenance_kind { PM_MAINTENANCE_VIBRATION, PM_MAINTENANCE_TEMPERATURE };

struct pm_query_maintenance_settings {
    int64_t readings;   /* of the moving mean and deviation */
    int64_t history;    /* readings before any is judged */
    int64_t deviations; /* standard deviations that are too far */
    int64_t successive; /* readings looked at, the newest included */
    int64_t beyond;     /* of them too far: the machine's kind alarms */
    int64_t agree_ns;   /* the other kind's last alarm lies at most so far from this one */
};

static inline int64_t pm_maintenance_reading(const struct pm_record *record)
{
    return (int64_t)record->payload[0];
}
static inline unsigned pm_maintenance_kind(const struct pm_record *record)
{
    return (unsigned)(record->payload[1] & 1u);
}
/** Readings are judged within ±PM_MAINTENANCE_READING_MAX, so that sums of squares stay exact. */
static inline int64_t pm_maintenance_clamp(int64_t reading)
{
    if (reading > PM_MAINTENANCE_READING_MAX)
        return PM_MAINTENANCE_READING_MAX;
    return reading < -PM_MAINTENANCE_READING_MAX ? -PM_MAINTENANCE_READING_MAX : reading;
}

extern const struct pm_query pm_query_maintenance;

/** struct pm_query's oracle: per machine in order of arrival, each reading against those before. */
int pm_oracle_maintenance(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error);

#endif
