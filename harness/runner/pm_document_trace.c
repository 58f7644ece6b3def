/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a trace as JSON: where the rows of each went. */
#include "pm_document_inside.h"

static json_t *write_file(const char *name, const struct pm_trace_counts *counts)
{
    json_t *const object = json_object();
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {
        {"rows", counts->rows},
        {"records", counts->records},
        {"filtered", counts->dropped},
        {"dead_letters", counts->dead},
    };

    json_object_set_new(object, "file", json_string(name));
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        json_object_set_new(object, fields[i].name, pm_document_count(fields[i].value));
    json_object_set_new(object, "first_dead_line",
                        counts->dead != 0 ? pm_document_count(counts->first_dead_line)
                                          : json_null());
    return object;
}

json_t *pm_document_trace_files(const struct pm_generator_settings *settings,
                                const struct pm_trace_stats *stats)
{
    if (settings->schedule != PM_SCHEDULE_TRACE)
        return json_null();
    json_t *const files = json_array();

    for (unsigned i = 0; i < PM_TRACE_FILES_MAX && settings->trace[i][0] != '\0'; i++)
        json_array_append_new(files, write_file(settings->trace[i], &stats->file[i]));
    return files;
}
