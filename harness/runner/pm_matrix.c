/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison: headroom, input, the instances run by run in turn, and the result of it all. */
#include <stdlib.h>
#include <string.h>

#include "pm_artifacts.h"
#include "pm_document.h"
#include "pm_engines.h"
#include "pm_headroom.h"
#include "pm_interrupt.h"
#include "pm_outcome_judge.h"
#include "pm_results_folder.h"
#include "pm_row_make.h"
#include "pm_runner.h"
#include "pm_summary_make.h"
#include "pm_wait_trial.h"
#include "pm_workload.h"

#define HEADROOM_NS (50 * PM_NS_PER_MS)

/* A comparison in hand. */
struct matrix {
    const struct pm_runner_config *config;
    pm_progress_fn progress;
    void *payload;
    struct pm_outcome *outcome;
    struct pm_prepared prepared;
    struct pm_environment environment;
    struct pm_artifacts artifacts;
    unsigned instances;
    struct pm_instance instance[PM_INSTANCES_MAX + 1u]; /* the floor is the last */
    bool forced;
    struct pm_generator_config generator;             /* what the notes borrow */
    struct pm_trace_notes *notes;                     /* of traces with maps */
    struct pm_rows_file *rows[PM_INSTANCES_MAX + 1u]; /* of each instance; NULL: not wanted */
    void *view[PM_INSTANCES_MAX + 1u];                /* that its last run left; NULL: none */
    size_t view_size[PM_INSTANCES_MAX + 1u];
};

static void report(const struct matrix *matrix, const char *phase, const struct pm_row *row)
{
    const struct pm_progress progress = {
        .phase = phase,
        .scenario = matrix->config->scenario->name,
        .instance = row != NULL ? row->instance : NULL,
        .step = matrix->outcome->rows,
        .steps = matrix->instances * (unsigned)matrix->config->scenario->run.runs,
        .row = row,
    };

    if (matrix->progress != NULL)
        matrix->progress(matrix->payload, &progress);
}

/* --- before the first run -------------------------------------------------------------------- */

/* The instances of the comparison, and behind them the floor unless it is one of them. */
static void take_instances(struct matrix *matrix)
{
    const struct pm_runner_config *const config = matrix->config;
    bool has_floor = false;

    for (unsigned i = 0; i < config->instances; i++) {
        matrix->instance[matrix->instances++] = config->instance[i];
        has_floor = has_floor || pm_engine_is_floor(config->instance[i].engine);
    }
    for (unsigned i = 0; pm_engines[i] != NULL && config->floor && !has_floor; i++)
        if (pm_engine_is_floor(pm_engines[i])) {
            matrix->instance[matrix->instances++] =
                (struct pm_instance){pm_engines[i]->name, pm_engines[i]};
            has_floor = true;
        }
}

/* The most records of the whole input a second; generators beyond the cores take turns on them. */
static int measure_headroom(int64_t *most_per_s, const struct pm_scenario *scenario,
                            struct pm_error *error)
{
    const unsigned cores = pm_workload_cores();
    struct pm_generator_config config;

    pm_scenario_generator(&config, scenario);
    config.parts = (unsigned)scenario->run.generators;
    const int code = pm_headroom_measure(most_per_s, &config, HEADROOM_NS, error);
    if (code == 0 && config.parts > cores)
        *most_per_s = *most_per_s * cores / config.parts;
    return code;
}

/* A rate above a third of what the generator could do leaves it no room to keep its schedule. */
static int check_headroom(struct matrix *matrix, int64_t peak_per_s, struct pm_error *error)
{
    const struct pm_scenario *const scenario = matrix->config->scenario;
    int64_t most_per_s = 0;

    if (matrix->config->pace == PM_PACE_MAX)
        return 0;
    report(matrix, "headroom", NULL);
    const int code = measure_headroom(&most_per_s, scenario, error);
    if (code != 0)
        return code;
    pm_artifacts_note(&matrix->artifacts, "headroom: the %s %lld records/s at most",
                      scenario->run.generators > 1 ? "generators together make" : "generator makes",
                      (long long)most_per_s);
    matrix->forced = peak_per_s > most_per_s / PM_HEADROOM_FACTOR;
    if (matrix->forced && !matrix->config->force)
        return pm_error_set(error, PM_EINVALID,
                            "rate: %lld/s is above a third of the generator's headroom of %lld/s: "
                            "lower it, or force it",
                            (long long)peak_per_s, (long long)most_per_s);
    return 0;
}

