/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of interval logs: bounded lines, checked fields. */
#include "pm_hlog.h"

#include "pm_decimal.h"

#include <stdlib.h>
#include <string.h>

#define LINE_EXTRA 256 /* a line's tag and times, beside its histogram */
#define LINE_FIRST 4096
#define YEAR_NS    (365 * 24 * 3600 * PM_NS_PER_S)
#define FIELDS     4 /* start, length, maximum (the histogram says it exactly), histogram */

struct pm_hlog {
    FILE *stream;
    char *name;
    char *line; /* without its break, NUL-terminated */
    size_t used, room;
    struct pm_hdr_limits limits;
    uint64_t number;
    int64_t base_ns, start_ns; /* -1 until the log names them */
    int64_t above, negative;   /* of the OutOfRange line before the next row */
    bool broken_off;           /* the line in hand ended with the file */
    bool torn;
};

int pm_hlog_open(struct pm_hlog **out, FILE *stream, const char *name,
                 const struct pm_hdr_limits *limits, struct pm_error *error)
{
    struct pm_hlog *log = calloc(1, sizeof *log);

    if (log != NULL) {
        log->stream = stream;
        log->limits = *limits;
        log->base_ns = log->start_ns = -1;
        log->room = LINE_FIRST;
        log->line = malloc(log->room);
        log->name = strdup(name);
    }
    if (log == NULL || log->line == NULL || log->name == NULL) {
        pm_hlog_close(log);
        return pm_error_set(error, PM_ENOMEM, "%s: no memory to read it", name);
    }
    *out = log;
    return 0;
}

void pm_hlog_close(struct pm_hlog *log)
{
    if (log == NULL)
        return;
    free(log->line);
    free(log->name);
    free(log);
}

bool pm_hlog_is_torn(const struct pm_hlog *log)
{
    return log->torn;
}

static int refuse(const struct pm_hlog *log, struct pm_error *error, const char *what)
{
    return pm_error_set(error, PM_EINPUT, "%s:%llu: %s", log->name, (unsigned long long)log->number,
                        what);
}

static int grow_line(struct pm_hlog *log, struct pm_error *error)
{
    const size_t most = log->limits.text_bytes + LINE_EXTRA;
    const size_t room = log->room * 2 < most ? log->room * 2 : most;

    if (log->used + 1 >= most)
        return pm_error_set(error, PM_EINPUT, "%s:%llu: the line is longer than %zu bytes",
                            log->name, (unsigned long long)log->number, most);

    char *line = realloc(log->line, room);

    if (line == NULL)
        return pm_error_set(error, PM_ENOMEM, "%s: no memory for a line of %zu bytes", log->name,
                            room);
    log->line = line;
    log->room = room;
    return 0;
}

/* Read one line into log->line; 1, 0 at the end, or an error. */
static int next_line(struct pm_hlog *log, struct pm_error *error)
{
    int c = getc_unlocked(log->stream);

    if (c == EOF)
        return ferror(log->stream) ? pm_error_errno(error, PM_EIO, "%s: cannot read", log->name)
                                   : 0;
    log->number++;
    for (log->used = 0; c != '\n' && c != EOF; c = getc_unlocked(log->stream)) {
        const int code = log->used + 1 >= log->room ? grow_line(log, error) : 0;
        if (code < 0)
            return code;
        log->line[log->used++] = (char)c;
    }
    log->broken_off = c == EOF;
    if (log->used > 0 && log->line[log->used - 1] == '\r')
        log->used--;
    log->line[log->used] = '\0';
    return 1;
}

/* Read the decimal behind @p prefix at the line's start; false when the line is another one. */
static bool comment_seconds(const struct pm_hlog *log, const char *prefix, int64_t *out)
{
    const size_t skip = strlen(prefix);

    if (strncmp(log->line, prefix, skip) != 0)
        return false;
    return pm_decimal_parse(out, log->line + skip, strcspn(log->line + skip, " ]"));
}

static bool parse_count(int64_t *out, const char **at, const char *prefix)
{
    const size_t skip = strlen(prefix);
    int64_t count = 0;

    if (strncmp(*at, prefix, skip) != 0)
        return false;
    for (*at += skip; **at >= '0' && **at <= '9'; (*at)++) {
        if (__builtin_mul_overflow(count, 10, &count) ||
            __builtin_add_overflow(count, **at - '0', &count))
            return false;
    }
    *out = count;
    return true;
}

