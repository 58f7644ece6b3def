/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the format; the calendar is arithmetic. */
#include "pm_trace_time.h"

#include <stdio.h>
#include <string.h>

#include "pm_calendar.h"
#include "pm_clock.h"
#include "pm_fixed.h"
#include "pm_text.h"

#define LAST_NS 7258118400000000000LL /* the year 2200 */
#define NO_ZONE INT64_MAX             /* the text has named none so far */

struct parts {
    int64_t year, month, day, hour, minute, second, fraction_ns, zone_s;
    int half; /* 0: none named, 1: am, 2: pm */
};

struct cursor {
    const char *at;
    const char *end;
};

/* Up to @p most digits, at least @p least. */
static bool take_digits(struct cursor *in, int least, int most, int64_t *value)
{
    int digits = 0;

    for (*value = 0; digits < most && in->at < in->end && *in->at >= '0' && *in->at <= '9';
         digits++)
        *value = *value * 10 + (*in->at++ - '0');
    return digits >= least;
}

static bool take_byte(struct cursor *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

/* Digits of a second's fraction; those beyond ns are left out. */
static bool take_fraction(struct cursor *in, int64_t *ns)
{
    int64_t unit = PM_NS_PER_S / 10;
    const char *start = in->at;

    for (*ns = 0; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++, unit /= 10)
        *ns += (*in->at - '0') * unit;
    return in->at > start;
}

static bool take_zone(struct cursor *in, int64_t *zone_s)
{
    int64_t hours = 0, minutes = 0;

    if (take_byte(in, 'Z')) {
        *zone_s = 0;
        return true;
    }
    const bool west = take_byte(in, '-');
    if ((!west && !take_byte(in, '+')) || !take_digits(in, 2, 2, &hours))
        return false;
    const bool colon = take_byte(in, ':');
    if (!take_digits(in, 2, 2, &minutes) && colon)
        return false;
    *zone_s = (hours * 60 + minutes) * (west ? -60 : 60);
    return hours < 24 && minutes < 60;
}

static bool take_month(struct cursor *in, int64_t *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    if (in->end - in->at < 3)
        return false;
    const char name[3] = {(char)(in->at[0] | 0x20), (char)(in->at[1] | 0x20),
                          (char)(in->at[2] | 0x20)};
    for (*month = 1; *month <= 12; ++*month) {
        if (memcmp(name, names + 3 * (*month - 1), 3) == 0) {
            in->at += 3;
            return true;
        }
    }
    return false;
}

static bool take_half(struct cursor *in, int *half)
{
    if (in->end - in->at < 2 || (in->at[1] | 0x20) != 'm')
        return false;
    const char first = (char)(in->at[0] | 0x20);
    *half = first == 'a' ? 1 : 2;
    in->at += 2;
    return first == 'a' || first == 'p';
}

static bool take_directive(struct cursor *in, char kind, struct parts *parts)
{
    switch (kind) {
    case 'Y':
        return take_digits(in, 4, 4, &parts->year);
    case 'y':
        if (!take_digits(in, 2, 2, &parts->year))
            return false;
        parts->year += parts->year < 70 ? 2000 : 1900;
        return true;
    case 'm':
        return take_digits(in, 1, 2, &parts->month);
    case 'd':
        return take_digits(in, 1, 2, &parts->day);
    case 'b':
        return take_month(in, &parts->month);
    case 'H':
    case 'I':
        return take_digits(in, 1, 2, &parts->hour);
    case 'p':
        return take_half(in, &parts->half);
    case 'M':
        return take_digits(in, 2, 2, &parts->minute);
    case 'S':
        return take_digits(in, 2, 2, &parts->second);
    case 'f':
        return take_fraction(in, &parts->fraction_ns);
    case 'z':
        return take_zone(in, &parts->zone_s);
    default:
        return take_byte(in, '%');
    }
}

static bool take_format(struct cursor *in, const char *format, struct parts *parts)
{
    for (; *format != '\0'; format++) {
        if (*format == '%') {
            if (!take_directive(in, *++format, parts))
                return false;
        } else if (*format == ' ') {
            while (in->at < in->end && *in->at == ' ')
                in->at++;
        } else if (!take_byte(in, *format)) {
            return false;
        }
    }
    return true;
}

static bool take_iso(struct cursor *in, struct parts *parts)
{
    if (!take_format(in, "%Y-%m-%d", parts))
        return false;
    if (in->at == in->end)
        return true;
    if ((!take_byte(in, 'T') && !take_byte(in, ' ')) || !take_format(in, "%H:%M", parts))
        return false;
    if (take_byte(in, ':') && !take_digits(in, 2, 2, &parts->second))
        return false;
    if ((take_byte(in, '.') || take_byte(in, ',')) && !take_fraction(in, &parts->fraction_ns))
        return false;
    if (in->at < in->end && *in->at == ' ')
        in->at++;
    return in->at == in->end || take_zone(in, &parts->zone_s);
}

/* The text's own zone goes first, then a zone by name, then an offset. */
static bool to_utc(const struct pm_trace_time *time, const struct pm_trace_zone *zone,
                   const struct parts *parts, int64_t *seconds)
{
    if (parts->zone_s == NO_ZONE && zone != NULL)
        return pm_trace_zone_utc(zone, *seconds, seconds);
    *seconds -= parts->zone_s != NO_ZONE ? parts->zone_s : time->zone_s;
    return true;
}

static bool assemble(const struct pm_trace_time *time, const struct pm_trace_zone *zone,
                     const struct parts *parts, int64_t *ns)
{
    int64_t hour = parts->hour;

    if (parts->year < 1970 || parts->year > 2199 || parts->month < 1 || parts->month > 12 ||
        parts->day < 1 || parts->day > pm_calendar_days_in(parts->year, parts->month))
        return false;
    if (parts->half != 0) {
        if (hour < 1 || hour > 12)
            return false;
        hour = hour % 12 + (parts->half == 2 ? 12 : 0);
    }
    if (hour > 23 || parts->minute > 59 || parts->second > 60)
        return false;
    int64_t seconds = pm_calendar_day(parts->year, parts->month, parts->day) * 86400 + hour * 3600 +
                      parts->minute * 60 + parts->second;
    if (!to_utc(time, zone, parts, &seconds))
        return false;
    *ns = seconds * PM_NS_PER_S + parts->fraction_ns;
    return *ns >= 0 && *ns < LAST_NS;
}

static bool are_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at == end;
}

