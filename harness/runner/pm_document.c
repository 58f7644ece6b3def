/* SPDX-License-Identifier: Apache-2.0 */
/* Rows, summaries and environment as JSON, field by field as the schema has them. */
#include "pm_document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_build.h"
#include "pm_document_inside.h"
#include "pm_heap.h"
#include "pm_workload.h"

#define JSON_STYLE (JSON_INDENT(2) | JSON_REAL_PRECISION(9))

static json_t *text(const char *value)
{
    return value != NULL && value[0] != '\0' ? json_string(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *hex(uint64_t value)
{
    char shown[24];

    snprintf(shown, sizeof shown, "%016llx", (unsigned long long)value);
    return json_string(shown);
}

static json_t *number(double value)
{
    return value == floor(value) && fabs(value) < 0x1p53 ? json_integer((json_int_t)value)
                                                         : json_real(value);
}

void pm_document_figure(struct pm_document_writer *writer, json_t *into, const char *group,
                        const char *name, struct pm_figure figure)
{
    char path[96];

    if (figure.unknown == NULL && !isfinite(figure.value))
        figure = pm_figure_unknown("no finite number");
    if (figure.unknown == NULL) {
        json_object_set_new(into, name, number(figure.value));
        return;
    }
    snprintf(path, sizeof path, "%s%s%s", group, group[0] != '\0' ? "." : "", name);
    json_object_set_new(into, name, json_null());
    json_object_set_new(writer->reasons, path, json_string(figure.unknown));
}

static void put_latency(struct pm_document_writer *writer, const char *name,
                        const struct pm_latency_figures *figures)
{
    json_t *const object = json_object();

    for (unsigned i = 0; i < PM_PERCENTILES; i++)
        pm_document_figure(writer, object, name, pm_percentile_names[i], figures->percentile[i]);
    pm_document_figure(writer, object, name, "max", figures->max);
    json_object_set_new(object, "count", count(figures->count));
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

static void put_oracle(struct pm_document_writer *writer, const struct pm_row *row)
{
    json_t *const object = json_object();
    json_t *const examples = json_array();
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"lost", row->verdict.lost},
        {"duplicated", row->verdict.duplicated},
        {"wrong", row->verdict.wrong},
        {"expected", row->verdict.expected},
    };

    json_object_set_new(object, "status", json_string(status_names[row->oracle]));
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        pm_document_figure(
            writer, object, "oracle", counts[i].name,
            row->oracle == PM_ORACLE_UNCHECKED
                ? pm_figure_unknown(row->unchecked != NULL ? row->unchecked : "unchecked")
                : pm_figure_of((double)counts[i].value));
    json_object_set_new(object, "late", count(row->late));
    json_object_set_new(object, "dead_letters", count(row->dead_letters));
    for (unsigned i = 0; i < row->verdict.examples; i++)
        json_array_append_new(examples, json_string(row->verdict.example[i]));
    json_object_set_new(object, "examples", examples);
    json_t *const letters = json_array();
    for (unsigned i = 0; i < row->shown.count; i++)
        json_array_append_new(letters, json_string(row->shown.text[i]));
    json_object_set_new(object, "dead_letter_examples", letters);
    json_object_set_new(writer->object, "oracle", object);
}

static void put_balance(struct pm_document_writer *writer, const struct pm_row *row)
{
    const struct pm_balance *const balance = &row->balance;
    json_t *const object = json_object();
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"input", balance->input},
        {"output", balance->output},
        {"dropped", balance->dropped},
        {"late", balance->late},
        {"dead_letters", balance->dead_letters},
    };

    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        pm_document_figure(writer, object, "balance", counts[i].name,
                           balance->unknown != NULL ? pm_figure_unknown(balance->unknown)
                                                    : pm_figure_of((double)counts[i].value));
    json_object_set_new(object, "holds",
                        balance->unknown != NULL ? json_null()
                                                 : json_boolean(pm_balance_holds(balance)));
    json_object_set_new(writer->object, "balance", object);
}

static void put_view(struct pm_document_writer *writer, const struct pm_row *row)
{
    const struct pm_view_figures *const view = &row->view;
    struct pm_document_writer inner = {json_object(), writer->reasons};
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"commits", view->commits}, {"transactions", view->transactions},
        {"rows", view->rows},       {"reads", view->reads},
        {"states", view->states},   {"torn", view->torn},
    };

    json_object_set_new(inner.object, "path", text(view->path));
    for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++)
        pm_document_figure(&inner, inner.object, "view", counts[i].name,
                           view->unknown != NULL ? pm_figure_unknown(view->unknown)
                                                 : pm_figure_of((double)counts[i].value));
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
    json_object_set_new(object, "run", count(row->run));
    json_object_set_new(object, "floor", json_boolean(row->is_floor));
    json_object_set_new(object, "transport", setting(scenario, "transport"));
    json_object_set_new(object, "guarantee", setting(scenario, "guarantee"));
    json_object_set_new(object, "durability", setting(scenario, "durability"));
    json_object_set_new(object, "parallelism", count(row->parallelism));
    json_object_set_new(object, "workers", count(job.workers));
    json_object_set_new(object, "trigger_or_cadence", text(row->trigger_or_cadence));
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

    json_object_set_new(object, "inputs", count(row->inputs));
    json_object_set_new(object, "outputs", count(row->outputs));
    json_object_set_new(object, "warmup_rows", count(row->warmup_rows));
    json_object_set_new(object, "flush_rows", count(row->flush_rows));
    json_object_set_new(object, "early_rows", count(row->early_rows));
    json_object_set_new(object, "warmup_ns", json_integer(row->warmup_ns));
    json_object_set_new(object, "output_digest", hex(row->output_digest));
    pm_document_figure(writer, object, "", "generator_lateness_p99_ns",
                       row->generator_lateness_p99_ns);
    pm_document_figure(writer, object, "", "generator_lateness_max_ns",
                       row->generator_lateness_max_ns);
    json_object_set_new(object, "unsent", count(row->unsent));
    json_object_set_new(object, "exit_code", json_integer(pm_error_exit_code(row->code)));
    json_object_set_new(object, "failure", text(row->failure));
}

