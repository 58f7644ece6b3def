/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files, entry by entry of the flat document, then checked as a whole. */
#include "pm_trace_map_load.h"

#include <stdio.h>
#include <string.h>

#include "pm_fixed.h"
#include "pm_settings.h"
#include "pm_text.h"
#include "pm_trace_map_write.h"
#include "pm_yaml.h"

#define FIELDS  "fields."
#define FILTERS "filters."

/* Where a stream's schema has no column for them: what every record has. */
static const struct pm_column time_column = PM_COLUMN_EVENT_TIME("time");
static const struct pm_column key_column = PM_COLUMN_KEY("key");

struct load {
    struct pm_trace_map *map;
    const struct pm_query *query;
    const struct pm_schema *schema;
    const struct pm_yaml *yaml;
    char filter_name[PM_TRACE_FILTERS_MAX][PM_TRACE_NAME_SIZE];
    struct pm_error *error;
};

static int refuse(const struct load *load, const struct pm_yaml_entry *at, const char *what)
{
    const size_t length = strlen(load->yaml->name);
    char shown[80];
    char copy[160]; /* what may be the text of error */

    pm_text_printable(shown, sizeof shown,
                      length < sizeof shown ? load->yaml->name
                                            : load->yaml->name + length - (sizeof shown - 1));
    snprintf(copy, sizeof copy, "%s", what);
    return pm_error_set(load->error, PM_EINPUT, "%s:%u:%u: %s", shown, at != NULL ? at->line : 1,
                        at != NULL ? at->column : 1, copy);
}

static int copy_value(const struct load *load, const struct pm_yaml_entry *entry, char *to,
                      size_t size)
{
    if (strlen(entry->value) >= size)
        return refuse(load, entry, "too long: take less");
    memcpy(to, entry->value, strlen(entry->value) + 1);
    return 0;
}

static int take_bool(const struct load *load, const struct pm_yaml_entry *entry, bool *out)
{
    static const struct pm_option option = {"value", PM_OPTION_BOOL, PM_UNIT_COUNT, 0,    0,
                                            0,       "no",           NULL,          NULL, NULL};

    return pm_option_set(&option, out, entry->value, NULL) == 0
               ? 0
               : refuse(load, entry, "expected yes or no");
}

/* --- the file as a whole ---------------------------------------------------------------------- */

static int take_stream(struct load *load, const struct pm_yaml_entry *entry)
{
    for (unsigned i = 0; i < load->query->streams; i++) {
        if (strcmp(load->query->stream[i].name, entry->value) == 0) {
            load->map->stream = i;
            load->schema = load->query->stream[i].schema;
            return 0;
        }
    }
    char what[160];
    size_t used = (size_t)snprintf(what, sizeof what, "stream: expected one of");
    for (unsigned i = 0; i < load->query->streams && used < sizeof what; i++)
        used += (size_t)snprintf(what + used, sizeof what - used, "%s %s", i > 0 ? "," : "",
                                 load->query->stream[i].name);
    return refuse(load, entry, what);
}

static int take_separator(struct load *load, const struct pm_yaml_entry *entry)
{
    const char *value = strcmp(entry->value, "tab") == 0 ? "\t" : entry->value;

    if (strlen(value) != 1 || value[0] == '"' || value[0] == '\n' || value[0] == '\r')
        return refuse(load, entry, "separator: expected one byte, or tab");
    load->map->separator = value[0];
    return 0;
}

static int take_format(struct load *load, const struct pm_yaml_entry *entry)
{
    if (strcmp(entry->value, "csv") != 0 && strcmp(entry->value, "json") != 0)
        return refuse(load, entry, "format: expected csv or json");
    load->map->format = entry->value[0] == 'c' ? PM_TRACE_CSV : PM_TRACE_JSON;
    return 0;
}

/* --- fields ----------------------------------------------------------------------------------- */

