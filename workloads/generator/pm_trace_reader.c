/* SPDX-License-Identifier: Apache-2.0 */
/* A window over the stream that always holds one row, or as much of it as is kept. */
#include "pm_trace_reader.h"

#include <stdlib.h>
#include <string.h>

#include "pm_trace_stream.h"

#define WINDOW (3 * PM_TRACE_ROW_MAX)
#define KEPT   (PM_TRACE_ROW_MAX + 1)

struct pm_trace_reader {
    struct pm_trace_stream *stream;
    char separator;
    bool ended;     /* the stream */
    bool skip_line; /* the row before was cut: its rest is still to be left out */
    uint64_t line;  /* of the byte at `at` */
    size_t at, end; /* of window */
    char window[WINDOW];
};

/* Bytes of @p text up to its line end, which is included, or 0 when none stands there. */
static size_t find_line(const char *text, size_t size)
{
    const char *stop = memchr(text, '\n', size);

    return stop != NULL ? (size_t)(stop - text) + 1 : 0;
}

/* As find_line for a row of CSV: line ends between quotes do not count. *open: a quote is. */
static size_t find_row(const char *text, size_t size, char separator, bool *open)
{
    const size_t line = find_line(text, size);
    const char *quote = memchr(text, '"', line != 0 ? line : size);
    bool quoted = false;

    *open = false;
    if (quote == NULL)
        return line;
    for (size_t i = 0; i < size; i++) {
        const bool begins = i == 0 || text[i - 1] == separator;
        if (!quoted && text[i] == '"' && begins)
            quoted = true;
        else if (quoted && text[i] == '"' && i + 1 < size && text[i + 1] == '"')
            i++;
        else if (quoted && text[i] == '"')
            quoted = false;
        else if (!quoted && text[i] == '\n')
            return i + 1;
    }
    *open = quoted;
    return 0;
}

static int fill(struct pm_trace_reader *reader, struct pm_error *error)
{
    if (reader->at > 0) {
        memmove(reader->window, reader->window + reader->at, reader->end - reader->at);
        reader->end -= reader->at;
        reader->at = 0;
    }
    while (!reader->ended && reader->end < WINDOW) {
        const long got = pm_trace_stream_read(reader->stream, reader->window + reader->end,
                                              WINDOW - reader->end, error);
        if (got < 0)
            return (int)got;
        reader->ended = got == 0;
        reader->end += (size_t)got;
    }
    return 0;
}

int pm_trace_reader_open(struct pm_trace_reader **out, const char *path, char separator,
                         struct pm_error *error)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct pm_trace_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    reader->separator = separator;
    reader->line = 1;
    int rc = pm_trace_stream_open(&reader->stream, path, error);
    if (rc == 0)
        rc = fill(reader, error);
    if (rc != 0) {
        pm_trace_reader_close(reader);
        return rc;
    }
    if (reader->end >= 3 && memcmp(reader->window, mark, 3) == 0)
        reader->at = 3;
    *out = reader;
    return 0;
}

/* Leaves out the rest of a line of any length. */
static int skip_line(struct pm_trace_reader *reader, struct pm_error *error)
{
    int rc = 0;

    while (rc == 0) {
        const size_t size = find_line(reader->window + reader->at, reader->end - reader->at);
        reader->at = size != 0 ? reader->at + size : reader->end;
        if (size != 0 || reader->ended)
            break;
        rc = fill(reader, error);
    }
    reader->skip_line = false;
    reader->line++;
    return rc;
}

static void count_lines(struct pm_trace_reader *reader, const char *text, size_t size)
{
    for (size_t line; size > 0 && (line = find_line(text, size)) != 0; size -= line, text += line)
        reader->line++;
}

/* Takes the row at the window's start: @p size bytes with its end, 0 where no end was found. */
static void take_row(struct pm_trace_reader *reader, size_t size, bool open,
                     struct pm_trace_row *row)
{
    const char *text = reader->window + reader->at;
    const size_t left = reader->end - reader->at;

    if (open) /* nothing closes the quote: the line alone */
        size = find_line(text, left);
    if (size == 0)
        size = left;
    row->line = reader->line;
    row->text = text;
    size_t length = size;
    if (length > 0 && text[length - 1] == '\n')
        length--;
    if (length > 0 && length < size && text[length - 1] == '\r')
        length--;
    reader->skip_line = text[size - 1] != '\n' && !reader->ended;
    row->size = (uint32_t)(length < KEPT ? length : KEPT);
    reader->at += size;
    count_lines(reader, text, size);
}

/* The size of the row at the window's start with its end, 0 when its end is not in sight. */
static size_t measure(const struct pm_trace_reader *reader, bool *open)
{
    const char *text = reader->window + reader->at;
    const size_t left = reader->end - reader->at;

    *open = false;
    if (reader->separator == 0)
        return find_line(text, left);
    const size_t size = find_row(text, left, reader->separator, open);
    if (size > KEPT && memchr(text, '\n', size - 1) != NULL)
        *open = true; /* longer than any row may be: a stray quote rather than a field */
    return size;
}

int pm_trace_reader_next(struct pm_trace_reader *reader, struct pm_trace_row *row,
                         struct pm_error *error)
{
    row->size = 0;
    while (row->size == 0) {
        int rc = reader->skip_line ? skip_line(reader, error) : 0;
        bool open = false;
        const size_t size = measure(reader, &open);
        const size_t left = reader->end - reader->at;
        const bool more = size == 0 && left < 2 * (size_t)KEPT && !reader->ended;
        if (rc == 0 && more)
            rc = fill(reader, error);
        if (rc != 0)
            return rc;
        if (more)
            continue;
        if (left == 0)
            return 0;
        take_row(reader, size, open, row);
    }
    return 1;
}

void pm_trace_reader_close(struct pm_trace_reader *reader)
{
    if (reader == NULL)
        return;
    pm_trace_stream_close(reader->stream);
    free(reader);
}
