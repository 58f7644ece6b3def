/* SPDX-License-Identifier: Apache-2.0 */
/* Times as traces write them: a count since 1970, ISO 8601, or a format of one's own. */
#ifndef PM_TRACE_TIME_H
#define PM_TRACE_TIME_H

#include "pm_error.h"
#include "pm_trace_zone.h"

#include <stdbool.h>
#include <stdint.h>

#define PM_TRACE_TIME_FORMAT_SIZE 64u

/** How one column writes its times. Zeroed: ISO 8601 in UTC. */
struct pm_trace_time {
    int64_t unit_ns; /* > 0: the text is a number of this unit since 1970-01-01 UTC */
    int64_t zone_s;  /* east of UTC; of texts that name no zone of their own */
    char zone[PM_TRACE_ZONE_NAME_SIZE];     /* its name; "": zone_s */
    char format[PM_TRACE_TIME_FORMAT_SIZE]; /* "": ISO 8601 */
};

/**
 * Check @p format: %Y %y %m %d %b (Jan) %H %I %p %M %S %f (fraction) %z (+hh:mm, Z) and %%; a blank
 * stands for any number of them; other bytes for themselves. Errors: PM_EINPUT.
 */
int pm_trace_time_set_format(struct pm_trace_time *time, const char *format,
                             struct pm_error *error);

/** "UTC", "Z", "+hh:mm", or a name that pm_trace_zone_open knows. Errors: PM_EINPUT. */
int pm_trace_time_set_zone(struct pm_trace_time *time, const char *zone, struct pm_error *error);

/** "s", "ms", "us" or "ns". Errors: PM_EINPUT. */
int pm_trace_time_set_unit(struct pm_trace_time *time, const char *unit, struct pm_error *error);

/**
 * Read the whole of the @p size bytes at @p text as ns since 1970, in @p zone where the text names
 * none (NULL unless @p time has one by name, which the caller has opened); false when it is no such
 * time, or outside the years 1970..2199. ISO 8601: date, "T" or a blank, hh:mm, and if given
 * seconds, fraction, zone; a date alone is its midnight. No locale, no leap seconds. Cost: 30 ns.
 */
bool pm_trace_time_read(const struct pm_trace_time *time, const struct pm_trace_zone *zone,
                        const char *text, uint32_t size, int64_t *ns);

#endif
