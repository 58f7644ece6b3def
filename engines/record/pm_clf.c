/* SPDX-License-Identifier: Apache-2.0 */
/* Combined Log Format as Apache, nginx and Caddy write it, oddities of real logs included. */
#include "pm_clf.h"

#include <string.h>

#include "pm_clock.h"
#include "pm_findings.h"

struct cursor {
    const char *line;
    const char *at;
    const char *end;
};

static bool take(struct cursor *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

/* Everything up to @p byte, which is taken too; NULL when it does not come. */
static const char *take_until(struct cursor *in, char byte)
{
    const char *from = in->at;
    const char *stop = memchr(from, byte, (size_t)(in->end - from));

    if (stop == NULL)
        return NULL;
    in->at = stop + 1;
    return stop;
}

/* @p count digits, no fewer. */
static bool take_digits(struct cursor *in, unsigned count, int32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++, in->at++) {
        if (in->at == in->end || *in->at < '0' || *in->at > '9')
            return false;
        *value = *value * 10 + (*in->at - '0');
    }
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, month 1..12. */
static int64_t days_of(int32_t year, int32_t month, int32_t day)
{
    static const int16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int32_t leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int32_t past = year - 1;

    return (int64_t)past * 365 + past / 4 - past / 100 + past / 400 - 719162 + before[month - 1] +
           (month > 2 ? leap : 0) + day - 1;
}

static bool take_month(struct cursor *in, int32_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    if (in->end - in->at < 3)
        return false;
    for (int32_t i = 0; i < 12; i++) {
        if (memcmp(names + (size_t)i * 3, in->at, 3) == 0) {
            in->at += 3;
            *month = i + 1;
            return true;
        }
    }
    return false;
}

/* "+0130" in seconds east of Greenwich. */
static bool take_zone(struct cursor *in, int32_t *seconds)
{
    int32_t hours, minutes;
    const bool west = in->at < in->end && *in->at == '-';

    if (!take(in, west ? '-' : '+') || !take_digits(in, 2, &hours) || !take_digits(in, 2, &minutes))
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* "10/Oct/2000:13:55:36 -0700]"; a leap second is read as the second behind it. */
static bool take_time(struct cursor *in, int64_t *time_ns)
{
    int32_t day, month, year, hour, minute, second, zone;

    if (!take_digits(in, 2, &day) || !take(in, '/') || !take_month(in, &month) || !take(in, '/') ||
        !take_digits(in, 4, &year) || !take(in, ':') || !take_digits(in, 2, &hour) ||
        !take(in, ':') || !take_digits(in, 2, &minute) || !take(in, ':') ||
        !take_digits(in, 2, &second) || !take(in, ' ') || !take_zone(in, &zone) || !take(in, ']'))
        return false;
    if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 || year < 1970 ||
        year > 2200) /* web servers' years; their differences fit 64-bit ns, too */
        return false;
    *time_ns = (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone) *
               PM_NS_PER_S;
    return true;
}

/*
 * "host ident user [time] ": user names may hold blanks and even brackets, so the first bracket
 * that a time stands in counts.
 */
static bool take_head(struct cursor *in, struct pm_clf *out)
{
    const char *stop = take_until(in, ' ');

    if (stop == NULL || stop == in->line)
        return false;
    out->host_at = 0;
    out->host_size = (uint32_t)(stop - in->line);
    while (take_until(in, '[') != NULL) {
        struct cursor inner = *in;
        if (take_time(&inner, &out->time_ns)) {
            *in = inner;
            return take(in, ' ');
        }
    }
    return false;
}

/* A quoted field; a backslash takes the byte behind it with it. */
static bool take_quoted(struct cursor *in, uint32_t *at, uint32_t *size)
{
    if (!take(in, '"'))
        return false;
    const char *from = in->at;
    for (; in->at < in->end && *in->at != '"'; in->at++) {
        if (*in->at == '\\' && in->at + 1 < in->end)
            in->at++;
    }
    *at = (uint32_t)(from - in->line);
    *size = (uint32_t)(in->at - from);
    return take(in, '"');
}

/* "METHOD path?query HTTP/1.1": three words; whatever else stands there is no request. */
static bool split_request(const char *line, uint32_t at, uint32_t size, struct pm_clf *out)
{
    struct cursor in = {line, line + at, line + at + size};
    const char *method_end = take_until(&in, ' ');
    const char *path = in.at;
    const char *path_end = method_end != NULL ? take_until(&in, ' ') : NULL;

    if (path_end == NULL || method_end == line + at || path_end == path)
        return false;
    if (in.end - in.at < 6 || memcmp(in.at, "HTTP/", 5) != 0 ||
        memchr(in.at, ' ', (size_t)(in.end - in.at)) != NULL)
        return false;
    const char *query = memchr(path, '?', (size_t)(path_end - path));
    out->method_at = at;
    out->method_size = (uint32_t)(method_end - line) - at;
    out->path_at = (uint32_t)(path - line);
    out->path_size = (uint32_t)((query != NULL ? query : path_end) - path);
    return true;
}

/* "200 2326" or "304 -". */
static bool take_answer(struct cursor *in, struct pm_clf *out)
{
    out->bytes = 0;
    if (!take(in, ' ') || !take_digits(in, 3, &out->status) || !take(in, ' '))
        return false;
    if (take(in, '-'))
        return in->at == in->end || *in->at == ' ';
    const char *from = in->at;
    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9'; in->at++) {
        if (__builtin_mul_overflow(out->bytes, 10, &out->bytes) ||
            __builtin_add_overflow(out->bytes, *in->at - '0', &out->bytes))
            return false;
    }
    return in->at > from && (in->at == in->end || *in->at == ' ');
}

