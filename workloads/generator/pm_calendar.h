/* SPDX-License-Identifier: Apache-2.0 */
/* Days since 1970-01-01 in the Gregorian calendar, by arithmetic alone. */
#ifndef PM_CALENDAR_H
#define PM_CALENDAR_H

#include <stdint.h>

/** The day number of a date from the year 1 on; month 1..12. */
static inline int64_t pm_calendar_day(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = month <= 2 ? year - 1 : year; /* years counted from March */
    const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

/** Days of a month. */
static inline int64_t pm_calendar_days_in(int64_t year, int64_t month)
{
    return (month == 12 ? pm_calendar_day(year + 1, 1, 1) : pm_calendar_day(year, month + 1, 1)) -
           pm_calendar_day(year, month, 1);
}

#endif
