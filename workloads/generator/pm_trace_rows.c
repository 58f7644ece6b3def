/* SPDX-License-Identifier: Apache-2.0 */
/* Row by row: split, filter, fill the record; nothing is kept of a row. */
#include "pm_trace_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_outbuf.h"
#include "pm_text.h"
#include "pm_trace_field.h"

#define SLOTS_MAX   (PM_TRACE_FIELDS_MAX * (1 + PM_TRACE_OTHERS_MAX) + PM_TRACE_FILTERS_MAX)
#define COLUMNS_MAX 4096u
#define NO_SLOT     255u
#define ROW_SLOT    254u /* the whole row */
#define LINE_SLOT   253u /* the number of its line */
#define WHOLE_ROW   "*"
#define LINE_NUMBER "*line"
#define JOINED_SIZE ((2 * PM_TRACE_ROW_MAX + 1) * (1 + PM_TRACE_OTHERS_MAX))

static_assert(SLOTS_MAX < LINE_SLOT, "a slot's number is one byte");

struct pm_trace_rows {
    const struct pm_trace_map *map;
    struct pm_trace_reader *reader;
    unsigned columns; /* of a CSV file: every row has as many; 0: not known yet */
    unsigned slots;   /* columns that the map reads, each once */
    const char *name[SLOTS_MAX];
    struct pm_trace_value value[SLOTS_MAX]; /* of the row in hand */
    struct pm_trace_row row;
    struct pm_trace_zone *zone[PM_TRACE_FIELDS_MAX]; /* of a field whose zone has a name */
    uint8_t field_slot[PM_TRACE_FIELDS_MAX], filter_slot[PM_TRACE_FILTERS_MAX];
    uint8_t other_slot[PM_TRACE_FIELDS_MAX][PM_TRACE_OTHERS_MAX];
    uint8_t column_slot[COLUMNS_MAX];
    char scratch[PM_TRACE_ROW_MAX + 1];
    char line[24];
    char *joined; /* of JOINED_SIZE; NULL where no field is made of several columns */
};

/* The slot of the trace's column @p source, made when there is none yet. */
static uint8_t slot_of(struct pm_trace_rows *rows, const char *source)
{
    if (source[0] == '\0')
        return NO_SLOT;
    if (strcmp(source, WHOLE_ROW) == 0)
        return ROW_SLOT;
    if (strcmp(source, LINE_NUMBER) == 0)
        return LINE_SLOT;
    for (unsigned i = 0; i < rows->slots; i++) {
        if (strcmp(rows->name[i], source) == 0)
            return (uint8_t)i;
    }
    rows->name[rows->slots] = source;
    return (uint8_t)rows->slots++;
}

static void bind_slots(struct pm_trace_rows *rows)
{
    const struct pm_trace_map *map = rows->map;

    memset(rows->column_slot, NO_SLOT, sizeof rows->column_slot);
    for (unsigned i = 0; i < map->fields; i++) {
        rows->field_slot[i] = slot_of(rows, map->field[i].source);
        for (unsigned k = 0; k < map->field[i].others; k++)
            rows->other_slot[i][k] = slot_of(rows, map->field[i].other[k]);
    }
    for (unsigned i = 0; i < map->filters; i++)
        rows->filter_slot[i] = slot_of(rows, map->filter[i].source);
}

static bool is_called(const char *name, const char *text, uint32_t size)
{
    return strlen(name) == size && memcmp(name, text, size) == 0;
}

/* --- header ----------------------------------------------------------------------------------- */

struct header {
    struct pm_trace_rows *rows;
    bool found[SLOTS_MAX];
    struct pm_outbuf names;
};

static void take_name(void *payload, unsigned number, const char *name, uint32_t name_size,
                      struct pm_trace_value value)
{
    struct header *header = payload;
    struct pm_trace_rows *rows = header->rows;

    (void)name;
    (void)name_size;
    if (header->names.used < 200)
        pm_outbuf_add(&header->names, "%s%.*s", number > 0 ? ", " : "", (int)value.size,
                      value.text);
    for (unsigned i = 0; i < rows->slots && number < COLUMNS_MAX; i++) {
        if (!header->found[i] && is_called(rows->name[i], value.text, value.size)) {
            rows->column_slot[number] = (uint8_t)i;
            header->found[i] = true;
        }
    }
}

static int refuse_name(const struct header *header, const char *path, unsigned slot,
                       struct pm_error *error)
{
    char file[80], name[PM_TRACE_NAME_SIZE], names[100];

    return pm_error_set(error, PM_EINPUT, "trace %s: no column '%s': it has %s",
                        pm_text_printable(file, sizeof file, path),
                        pm_text_printable(name, sizeof name, header->rows->name[slot]),
                        pm_text_printable(names, sizeof names,
                                          header->names.text != NULL ? header->names.text : ""));
}

