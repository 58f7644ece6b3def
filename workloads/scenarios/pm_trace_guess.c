/* SPDX-License-Identifier: Apache-2.0 */
/* Columns are tallied by what their texts can be read as; names break ties. */
#include "pm_trace_guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_fixed.h"
#include "pm_text.h"
#include "pm_trace_split.h"

#define ROWS        1000u
#define COLUMNS_MAX 64u

static const struct {
    const char *unit, *format; /* both NULL: ISO 8601 */
} times[] = {
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

#define TIMES (sizeof times / sizeof times[0])

/* Words that columns of one meaning are called by; the first of each group is a field's name. */
static const char *const likes[] = {
    "user customer client account name symbol who host station device firm sender buyer card",
    "sensor device station machine probe thermometer",
    "key id user customer symbol name",
    "amount total price sum value cost revenue fare paid sales temp money",
    "reading value temp temperature measurement level",
};

struct column {
    char name[PM_TRACE_NAME_SIZE];
    bool usable; /* its name fits, and no other column has it */
    bool used;
    uint64_t filled, whole, decimal;
    uint64_t time[TIMES];
};

struct guess {
    struct pm_trace_map *map;
    unsigned columns;
    struct column column[COLUMNS_MAX];
    bool reading_header;
    uint64_t header_numbers;
    struct pm_trace_time time[TIMES];
    char scratch[PM_TRACE_ROW_MAX + 1];
};

static void open_times(struct guess *guess)
{
    for (size_t i = 0; i < TIMES; i++) {
        if (times[i].unit != NULL)
            pm_trace_time_set_unit(&guess->time[i], times[i].unit, NULL);
        if (times[i].format != NULL)
            pm_trace_time_set_format(&guess->time[i], times[i].format, NULL);
    }
}

/* --- the columns --------------------------------------------------------------------------------
 */

static struct column *column_called(struct guess *guess, const char *name, uint32_t size)
{
    for (unsigned i = 0; i < guess->columns; i++) {
        if (strlen(guess->column[i].name) == size && memcmp(guess->column[i].name, name, size) == 0)
            return &guess->column[i];
    }
    if (guess->columns == COLUMNS_MAX || size >= PM_TRACE_NAME_SIZE || size == 0)
        return NULL;
    struct column *column = &guess->column[guess->columns++];
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

static void tally(struct guess *guess, struct column *column, struct pm_trace_value value)
{
    bool whole = false;

    if (value.size == 0)
        return;
    column->filled++;
    if (is_number(value, &whole)) {
        column->whole += whole ? 1 : 0;
        column->decimal++;
    }
    for (size_t i = 0; i < TIMES; i++)
        column->time[i] += is_time(&guess->time[i], value) ? 1 : 0;
}

static void take_value(void *payload, unsigned number, const char *name, uint32_t name_size,
                       struct pm_trace_value value)
{
    struct guess *guess = payload;
    struct column *column = NULL;
    bool whole;

    if (guess->reading_header) {
        guess->header_numbers += is_number(value, &whole) || value.size == 0 ? 1 : 0;
        for (size_t i = 0; i < TIMES; i++)
            guess->header_numbers += is_time(&guess->time[i], value) ? 1 : 0;
        if (number >= COLUMNS_MAX)
            return;
        column = &guess->column[number];
        guess->columns = number + 1;
        column->usable = value.size > 0 && value.size < PM_TRACE_NAME_SIZE;
        if (column->usable)
            memcpy(column->name, value.text, value.size);
        return;
    }
    if (name != NULL)
        column = column_called(guess, name, name_size);
    else if (number < guess->columns)
        column = &guess->column[number];
    if (column != NULL)
        tally(guess, column, value);
}

/* --- the file -----------------------------------------------------------------------------------
 */

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
static void number_columns(struct guess *guess)
{
    for (unsigned i = 0; i < guess->columns; i++) {
        snprintf(guess->column[i].name, sizeof guess->column[i].name, "%u", i + 1);
        guess->column[i].usable = true;
    }
}

static int look_at_start(struct guess *guess, enum pm_trace_kind *kind, const char *path,
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
        guess->map->format = *kind == PM_TRACE_KIND_JSON ? PM_TRACE_JSON : PM_TRACE_CSV;
        guess->map->separator = guess_separator(&row);
    }
    pm_trace_reader_close(reader);
    return rc;
}

static void take_header(struct guess *guess, const struct pm_trace_row *row)
{
    guess->reading_header = true;
    pm_trace_split_csv(row, guess->map->separator, guess->scratch, take_value, guess);
    guess->reading_header = false;
    guess->map->header = guess->header_numbers == 0;
    if (!guess->map->header)
        number_columns(guess);
}

static int read_columns(struct guess *guess, const char *path, struct pm_error *error)
{
    const bool csv = guess->map->format == PM_TRACE_CSV;
    struct pm_trace_reader *reader = NULL;
    struct pm_trace_row row;
    int rc = pm_trace_reader_open(&reader, path, csv ? guess->map->separator : 0, error);

    for (unsigned i = 0; rc == 0 && i < ROWS; i++) {
        rc = pm_trace_reader_next(reader, &row, error);
        if (rc != 1)
            break;
        rc = 0;
        if (row.size > PM_TRACE_ROW_MAX)
            continue;
        if (csv && i == 0)
            take_header(guess, &row);
        if (!csv)
            pm_trace_split_json(&row, guess->scratch, take_value, guess);
        else if (i > 0 || !guess->map->header)
            pm_trace_split_csv(&row, guess->map->separator, guess->scratch, take_value, guess);
    }
    pm_trace_reader_close(reader);
    return rc;
}

/* --- the choice ---------------------------------------------------------------------------------
 */

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

static bool contains(const char *name, const char *word, size_t size)
{
    for (const char *at = name; *at != '\0'; at++) {
        size_t i = 0;
        while (i < size && at[i] != '\0' && lower(at[i]) == word[i])
            i++;
        if (i == size)
            return true;
    }
    return false;
}

/* How well a text names a choice: what it is called decides alone. */
#define LIKE_CHOICE 90

/* How much a column's name is like a field's: 100 the same, less the later the word stands. */
static int likeness(const char *name, const char *field)
{
    if (contains(name, field, strlen(field)))
        return strlen(name) == strlen(field) ? 100 : 90;
    for (size_t i = 0; i < sizeof likes / sizeof likes[0]; i++) {
        if (strncmp(likes[i], field, strlen(field)) != 0 || likes[i][strlen(field)] != ' ')
            continue;
        int rank = 80;
        for (const char *word = likes[i]; *word != '\0'; rank--) {
            const size_t size = strcspn(word, " ");
            if (contains(name, word, size))
                return rank;
            word += size + (word[size] == ' ' ? 1 : 0);
        }
    }
    return 0;
}

/* The column whose texts are mostly times, and the way of writing that fits most of them. */
static struct column *find_time(struct guess *guess, size_t *way)
{
    struct column *best = NULL;
    uint64_t most = 0;

    for (unsigned i = 0; i < guess->columns; i++) {
        struct column *column = &guess->column[i];
        for (size_t k = 0; k < TIMES; k++) {
            if (column->usable && !column->used && column->time[k] > most &&
                column->time[k] * 2 > column->filled) {
                most = column->time[k];
                best = column;
                *way = k;
            }
        }
    }
    return best;
}

static bool is_key(const struct pm_column *field)
{
    return field->offset == offsetof(struct pm_record, key) && field->type == PM_TYPE_INTEGER;
}

static bool fits(const struct column *column, const struct pm_column *field)
{
    if (!column->usable || column->used || column->filled == 0)
        return false;
    if (field->type == PM_TYPE_CHOICE)
        return likeness(column->name, field->name) >= LIKE_CHOICE;
    return is_key(field) || column->decimal * 2 > column->filled;
}

/* Gives @p field the column that is the best for it and at least @p least like it; returns how much
 * it is, or -1 where there is none. */
static int take_column(struct guess *guess, struct pm_trace_field *field, int least)
{
    const bool key = is_key(&field->column);
    struct column *best = NULL;
    int most = key ? 0 : least - 1;

    for (unsigned i = 0; i < guess->columns; i++) {
        struct column *column = &guess->column[i];
        if (!fits(column, &field->column))
            continue;
        const bool text = column->decimal * 2 <= column->filled;
        const int score = likeness(column->name, field->column.name) + (key && text ? 20 : 0);
        if (score > most) {
            most = score;
            best = column;
        }
    }
    if (best == NULL)
        return -1;
    best->used = true;
    snprintf(field->source, sizeof field->source, "%s", best->name);
    field->hashed = key && best->whole < best->filled;
    field->rounded = !key && field->column.type != PM_TYPE_CHOICE && best->whole < best->filled;
    return most;
}

static void set_constant(struct pm_trace_field *field)
{
    const size_t size =
        field->column.type == PM_TYPE_CHOICE ? strcspn(field->column.choices, " ") : 1;

    field->has_value = true;
    snprintf(field->value, sizeof field->value, "%.*s", (int)size,
             field->column.type == PM_TYPE_CHOICE ? field->column.choices : "1");
}

/* Columns that are called like a field go there before any is taken for its type alone. Returns
 * how like the fields all of them are. */
static int fill_fields(struct guess *guess)
{
    struct pm_trace_map *map = guess->map;
    int like = 0;

    for (int least = 1; least >= 0; least--) {
        for (unsigned i = 0; i < map->fields; i++) {
            struct pm_trace_field *field = &map->field[i];
            if (field->source[0] != '\0')
                continue;
            if (field->column.type == PM_TYPE_TEXT) {
                snprintf(field->source, sizeof field->source, "*");
                continue;
            }
            const int score = take_column(guess, field, least);
            like += score > 0 ? score : 0;
        }
    }
    for (unsigned i = 0; i < map->fields; i++) {
        if (map->field[i].source[0] == '\0')
            set_constant(&map->field[i]);
    }
    return like;
}

static int fill_time(struct guess *guess, struct pm_trace_field *field, const char *path,
                     struct pm_error *error)
{
    char shown[100];
    size_t way = 0;
    struct column *column = find_time(guess, &way);

    if (column == NULL)
        return pm_error_set(error, PM_EINPUT,
                            "trace %s: no column holds times in a way that is known: write a "
                            "mapping with a format of its own",
                            pm_text_printable(shown, sizeof shown, path));
    column->used = true;
    snprintf(field->source, sizeof field->source, "%s", column->name);
    field->time = guess->time[way];
    return 0;
}

static void add_fields(struct pm_trace_map *map, const struct pm_schema *schema)
{
    static const struct pm_column always[] = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key")};

    for (unsigned i = 0; i < schema->count; i++) {
        if (schema->columns[i].place == PM_PLACE_RECORD || schema->columns[i].type == PM_TYPE_TEXT)
            map->field[map->fields++].column = schema->columns[i];
    }
    for (unsigned k = 0; k < 2; k++) {
        bool there = false;
        for (unsigned i = 0; i < map->fields; i++)
            there |= map->field[i].column.type != PM_TYPE_TEXT &&
                     map->field[i].column.offset == always[k].offset;
        if (!there)
            map->field[map->fields++].column = always[k];
    }
}

/* Fills the map for one stream; *like says how much the file is like it. */
static int fill_map(struct guess *guess, const char *path, const struct pm_query_stream *stream,
                    int *like, struct pm_error *error)
{
    struct pm_trace_map *map = guess->map;
    const char *slash = strrchr(path, '/');
    const char *name = stream->schema->name;
    int rc = 0;

    map->fields = 0;
    memset(map->field, 0, sizeof map->field);
    for (unsigned i = 0; i < guess->columns; i++)
        guess->column[i].used = false;
    add_fields(map, stream->schema);
    for (unsigned i = 0; i < map->fields && rc == 0; i++) {
        if (map->field[i].column.type == PM_TYPE_TIME)
            rc = fill_time(guess, &map->field[i], path, error);
    }
    if (rc != 0)
        return rc;
    *like = fill_fields(guess);
    if (name != NULL && contains(slash != NULL ? slash + 1 : path, name, strlen(name)))
        *like += 100; /* clicks.csv is of clicks */
    return 0;
}

/* The number of the stream that is meant, or of that which the file is most like. */
static int choose_stream(struct guess *guess, const char *path, const struct pm_query *query,
                         const char *stream, unsigned *number, struct pm_error *error)
{
    int most = -1, like = 0;
    char shown[32];

    for (unsigned i = 0; i < query->streams; i++) {
        if (stream != NULL && strcmp(stream, query->stream[i].name) != 0)
            continue;
        const int rc = fill_map(guess, path, &query->stream[i], &like, error);
        if (rc != 0)
            return rc;
        if (like > most) {
            most = like;
            *number = i;
        }
    }
    return most >= 0 ? 0
                     : pm_error_set(error, PM_EINPUT, "--stream %s: %s has no such stream",
                                    pm_text_printable(shown, sizeof shown, stream), query->name);
}

static int choose(struct guess *guess, const char *path, const struct pm_query *query,
                  const char *stream, struct pm_error *error)
{
    int like = 0;
    unsigned number = 0;
    const int rc = choose_stream(guess, path, query, stream, &number, error);

    guess->map->stream = number;
    return rc == 0 ? fill_map(guess, path, &query->stream[number], &like, error) : rc;
}

int pm_trace_guess(struct pm_trace_map *out, enum pm_trace_kind *kind, const char *path,
                   const struct pm_query *query, const char *stream, struct pm_error *error)
{
    struct guess *guess = calloc(1, sizeof *guess);

    if (guess == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    *out = (struct pm_trace_map){.separator = ',', .header = true};
    guess->map = out;
    open_times(guess);
    int rc = look_at_start(guess, kind, path, error);
    if (rc == 0 && *kind != PM_TRACE_KIND_CLF) {
        rc = read_columns(guess, path, error);
        if (rc == 0)
            rc = choose(guess, path, query, stream, error);
    }
    free(guess);
    return rc;
}
