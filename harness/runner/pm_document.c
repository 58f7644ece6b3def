/* SPDX-License-Identifier: Apache-2.0 */
/* The document around its rows: environment, inputs, summaries. */
#include "pm_document.h"

#include <stdio.h>

#include "pm_build.h"
#include "pm_document_inside.h"
#include "pm_heap.h"

static void put_spread(struct pm_document_writer *writer, const char *name,
                       const struct pm_spread *spread)
{
    json_t *const object = json_object();

    pm_document_figure(writer, object, name, "median", spread->median);
    pm_document_figure(writer, object, name, "low", spread->low);
    pm_document_figure(writer, object, name, "high", spread->high);
    json_object_set_new(writer->object, name, object);
}

static json_t *write_summary(const struct pm_summary *summary)
{
    struct pm_document_writer writer = {json_object(), json_object()};

    json_object_set_new(writer.object, "scenario", json_string(summary->scenario));
    json_object_set_new(writer.object, "instance", json_string(summary->instance));
    json_object_set_new(writer.object, "engine", json_string(summary->engine));
    json_object_set_new(writer.object, "floor", json_boolean(summary->is_floor));
    json_object_set_new(writer.object, "valid_runs", pm_document_count(summary->runs));
    put_spread(&writer, "throughput_per_s", &summary->throughput_per_s);
    put_spread(&writer, "latency_p50_ns", &summary->p50_ns);
    put_spread(&writer, "latency_p99_ns", &summary->p99_ns);
    put_spread(&writer, "latency_p99_9_ns", &summary->p99_9_ns);
    put_spread(&writer, "latency_max_ns", &summary->max_ns);
    put_spread(&writer, "service_p99_ns", &summary->service_p99_ns);
    put_spread(&writer, "cpu_work_s_per_million", &summary->cpu_work_s_per_million);
    put_spread(&writer, "memory_peak_bytes", &summary->memory_peak_bytes);
    json_object_set_new(writer.object, "reasons", writer.reasons);
    return writer.object;
}

static json_t *write_environment(const struct pm_environment *environment)
{
    json_t *const object = json_object();

    json_object_set_new(object, "cpu", pm_document_text(environment->cpu));
    json_object_set_new(object, "cores", pm_document_count(environment->cores));
    json_object_set_new(object, "kernel", pm_document_text(environment->kernel));
    json_object_set_new(object, "governor", pm_document_text(environment->governor));
    json_object_set_new(object, "turbo", pm_document_text(environment->turbo));
    json_object_set_new(object, "huge_pages", pm_document_text(environment->huge_pages));
    json_object_set_new(object, "clock_source", pm_document_text(environment->clock_source));
    json_object_set_new(object, "load_before",
                        environment->load < 0 ? json_null() : json_real(environment->load));
    json_object_set_new(object, "memory_bytes", pm_document_count(environment->memory_bytes));
    json_object_set_new(object, "shm_free_bytes", pm_document_count(environment->shm_bytes));
    json_object_set_new(object, "allocator", json_string(pm_heap_name()));
    json_object_set_new(object, "version", json_string(pm_build.version));
    json_object_set_new(object, "commit", json_string(pm_build.commit));
    json_object_set_new(object, "compiler", json_string(pm_build.compiler));
    json_object_set_new(object, "build_type", json_string(pm_build.type));
    json_object_set_new(object, "flags", json_string(pm_build.flags));
#ifdef __OPTIMIZE__
    json_object_set_new(object, "optimized", json_true());
#else
    json_object_set_new(object, "optimized", json_false());
#endif
    return object;
}

/* The names of a trace's files, ", " between them. */
static json_t *files(const struct pm_generator_settings *generator)
{
    char names[PM_TRACE_FILES_MAX * (PM_OPTION_TEXT_SIZE + 2u)];
    size_t used = 0;

    for (unsigned i = 0; i < PM_TRACE_FILES_MAX && generator->trace[i][0] != '\0'; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                 generator->trace[i]);
    return pm_document_text(names);
}

static json_t *write_input(const struct pm_document *document)
{
    const struct pm_prepared *const prepared = document->prepared;
    json_t *const object = json_object();
    const struct pm_generator_settings *const generator = &prepared->scenario->generator;

    json_object_set_new(object, "scenario", json_string(prepared->scenario->name));
    json_object_set_new(object, "seed", json_integer(generator->seed));
    json_object_set_new(object, "digest", pm_document_hex(prepared->input.digest));
    json_object_set_new(object, "records", pm_document_count(prepared->input.records));
    json_object_set_new(object, "schedule_ns", json_integer(prepared->input.last_due_ns));
    json_object_set_new(object, "trace",
                        generator->schedule == PM_SCHEDULE_TRACE ? files(generator) : json_null());
    json_object_set_new(object, "trace_files",
                        pm_document_trace_files(generator, &prepared->input.trace));
    json_object_set_new(object, "wait", pm_document_text(document->outcome->wait.reason));
    json_object_set_new(object, "settings", pm_document_text(prepared->text.text));
    return object;
}

int pm_document_write(char **out, const struct pm_document *document, struct pm_error *error)
{
    const struct pm_outcome *const outcome = document->outcome;
    json_t *const root = json_object();
    json_t *const inputs = json_array();
    json_t *const rows = json_array();
    json_t *const summary = json_array();

    json_array_append_new(inputs, write_input(document));
    for (unsigned i = 0; i < outcome->rows; i++)
        json_array_append_new(rows, pm_document_row(document, &outcome->row[i]));
    for (unsigned i = 0; i < outcome->summaries; i++)
        json_array_append_new(summary, write_summary(&outcome->summary[i]));
    json_object_set_new(root, "schema", json_string(PM_DOCUMENT_SCHEMA));
    json_object_set_new(root, "label", pm_document_text(document->config->label));
    json_object_set_new(root, "seed", json_integer(document->prepared->scenario->generator.seed));
    json_object_set_new(root, "input_digest", pm_document_hex(document->prepared->input.digest));
    json_object_set_new(root, "interrupted", json_boolean(outcome->interrupted));
    json_object_set_new(root, "environment", write_environment(document->environment));
    json_object_set_new(root, "inputs", inputs);
    json_object_set_new(root, "rows", rows);
    json_object_set_new(root, "summary", summary);
    return pm_document_dump(out, root, error);
}