/* Other comments, malformed ones of these kinds included, are for people and mean nothing here. */
static void read_comment(struct pm_hlog *log)
{
    const char *at = log->line;
    int64_t above = 0;
    int64_t negative = 0;

    if (comment_seconds(log, "#[StartTime: ", &log->start_ns) ||
        comment_seconds(log, "#[BaseTime: ", &log->base_ns))
        return;
    if (parse_count(&above, &at, "#[OutOfRange: above=") &&
        parse_count(&negative, &at, ", negative=") && strcmp(at, "]") == 0) {
        log->above = above;
        log->negative = negative;
    }
}

/* Cut "a,b,c,rest" into FIELDS pieces in place; false when there are fewer. */
static bool split_fields(char *text, char *fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = text;
        if (i + 1 == FIELDS)
            return true;
        text = strchr(text, ',');
        if (text == NULL)
            return false;
        *text++ = '\0';
    }
    return true;
}

/* Take "Tag=x," off the line; returns what follows, or NULL when the tag is malformed. */
static char *take_tag(struct pm_hlog *log, struct pm_hlog_row *row)
{
    row->tag[0] = '\0';
    if (strncmp(log->line, "Tag=", 4) != 0)
        return log->line;

    char *tag = log->line + 4;
    const size_t size = strcspn(tag, ", \t");

    if (tag[size] != ',' || size == 0 || size >= sizeof row->tag)
        return NULL;
    memcpy(row->tag, tag, size);
    row->tag[size] = '\0';
    return tag + size + 1;
}

static int place_in_time(struct pm_hlog *log, struct pm_hlog_row *row, struct pm_error *error)
{
    int64_t base_ns = log->base_ns;

    if (base_ns < 0 && log->start_ns >= 0)
        base_ns = row->start_wall_ns < log->start_ns - YEAR_NS ? log->start_ns : 0;
    if (base_ns > 0 && __builtin_add_overflow(row->start_wall_ns, base_ns, &row->start_wall_ns))
        return refuse(log, error, "the time lies beyond the year 2262");
    return 0;
}

static int read_histogram(struct pm_hlog *log, struct pm_hlog_row *row, const char *text,
                          struct pm_error *error)
{
    struct pm_error cause = {0};
    const int code = pm_hdr_decode(&row->histogram, text, strlen(text), &log->limits, &cause);

    if (code < 0)
        return pm_error_set(error, code, "%s:%llu: %.160s", log->name,
                            (unsigned long long)log->number, cause.text);

    _Atomic uint64_t *out_of_range = row->histogram->cells + row->histogram->length;

    atomic_store_explicit(out_of_range, (uint64_t)log->above, memory_order_relaxed);
    atomic_store_explicit(out_of_range + 1, (uint64_t)log->negative, memory_order_relaxed);
    log->above = log->negative = 0;
    return 1;
}

static int read_row(struct pm_hlog *log, struct pm_hlog_row *row, struct pm_error *error)
{
    char *fields[FIELDS];
    char *text = take_tag(log, row);

    if (strlen(log->line) != log->used)
        return refuse(log, error, "a NUL byte");
    if (text == NULL)
        return refuse(log, error, "expected \"Tag=name,\" of at most 63 characters");
    if (!split_fields(text, fields))
        return refuse(log, error, "expected start, length, maximum and histogram");
    if (!pm_decimal_parse(&row->start_wall_ns, fields[0], strlen(fields[0])) ||
        !pm_decimal_parse(&row->length_ns, fields[1], strlen(fields[1])))
        return refuse(log, error, "expected two times such as 12.345, below 9223372036 s");

    const int code = place_in_time(log, row, error);

    return code < 0 ? code : read_histogram(log, row, fields[3], error);
}

int pm_hlog_next(struct pm_hlog *log, struct pm_hlog_row *row, struct pm_error *error)
{
    for (;;) {
        int code = next_line(log, error);

        if (code <= 0)
            return code;
        if (log->line[0] == '#') {
            read_comment(log);
            continue;
        }
        if (log->line[0] == '"' || log->used == 0)
            continue;
        code = read_row(log, row, error);
        if (code == PM_EINPUT && log->broken_off) {
            log->torn = true;
            return 0;
        }
        return code;
    }
}