static int read_notes(struct matrix *matrix, struct pm_error *error)
{
    struct pm_generator_config *const config = &matrix->generator;

    pm_scenario_generator(config, matrix->config->scenario);
    if (config->map[0] == NULL || config->settings.schedule != PM_SCHEDULE_TRACE)
        return 0;
    return pm_trace_notes_open(&matrix->notes, config, error);
}

/* The input, made once, and what the generator could do beside what it has to. */
static int prepare_input(struct matrix *matrix, struct pm_error *error)
{
    const struct pm_prepare_config config = {
        .scenario = matrix->config->scenario,
        .check_records = matrix->config->check_records,
        .stop = pm_interrupt_asked,
    };
    const struct pm_generator_settings *const generator = &matrix->config->scenario->generator;
    const bool is_trace = generator->schedule == PM_SCHEDULE_TRACE; /* known once it is read */
    int code = is_trace ? 0 : check_headroom(matrix, pm_generator_peak(generator), error);

    if (code != 0)
        return code;
    report(matrix, "input", NULL);
    code = pm_prepare_open(&matrix->prepared, &config, error);
    if (code == 0 && is_trace)
        code = check_headroom(matrix, matrix->prepared.input.peak_per_s, error);
    matrix->outcome->trace = matrix->prepared.input.trace;
    return code == 0 ? read_notes(matrix, error) : code;
}

static int choose_wait(struct matrix *matrix, struct pm_error *error)
{
    struct pm_wait_choice *const choice = &matrix->outcome->wait;

    report(matrix, "wait", NULL);
    const int code = pm_wait_choose(choice, matrix->config, &matrix->prepared, error);
    if (code != 0)
        return code;
    matrix->prepared.wait = choice->wait;
    pm_artifacts_note(&matrix->artifacts, "wait: %s", choice->reason);
    return 0;
}

static int prepare(struct matrix *matrix, struct pm_error *error)
{
    const struct pm_input *const input = &matrix->prepared.input;
    int code;

    pm_environment_read(&matrix->environment);
    code = prepare_input(matrix, error);
    if (code != 0)
        return code;
    take_instances(matrix);
    code = choose_wait(matrix, error);
    if (code != 0)
        return code;
    pm_artifacts_note(&matrix->artifacts, "input: %llu records, digest %016llx",
                      (unsigned long long)input->records, (unsigned long long)input->digest);
    matrix->outcome->row = calloc(matrix->instances * (size_t)matrix->config->scenario->run.runs,
                                  sizeof *matrix->outcome->row);
    return matrix->outcome->row != NULL
               ? 0
               : pm_error_set(error, PM_ENOMEM, "comparison: out of memory");
}

/* --- the runs -------------------------------------------------------------------------------- */

static void note_row(struct matrix *matrix, const struct pm_row *row)
{
    struct pm_artifacts *const artifacts = &matrix->artifacts;

    pm_artifacts_note(artifacts, "%s run %u: %llu rows, %s", row->instance, row->run,
                      (unsigned long long)row->outputs, row->code == 0 ? "done" : row->failure);
    for (unsigned i = 0; i < row->audit.reasons; i++)
        pm_artifacts_note(artifacts, "  invalid: %s", row->audit.reason[i]);
    for (unsigned i = 0; i < row->audit.warnings; i++)
        pm_artifacts_note(artifacts, "  warning: %s", row->audit.warning[i]);
    for (unsigned i = 0; i < row->kafka.letters; i++)
        pm_artifacts_note(artifacts, "  dead letter: %s", row->kafka.letter[i]);
}

