/* SPDX-License-Identifier: Apache-2.0 */
/* std offset [dst [offset] , start [/time] , end [/time]] */
#include "pm_zone_rule.h"

#include "pm_calendar.h"

#define HOURS_MAX 167
#define HOUR_S    3600

struct cursor {
    const char *at;
    const char *end;
};

static bool take_byte(struct cursor *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

static bool take_number(struct cursor *in, int64_t least, int64_t most, int64_t *value)
{
    const char *start = in->at;

    for (*value = 0; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        *value = *value * 10 + (*in->at - '0');
        if (*value > most)
            return false;
    }
    return in->at > start && *value >= least;
}

/* Three letters or more, or anything between < and >. */
static bool take_name(struct cursor *in)
{
    const char *start = in->at;

    if (take_byte(in, '<')) {
        while (in->at < in->end && *in->at != '>')
            in->at++;
        return take_byte(in, '>');
    }
    while (in->at < in->end && ((*in->at | 0x20) >= 'a' && (*in->at | 0x20) <= 'z'))
        in->at++;
    return in->at - start >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct cursor *in, int64_t *seconds)
{
    const bool negative = take_byte(in, '-');
    int64_t part[3] = {0};

    if (!negative)
        take_byte(in, '+');
    if (!take_number(in, 0, HOURS_MAX, &part[0]))
        return false;
    for (unsigned i = 1; i < 3 && take_byte(in, ':'); i++) {
        if (!take_number(in, 0, 59, &part[i]))
            return false;
    }
    *seconds = (part[0] * HOUR_S + part[1] * 60 + part[2]) * (negative ? -1 : 1);
    return true;
}

static bool take_day(struct cursor *in, struct pm_zone_change *change)
{
    if (take_byte(in, 'M')) {
        change->kind = PM_ZONE_MONTH;
        return take_number(in, 1, 12, &change->month) && take_byte(in, '.') &&
               take_number(in, 1, 5, &change->week) && take_byte(in, '.') &&
               take_number(in, 0, 6, &change->day);
    }
    const bool julian = take_byte(in, 'J');
    change->kind = julian ? PM_ZONE_JULIAN : PM_ZONE_PLAIN;
    return take_number(in, julian ? 1 : 0, 365, &change->day);
}

static bool take_change(struct cursor *in, struct pm_zone_change *change)
{
    change->time_s = 2 * HOUR_S;
    return take_byte(in, ',') && take_day(in, change) &&
           (!take_byte(in, '/') || take_time(in, &change->time_s));
}

bool pm_zone_rule_read(struct pm_zone_rule *rule, const char *text, size_t size)
{
    struct cursor in = {text, text + size};
    int64_t west_s = 0;

    *rule = (struct pm_zone_rule){0};
    if (!take_name(&in) || !take_time(&in, &west_s))
        return false;
    rule->standard_s = -west_s;
    rule->has_summer = in.at < in.end;
    if (!rule->has_summer)
        return true;
    if (!take_name(&in))
        return false;
    west_s -= HOUR_S; /* where the rule does not say it */
    if (in.at < in.end && *in.at != ',' && !take_time(&in, &west_s))
        return false;
    rule->summer_s = -west_s;
    return take_change(&in, &rule->start) && take_change(&in, &rule->end) && in.at == in.end;
}

static bool is_leap(int64_t year)
{
    return pm_calendar_days_in(year, 2) == 29;
}

/* 1970-01-01 was a Thursday. */
static int64_t weekday_of(int64_t day)
{
    return (day % 7 + 7 + 4) % 7;
}

int64_t pm_zone_rule_day(const struct pm_zone_change *change, int64_t year)
{
    const int64_t new_year = pm_calendar_day(year, 1, 1);

    if (change->kind == PM_ZONE_PLAIN)
        return new_year + change->day;
    if (change->kind == PM_ZONE_JULIAN)
        return new_year + change->day - 1 + (is_leap(year) && change->day >= 60 ? 1 : 0);
    const int64_t first = pm_calendar_day(year, change->month, 1);
    const int64_t last = first + pm_calendar_days_in(year, change->month) - 1;
    int64_t day = first + (change->day - weekday_of(first) + 7) % 7 + 7 * (change->week - 1);
    if (day > last)
        day -= 7;
    return day;
}
