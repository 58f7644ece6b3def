/* SPDX-License-Identifier: Apache-2.0 */
/* The file's changes of offset, and those that its rule makes until 2199, in one table. */
#include "pm_trace_zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_calendar.h"
#include "pm_text.h"
#include "pm_zone_rule.h"

#define DATABASE    "/usr/share/zoneinfo"
#define FILE_MAX    (64u << 10)
#define CHANGES_MAX 3000u
#define TYPES_MAX   256u
#define HEADER      44u
#define LAST_YEAR   2199
#define OFFSET_MAX  93600 /* seconds: 26 hours */
#define DAY_S       86400

struct change {
    int64_t at_s; /* UTC; the first one is that of all times before */
    int64_t offset_s;
};

struct pm_trace_zone {
    unsigned count;
    struct change change[CHANGES_MAX];
};

/* --- the file --------------------------------------------------------------------------------- */

/* The counts of a header, in their order. */
struct counts {
    uint64_t utc, standard, leap, time, type, chars;
};

static uint64_t read_be(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static bool read_header(const uint8_t *at, const uint8_t *end, struct counts *counts)
{
    uint64_t *const count[] = {&counts->utc,  &counts->standard, &counts->leap,
                               &counts->time, &counts->type,     &counts->chars};

    if ((size_t)(end - at) < HEADER || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
        return false;
    for (unsigned i = 0; i < 6; i++)
        *count[i] = read_be(at + 20 + 4 * i, 4);
    return true;
}

/* Bytes behind a header whose times take @p wide bytes each. */
static uint64_t body_size(const struct counts *counts, unsigned wide)
{
    return counts->time * (wide + 1) + counts->type * 6 + counts->chars +
           counts->leap * (wide + 4) + counts->standard + counts->utc;
}

static bool add_change(struct pm_trace_zone *zone, int64_t at_s, int64_t offset_s)
{
    if (zone->count == CHANGES_MAX || offset_s < -OFFSET_MAX || offset_s > OFFSET_MAX ||
        (zone->count > 0 && at_s <= zone->change[zone->count - 1].at_s))
        return false;
    zone->change[zone->count++] = (struct change){at_s, offset_s};
    return true;
}

/* Zones that count leap seconds are of no use for times that do not. */
static bool read_body(struct pm_trace_zone *zone, const uint8_t *at, const struct counts *counts)
{
    const uint8_t *index = at + 8 * counts->time;
    const uint8_t *type = index + counts->time;

    if (counts->leap != 0 || counts->type == 0 || counts->type > TYPES_MAX ||
        !add_change(zone, INT64_MIN, (int32_t)read_be(type, 4)))
        return false;
    for (uint64_t i = 0; i < counts->time; i++) {
        if (index[i] >= counts->type || !add_change(zone, (int64_t)read_be(at + 8 * i, 8),
                                                    (int32_t)read_be(type + 6 * index[i], 4)))
            return false;
    }
    return true;
}

/* --- the rule behind it ----------------------------------------------------------------------- */

/* Changes that the table holds already are left out. */
static bool add_year(struct pm_trace_zone *zone, const struct pm_zone_rule *rule, int64_t year)
{
    struct change change[] = {
        {pm_zone_rule_day(&rule->start, year) * DAY_S + rule->start.time_s - rule->standard_s,
         rule->summer_s},
        {pm_zone_rule_day(&rule->end, year) * DAY_S + rule->end.time_s - rule->summer_s,
         rule->standard_s},
    };
    const unsigned first = change[0].at_s < change[1].at_s ? 0 : 1;

    for (unsigned i = 0; i < 2; i++) {
        const struct change *next = &change[first ^ i];
        if (next->at_s > zone->change[zone->count - 1].at_s &&
            !add_change(zone, next->at_s, next->offset_s))
            return false;
    }
    return true;
}

static bool apply_rule(struct pm_trace_zone *zone, const uint8_t *at, const uint8_t *end)
{
    struct pm_zone_rule rule;

    if (end - at < 2 || *at != '\n' || end[-1] != '\n')
        return false;
    if (end - at == 2) /* the table says all there is */
        return true;
    if (!pm_zone_rule_read(&rule, (const char *)at + 1, (size_t)(end - at) - 2))
        return false;
    for (int64_t year = 1970; year <= LAST_YEAR && rule.has_summer; year++) {
        if (!add_year(zone, &rule, year))
            return false;
    }
    return true;
}

static bool read_zone(struct pm_trace_zone *zone, const uint8_t *at, size_t size)
{
    const uint8_t *end = at + size;
    struct counts counts;

    for (unsigned wide = 4; wide <= 8; wide += 4) {
        if (!read_header(at, end, &counts) ||
            body_size(&counts, wide) > (uint64_t)(end - at) - HEADER)
            return false;
        at += HEADER;
        if (wide == 8 && !read_body(zone, at, &counts))
            return false;
        at += body_size(&counts, wide);
    }
    return apply_rule(zone, at, end);
}

/* --- opening ---------------------------------------------------------------------------------- */

/* No name leads out of the database: it has no point. */
static bool is_name(const char *name)
{
    static const char known[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+/";

    return name[0] != '/' && name[0] != '\0' && strlen(name) < PM_TRACE_ZONE_NAME_SIZE &&
           name[strspn(name, known)] == '\0';
}

/* Bytes of the zone's file, or -1; a larger file is none. */
static ssize_t read_file(const char *name, uint8_t *bytes)
{
    const char *database = getenv("TZDIR");
    char path[4096];
    size_t used = 0;
    ssize_t got = 1;

    snprintf(path, sizeof path, "%s/%s", database != NULL ? database : DATABASE, name);
    const int fd = is_name(name) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    while (fd >= 0 && got > 0 && used < FILE_MAX) {
        got = read(fd, bytes + used, FILE_MAX - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0 && got == 0 ? (ssize_t)used : -1;
}

int pm_trace_zone_open(struct pm_trace_zone **out, const char *name, struct pm_error *error)
{
    struct pm_trace_zone *zone = calloc(1, sizeof *zone);
    uint8_t *bytes = malloc(FILE_MAX);
    char shown[PM_TRACE_ZONE_NAME_SIZE];
    int rc = 0;

    if (zone == NULL || bytes == NULL) {
        rc = pm_error_set(error, PM_ENOMEM, "out of memory");
    } else {
        const ssize_t size = read_file(name, bytes);
        if (size < 0 || !read_zone(zone, bytes, (size_t)size))
            rc = pm_error_set(error, PM_EINPUT,
                              "zone: %s: expected UTC, an offset such as \"+01:00\", or a name "
                              "such as Europe/Berlin that the system's tzdata has",
                              pm_text_printable(shown, sizeof shown, name));
    }
    free(bytes);
    if (rc != 0)
        pm_trace_zone_close(zone);
    else
        *out = zone;
    return rc;
}

/* --- use -------------------------------------------------------------------------------------- */

/* The last change that is surely over when a clock anywhere shows @p local_s. */
static unsigned find_before(const struct pm_trace_zone *zone, int64_t local_s)
{
    unsigned low = 0, high = zone->count;

    while (high - low > 1) {
        const unsigned middle = low + (high - low) / 2;
        if (zone->change[middle].at_s <= local_s - OFFSET_MAX)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool pm_trace_zone_utc(const struct pm_trace_zone *zone, int64_t local_s, int64_t *utc_s)
{
    for (unsigned i = find_before(zone, local_s); i < zone->count; i++) {
        const bool is_last = i + 1 == zone->count;
        *utc_s = local_s - zone->change[i].offset_s;
        if (*utc_s >= zone->change[i].at_s && (is_last || *utc_s < zone->change[i + 1].at_s))
            return true;
        if (zone->change[i].at_s > local_s + OFFSET_MAX)
            break;
    }
    return false;
}

void pm_trace_zone_close(struct pm_trace_zone *zone)
{
    free(zone);
}
