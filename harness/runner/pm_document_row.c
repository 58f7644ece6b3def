/* SPDX-License-Identifier: Apache-2.0 */
/* A row as JSON, field by field as the schema has them. */
#include "pm_document_inside.h"

#include "pm_workload.h"

static void put_latency(struct pm_document_writer *writer, const char *name,
                        const struct pm_latency_figures *figures)
{
    json_t *const object = json_object();

    for (unsigned i = 0; i < PM_PERCENTILES; i++)
        pm_document_figure(writer, object, name, pm_percentile_names[i], figures->percentile[i]);
    pm_document_figure(writer, object, name, "max", figures->max);
    json_object_set_new(object, "count", pm_document_count(figures->count));
    json_object_set_new(writer->object, name, object);
}

static const char *const status_names[] = {"unchecked", "equal", "differs"};

static json_t *notes(const char (*note)[PM_AUDIT_NOTE_SIZE], unsigned number_of)
{
    json_t *const array = json_array();

    for (unsigned i = 0; i < number_of; i++)
        json_array_append_new(array, json_string(note[i]));
    return array;
}

/* What a group of a row counts. */
struct counted {
    const char *name;
    uint64_t value;
};

/* All of them null, with the one reason, where @p unknown is not NULL. */
static void put_group(struct pm_document_writer *writer, json_t *into, const char *group,
                      const struct counted *counted, size_t number_of, const char *unknown)
{
    for (size_t i = 0; i < number_of; i++)
        pm_document_figure(writer, into, group, counted[i].name,
                           unknown != NULL ? pm_figure_unknown(unknown)
                                           : pm_figure_of((double)counted[i].value));
}

static void put_oracle(struct pm_document_writer *writer, const struct pm_row *row)
{
    json_t *const object = json_object();
    json_t *const examples = json_array();
    json_t *const letters = json_array();
    const struct counted counts[] = {
        {"lost", row->verdict.lost},
        {"duplicated", row->verdict.duplicated},
        {"wrong", row->verdict.wrong},
        {"expected", row->verdict.expected},
    };
    const char *const unchecked = row->unchecked != NULL ? row->unchecked : "unchecked";
    const char *const unknown = row->oracle == PM_ORACLE_UNCHECKED ? unchecked : NULL;

    json_object_set_new(object, "status", json_string(status_names[row->oracle]));
    put_group(writer, object, "oracle", counts, sizeof counts / sizeof counts[0], unknown);
    json_object_set_new(object, "late", pm_document_count(row->late));
    json_object_set_new(object, "dead_letters", pm_document_count(row->dead_letters));
    for (unsigned i = 0; i < row->verdict.examples; i++)
        json_array_append_new(examples, json_string(row->verdict.example[i]));
    json_object_set_new(object, "examples", examples);
    for (unsigned i = 0; i < row->shown.count; i++)
        json_array_append_new(letters, json_string(row->shown.text[i]));
    json_object_set_new(object, "dead_letter_examples", letters);
    json_object_set_new(writer->object, "oracle", object);
}

static void put_balance(struct pm_document_writer *writer, const struct pm_row *row)
{
    const struct pm_balance *const balance = &row->balance;
    json_t *const object = json_object();
    const struct counted counts[] = {
        {"input", balance->input},
        {"output", balance->output},
        {"dropped", balance->dropped},
        {"late", balance->late},
        {"dead_letters", balance->dead_letters},
    };

    put_group(writer, object, "balance", counts, sizeof counts / sizeof counts[0],
              balance->unknown);
    json_object_set_new(object, "holds",
                        balance->unknown != NULL ? json_null()
                                                 : json_boolean(pm_balance_holds(balance)));
    json_object_set_new(writer->object, "balance", object);
}

static void put_view(struct pm_document_writer *writer, const struct pm_row *row)
{
    const struct pm_view_figures *const view = &row->view;
    struct pm_document_writer inner = {json_object(), writer->reasons};
    const struct counted counts[] = {
        {"commits", view->commits}, {"transactions", view->transactions},
        {"rows", view->rows},       {"reads", view->reads},
        {"states", view->states},   {"torn", view->torn},
    };

    json_object_set_new(inner.object, "path", pm_document_text(view->path));
    put_group(&inner, inner.object, "view", counts, sizeof counts / sizeof counts[0],
              view->unknown);
    pm_document_figure(&inner, inner.object, "view", "cpu_s",
                       view->unknown != NULL ? pm_figure_unknown(view->unknown) : view->cpu_s);
    json_object_set_new(inner.object, "end",
                        view->unknown != NULL ? json_null() : json_string(status_names[view->end]));
    json_object_set_new(writer->object, "view", inner.object);
    put_latency(writer, "view_lag_ns", &view->lag);
}

static void put_audit(struct pm_document_writer *writer, const struct pm_row *row)
{
    json_t *const object = json_object();

    json_object_set_new(object, "valid", json_boolean(row->audit.reasons == 0));
    json_object_set_new(object, "reasons", notes(row->audit.reason, row->audit.reasons));
    json_object_set_new(object, "warnings", notes(row->audit.warning, row->audit.warnings));
    json_object_set_new(writer->object, "audit", object);
}

/* A run setting as its option table writes it. */
static json_t *setting(const struct pm_scenario *scenario, const char *name)
{
    char shown[PM_OPTION_TEXT_SIZE];
    const struct pm_option *const option = pm_option_find(pm_run_options, name);

    if (option == NULL)
        return json_null();
    return json_string(pm_option_get(option, &scenario->run, shown, sizeof shown));
}