static int read_header(struct pm_trace_rows *rows, const char *path, struct pm_error *error)
{
    struct header header = {.rows = rows};
    struct pm_trace_row row;
    int rc = pm_trace_reader_next(rows->reader, &row, error);
    char shown[80];

    if (rc < 0)
        return rc;
    const int columns =
        rc == 1 && row.size <= PM_TRACE_ROW_MAX
            ? pm_trace_split_csv(&row, rows->map->separator, rows->scratch, take_name, &header)
            : -1;
    rc = 0;
    if (columns < 1 || columns > (int)COLUMNS_MAX)
        rc = pm_error_set(error, PM_EINPUT, "trace %s: its first row names no columns",
                          pm_text_printable(shown, sizeof shown, path));
    for (unsigned i = 0; i < rows->slots && rc == 0; i++) {
        if (!header.found[i])
            rc = refuse_name(&header, path, i, error);
    }
    rows->columns = rc == 0 ? (unsigned)columns : 0;
    pm_outbuf_close(&header.names);
    return rc;
}

/* Without a header the columns' names are their numbers from 1. */
static int bind_numbers(struct pm_trace_rows *rows, struct pm_error *error)
{
    for (unsigned i = 0; i < rows->slots; i++) {
        int64_t number = 0;
        if (pm_text_parse(&number, rows->name[i], PM_UNIT_COUNT, NULL) != 0 || number < 1 ||
            number > COLUMNS_MAX)
            return pm_error_set(error, PM_EINPUT,
                                "a trace without header: column '%.63s': expected its number",
                                rows->name[i]);
        rows->column_slot[number - 1] = (uint8_t)i;
    }
    return 0;
}

static int open_zones(struct pm_trace_rows *rows, struct pm_error *error)
{
    int rc = 0;

    for (unsigned i = 0; i < rows->map->fields && rc == 0; i++) {
        const struct pm_trace_field *field = &rows->map->field[i];
        if (field->column.type == PM_TYPE_TIME && field->time.zone[0] != '\0')
            rc = pm_trace_zone_open(&rows->zone[i], field->time.zone, error);
    }
    return rc;
}

static bool has_joined(const struct pm_trace_map *map)
{
    for (unsigned i = 0; i < map->fields; i++) {
        if (map->field[i].others > 0)
            return true;
    }
    return false;
}

int pm_trace_rows_open(struct pm_trace_rows **out, const char *path, const struct pm_trace_map *map,
                       struct pm_error *error)
{
    struct pm_trace_rows *rows = calloc(1, sizeof *rows);
    const bool csv = map->format == PM_TRACE_CSV;

    if (rows == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    rows->map = map;
    bind_slots(rows);
    if (has_joined(map) && (rows->joined = malloc(JOINED_SIZE)) == NULL) {
        free(rows);
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    }
    int rc = open_zones(rows, error);
    if (rc == 0)
        rc = pm_trace_reader_open(&rows->reader, path, csv ? map->separator : 0, error);
    if (rc == 0 && csv)
        rc = map->header ? read_header(rows, path, error) : bind_numbers(rows, error);
    if (rc != 0)
        pm_trace_rows_close(rows);
    else
        *out = rows;
    return rc;
}

/* --- a row ------------------------------------------------------------------------------------ */

static void take_value(void *payload, unsigned number, const char *name, uint32_t name_size,
                       struct pm_trace_value value)
{
    struct pm_trace_rows *rows = payload;
    unsigned slot = NO_SLOT;

    if (name == NULL) {
        slot = number < COLUMNS_MAX ? rows->column_slot[number] : NO_SLOT;
    } else {
        for (unsigned i = 0; i < rows->slots && slot == NO_SLOT; i++)
            slot = is_called(rows->name[i], name, name_size) ? i : NO_SLOT;
    }
    if (slot != NO_SLOT)
        rows->value[slot] = value;
}

static enum pm_codec_fault split(struct pm_trace_rows *rows, const struct pm_trace_row *row)
{
    memset(rows->value, 0, rows->slots * sizeof rows->value[0]);
    if (row->size > PM_TRACE_ROW_MAX)
        return PM_CODEC_TOO_LONG;
    if (rows->map->format == PM_TRACE_JSON)
        return pm_trace_split_json(row, rows->scratch, take_value, rows) ? PM_CODEC_OK
                                                                         : PM_CODEC_MALFORMED;
    const int columns =
        pm_trace_split_csv(row, rows->map->separator, rows->scratch, take_value, rows);
    if (rows->columns == 0 && columns > 0)
        rows->columns = (unsigned)columns;
    return columns > 0 && (unsigned)columns == rows->columns ? PM_CODEC_OK : PM_CODEC_MALFORMED;
}

static struct pm_trace_value value_of(const struct pm_trace_rows *rows, unsigned slot)
{
    return slot < SLOTS_MAX ? rows->value[slot] : (struct pm_trace_value){0};
}

/* Adds @p value to what is joined at @p to, so that no two lists of values join to one text. */
static char *add_joined(char *to, struct pm_trace_value value)
{
    for (const char *at = value.text; at < value.text + value.size; at++) {
        if (*at == '|' || *at == '\\')
            *to++ = '\\';
        *to++ = *at;
    }
    return to;
}

/* The texts of all columns of field @p i; absent where one of them is. */
static struct pm_trace_value join(struct pm_trace_rows *rows, unsigned i)
{
    const struct pm_trace_value first = value_of(rows, rows->field_slot[i]);
    char *to = rows->joined;
    bool complete = first.size > 0;

