/* SPDX-License-Identifier: Apache-2.0 */
/* The first rows of a trace: how they are written, and what each column's texts can be read as. */
#include "pm_trace_tally.h"

#include <stdio.h>
#include <string.h>

#include "pm_fixed.h"
#include "pm_text.h"
#include "pm_trace_split.h"

#define ROWS 1000u

static const struct {
    const char *unit, *format; /* both NULL: ISO 8601 */
} times[PM_TRACE_WAYS] = {
    {NULL, NULL},
    {"s", NULL},
    {"ms", NULL},
    {"us", NULL},
    {"ns", NULL},
    {NULL, "%Y/%m/%d %H:%M:%S"},
    {NULL, "%Y/%m/%d %H:%M"},
    {NULL, "%Y/%m/%d"},
    {NULL, "%m/%d/%Y %H:%M:%S"},
    {NULL, "%m/%d/%Y %H:%M"},
    {NULL, "%m/%d/%Y %I:%M:%S %p"},
    {NULL, "%m/%d/%Y"},
    {NULL, "%d.%m.%Y %H:%M:%S"},
    {NULL, "%d.%m.%Y %H:%M"},
    {NULL, "%d.%m.%Y"},
    {NULL, "%d/%b/%Y:%H:%M:%S %z"},
    {NULL, "%b %d %Y"},
    {NULL, "%d-%b-%Y"},
    {NULL, "%Y%m%d"},
    {NULL, "%Y-%m"},
};

static void open_times(struct pm_trace_tally *tally)
{
    for (size_t i = 0; i < PM_TRACE_WAYS; i++) {
        if (times[i].unit != NULL)
            pm_trace_time_set_unit(&tally->time[i], times[i].unit, NULL);
        if (times[i].format != NULL)
            pm_trace_time_set_format(&tally->time[i], times[i].format, NULL);
    }
}

/* --- the columns ------------------------------------------------------------------------------ */

static struct pm_trace_column *column_called(struct pm_trace_tally *tally, const char *name,
                                             uint32_t size)
{
    for (unsigned i = 0; i < tally->columns; i++) {
        if (strlen(tally->column[i].name) == size && memcmp(tally->column[i].name, name, size) == 0)
            return &tally->column[i];
    }
    if (tally->columns == PM_TRACE_TALLY_MAX || size >= PM_TRACE_NAME_SIZE || size == 0)
        return NULL;
    struct pm_trace_column *column = &tally->column[tally->columns++];
    memcpy(column->name, name, size);
    column->usable = true;
    return column;
}

/* A count since 1970 is a plausible time from the year 2000 on only: else any number were one. */
static bool is_time(const struct pm_trace_time *time, struct pm_trace_value value)
{
    int64_t ns = 0;

    return pm_trace_time_read(time, NULL, value.text, value.size, &ns) &&
           (time->unit_ns == 0 || ns >= 946684800000000000LL);
}

static bool is_number(struct pm_trace_value value, bool *whole)
{
    int64_t number = 0;
    bool exact = false;
    const char *end = value.text + value.size;
    const char *stop = pm_fixed_read(&number, &exact, value.text, end, 0);

    *whole = exact;
    return value.size > 0 && stop == end;
}

static void count(const struct pm_trace_tally *tally, struct pm_trace_column *column,
                  struct pm_trace_value value)
{
    bool whole = false;

    if (value.size == 0)
        return;
    column->filled++;
    if (is_number(value, &whole)) {
        column->whole += whole ? 1 : 0;
        column->decimal++;
    }
    for (size_t i = 0; i < PM_TRACE_WAYS; i++)
        column->time[i] += is_time(&tally->time[i], value) ? 1 : 0;
}

/* What the first row would be as names, and how much of it can be no name. */
static void take_header_value(struct pm_trace_tally *tally, unsigned number,
                              struct pm_trace_value value)
{
    bool whole;

    tally->header_numbers += is_number(value, &whole) || value.size == 0 ? 1 : 0;
    for (size_t i = 0; i < PM_TRACE_WAYS; i++)
        tally->header_numbers += is_time(&tally->time[i], value) ? 1 : 0;
    if (number >= PM_TRACE_TALLY_MAX)
        return;
    struct pm_trace_column *column = &tally->column[number];
    tally->columns = number + 1;
    column->usable = value.size > 0 && value.size < PM_TRACE_NAME_SIZE;
    if (column->usable)
        memcpy(column->name, value.text, value.size);
}

