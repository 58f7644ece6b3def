/* SPDX-License-Identifier: Apache-2.0 */
/* A mapping as text: every field in one line, what has its default left out. */
#include "pm_trace_map_write.h"

#include "pm_settings.h"

const char *const pm_trace_filter_word[PM_TRACE_FILTER_KINDS] = {"is", "is-not", "at-least",
                                                                 "at-most"};

static void write_pair(struct pm_outbuf *out, const char *lead, const char *key, const char *value)
{
    pm_outbuf_add(out, "%s%s: ", lead, key);
    pm_settings_quote(out, value);
}

static void write_time(const struct pm_trace_time *time, struct pm_outbuf *out)
{
    const int64_t minutes = (time->zone_s < 0 ? -time->zone_s : time->zone_s) / 60;

    if (time->unit_ns > 0)
        pm_outbuf_add(out, ", unit: %s",
                      time->unit_ns == 1         ? "ns"
                      : time->unit_ns == 1000    ? "us"
                      : time->unit_ns == 1000000 ? "ms"
                                                 : "s");
    if (time->format[0] != '\0')
        write_pair(out, ", ", "format", time->format);
    if (time->zone[0] != '\0')
        write_pair(out, ", ", "zone", time->zone);
    if (time->zone_s != 0)
        pm_outbuf_add(out, ", zone: \"%c%02d:%02d\"", time->zone_s < 0 ? '-' : '+',
                      (int)(minutes / 60), (int)(minutes % 60));
}

static void write_columns(const struct pm_trace_field *field, struct pm_outbuf *out)
{
    pm_outbuf_add(out, "columns: [");
    pm_settings_quote(out, field->source);
    for (unsigned i = 0; i < field->others; i++) {
        pm_outbuf_add(out, ", ");
        pm_settings_quote(out, field->other[i]);
    }
    pm_outbuf_add(out, "]");
}

static void write_field(const struct pm_trace_field *field, struct pm_outbuf *out)
{
    const bool constant = field->source[0] == '\0';

    pm_outbuf_add(out, "  %s: {", field->column.name);
    if (field->others > 0)
        write_columns(field, out);
    else
        write_pair(out, "", constant ? "constant" : "column",
                   constant ? field->value : field->source);
    if (!constant && field->has_value)
        write_pair(out, ", ", "default", field->value);
    if (field->column.type == PM_TYPE_TIME)
        write_time(&field->time, out);
    pm_outbuf_add(out, "%s%s}\n", field->hashed ? ", hash: yes" : "",
                  field->rounded ? ", round: yes" : "");
}

void pm_trace_map_write(const struct pm_trace_map *map, const struct pm_query *query,
                        struct pm_outbuf *out)
{
    const char separator[2] = {map->separator, '\0'};

    pm_outbuf_add(out, "format: %s\n", map->format == PM_TRACE_CSV ? "csv" : "json");
    if (map->format == PM_TRACE_CSV) {
        write_pair(out, "", "separator", map->separator == '\t' ? "tab" : separator);
        pm_outbuf_add(out, "\nheader: %s\n", map->header ? "yes" : "no");
    }
    if (query->streams > 1)
        pm_outbuf_add(out, "stream: %s\n", query->stream[map->stream].name);
    pm_outbuf_add(out, "fields:\n");
    for (unsigned i = 0; i < map->fields; i++)
        write_field(&map->field[i], out);
    if (map->filters > 0)
        pm_outbuf_add(out, "filters:\n");
    for (unsigned i = 0; i < map->filters; i++) {
        pm_outbuf_add(out, "  filter-%u: {", i + 1);
        write_pair(out, "", "column", map->filter[i].source);
        write_pair(out, ", ", pm_trace_filter_word[map->filter[i].kind], map->filter[i].value);
        pm_outbuf_add(out, "}\n");
    }
}