    if (complete)
        to = add_joined(to, first);
    for (unsigned k = 0; k < rows->map->field[i].others && complete; k++) {
        const struct pm_trace_value value = value_of(rows, rows->other_slot[i][k]);
        complete = value.size > 0;
        if (complete) {
            *to++ = '|';
            to = add_joined(to, value);
        }
    }
    return complete ? (struct pm_trace_value){rows->joined, (uint32_t)(to - rows->joined)}
                    : (struct pm_trace_value){0};
}

static struct pm_trace_value own_text(struct pm_trace_rows *rows, unsigned i)
{
    const unsigned slot = rows->field_slot[i];

    if (rows->map->field[i].others > 0)
        return join(rows, i);
    if (slot == ROW_SLOT)
        return (struct pm_trace_value){rows->row.text, rows->row.size};
    if (slot != LINE_SLOT)
        return value_of(rows, slot);
    const int size =
        snprintf(rows->line, sizeof rows->line, "%llu", (unsigned long long)rows->row.line);
    return (struct pm_trace_value){rows->line, (uint32_t)size};
}

/* Where the field has no text of its own the map's value stands in; false when there is none. */
static bool find_text(struct pm_trace_rows *rows, unsigned i, struct pm_trace_value *value)
{
    const struct pm_trace_field *field = &rows->map->field[i];

    *value = own_text(rows, i);
    if (value->size == 0 && field->has_value)
        *value = (struct pm_trace_value){field->value, (uint32_t)strlen(field->value)};
    return value->text != NULL &&
           (value->size > 0 || field->has_value || field->column.type == PM_TYPE_TEXT);
}

static int put_text(struct pm_record *record, struct pm_bytes *bytes, struct pm_trace_value value)
{
    char *text = pm_record_extend(record, bytes, value.size);

    if (text == NULL)
        return PM_ENOMEM;
    if (value.size > 0)
        memcpy(text, value.text, value.size);
    return 0;
}

static int fill_record(struct pm_trace_rows *rows, struct pm_trace_outcome *outcome,
                       struct pm_record *record, struct pm_bytes *bytes)
{
    const struct pm_trace_map *map = rows->map;
    struct pm_trace_value text = {0};
    int64_t number = 0;

    *record = (struct pm_record){.word = pm_record_word(map->stream, PM_KIND_DATA)};
    for (unsigned i = 0; i < map->fields; i++) {
        struct pm_trace_value value;
        const struct pm_trace_field *field = &map->field[i];
        const bool found = find_text(rows, i, &value);
        if (field->column.type == PM_TYPE_TEXT && found) {
            text = value;
        } else if (!found || !pm_trace_field_read(field, rows->zone[i], value, &number)) {
            outcome->fate = PM_TRACE_DEAD;
            outcome->fault = found ? PM_CODEC_TYPE : PM_CODEC_MISSING;
            outcome->field = field->column.name;
            return 0;
        } else {
            pm_schema_write(&field->column, record, bytes, number);
        }
    }
    return text.text != NULL ? put_text(record, bytes, text) : 0;
}

int pm_trace_rows_next(struct pm_trace_rows *rows, struct pm_trace_outcome *outcome,
                       struct pm_record *record, struct pm_bytes *bytes, struct pm_error *error)
{
    const struct pm_trace_map *map = rows->map;

    *outcome = (struct pm_trace_outcome){.fate = PM_TRACE_RECORD};
    const int rc = pm_trace_reader_next(rows->reader, &outcome->row, error);
    if (rc != 1)
        return rc;
    rows->row = outcome->row;
    outcome->fault = split(rows, &outcome->row);
    if (outcome->fault != PM_CODEC_OK) {
        outcome->fate = PM_TRACE_DEAD;
        return 1;
    }
    for (unsigned i = 0; i < map->filters; i++) {
        if (!pm_trace_filter_passes(&map->filter[i], value_of(rows, rows->filter_slot[i]))) {
            outcome->fate = PM_TRACE_DROPPED;
            return 1;
        }
    }
    if (fill_record(rows, outcome, record, bytes) != 0)
        return pm_error_set(error, PM_ENOMEM, "trace: out of memory at line %llu",
                            (unsigned long long)outcome->row.line);
    return 1;
}

const char *pm_trace_rows_text(struct pm_trace_rows *rows, unsigned field, uint32_t *size)
{
    struct pm_trace_value value;

    find_text(rows, field, &value);
    *size = value.size;
    return value.text;
}

void pm_trace_rows_close(struct pm_trace_rows *rows)
{
    if (rows == NULL)
        return;
    pm_trace_reader_close(rows->reader);
    for (unsigned i = 0; i < PM_TRACE_FIELDS_MAX; i++)
        pm_trace_zone_close(rows->zone[i]);
    free(rows->joined);
    free(rows);
}