static void take_value(void *payload, unsigned number, const char *name, uint32_t name_size,
                       struct pm_trace_value value)
{
    struct pm_trace_tally *tally = payload;
    struct pm_trace_column *column = NULL;

    if (tally->reading_header) {
        take_header_value(tally, number, value);
        return;
    }
    if (name != NULL)
        column = column_called(tally, name, name_size);
    else if (number < tally->columns)
        column = &tally->column[number];
    if (column != NULL)
        count(tally, column, value);
}

/* --- the file --------------------------------------------------------------------------------- */

static char guess_separator(const struct pm_trace_row *row)
{
    static const char known[] = ",;\t|";
    char best = ',';
    unsigned most = 0;

    for (const char *separator = known; *separator != '\0'; separator++) {
        unsigned count = 0;
        bool quoted = false;
        for (uint32_t i = 0; i < row->size; i++) {
            quoted ^= row->text[i] == '"';
            count += !quoted && row->text[i] == *separator ? 1 : 0;
        }
        if (count > most) {
            most = count;
            best = *separator;
        }
    }
    return best;
}

/* Names are the numbers of the columns where the first row names none. */
static void number_columns(struct pm_trace_tally *tally)
{
    for (unsigned i = 0; i < tally->columns; i++) {
        snprintf(tally->column[i].name, sizeof tally->column[i].name, "%u", i + 1);
        tally->column[i].usable = true;
    }
}

static int look_at_start(struct pm_trace_tally *tally, enum pm_trace_kind *kind, const char *path,
                         struct pm_error *error)
{
    struct pm_trace_reader *reader = NULL;
    struct pm_trace_row row;
    struct pm_clf clf;
    char shown[100];
    int rc = pm_trace_reader_open(&reader, path, 0, error);

    if (rc != 0)
        return rc;
    rc = pm_trace_reader_next(reader, &row, error);
    if (rc == 0)
        rc = pm_error_set(error, PM_EINPUT, "trace %s: no row",
                          pm_text_printable(shown, sizeof shown, path));
    if (rc == 1) {
        rc = 0;
        *kind = row.text[0] == '{' ? PM_TRACE_KIND_JSON : PM_TRACE_KIND_CSV;
        if (row.size <= PM_CODEC_TEXT_MAX && pm_clf_parse(row.text, row.size, &clf) == PM_CODEC_OK)
            *kind = PM_TRACE_KIND_CLF;
        tally->map->format = *kind == PM_TRACE_KIND_JSON ? PM_TRACE_JSON : PM_TRACE_CSV;
        tally->map->separator = guess_separator(&row);
    }
    pm_trace_reader_close(reader);
    return rc;
}

static void take_header(struct pm_trace_tally *tally, const struct pm_trace_row *row)
{
    tally->reading_header = true;
    pm_trace_split_csv(row, tally->map->separator, tally->scratch, take_value, tally);
    tally->reading_header = false;
    tally->map->header = tally->header_numbers == 0;
    if (!tally->map->header)
        number_columns(tally);
}

static int read_columns(struct pm_trace_tally *tally, const char *path, struct pm_error *error)
{
    const bool csv = tally->map->format == PM_TRACE_CSV;
    struct pm_trace_reader *reader = NULL;
    struct pm_trace_row row;
    int rc = pm_trace_reader_open(&reader, path, csv ? tally->map->separator : 0, error);

    for (unsigned i = 0; rc == 0 && i < ROWS; i++) {
        rc = pm_trace_reader_next(reader, &row, error);
        if (rc != 1)
            break;
        rc = 0;
        if (row.size > PM_TRACE_ROW_MAX)
            continue;
        if (csv && i == 0)
            take_header(tally, &row);
        if (!csv)
            pm_trace_split_json(&row, tally->scratch, take_value, tally);
        else if (i > 0 || !tally->map->header)
            pm_trace_split_csv(&row, tally->map->separator, tally->scratch, take_value, tally);
    }
    pm_trace_reader_close(reader);
    return rc;
}

int pm_trace_tally_read(struct pm_trace_tally *tally, enum pm_trace_kind *kind, const char *path,
                        struct pm_error *error)
{
    open_times(tally);
    const int rc = look_at_start(tally, kind, path, error);

    return rc == 0 && *kind != PM_TRACE_KIND_CLF ? read_columns(tally, path, error) : rc;
}