static enum pm_run_rows form_of(const struct pm_scenario *scenario)
{
    const enum pm_run_rows form = (enum pm_run_rows)scenario->run.rows;

    if (form != PM_RUN_ROWS_AUTO)
        return form;
    return scenario->trace_map[0] != NULL && scenario->generator.schedule == PM_SCHEDULE_TRACE
               ? PM_RUN_ROWS_CSV
               : PM_RUN_ROWS_NONE;
}

/* The floor's rows are its input. */
static int open_rows(struct matrix *matrix, unsigned at, struct pm_error *error)
{
    const enum pm_run_rows form = form_of(matrix->config->scenario);

    if (form == PM_RUN_ROWS_NONE || pm_engine_is_floor(matrix->instance[at].engine))
        return 0;
    return pm_rows_file_open(&matrix->rows[at], form, matrix->prepared.plan, matrix->notes, error);
}

static void take_view(struct matrix *matrix, unsigned at, struct pm_run *run)
{
    if (run->view_data == NULL)
        return;
    free(matrix->view[at]);
    matrix->view[at] = run->view_data;
    matrix->view_size[at] = run->view_size;
    run->view_data = NULL;
}

static int run_one(struct matrix *matrix, unsigned at, unsigned repeat, struct pm_error *error)
{
    struct pm_outcome *const outcome = matrix->outcome;
    struct pm_run_config config = {
        .runner = matrix->config,
        .prepared = &matrix->prepared,
        .instance = &matrix->instance[at],
        .step = outcome->rows,
        .steps = matrix->instances * (unsigned)matrix->config->scenario->run.runs,
        .progress = matrix->progress,
        .payload = matrix->payload,
    };
    const struct pm_row_context context = {&config, &matrix->environment, repeat, matrix->forced};
    struct pm_row *const row = &outcome->row[outcome->rows];
    struct pm_run run;

    int code = repeat == 1 ? open_rows(matrix, at, error) : 0;
    if (code != 0)
        return code;
    config.rows = repeat == 1 ? matrix->rows[at] : NULL;
    code = pm_run_once(&run, &config, error);
    if (run.start_ns != 0) {
        pm_row_make(row, &run, &context);
        outcome->rows++;
        note_row(matrix, row);
        const int added = pm_artifacts_add(&matrix->artifacts, &run, row, code == 0 ? error : NULL);
        code = code != 0 ? code : added;
        report(matrix, "row", row);
    }
    take_view(matrix, at, &run);
    pm_run_close(&run);
    return code;
}

/* A B C A B C: what drifts on the machine meets all instances alike. */
static int run_all(struct matrix *matrix, struct pm_error *error)
{
    const unsigned repeats = (unsigned)matrix->config->scenario->run.runs;
    struct pm_error first = {0};
    int code = 0;

    for (unsigned repeat = 1; repeat <= repeats && code == 0; repeat++)
        for (unsigned i = 0; i < matrix->instances && code == 0; i++)
            code = pm_interrupt_asked() ? pm_error_set(&first, PM_EINTERRUPTED,
                                                       "interrupted; partial results are "
                                                       "kept")
                                        : run_one(matrix, i, repeat, &first);
    if (code == 0)
        code = pm_outcome_judge(matrix->outcome, matrix->config->label != NULL, &first);
    if (code != 0)
        pm_error_set(error, code, "%s", first.text);
    return code;
}

/* --- the result ------------------------------------------------------------------------------ */

static int summarize(struct matrix *matrix, struct pm_error *error)
{
    struct pm_outcome *const outcome = matrix->outcome;
    const uint64_t seed = (uint64_t)matrix->config->scenario->generator.seed;

    outcome->summary = calloc(matrix->instances, sizeof *outcome->summary);
    if (outcome->summary == NULL)
        return pm_error_set(error, PM_ENOMEM, "comparison: out of memory");
    for (unsigned i = 0; i < matrix->instances; i++) {
        struct pm_summary *const summary = &outcome->summary[outcome->summaries];
        const int code = pm_summary_make(summary, outcome->row, outcome->rows,
                                         matrix->instance[i].name, seed, error);

        if (code != 0)
            return code;
        outcome->summaries += summary->scenario != NULL ? 1u : 0u; /* it has a row at least */
    }
    return 0;
}