static const struct pm_column *column_of(const struct load *load, const char *name)
{
    const struct pm_column *column = pm_schema_find(load->schema, name);
    bool has_time = false, has_key = false;

    if (column != NULL)
        return column;
    for (unsigned i = 0; i < load->schema->count; i++) {
        const struct pm_column *other = &load->schema->columns[i];
        if (other->place == PM_PLACE_RECORD && other->type != PM_TYPE_TEXT) {
            has_time |= other->offset == time_column.offset;
            has_key |= other->offset == key_column.offset;
        }
    }
    if (!has_time && strcmp(name, time_column.name) == 0)
        return &time_column;
    return !has_key && strcmp(name, key_column.name) == 0 ? &key_column : NULL;
}

static struct pm_trace_field *field_of(struct pm_trace_map *map, const char *name)
{
    for (unsigned i = 0; i < map->fields; i++) {
        if (strcmp(map->field[i].column.name, name) == 0)
            return &map->field[i];
    }
    return NULL;
}

static int add_field(struct load *load, const struct pm_yaml_entry *entry, const char *name)
{
    const struct pm_column *column = column_of(load, name);
    char what[200];

    if (column == NULL || column->place == PM_PLACE_EXTENSION) {
        if (column == NULL || column->type != PM_TYPE_TEXT) {
            snprintf(what, sizeof what,
                     "no such field in stream %s: 'pacemark explain %s' shows its columns",
                     load->query->stream[load->map->stream].name, load->query->name);
            return refuse(load, entry, what);
        }
    }
    if (entry->value != NULL)
        return refuse(load, entry, "expected {column: NAME} or {constant: VALUE}");
    if (load->map->fields == PM_TRACE_FIELDS_MAX)
        return refuse(load, entry, "too many fields");
    load->map->field[load->map->fields++].column = *column;
    return 0;
}

static int take_zone_or_format(const struct load *load, const struct pm_yaml_entry *entry,
                               struct pm_trace_field *field, const char *word)
{
    struct pm_error why;
    int rc = 0;

    if (field->column.type != PM_TYPE_TIME)
        return refuse(load, entry, "only times have a format, unit or zone");
    if (strcmp(word, "format") == 0)
        rc = pm_trace_time_set_format(&field->time, entry->value, &why);
    else if (strcmp(word, "unit") == 0)
        rc = pm_trace_time_set_unit(&field->time, entry->value, &why);
    else
        rc = pm_trace_time_set_zone(&field->time, entry->value, &why);
    return rc == 0 ? 0 : refuse(load, entry, why.text);
}

static int take_hash(const struct load *load, const struct pm_yaml_entry *entry,
                     struct pm_trace_field *field)
{
    if (field->column.type != PM_TYPE_INTEGER)
        return refuse(load, entry, "only an integer can be a hash");
    return take_bool(load, entry, &field->hashed);
}

/* columns: [a, b] came as "a, b". */
static int take_columns(const struct load *load, const struct pm_yaml_entry *entry,
                        struct pm_trace_field *field)
{
    char *to = field->source;

    for (const char *at = entry->value;; at += 2) {
        const char *stop = strstr(at, ", ");
        const size_t size = stop != NULL ? (size_t)(stop - at) : strlen(at);
        if (size == 0 || size >= PM_TRACE_NAME_SIZE)
            return refuse(load, entry, "columns: a name of 1 to 63 bytes is expected");
        memcpy(to, at, size);
        to[size] = '\0';
        if (stop == NULL)
            return 0;
        if (field->others == PM_TRACE_OTHERS_MAX)
            return refuse(load, entry, "columns: more than four: take less");
        to = field->other[field->others++];
        at = stop;
    }
}

static int take_field(struct load *load, const struct pm_yaml_entry *entry,
                      struct pm_trace_field *field, const char *word)
{
    if (entry->value == NULL)
        return refuse(load, entry, "expected a value");
    if (strcmp(word, "column") == 0)
        return copy_value(load, entry, field->source, sizeof field->source);
    if (strcmp(word, "columns") == 0)
        return take_columns(load, entry, field);
    if (strcmp(word, "constant") == 0 || strcmp(word, "default") == 0) {
        if (field->has_value)
            return refuse(load, entry, "both constant and default: keep one");
        field->has_value = true;
        return copy_value(load, entry, field->value, sizeof field->value);
    }
    if (strcmp(word, "hash") == 0)
        return take_hash(load, entry, field);
    if (strcmp(word, "round") == 0)
        return take_bool(load, entry, &field->rounded);
    if (strcmp(word, "format") == 0 || strcmp(word, "unit") == 0 || strcmp(word, "zone") == 0)
        return take_zone_or_format(load, entry, field, word);
    return refuse(load, entry,
                  "expected column, columns, constant, default, hash, round, format, unit or zone");
}

