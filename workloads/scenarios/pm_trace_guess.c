/* SPDX-License-Identifier: Apache-2.0 */
/* A field gets the column whose texts can be read as one; names break ties. */
#include "pm_trace_guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_text.h"
#include "pm_trace_tally.h"

/* Words that columns of one meaning are called by; the first of each group is a field's name. */
static const char *const likes[] = {
    "user customer client account name symbol who host station device firm sender buyer card",
    "sensor device station machine probe thermometer",
    "key id user customer symbol name",
    "amount total price sum value cost revenue fare paid sales temp money",
    "reading value temp temperature measurement level",
};

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
static struct pm_trace_column *find_time(struct pm_trace_tally *tally, size_t *way)
{
    struct pm_trace_column *best = NULL;
    uint64_t most = 0;

    for (unsigned i = 0; i < tally->columns; i++) {
        struct pm_trace_column *column = &tally->column[i];
        for (size_t k = 0; k < PM_TRACE_WAYS; k++) {
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

static bool fits(const struct pm_trace_column *column, const struct pm_column *field)
{
    if (!column->usable || column->used || column->filled == 0)
        return false;
    if (field->type == PM_TYPE_CHOICE)
        return likeness(column->name, field->name) >= LIKE_CHOICE;
    return is_key(field) || column->decimal * 2 > column->filled;
}

/* Gives @p field the column that is the best for it and at least @p least like it; returns how much
 * it is, or -1 where there is none. */
static int take_column(struct pm_trace_tally *tally, struct pm_trace_field *field, int least)
{
    const bool key = is_key(&field->column);
    struct pm_trace_column *best = NULL;
    int most = key ? 0 : least - 1;

    for (unsigned i = 0; i < tally->columns; i++) {
        struct pm_trace_column *column = &tally->column[i];
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
static int fill_fields(struct pm_trace_tally *tally)
{
    struct pm_trace_map *map = tally->map;
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
            const int score = take_column(tally, field, least);
            like += score > 0 ? score : 0;
        }
    }
    for (unsigned i = 0; i < map->fields; i++) {
        if (map->field[i].source[0] == '\0')
            set_constant(&map->field[i]);
    }
    return like;
}

static int fill_time(struct pm_trace_tally *tally, struct pm_trace_field *field, const char *path,
                     struct pm_error *error)
{
    char shown[100];
    size_t way = 0;
    struct pm_trace_column *column = find_time(tally, &way);

    if (column == NULL)
        return pm_error_set(error, PM_EINPUT,
                            "trace %s: no column holds times in a way that is known: write a "
                            "mapping with a format of its own",
                            pm_text_printable(shown, sizeof shown, path));
    column->used = true;
    snprintf(field->source, sizeof field->source, "%s", column->name);
    field->time = tally->time[way];
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
static int fill_map(struct pm_trace_tally *tally, const char *path,
                    const struct pm_query_stream *stream, int *like, struct pm_error *error)
{
    struct pm_trace_map *map = tally->map;
    const char *slash = strrchr(path, '/');
    const char *name = stream->schema->name;
    int rc = 0;

    map->fields = 0;
    memset(map->field, 0, sizeof map->field);
    for (unsigned i = 0; i < tally->columns; i++)
        tally->column[i].used = false;
    add_fields(map, stream->schema);
    for (unsigned i = 0; i < map->fields && rc == 0; i++) {
        if (map->field[i].column.type == PM_TYPE_TIME)
            rc = fill_time(tally, &map->field[i], path, error);
    }
    if (rc != 0)
        return rc;
    *like = fill_fields(tally);
    if (name != NULL && contains(slash != NULL ? slash + 1 : path, name, strlen(name)))
        *like += 100; /* clicks.csv is of clicks */
    return 0;
}

/* The number of the stream that is meant, or of that which the file is most like. */
static int choose_stream(struct pm_trace_tally *tally, const char *path,
                         const struct pm_query *query, const char *stream, unsigned *number,
                         struct pm_error *error)
{
    int most = -1, like = 0;
    char shown[32];

    for (unsigned i = 0; i < query->streams; i++) {
        if (stream != NULL && strcmp(stream, query->stream[i].name) != 0)
            continue;
        const int rc = fill_map(tally, path, &query->stream[i], &like, error);
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

static int choose(struct pm_trace_tally *tally, const char *path, const struct pm_query *query,
                  const char *stream, struct pm_error *error)
{
    int like = 0;
    unsigned number = 0;
    const int rc = choose_stream(tally, path, query, stream, &number, error);

    tally->map->stream = number;
    return rc == 0 ? fill_map(tally, path, &query->stream[number], &like, error) : rc;
}

int pm_trace_guess(struct pm_trace_map *out, enum pm_trace_kind *kind, const char *path,
                   const struct pm_query *query, const char *stream, struct pm_error *error)
{
    struct pm_trace_tally *tally = calloc(1, sizeof *tally);

    if (tally == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    *out = (struct pm_trace_map){.separator = ',', .header = true};
    tally->map = out;
    int rc = pm_trace_tally_read(tally, kind, path, error);
    if (rc == 0 && *kind != PM_TRACE_KIND_CLF)
        rc = choose(tally, path, query, stream, error);
    free(tally);
    return rc;
}