static json_t *write_row(const struct pm_document *document, const struct pm_row *row)
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
    json_object_set_new(writer.object, "valid_runs", count(summary->runs));
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

    json_object_set_new(object, "cpu", text(environment->cpu));
    json_object_set_new(object, "cores", count(environment->cores));
    json_object_set_new(object, "kernel", text(environment->kernel));
    json_object_set_new(object, "governor", text(environment->governor));
    json_object_set_new(object, "turbo", text(environment->turbo));
    json_object_set_new(object, "huge_pages", text(environment->huge_pages));
    json_object_set_new(object, "clock_source", text(environment->clock_source));
    json_object_set_new(object, "load_before",
                        environment->load < 0 ? json_null() : json_real(environment->load));
    json_object_set_new(object, "memory_bytes", count(environment->memory_bytes));
    json_object_set_new(object, "shm_free_bytes", count(environment->shm_bytes));
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
    return text(names);
}

static json_t *write_input(const struct pm_document *document)
{
    const struct pm_prepared *const prepared = document->prepared;
    json_t *const object = json_object();
    const struct pm_generator_settings *const generator = &prepared->scenario->generator;

    json_object_set_new(object, "scenario", json_string(prepared->scenario->name));
    json_object_set_new(object, "seed", json_integer(generator->seed));
    json_object_set_new(object, "digest", hex(prepared->input.digest));
    json_object_set_new(object, "records", count(prepared->input.records));
    json_object_set_new(object, "schedule_ns", json_integer(prepared->input.last_due_ns));
    json_object_set_new(object, "trace",
                        generator->schedule == PM_SCHEDULE_TRACE ? files(generator) : json_null());
    json_object_set_new(object, "trace_files",
                        pm_document_trace_files(generator, &prepared->input.trace));
    json_object_set_new(object, "wait", text(document->outcome->wait.reason));
    json_object_set_new(object, "settings", text(prepared->text.text));
    return object;
}

static int dump(char **out, json_t *root, struct pm_error *error)
{
    *out = json_dumps(root, JSON_STYLE);
    json_decref(root);
    return *out != NULL ? 0 : pm_error_set(error, PM_ENOMEM, "result: out of memory");
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
        json_array_append_new(rows, write_row(document, &outcome->row[i]));
    for (unsigned i = 0; i < outcome->summaries; i++)
        json_array_append_new(summary, write_summary(&outcome->summary[i]));
    json_object_set_new(root, "schema", json_string(PM_DOCUMENT_SCHEMA));
    json_object_set_new(root, "label", text(document->config->label));
    json_object_set_new(root, "seed", json_integer(document->prepared->scenario->generator.seed));
    json_object_set_new(root, "input_digest", hex(document->prepared->input.digest));
    json_object_set_new(root, "interrupted", json_boolean(outcome->interrupted));
    json_object_set_new(root, "environment", write_environment(document->environment));
    json_object_set_new(root, "inputs", inputs);
    json_object_set_new(root, "rows", rows);
    json_object_set_new(root, "summary", summary);
    return dump(out, root, error);
}

/* --- several documents as one ---------------------------------------------------------------- */

/* Several seeds or digests have no single value: they stand with their inputs. */
static void join_value(json_t *into, const json_t *from, const char *name)
{
    if (!json_equal(json_object_get(into, name), json_object_get(from, name)))
        json_object_set_new(into, name, json_null());
}

static int join(json_t *into, const json_t *from, struct pm_error *error)
{
    static const char *const arrays[] = {"inputs", "rows", "summary"};

    if (!json_equal(json_object_get(into, "schema"), json_object_get(from, "schema")))
        return pm_error_set(error, PM_EINPUT, "results of different schemas cannot be joined");
    for (unsigned i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        if (json_array_extend(json_object_get(into, arrays[i]), json_object_get(from, arrays[i])) !=
            0)
            return pm_error_set(error, PM_EINPUT, "result: it has no %s", arrays[i]);
    join_value(into, from, "seed");
    join_value(into, from, "input_digest");
    if (json_is_true(json_object_get(from, "interrupted")))
        json_object_set_new(into, "interrupted", json_true());
    return 0;
}

int pm_outcome_join(char **out, const struct pm_outcome *outcomes, unsigned count_of,
                    struct pm_error *error)
{
    json_t *root = NULL;
    int code = 0;

    for (unsigned i = 0; i < count_of && code == 0; i++) {
        json_t *const next =
            outcomes[i].document != NULL ? json_loads(outcomes[i].document, 0, NULL) : NULL;

        if (next == NULL)
            continue;
        if (root == NULL) {
            root = next;
            continue;
        }
        code = join(root, next, error);
        json_decref(next);
    }
    if (root == NULL)
        return pm_error_set(error, PM_EINPUT, "there are no results to join");
    if (code == 0)
        return dump(out, root, error);
    json_decref(root);
    return code;
}