static int take_field_entry(struct load *load, const struct pm_yaml_entry *entry)
{
    char name[PM_YAML_KEY_MAX];
    const char *rest = entry->key + strlen(FIELDS);
    const char *dot = strchr(rest, '.');

    if (dot == NULL)
        return add_field(load, entry, rest);
    snprintf(name, sizeof name, "%.*s", (int)(dot - rest), rest);
    struct pm_trace_field *field = field_of(load->map, name);
    return field != NULL ? take_field(load, entry, field, dot + 1)
                         : refuse(load, entry, "write fields as {column: NAME}");
}

/* --- filters ---------------------------------------------------------------------------------- */

static int add_filter(struct load *load, const struct pm_yaml_entry *entry, const char *name)
{
    if (entry->value != NULL)
        return refuse(load, entry, "expected {column: NAME, is: VALUE}");
    if (load->map->filters == PM_TRACE_FILTERS_MAX || strlen(name) >= PM_TRACE_NAME_SIZE)
        return refuse(load, entry, "too many filters, or too long a name");
    snprintf(load->filter_name[load->map->filters++], PM_TRACE_NAME_SIZE, "%s", name);
    return 0;
}

static int take_filter(struct load *load, const struct pm_yaml_entry *entry,
                       struct pm_trace_filter *filter, const char *word)
{
    if (entry->value == NULL)
        return refuse(load, entry, "expected a value");
    if (strcmp(word, "column") == 0)
        return copy_value(load, entry, filter->source, sizeof filter->source);
    for (unsigned i = 0; i < PM_TRACE_FILTER_KINDS; i++) {
        if (strcmp(word, pm_trace_filter_word[i]) != 0)
            continue;
        if (filter->value[0] != '\0')
            return refuse(load, entry, "a filter has one condition: write a second filter");
        filter->kind = (enum pm_trace_filter_kind)i;
        return copy_value(load, entry, filter->value, sizeof filter->value);
    }
    return refuse(load, entry, "expected column, is, is-not, at-least or at-most");
}

static int take_filter_entry(struct load *load, const struct pm_yaml_entry *entry)
{
    const char *rest = entry->key + strlen(FILTERS);
    const char *dot = strchr(rest, '.');

    if (dot == NULL)
        return add_filter(load, entry, rest);
    for (unsigned i = 0; i < load->map->filters; i++) {
        if (strlen(load->filter_name[i]) == (size_t)(dot - rest) &&
            memcmp(load->filter_name[i], rest, (size_t)(dot - rest)) == 0)
            return take_filter(load, entry, &load->map->filter[i], dot + 1);
    }
    return refuse(load, entry, "write filters as {column: NAME, is: VALUE}");
}

/* --- the whole -------------------------------------------------------------------------------- */

static int take_entry(struct load *load, const struct pm_yaml_entry *entry)
{
    const bool is_group = strcmp(entry->key, "fields") == 0 || strcmp(entry->key, "filters") == 0;

    if (strncmp(entry->key, FIELDS, strlen(FIELDS)) == 0)
        return take_field_entry(load, entry);
    if (strncmp(entry->key, FILTERS, strlen(FILTERS)) == 0)
        return take_filter_entry(load, entry);
    if (is_group != (entry->value == NULL))
        return refuse(load, entry, is_group ? "expected names below it" : "expected a value");
    if (is_group || strcmp(entry->key, "stream") == 0) /* the stream was read first */
        return 0;
    if (strcmp(entry->key, "format") == 0)
        return take_format(load, entry);
    if (strcmp(entry->key, "separator") == 0)
        return take_separator(load, entry);
    if (strcmp(entry->key, "header") == 0)
        return take_bool(load, entry, &load->map->header);
    return refuse(load, entry, "expected format, separator, header, stream, fields or filters");
}

