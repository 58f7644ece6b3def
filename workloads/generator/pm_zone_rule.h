/* SPDX-License-Identifier: Apache-2.0 */
/* The rule by which a time zone changes its offset every year: "CET-1CEST,M3.5.0,M10.5.0/3". */
#ifndef PM_ZONE_RULE_H
#define PM_ZONE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A day of the year and a time on it. */
struct pm_zone_change {
    enum pm_zone_day {
        PM_ZONE_MONTH, /* weekday number `day` (0: Sunday) of week 1..5 of a month; 5 is the last */
        PM_ZONE_JULIAN, /* day 1..365, 29 February never counted */
        PM_ZONE_PLAIN,  /* day 0..365 */
    } kind;
    int64_t month, week, day;
    int64_t time_s; /* on the clock before the change; may lie on another day */
};

struct pm_zone_rule {
    int64_t standard_s, summer_s; /* east of UTC */
    bool has_summer;
    struct pm_zone_change start, end; /* of summer time */
};

/** Read all of the @p size bytes at @p text as POSIX.1-2017 8.3 and RFC 8536 3.3.1 write it; false
 * when it is none. */
bool pm_zone_rule_read(struct pm_zone_rule *rule, const char *text, size_t size);

/** The day of @p change in @p year, since 1970-01-01. */
int64_t pm_zone_rule_day(const struct pm_zone_change *change, int64_t year);

#endif
