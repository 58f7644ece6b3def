/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of a run, each known or with the reason why not. */
#include "pm_row_make.h"

#include <stdio.h>
#include <string.h>

#include "pm_row_kafka.h"

#define NO_SCHEDULE "there was no schedule: throughput only"

static struct pm_latency_figures unknown_latency(const char *reason)
{
    struct pm_latency_figures figures = {.max = pm_figure_unknown(reason)};

    for (unsigned i = 0; i < PM_PERCENTILES; i++)
        figures.percentile[i] = pm_figure_unknown(reason);
    return figures;
}

static struct pm_figure percentile_of(const struct pm_histogram *histogram, double percentile)
{
    if (!pm_histogram_supports(histogram, percentile))
        return pm_figure_unknown("fewer than 100 samples above it");

    const int64_t value = pm_histogram_percentile(histogram, percentile);
    return value == PM_HISTOGRAM_BEYOND ? pm_figure_unknown("above an hour")
                                        : pm_figure_of((double)value);
}

static struct pm_latency_figures latency_of(const struct pm_histogram *histogram, bool sampled)
{
    struct pm_latency_figures figures = unknown_latency(sampled ? "no samples" : NO_SCHEDULE);

    figures.count = pm_histogram_count(histogram) + pm_histogram_overflow(histogram);
    if (figures.count == 0)
        return figures;
    for (unsigned i = 0; i < PM_PERCENTILES; i++)
        figures.percentile[i] = percentile_of(histogram, pm_percentile_values[i]);
    figures.max = pm_histogram_overflow(histogram) != 0
                      ? pm_figure_unknown("above an hour")
                      : pm_figure_of((double)pm_histogram_max(histogram));
    return figures;
}

static void fill_latencies(struct pm_row *row, const struct pm_run *run,
                           const struct pm_run_config *config)
{
    const struct pm_collection *const all = &run->collection;
    const bool sampled = config->runner->pace == PM_PACE_SCHEDULE;
    const bool is_trace = config->prepared->scenario->generator.schedule == PM_SCHEDULE_TRACE;

    if (all->measure[0] == NULL) {
        row->latency = row->event_time_latency = row->service = row->due_to_read =
            row->read_to_emit = row->emit_to_visible = unknown_latency("the output was not read");
        return;
    }
    row->latency = latency_of(all->measure[PM_MEASURE_LATENCY], sampled);
    row->service = latency_of(all->measure[PM_MEASURE_SERVICE], sampled);
    row->due_to_read = latency_of(all->measure[PM_MEASURE_DUE_TO_READ], sampled);
    row->read_to_emit = latency_of(all->measure[PM_MEASURE_READ_TO_EMIT], sampled);
    row->emit_to_visible = latency_of(all->measure[PM_MEASURE_EMIT_TO_VISIBLE], sampled);
    row->event_time_latency = latency_of(all->measure[PM_MEASURE_EVENT_TIME], sampled);
    if (sampled && row->event_time_latency.count == 0)
        row->event_time_latency =
            unknown_latency(is_trace ? "a trace's event times follow no clock of the run"
                                     : "no output waits for the watermark");
}

/* Inputs whose effect is in the output: all of them where the oracle calls it equal. Unchecked, an
 * input is taken to be in it once it was sent and read; what the full log refused is in none. */
static double reflected_inputs(const struct pm_run *run, const struct pm_row *row)
{
    const uint64_t known =
        row->oracle == PM_ORACLE_EQUAL || run->read > run->sent ? run->sent : run->read;

    return (double)(known < row->inputs ? known : row->inputs);
}

static struct pm_figure throughput_of(const struct pm_run *run, const struct pm_row *row)
{
    const struct pm_collection *const all = &run->collection;
    const int64_t length_ns = all->last_visible_ns - run->start_ns;

    if (row->oracle == PM_ORACLE_DIFFERS)
        return pm_figure_unknown("output differs: which inputs it reflects is unknown");
    if (run->code != 0)
        return pm_figure_unknown("the run did not come to its end");
    if (all->rows == 0 || length_ns <= 0)
        return pm_figure_unknown("no output");
    return pm_figure_of(reflected_inputs(run, row) * 1e9 / (double)length_ns);
}

