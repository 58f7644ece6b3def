/* SPDX-License-Identifier: Apache-2.0 */
/* log-etl's oracle: a line is what sscanf can read of it. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_log_etl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define FIELD_MAX 65536 /* the widths in the format below */

/* Terminated copies of a line and of its fields; on the heap, one for all lines. */
struct fields {
    char line[FIELD_MAX + 1], host[FIELD_MAX + 1], path[FIELD_MAX + 1], version[FIELD_MAX + 1];
    char time[32], method[32], bytes[32];
    int status;
};

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

/* Nothing, or referer and agent. */
static bool is_good_tail(const char *at)
{
    if (*at == '\0')
        return true;
    at = *at == ' ' ? skip_quoted(at + 1) : NULL;
    return at != NULL && *at == ' ' && skip_quoted(at + 1) != NULL;
}

static enum pm_codec_fault read_line(struct fields *out, const char *text, uint32_t size)
{
    struct tm when;
    int end = 0;

    if (size > FIELD_MAX)
        return PM_CODEC_TOO_LONG;
    snprintf(out->line, sizeof out->line, "%.*s", (int)size, text);
    out->line[strcspn(out->line, "\r\n")] = '\0';
    if (sscanf(out->line,
               "%65536s %*s %*[^[][%31[^]]] \"%31[^ \"] %65536[^ ] %65536[^ \"]\" %3d %31[0-9-]%n",
               out->host, out->time, out->method, out->path, out->version, &out->status, out->bytes,
               &end) != 7 ||
        strncmp(out->version, "HTTP/", 5) != 0 || !is_good_tail(out->line + end))
        return PM_CODEC_MALFORMED;
    const char *time_end = strptime(out->time, "%d/%b/%Y:%H:%M:%S %z", &when);
    if (time_end == NULL || *time_end != '\0')
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
                              atoll(fields->bytes),
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
    const int64_t values[] = {(int64_t)row->record->id, fault,
                              (int64_t)pm_record_sequence(row->record) + 1};
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