/* A lone dash stands for nothing. */
static bool take_optional(struct cursor *in, uint32_t *at, uint32_t *size)
{
    if (!take(in, ' ') || !take_quoted(in, at, size))
        return false;
    if (*size == 1 && in->line[*at] == '-')
        *size = 0;
    return true;
}

enum pm_codec_fault pm_clf_parse(const char *line, uint32_t size, struct pm_clf *out)
{
    uint32_t request_at, request_size;

    if (size > PM_CODEC_TEXT_MAX)
        return PM_CODEC_TOO_LONG;
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    struct cursor in = {line, line, line + size};
    if (!take_head(&in, out) || !take_quoted(&in, &request_at, &request_size) ||
        !split_request(line, request_at, request_size, out) || !take_answer(&in, out))
        return PM_CODEC_MALFORMED;
    out->referer_at = out->agent_at = out->referer_size = out->agent_size = 0;
    if (in.at == in.end)
        return PM_CODEC_OK; /* Common Log Format */
    if (!take_optional(&in, &out->referer_at, &out->referer_size) ||
        !take_optional(&in, &out->agent_at, &out->agent_size))
        return PM_CODEC_MALFORMED;
    return in.at == in.end || *in.at == ' ' ? PM_CODEC_OK : PM_CODEC_MALFORMED;
}

static void set_number(struct pm_findings *columns, const struct pm_schema *schema, unsigned i,
                       const struct pm_clf *clf)
{
    const char *name = schema->columns[i].name;

    if (strcmp(name, "time") == 0)
        pm_findings_set(columns, schema, i, clf->time_ns, true);
    else if (strcmp(name, "status") == 0)
        pm_findings_set(columns, schema, i, clf->status, true);
    else if (strcmp(name, "bytes") == 0)
        pm_findings_set(columns, schema, i, clf->bytes, true);
}

static void set_text(struct pm_findings *columns, unsigned i, const char *name, const char *line,
                     const struct pm_clf *clf)
{
    const struct {
        const char *name;
        uint32_t at, size;
    } parts[] = {
        {"host", clf->host_at, clf->host_size},    {"method", clf->method_at, clf->method_size},
        {"path", clf->path_at, clf->path_size},    {"referer", clf->referer_at, clf->referer_size},
        {"agent", clf->agent_at, clf->agent_size},
    };

    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
        if (strcmp(name, parts[part].name) == 0)
            pm_findings_set_text(columns, i, line + parts[part].at, parts[part].size, NULL);
    }
}

enum pm_codec_fault pm_clf_decode(const struct pm_schema *schema, const char *text, uint32_t size,
                                  struct pm_record *record, struct pm_bytes *bytes)
{
    PM_FINDINGS_SCRATCH struct pm_findings columns;
    struct pm_clf clf;
    const enum pm_codec_fault fault = pm_clf_parse(text, size, &clf);

    if (fault != PM_CODEC_OK)
        return fault;
    columns.found = 0;
    columns.wrong = 0;
    columns.text = NULL;
    for (unsigned i = 0; i < schema->count; i++) {
        const struct pm_column *column = &schema->columns[i];
        if (column->type == PM_TYPE_TEXT) {
            set_text(&columns, i, column->name, text, &clf);
        } else if (column->type != PM_TYPE_CHOICE) {
            set_number(&columns, schema, i, &clf);
        } else if (strcmp(column->name, "method") == 0) {
            const int64_t index =
                pm_schema_word_index(column, text + clf.method_at, clf.method_size);
            pm_findings_set(&columns, schema, i, index, index >= 0);
        }
    }
    if (columns.wrong != 0)
        return PM_CODEC_TYPE;
    return pm_findings_commit(&columns, schema, record, bytes);
}
