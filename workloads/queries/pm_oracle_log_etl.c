/* SPDX-License-Identifier: Apache-2.0 */
/* log-etl's oracle: lines held against the shape that each part must have. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_log_etl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_SIZE 65536u

/* A terminated copy of a line, cut into what the query needs; on the heap, one for all lines. */
struct fields {
    char line[LINE_MAX_SIZE + 1], path[LINE_MAX_SIZE + 1];
    int status;
    long long bytes;
};

/* Does the text at @p at begin as @p shape says: d a digit, a a letter, s a sign, else itself? */
static bool looks_like(const char *at, const char *shape)
{
    for (; *shape != '\0'; at++, shape++) {
        const bool fits = *shape == 'd'   ? *at >= '0' && *at <= '9'
                          : *shape == 'a' ? (*at | 0x20) >= 'a' && (*at | 0x20) <= 'z'
                          : *shape == 's' ? *at == '+' || *at == '-'
                                          : *at == *shape;
        if (!fits)
            return false;
    }
    return true;
}

static bool is_between(const char *digits, int low, int high)
{
    return atoi(digits) >= low && atoi(digits) <= high;
}

/* "10/Oct/2000:13:55:36 -0700] " */
static bool is_time(const char *at)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    bool is_month = false;

    if (!looks_like(at, "dd/aaa/dddd:dd:dd:dd sdddd] "))
        return false;
    for (unsigned i = 0; i < 12; i++)
        is_month |= memcmp(at + 3, months[i], 3) == 0;
    return is_month && is_between(at, 1, 31) && is_between(at + 7, 1700, 2200) &&
           is_between(at + 12, 0, 23) && is_between(at + 15, 0, 59) && is_between(at + 18, 0, 60) &&
           is_between(at + 22, 0, 2359) && is_between(at + 24, 0, 59);
}

/* The text behind a quoted field at @p at, or NULL. */
static const char *skip_quoted(const char *at)
{
    if (*at != '"')
        return NULL;
    for (at++; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
    }
    return *at == '"' ? at + 1 : NULL;
}

/* Nothing, or referer and agent, and whatever stands behind another blank. */
static bool is_good_tail(const char *at)
{
    if (*at == '\0')
        return true;
    at = *at == ' ' ? skip_quoted(at + 1) : NULL;
    at = at != NULL && *at == ' ' ? skip_quoted(at + 1) : NULL;
    return at != NULL && (*at == '\0' || *at == ' ');
}

/* The request between quotes at @p at: three words, of which the second is kept. */
static bool read_request(struct fields *out, const char *at, const char *end)
{
    const char *path = memchr(at, ' ', (size_t)(end - at));
    const char *version = path != NULL ? memchr(path + 1, ' ', (size_t)(end - path - 1)) : NULL;

    if (version == NULL || path == at || version == path + 1 || end - version < 7 ||
        memcmp(version, " HTTP/", 6) != 0 ||
        memchr(version + 1, ' ', (size_t)(end - version - 1)) != NULL)
        return false;
    snprintf(out->path, sizeof out->path, "%.*s", (int)(version - path - 1), path + 1);
    return true;
}

static enum pm_codec_fault read_line(struct fields *out, const char *text, uint32_t size)
{
    if (size > LINE_MAX_SIZE)
        return PM_CODEC_TOO_LONG;
    while (size != 0 && (text[size - 1] == '\n' || text[size - 1] == '\r'))
        size--;
    snprintf(out->line, sizeof out->line, "%.*s", (int)size, text);
    const char *time = strchr(out->line, ' ');
    if (time == NULL || time == out->line)
        return PM_CODEC_MALFORMED;
    for (time = strchr(time, '['); time != NULL && !is_time(time + 1);)
        time = strchr(time + 1, '[');
    const char *request = time != NULL ? time + 29 : NULL;
    const char *answer = request != NULL ? skip_quoted(request) : NULL;
    if (answer == NULL || !read_request(out, request + 1, answer - 1) ||
        (!looks_like(answer, " ddd d") && !looks_like(answer, " ddd -")))
        return PM_CODEC_MALFORMED;
    out->status = atoi(answer + 1);
    out->bytes = answer[5] == '-' ? 0 : atoll(answer + 5);
    const char *tail = answer + 5 + (answer[5] == '-' ? 1 : strspn(answer + 5, "0123456789"));
    if (!is_good_tail(tail))
        return PM_CODEC_MALFORMED;
    return out->status >= 200 && out->status <= 599 ? PM_CODEC_OK : PM_CODEC_TYPE;
}

static bool is_asset(const char *path)
{
    static const char *const types[] = {".css", ".js",  ".png",  ".ico",   ".jpg", ".jpeg",
                                        ".gif", ".svg", ".webp", ".woff2", ".woff"};
    const char *type = strrchr(path, '.');

    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcasecmp(type, types[i]) == 0)
            return true;
    }
    return false;
}

static enum pm_log_service service_of(const char *segment)
{
    for (unsigned i = 0; i < pm_log_service_count; i++) {
        if (strcmp(segment, pm_log_services[i].segment) == 0)
            return pm_log_services[i].service;
    }
    return PM_SERVICE_OTHER;
}

static void expect_request(struct pm_oracle *oracle, const struct pm_oracle_arrival *row,
                           struct fields *fields, const char *text, uint32_t size)
{
    fields->path[strcspn(fields->path, "?")] = '\0';
    if (is_asset(fields->path))
        return;
    char *segment = fields->path + (fields->path[0] == '/');
    segment[strcspn(segment, "/")] = '\0';
    const int64_t class = fields->status / 100 - 2;
    const int64_t values[] = {(int64_t)row->record->id,
                              row->record->event_time_ns,
                              fields->status,
                              class,
                              0,
                              service_of(segment),
                              fields->bytes,
                              (int64_t)pm_hash_bytes(segment, strlen(segment))};
    pm_oracle_expect(oracle, (unsigned)class, 8, values, text, size);
}

static void expect_row(struct pm_oracle *oracle, const struct pm_oracle_arrival *row,
                       struct fields *fields)
{
    uint32_t size;
    const char *text = pm_record_text(row->record, row->bytes, &size);
    const enum pm_codec_fault fault = read_line(fields, text != NULL ? text : "", size);

    if (fault == PM_CODEC_OK) {
        expect_request(oracle, row, fields, text, size);
        return;
    }
    const uint64_t line = row->record->payload[0]; /* of a trace; 0: the record is made */
    const int64_t values[] = {(int64_t)row->record->id, fault,
                              (int64_t)(line != 0 ? line : pm_record_sequence(row->record) + 1)};
    pm_oracle_expect(oracle, PM_LOG_ETL_DEAD_LETTERS, 3, values, text, size);
}

int pm_oracle_log_etl(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                      const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    struct fields *fields = malloc(sizeof *fields);

    (void)settings;
    if (fields == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory for a line of the oracle");
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);
    if (code == 0) {
        for (uint64_t i = 0; i < arrivals.count; i++)
            expect_row(oracle, &arrivals.row[i], fields);
        pm_oracle_arrivals_close(&arrivals);
    }
    free(fields);
    return code;
}