static void fill_cost(struct pm_row *row, const struct pm_run *run)
{
    const struct pm_child *const engine = &run->child[PM_ROLE_ENGINE];
    const double millions = (double)run->read / 1e6;
    const int64_t cpu_ns = engine->cpu_ns - run->cpu_before_ns;

    if (!engine->ended || run->read == 0) {
        row->cpu_work_s_per_million = pm_figure_unknown("no input was read");
        row->cpu_wait_s_per_million = row->cpu_work_s_per_million;
    } else if (run->cpu_wait_ns > cpu_ns) { /* a spin is counted by the clock on the wall */
        row->cpu_work_s_per_million =
            pm_figure_unknown("others took the core from a spinning loop");
        row->cpu_wait_s_per_million = row->cpu_work_s_per_million;
    } else {
        const int64_t work_ns = cpu_ns - run->cpu_wait_ns;

        row->cpu_work_s_per_million = pm_figure_of((double)work_ns / 1e9 / millions);
        row->cpu_wait_s_per_million = pm_figure_of((double)run->cpu_wait_ns / 1e9 / millions);
    }
    row->memory_peak_bytes = engine->memory_seen
                                 ? pm_figure_of((double)engine->peak.own_bytes)
                                 : pm_figure_unknown("the process ended before the first look");
    row->memory_shared_bytes = engine->memory_seen ? pm_figure_of((double)engine->peak.shared_bytes)
                                                   : row->memory_peak_bytes;
}

/* What a run that was ended before its time has not made is no fault of the engine. */
static enum pm_oracle_status status_of(const struct pm_run *run)
{
    const struct pm_collection *const all = &run->collection;
    const struct pm_oracle_verdict *const verdict = &all->verdict;
    const bool ended_early = run->interrupted || run->code == PM_ETIMEOUT;

    if (all->early_rows + all->update_early + all->alien_rows + verdict->duplicated +
            verdict->wrong !=
        0)
        return PM_ORACLE_DIFFERS;
    if (!all->checked || (ended_early && verdict->lost != 0))
        return PM_ORACLE_UNCHECKED;
    return verdict->lost == 0 ? PM_ORACLE_EQUAL : PM_ORACLE_DIFFERS;
}

static void fill_heap(struct pm_row *row, const struct pm_run *run)
{
    struct pm_heap_figures own;

    row->memory_heap_allocated_bytes = pm_figure_of((double)run->heap.allocated_bytes);
    row->memory_heap_resident_bytes = pm_figure_of((double)run->heap.resident_bytes);
    if (run->heap.resident_bytes != 0)
        return;
    row->memory_heap_allocated_bytes = row->memory_heap_resident_bytes =
        pm_figure_unknown(pm_heap_figures(&own) ? "the process ended before it could tell"
                                                : "the allocator tells no figures");
}

static void fill_oracle(struct pm_row *row, const struct pm_run *run,
                        const struct pm_row_context *context)
{
    const struct pm_collection *const all = &run->collection;

    row->verdict = all->verdict;
    row->output_digest = pm_digest_value(&all->verdict.digest);
    row->unchecked = context->config->prepared->unchecked;
    row->oracle = status_of(run);
    if (row->oracle == PM_ORACLE_UNCHECKED && all->checked)
        row->unchecked = "the run was ended before its time";
}

/* Rows of the outputs whose names say what they are. */
static void fill_side_outputs(struct pm_row *row, const struct pm_run *run,
                              const struct pm_query *query)
{
    row->shown = run->collection.dead_letters;
    for (unsigned i = 0; i < query->outputs; i++) {
        if (strstr(query->output[i].name, "late") != NULL)
            row->late += run->collection.output_rows[i];
        if (strstr(query->output[i].name, "dead") != NULL)
            row->dead_letters += run->collection.output_rows[i];
    }
}

/* True of a query that makes at most one row of an input, under the input's own id. */
static bool makes_one_row_an_input(const struct pm_query *query, const struct pm_plan *plan)
{
    for (unsigned i = 0; i < query->outputs; i++) {
        const char *const *const identity = query->output[i].identity;
        struct pm_plan_output_info info;

        pm_plan_output_info(plan, i, &info);
        if (!info.on_arrival || identity[0] == NULL || strcmp(identity[0], "id") != 0 ||
            identity[1] != NULL)
            return false;
    }
    return true;
}

static const char *balance_unknown(const struct pm_row *row, const struct pm_prepared *prepared)
{
    if (row->is_floor)
        return "the engine passes on what it reads";
    if (prepared->oracle == NULL)
        return prepared->unchecked;
    if (!makes_one_row_an_input(prepared->scenario->query, prepared->plan))
        return "a row may stand for many inputs";
    return row->code != 0 && row->code != PM_EWRONG ? "the run did not come to its end" : NULL;
}

/* Input = output + dropped + late + dead letters, or the output is wrong. */
static void fill_balance(struct pm_row *row, const struct pm_prepared *prepared)
{
    struct pm_balance *const balance = &row->balance;
    uint64_t expected = 0;

    *balance = (struct pm_balance){.unknown = balance_unknown(row, prepared)};
    if (balance->unknown != NULL)
        return;
    for (unsigned i = 0; i < prepared->scenario->query->outputs; i++)
        expected += pm_oracle_expected(prepared->oracle, i);
    balance->input = row->inputs + (uint64_t)row->kafka.foreign;
    balance->dropped = row->inputs - expected;
    balance->late = row->late;
    balance->dead_letters = row->dead_letters + row->kafka.dead_letters;
    balance->output = row->outputs - row->late - row->dead_letters;
    if (pm_balance_holds(balance))
        return;
    row->oracle = PM_ORACLE_DIFFERS;
    row->code = PM_EWRONG;
    snprintf(row->failure, sizeof row->failure,
             "%llu inputs are not %llu outputs + %llu dropped + %llu late + %llu dead letters",
             (unsigned long long)balance->input, (unsigned long long)balance->output,
             (unsigned long long)balance->dropped, (unsigned long long)balance->late,
             (unsigned long long)balance->dead_letters);
}