/* What stands beside the figures: each instance's rows and view, and the trace's dead letters. */
static int hand_over_rows(struct matrix *matrix, struct pm_error *error)
{
    int code = 0;

    for (unsigned i = 0; i < matrix->instances && code == 0; i++) {
        const unsigned count = matrix->rows[i] != NULL ? pm_rows_file_count(matrix->rows[i]) : 0;
        for (unsigned j = 0; j < count && code == 0; j++) {
            const char *name = NULL;
            const void *data = NULL;
            size_t size = 0;
            code = pm_rows_file_bytes(matrix->rows[i], j, &name, &data, &size, error);
            if (code == 0)
                code = pm_artifacts_attach(&matrix->artifacts, matrix->instance[i].name, name, data,
                                           size, error);
        }
        if (code == 0 && matrix->view[i] != NULL)
            code = pm_artifacts_attach(&matrix->artifacts, matrix->instance[i].name, "view.db",
                                       matrix->view[i], matrix->view_size[i], error);
    }
    if (code != 0 || matrix->notes == NULL || matrix->prepared.input.trace.all.dead == 0)
        return code;
    const void *data = NULL;
    size_t size = 0;
    code = pm_trace_notes_dead_letters(matrix->notes, &data, &size, error);
    return code != 0 ? code
                     : pm_artifacts_attach(&matrix->artifacts, "trace", "dead-letters.csv", data,
                                           size, error);
}

static int publish(struct matrix *matrix, struct pm_error *error)
{
    struct pm_outcome *const outcome = matrix->outcome;
    const struct pm_document document = {matrix->config, &matrix->prepared, &matrix->environment,
                                         outcome};

    report(matrix, "publish", NULL);
    int code = summarize(matrix, error);
    if (code == 0)
        code = pm_document_write(&outcome->document, &document, error);
    if (code == 0)
        code = hand_over_rows(matrix, error);
    if (code == 0)
        code = pm_artifacts_publish(&matrix->artifacts, matrix->config, outcome->document,
                                    &matrix->prepared.text, outcome->directory,
                                    sizeof outcome->directory, error);
    return code;
}

int pm_runner_run(struct pm_outcome *out, const struct pm_runner_config *config,
                  pm_progress_fn progress, void *payload, struct pm_error *error)
{
    struct matrix matrix = {
        .config = config, .progress = progress, .payload = payload, .outcome = out};
    struct pm_interrupt before;
    int code = 0;

    *out = (struct pm_outcome){.rows = 0};
    if ((code = pm_runner_check(config, error)) != 0 ||
        (code = pm_results_folder_check(config->results, error)) != 0 ||
        (code = pm_artifacts_open(&matrix.artifacts, error)) != 0)
        return code;

    pm_interrupt_open(&before);
    code = prepare(&matrix, error);
    if (code == 0) {
        code = run_all(&matrix, error);
        out->interrupted = code == PM_EINTERRUPTED;
        if (out->rows != 0) {
            struct pm_error inner = {0};
            const int published = publish(&matrix, &inner);

            if (code == 0 && published != 0)
                code = pm_error_set(error, published, "%s", inner.text);
        }
    }
    pm_interrupt_close(&before);
    for (unsigned i = 0; i < matrix.instances; i++) {
        pm_rows_file_close(matrix.rows[i]);
        free(matrix.view[i]);
    }
    pm_trace_notes_close(matrix.notes);
    pm_artifacts_close(&matrix.artifacts);
    pm_prepare_close(&matrix.prepared);
    return code;
}

void pm_outcome_close(struct pm_outcome *out)
{
    free(out->document);
    free(out->row);
    free(out->summary);
    *out = (struct pm_outcome){.rows = 0};
}