/* What the outputs do with a row that changes; what passes records on has no rows of its own. */
static const char *output_mode(const struct pm_prepared *prepared, const struct pm_row *row)
{
    const bool plans = !row->is_floor && prepared->plan != NULL;
    struct pm_plan_output_info info;

    for (unsigned i = 0; plans && i < pm_plan_outputs(prepared->plan); i++)
        if (pm_plan_output_info(prepared->plan, i, &info) == 0 && info.updates)
            return "update";
    return "append";
}

static void put_settings(struct pm_document_writer *writer, const struct pm_document *document,
                         const struct pm_row *row)
{
    const struct pm_scenario *const scenario = document->prepared->scenario;
    json_t *const object = writer->object;
    struct pm_job job = {0};

    pm_workload_job(&job, scenario);
    json_object_set_new(object, "scenario", json_string(row->scenario));
    json_object_set_new(object, "instance", json_string(row->instance));
    json_object_set_new(object, "engine", json_string(row->engine));
    json_object_set_new(object, "run", pm_document_count(row->run));
    json_object_set_new(object, "floor", json_boolean(row->is_floor));
    json_object_set_new(object, "transport", setting(scenario, "transport"));
    json_object_set_new(object, "guarantee", setting(scenario, "guarantee"));
    json_object_set_new(object, "durability", setting(scenario, "durability"));
    json_object_set_new(object, "parallelism", pm_document_count(row->parallelism));
    json_object_set_new(object, "workers", pm_document_count(job.workers));
    json_object_set_new(object, "trigger_or_cadence", pm_document_text(row->trigger_or_cadence));
    if (row->trigger_or_cadence[0] == '\0')
        json_object_set_new(writer->reasons, "trigger_or_cadence",
                            json_string("the engine has none"));
    json_object_set_new(object, "wait",
                        json_string(document->prepared->wait == PM_WAIT_SPIN ? "spin" : "nap"));
    json_object_set_new(object, "time_scale", json_integer(scenario->generator.time_scale));
    json_object_set_new(object, "output_mode", json_string(output_mode(document->prepared, row)));
    pm_document_figure(writer, object, "", "rate_per_s",
                       document->config->pace == PM_PACE_MAX ||
                               scenario->generator.schedule == PM_SCHEDULE_TRACE
                           ? pm_figure_unknown("the input sets its own pace")
                           : pm_figure_of((double)scenario->generator.rate_per_s));
}

static void put_costs(struct pm_document_writer *writer, const struct pm_row *row)
{
    json_t *const object = writer->object;

    pm_document_figure(writer, object, "", "cpu_work_s_per_million", row->cpu_work_s_per_million);
    pm_document_figure(writer, object, "", "cpu_wait_s_per_million", row->cpu_wait_s_per_million);
    pm_document_figure(writer, object, "", "memory_peak_bytes", row->memory_peak_bytes);
    pm_document_figure(writer, object, "", "memory_shared_bytes", row->memory_shared_bytes);
    pm_document_figure(writer, object, "", "memory_heap_allocated_bytes",
                       row->memory_heap_allocated_bytes);
    pm_document_figure(writer, object, "", "memory_heap_resident_bytes",
                       row->memory_heap_resident_bytes);
    pm_document_figure(writer, object, "", "first_output_ms", row->first_output_ms);
}

static void put_counts(struct pm_document_writer *writer, const struct pm_row *row)
{
    json_t *const object = writer->object;

    json_object_set_new(object, "inputs", pm_document_count(row->inputs));
    json_object_set_new(object, "outputs", pm_document_count(row->outputs));
    json_object_set_new(object, "warmup_rows", pm_document_count(row->warmup_rows));
    json_object_set_new(object, "flush_rows", pm_document_count(row->flush_rows));
    json_object_set_new(object, "early_rows", pm_document_count(row->early_rows));
    json_object_set_new(object, "warmup_ns", json_integer(row->warmup_ns));
    json_object_set_new(object, "output_digest", pm_document_hex(row->output_digest));
    pm_document_figure(writer, object, "", "generator_lateness_p99_ns",
                       row->generator_lateness_p99_ns);
    pm_document_figure(writer, object, "", "generator_lateness_max_ns",
                       row->generator_lateness_max_ns);
    json_object_set_new(object, "unsent", pm_document_count(row->unsent));
    json_object_set_new(object, "exit_code", json_integer(pm_error_exit_code(row->code)));
    json_object_set_new(object, "failure", pm_document_text(row->failure));
}

json_t *pm_document_row(const struct pm_document *document, const struct pm_row *row)
{
    struct pm_document_writer writer = {json_object(), json_object()};

    put_settings(&writer, document, row);
    pm_document_figure(&writer, writer.object, "", "throughput_per_s", row->throughput_per_s);
    put_latency(&writer, "latency_ns", &row->latency);
    put_latency(&writer, "event_time_latency_ns", &row->event_time_latency);
    put_latency(&writer, "service_ns", &row->service);
    put_latency(&writer, "due_to_read_ns", &row->due_to_read);
    put_latency(&writer, "read_to_emit_ns", &row->read_to_emit);
    put_latency(&writer, "emit_to_visible_ns", &row->emit_to_visible);
    put_costs(&writer, row);
    put_counts(&writer, row);
    put_oracle(&writer, row);
    put_balance(&writer, row);
    put_view(&writer, row);
    pm_document_kafka(&writer, &row->kafka);
    put_audit(&writer, row);
    json_object_set_new(writer.object, "reasons", writer.reasons);
    return writer.object;
}