/* The setting that says how often the engine works, where it has one. */
static void fill_trigger(struct pm_row *row, const struct pm_row_context *context)
{
    static const char *const names[] = {"trigger", "cadence"};
    const struct pm_engine_ops *const engine = context->config->instance->engine;
    const void *const settings =
        pm_scenario_engine_settings(context->config->prepared->scenario, engine->name);

    for (unsigned i = 0; i < 2 && settings != NULL && engine->options != NULL; i++) {
        const struct pm_option *const option = pm_option_find(engine->options, names[i]);

        if (option != NULL)
            pm_option_get(option, settings, row->trigger_or_cadence,
                          sizeof row->trigger_or_cadence);
    }
}

static void fill_generator(struct pm_row *row, const struct pm_run *run)
{
    row->unsent = run->unsent;
    if (run->lateness == NULL || pm_histogram_count(run->lateness) == 0) {
        row->generator_lateness_p99_ns = pm_figure_unknown("no records were sent on a schedule");
        row->generator_lateness_max_ns = row->generator_lateness_p99_ns;
        return;
    }
    row->generator_lateness_p99_ns = percentile_of(run->lateness, 99.0);
    row->generator_lateness_max_ns = pm_figure_of((double)pm_histogram_max(run->lateness));
}

static void fill_view(struct pm_row *row, const struct pm_run *run)
{
    row->view = run->view;
    row->view.lag = row->view.unknown != NULL ? unknown_latency(row->view.unknown)
                                              : latency_of(run->view_lag, true);
}

static void fill_audit(struct pm_row *row, const struct pm_run *run,
                       const struct pm_row_context *context)
{
    const struct pm_audit_facts facts = {
        .lateness = run->lateness,
        .latency = run->collection.measure[PM_MEASURE_LATENCY],
        .hiccup = run->hiccup,
        .unsent = run->unsent,
        .input = row->inputs,
        .sent = run->sent,
        .machine = context->environment,
        .before = run->before,
        .after = run->after,
        .warmup_settled = run->warmup_settled,
        .forced = context->forced,
        .interrupted = run->interrupted,
    };

    pm_audit_judge(&row->audit, &facts);
    pm_row_kafka_warn(&row->audit, &row->kafka);
    if (run->code == PM_EWRONG)
        pm_audit_reason(&row->audit, "wrong output");
    else if (run->code != 0 && !run->interrupted)
        pm_audit_reason(&row->audit, "%.120s", run->error.text);
}

void pm_row_make(struct pm_row *row, const struct pm_run *run, const struct pm_row_context *context)
{
    const struct pm_run_config *const config = context->config;
    const struct pm_prepared *const prepared = config->prepared;
    const struct pm_collection *const all = &run->collection;

    *row = (struct pm_row){
        .scenario = prepared->scenario->name,
        .instance = config->instance->name,
        .engine = config->instance->engine->name,
        .run = context->repeat,
        .is_floor = pm_engine_is_floor(config->instance->engine),
        .parallelism = (config->instance->engine->caps & PM_CAP_PARALLEL) != 0
                           ? (unsigned)prepared->scenario->run.parallelism
                           : 1,
        .inputs = prepared->input.records,
        .outputs = all->rows,
        .warmup_rows = all->warmup_rows,
        .flush_rows = all->flush_rows,
        .early_rows = all->early_rows + all->update_early,
        .warmup_ns = run->warmup_ns,
        .code = run->code,
    };
    snprintf(row->failure, sizeof row->failure, "%s", run->code != 0 ? run->error.text : "");
    fill_trigger(row, context);
    fill_latencies(row, run, config);
    fill_oracle(row, run, context);
    row->throughput_per_s = throughput_of(run, row);
    fill_cost(row, run);
    fill_heap(row, run);
    fill_generator(row, run);
    if (!row->is_floor)
        fill_side_outputs(row, run, prepared->scenario->query);
    pm_row_kafka_make(row, run, prepared);
    fill_balance(row, prepared);
    fill_view(row, run);
    row->first_output_ms = all->first_visible_ns != 0
                               ? pm_figure_of((double)(all->first_visible_ns - run->start_ns) / 1e6)
                               : pm_figure_unknown("no output");
    fill_audit(row, run, context);
}