static bool read_count(const struct pm_trace_time *time, const char *text, uint32_t size,
                       int64_t *ns)
{
    const char *end = text + size;
    unsigned scale = 0;
    bool exact = false;

    for (int64_t unit = time->unit_ns; unit > 1; unit /= 10)
        scale++;
    /* Digits beyond ns are no fault of a clock that writes them. */
    const char *point = memchr(text, '.', size);
    if (point != NULL && end - point - 1 > (int64_t)scale && are_digits(point + 1, end))
        end = scale > 0 ? point + 1 + scale : point;
    const char *stop = pm_fixed_read(ns, &exact, text, end, scale);
    return stop == end && exact && *ns >= 0 && *ns < LAST_NS;
}

bool pm_trace_time_read(const struct pm_trace_time *time, const struct pm_trace_zone *zone,
                        const char *text, uint32_t size, int64_t *ns)
{
    struct cursor in = {.at = text, .end = text + size};
    struct parts parts = {.month = 1, .day = 1, .zone_s = NO_ZONE};

    if (time->unit_ns > 0)
        return read_count(time, text, size, ns);
    const bool taken =
        time->format[0] != '\0' ? take_format(&in, time->format, &parts) : take_iso(&in, &parts);
    return taken && in.at == in.end && assemble(time, zone, &parts, ns);
}

int pm_trace_time_set_format(struct pm_trace_time *time, const char *format, struct pm_error *error)
{
    char shown[PM_TRACE_TIME_FORMAT_SIZE];

    if (strlen(format) >= sizeof time->format)
        return pm_error_set(error, PM_EINPUT, "format: longer than %zu bytes",
                            sizeof time->format - 1);
    for (const char *at = format; *at != '\0'; at++) {
        if (*at != '%')
            continue;
        at++;
        if (*at == '\0' || strchr("YymdbHIpMSfz%", *at) == NULL)
            return pm_error_set(error, PM_EINPUT,
                                "format: %s: expected %%Y %%y %%m %%d %%b %%H %%I %%p %%M %%S %%f "
                                "%%z or %%%%",
                                pm_text_printable(shown, sizeof shown, format));
    }
    snprintf(time->format, sizeof time->format, "%s", format);
    return 0;
}

int pm_trace_time_set_zone(struct pm_trace_time *time, const char *zone, struct pm_error *error)
{
    struct cursor in = {.at = zone, .end = zone + strlen(zone)};
    struct pm_trace_zone *table = NULL;

    time->zone_s = 0;
    time->zone[0] = '\0';
    if (strcmp(zone, "UTC") == 0 || (take_zone(&in, &time->zone_s) && in.at == in.end))
        return 0;
    time->zone_s = 0;
    const int rc = pm_trace_zone_open(&table, zone, error);
    if (rc != 0)
        return rc;
    pm_trace_zone_close(table);
    snprintf(time->zone, sizeof time->zone, "%s", zone);
    return 0;
}

int pm_trace_time_set_unit(struct pm_trace_time *time, const char *unit, struct pm_error *error)
{
    static const char *const names[] = {"s", "ms", "us", "ns"};
    int64_t ns = PM_NS_PER_S;
    char shown[32];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++, ns /= 1000) {
        if (strcmp(unit, names[i]) == 0) {
            time->unit_ns = ns;
            return 0;
        }
    }
    return pm_error_set(error, PM_EINPUT, "unit: %s: expected s, ms, us or ns since 1970",
                        pm_text_printable(shown, sizeof shown, unit));
}