/* Every column of the record that the query reads must come from somewhere. */
static int check_complete(const struct load *load)
{
    char what[160];

    if (field_of(load->map, time_column.name) == NULL &&
        column_of(load, time_column.name) == &time_column)
        return refuse(load, pm_yaml_find(load->yaml, "fields"), "fields: time: missing");
    if (field_of(load->map, key_column.name) == NULL &&
        column_of(load, key_column.name) == &key_column)
        return refuse(load, pm_yaml_find(load->yaml, "fields"), "fields: key: missing");
    for (unsigned i = 0; i < load->schema->count; i++) {
        const struct pm_column *column = &load->schema->columns[i];
        if (column->place == PM_PLACE_EXTENSION && column->type != PM_TYPE_TEXT)
            continue;
        if (field_of(load->map, column->name) == NULL) {
            snprintf(what, sizeof what, "fields: %s: missing: name its column, or a constant",
                     column->name);
            return refuse(load, pm_yaml_find(load->yaml, "fields"), what);
        }
    }
    return 0;
}

static int check_parts(const struct load *load)
{
    const struct pm_trace_map *map = load->map;
    char what[160];

    for (unsigned i = 0; i < map->fields; i++) {
        if (map->field[i].source[0] == '\0' && !map->field[i].has_value) {
            snprintf(what, sizeof what, "fields: %s: neither column nor constant",
                     map->field[i].column.name);
            return refuse(load, pm_yaml_find(load->yaml, "fields"), what);
        }
        if (map->field[i].others > 0 && !map->field[i].hashed) {
            snprintf(what, sizeof what,
                     "fields: %s: of several columns only a hash is made: hash: yes",
                     map->field[i].column.name);
            return refuse(load, pm_yaml_find(load->yaml, "fields"), what);
        }
    }
    for (unsigned i = 0; i < map->filters; i++) {
        const struct pm_trace_filter *filter = &map->filter[i];
        const char *end = filter->value + strlen(filter->value);
        int64_t number = 0;
        bool exact = false;
        const bool counts = filter->kind == PM_TRACE_AT_LEAST || filter->kind == PM_TRACE_AT_MOST;
        if (filter->source[0] == '\0')
            return refuse(load, pm_yaml_find(load->yaml, "filters"), "a filter without column");
        if (counts && (pm_fixed_read(&number, &exact, filter->value, end, 6) != end || !exact))
            return refuse(load, pm_yaml_find(load->yaml, "filters"),
                          "at-least and at-most: expected a number of at most six decimals");
    }
    return 0;
}

static int load_document(struct pm_trace_map *out, const struct pm_yaml *yaml,
                         const struct pm_query *query, struct pm_error *error)
{
    struct load load = {.map = out, .query = query, .yaml = yaml, .error = error};
    const struct pm_yaml_entry *stream = pm_yaml_find(yaml, "stream");
    int rc = 0;

    *out = (struct pm_trace_map){.format = PM_TRACE_CSV, .separator = ',', .header = true};
    load.schema = query->stream[0].schema;
    if (stream != NULL && stream->value != NULL)
        rc = take_stream(&load, stream);
    if (rc == 0 && query->stream[out->stream].codec == PM_CODEC_CLF)
        rc = refuse(&load, NULL, "the query reads log lines as they are: leave --map out");
    for (size_t i = 0; i < yaml->count && rc == 0; i++)
        rc = take_entry(&load, &yaml->entries[i]);
    if (rc == 0)
        rc = check_parts(&load);
    return rc == 0 ? check_complete(&load) : rc;
}

int pm_trace_map_load(struct pm_trace_map *out, const char *path, const struct pm_query *query,
                      struct pm_error *error)
{
    struct pm_yaml *yaml = NULL;
    int rc = pm_yaml_load(&yaml, path, error);

    if (rc == 0)
        rc = load_document(out, yaml, query, error);
    pm_yaml_close(yaml);
    return rc;
}

int pm_trace_map_parse(struct pm_trace_map *out, const char *name, const char *text, size_t size,
                       const struct pm_query *query, struct pm_error *error)
{
    struct pm_yaml *yaml = NULL;
    int rc = pm_yaml_parse(&yaml, name, text, size, error);

    if (rc == 0)
        rc = load_document(out, yaml, query, error);
    pm_yaml_close(yaml);
    return rc;
}
