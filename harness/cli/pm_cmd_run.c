/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark run`: scenarios one after the other, each with its engines beside the null engine. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_progress_line.h"
#include "pm_report.h"
#include "pm_run_notes.h"
#include "pm_runner.h"
#include "pm_spool.h"
#include "pm_terminal.h"
#include "pm_threshold.h"

#define THRESHOLDS_MAX 16u

static const char *const quick_suite[] = {"route", "spend", "fraud"};

#define QUICK_SUITE (sizeof quick_suite / sizeof quick_suite[0])
#define QUICK       "quick"

struct run {
    struct pm_cli_options shared;
    const char *results;
    bool dry_run;
    bool force;
    bool at_once; /* the input is written before the clock starts: throughput, no latency */
    unsigned traces, maps;
    unsigned thresholds;
    struct pm_threshold threshold[THRESHOLDS_MAX];
    unsigned count;
    struct pm_scenario *scenario[PM_CLI_SCENARIOS_MAX];
    struct pm_runner_config config[PM_CLI_SCENARIOS_MAX];
    struct pm_outcome outcome[PM_CLI_SCENARIOS_MAX];
    struct pm_wait_memo waits;
};

/* --- before ----------------------------------------------------------------------------------- */

static int prepare(struct run *run, const char *name, const char *variant, struct pm_error *error)
{
    struct pm_scenario **scenario = &run->scenario[run->count];
    struct pm_runner_config *config = &run->config[run->count];
    int rc = pm_cli_options_open(scenario, &run->shared, name, variant, error);

    if (rc != 0)
        return rc;
    *config = (struct pm_runner_config)PM_RUNNER_CONFIG_INIT;
    config->scenario = *scenario;
    config->force = run->force;
    config->waits = &run->waits;
    config->pace = run->at_once ? PM_PACE_MAX : PM_PACE_SCHEDULE;
    config->label = strcmp((*scenario)->variant, QUICK) == 0 ? QUICK : NULL;
    config->results = run->results != NULL ? run->results : config->results;
    run->count++;
    rc = pm_runner_instances(config, error);
    return rc == 0 ? pm_runner_check(config, error) : rc;
}

/* Every scenario is opened and checked before the first one runs: bad input leaves nothing. */
static int prepare_all(struct run *run, struct pm_error *error)
{
    const bool is_suite = run->shared.scenarios == 0;
    const size_t count = is_suite ? QUICK_SUITE : run->shared.scenarios;
    int rc = 0;

    for (size_t i = 0; i < count && rc == 0; i++)
        rc = prepare(run, is_suite ? quick_suite[i] : run->shared.scenario[i],
                     is_suite ? QUICK : NULL, error);
    return rc;
}

static int print_plan_of_run(const struct pm_runner_config *config, struct pm_error *error)
{
    struct pm_runner_estimate estimate;
    struct pm_outbuf out = {0};
    char text[3][32], size[32];
    const int rc = pm_runner_estimate(&estimate, config, error);

    if (rc != 0)
        return rc;
    pm_outbuf_add(
        &out, "# %s: %s records, %s a run, about %s in all", config->scenario->name,
        pm_text_human(text[0], sizeof text[0], (double)estimate.records, PM_UNIT_COUNT),
        pm_text_human(text[1], sizeof text[1], (double)estimate.run_ns, PM_UNIT_DURATION),
        pm_text_human(text[2], sizeof text[2], (double)estimate.total_ns, PM_UNIT_DURATION));
    if (estimate.medium_bytes > 0)
        pm_outbuf_add(
            &out, ", at most %s for the logs",
            pm_text_human(size, sizeof size, (double)estimate.medium_bytes, PM_UNIT_SIZE));
    pm_outbuf_add(&out, "\n");
    pm_scenario_write(config->scenario, &out);
    return pm_terminal_print(&out) == 0 ? 0 : pm_error_set(error, PM_ENOMEM, "out of memory");
}

/* --- after ------------------------------------------------------------------------------------ */

/* How many thresholds the instances of @p outcome miss; a line for each. */
static unsigned judge(const struct run *run, const struct pm_outcome *outcome,
                      struct pm_outbuf *out, const struct pm_ink *ink)
{
    unsigned missed = 0;
    char figure[120];

    for (unsigned i = 0; i < outcome->summaries; i++) {
        const struct pm_summary *summary = &outcome->summary[i];
        for (unsigned j = 0; j < run->thresholds && !summary->is_floor; j++) {
            const struct pm_threshold *threshold = &run->threshold[j];
            const struct pm_threshold_result result =
                pm_threshold_check(threshold, outcome, summary);
            missed += !result.passed;
            pm_threshold_figure(figure, sizeof figure, threshold, result.figure);
            pm_outbuf_add(out, "  %s%s%s %s %s: %s\n", result.passed ? ink->good : ink->bad,
                          result.passed ? "pass" : "FAIL", ink->off, threshold->text,
                          summary->instance, figure);
        }
    }
    return missed;
}

/* Pictures are a gift: without them the run is none the worse. */
static void draw(const struct run *run, const char *directory)
{
    struct pm_error error = {0};

    if (directory[0] != '\0' && pm_report_plot(directory, PM_PICTURE_SVG, &error) < 0 &&
        !run->shared.quiet)
        fprintf(stderr, "pacemark: no pictures: %s\n", error.text);
}

/* What a suite ends with: every scenario in one picture, beside those of the first. */
static void draw_overview(const struct run *run, unsigned count)
{
    const char *directories[PM_CLI_SCENARIOS_MAX];
    struct pm_error error = {0};

    for (unsigned i = 0; i < count; i++) {
        directories[i] = run->outcome[i].directory;
        if (directories[i][0] == '\0')
            return;
    }
    const int drawn =
        count > 1 ? pm_report_overview(directories, count, PM_PICTURE_SVG, &error) : 0;
    if (drawn < 0 && !run->shared.quiet)
        fprintf(stderr, "pacemark: no overview: %s\n", error.text);
    else if (drawn > 0 && !run->shared.json)
        printf("all of them in one picture: %s/" PM_PICTURE_OVERVIEW ".svg\n", directories[0]);
}

static int add_tables(struct pm_outbuf *out, const struct run *run, unsigned index,
                      const struct pm_ink *ink, struct pm_error *error)
{
    const struct pm_outcome *outcome = &run->outcome[index];
    const char *directory = outcome->directory;
    const struct pm_report_look look = {.columns = isatty(STDOUT_FILENO) ? pm_terminal_width() : 0,
                                        .colour = ink->bold[0] != '\0'};
    int rc = pm_report_table(out, directory, &look, error);

    pm_run_notes_add(out, &run->config[index], outcome);
    if (rc >= 0)
        rc = pm_report_chart(out, directory, &look, error);
    pm_outbuf_add(out, "%sresults and pictures: %s\n\n", rc > 0 ? "\n" : "", directory);
    return rc < 0 ? rc : 0;
}

/* The table and thresholds of one scenario: to standard output, or with --json to standard error
 * where only the thresholds are still to be told. */
static int show(const struct run *run, unsigned index, struct pm_error *error)
{
    const struct pm_outcome *outcome = &run->outcome[index];
    FILE *to = run->shared.json ? stderr : stdout;
    const struct pm_ink ink = pm_terminal_ink(to);
    struct pm_outbuf out = {0};
    int rc = 0;

    if (!run->shared.json && outcome->directory[0] != '\0')
        rc = add_tables(&out, run, index, &ink, error);
    const unsigned missed = judge(run, outcome, &out, &ink);
    if (out.failed)
        rc = pm_error_set(error, PM_ENOMEM, "out of memory");
    else if (out.used > 0)
        fwrite(out.text, 1, out.used, to);
    fflush(to);
    pm_outbuf_close(&out);
    if (rc == 0 && missed > 0)
        rc = pm_error_set(error, PM_ETHRESHOLD, "%s: thresholds missed: %u",
                          run->scenario[index]->name, missed);
    return rc;
}

static int print_document(const struct run *run, unsigned count, struct pm_error *error)
{
    char *document = NULL;
    const int rc = pm_outcome_join(&document, run->outcome, count, error);

    if (rc == 0)
        printf("%s\n", document);
    free(document);
    return rc;
}

/* --- the runs --------------------------------------------------------------------------------- */

/* What a scenario found out does not keep the next one from running. */
static bool goes_on(int code)
{
    return code == 0 || code == PM_EWRONG || code == PM_EINVALID || code == PM_ETHRESHOLD;
}

/* Keeps the first failure: its code is the command's. */
static void keep_first(struct pm_error *first, int code, const struct pm_error *error)
{
    if (code != 0 && first->code == 0)
        *first = *error;
}

static int run_all(struct run *run, struct pm_error *first)
{
    struct pm_progress_line line;
    unsigned done = 0;
    int rc = 0;

    pm_progress_line_open(&line, run->shared.quiet, run->shared.verbose);
    for (; done < run->count && goes_on(rc); done++) {
        struct pm_error error = {0};
        rc = pm_runner_run(&run->outcome[done], &run->config[done], pm_progress_line_show, &line,
                           &error);
        pm_progress_line_wipe(&line);
        keep_first(first, rc, &error);
        draw(run, run->outcome[done].directory);
        const int shown = show(run, done, &error);
        keep_first(first, shown, &error);
        rc = rc != 0 ? rc : shown;
    }
    draw_overview(run, done);
    if (run->shared.json) {
        struct pm_error error = {0};
        keep_first(first, print_document(run, done, &error), &error);
    }
    return first->code;
}

static int execute(struct run *run, struct pm_error *error)
{
    int rc = prepare_all(run, error);

    if (rc != 0 || !run->dry_run)
        return rc != 0 ? rc : run_all(run, error);
    for (unsigned i = 0; i < run->count && rc == 0; i++)
        rc = print_plan_of_run(&run->config[i], error);
    return rc;
}

/* --- flags ------------------------------------------------------------------------------------ */

enum key { KEY_THRESHOLD = 0x200, KEY_DRY_RUN, KEY_TRACE, KEY_MAP, KEY_PACE, KEY_FORCE };

static void add_threshold(struct run *run, struct argp_state *state, const char *word)
{
    struct pm_error error;

    if (run->thresholds == THRESHOLDS_MAX)
        argp_error(state, "more than %u thresholds", THRESHOLDS_MAX);
    else if (pm_threshold_parse(&run->threshold[run->thresholds], word, &error) != 0)
        argp_error(state, "%s", error.text);
    else
        run->thresholds++;
}

/* The next file or mapping of a trace. */
static void set_file(struct run *run, struct argp_state *state, const char *const *settings,
                     unsigned *number, const char *word)
{
    if (*number == PM_TRACE_FILES_MAX)
        argp_error(state, "--%s: given more than %u times", settings[0], PM_TRACE_FILES_MAX);
    else
        pm_cli_options_set(&run->shared, state, settings[(*number)++], word);
}

/* Every run reads its input several times: standard input is kept first. */
static void set_trace(struct run *run, struct argp_state *state, const char *word)
{
    char path[PM_SPOOL_PATH_SIZE];
    struct pm_error error;
    const bool is_input = strcmp(word, "-") == 0;

    if (is_input && pm_spool_input(path, &error) != 0)
        argp_failure(state, pm_error_exit_code(error.code), 0, "%s", error.text);
    else
        set_file(run, state, pm_generator_traces, &run->traces, is_input ? path : word);
}

static void set_pace(struct run *run, struct argp_state *state, const char *word)
{
    struct pm_trace_config unused;

    run->at_once = strcmp(word, "max") == 0;
    if (!run->at_once && pm_trace_set_pace(&unused, word, NULL) != 0)
        argp_error(state, "--pace %s: expected trace, a factor such as 60x, fit or max", word);
    pm_cli_options_set(&run->shared, state, "pace", word);
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct run *run = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        pm_cli_options_share(state, &run->shared);
        return 0;
    case 'o':
        run->results = word;
        return 0;
    case KEY_THRESHOLD:
        add_threshold(run, state, word);
        return 0;
    case KEY_DRY_RUN:
        run->dry_run = true;
        return 0;
    case KEY_TRACE:
        pm_cli_options_set(&run->shared, state, "schedule", "trace");
        set_trace(run, state, word);
        return 0;
    case KEY_MAP:
        set_file(run, state, pm_generator_trace_maps, &run->maps, word);
        return 0;
    case KEY_PACE:
        set_pace(run, state, word);
        return 0;
    case KEY_FORCE:
        run->force = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"threshold", KEY_THRESHOLD, "LIMIT", 0,
     "Exit with 99 unless it holds for every engine, such as 'p99<20ms' (repeatable)", 0},
    {"trace", KEY_TRACE, "FILE", 0,
     "Replay a recorded file instead of made data: a web server log, or with --map lines of CSV or "
     "JSON; plain, gzip or zstd; - is standard input (repeatable: files for several streams)",
     0},
    {"map", KEY_MAP, "FILE", 0,
     "Which columns of the trace become which fields, once for each --trace; 'pacemark trace "
     "inspect' proposes one",
     0},
    {"pace", KEY_PACE, "trace|60x|fit|max", 0,
     "trace: as recorded; 60x: so many times faster; fit: scaled to the duration; max: the input "
     "is written before the clock starts and read as fast as it can be, which shows throughput and "
     "no latency",
     0},
    {"output", 'o', "DIR", 0, "Folder of the results (default: results)", 0},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Check everything, print the settings, run nothing", 0},
    {"force", KEY_FORCE, NULL, 0, "Go on with a rate that the generator may not keep", 0},
    {0},
};

const struct argp pm_argp_run = {
    .options = options,
    .parser = parse,
    .args_doc = "[SCENARIO...]",
    .doc = "Run scenarios on every engine and compare. Without a scenario: the quick suite, three "
           "scenarios in a minute.\v"
           "Examples:\n"
           "  pacemark run\n"
           "  pacemark run spend -e event,microbatch --rate 20k/s --duration 10s\n"
           "  pacemark run fraud --threshold 'p99<20ms' --threshold 'lost==0'\n"
           "  pacemark run log-etl --trace access.log --json > result.json\n"
           "  pacemark run enrich --trace clicks.csv --map clicks.yaml --trace users.csv --map "
           "users.yaml\n"
           "  pacemark run hourly --set parallelism=2 --dry-run",
    .children = pm_cli_children,
};

static void close_run(struct run *run)
{
    for (unsigned i = 0; i < run->count; i++) {
        pm_outcome_close(&run->outcome[i]);
        pm_scenario_close(run->scenario[i]);
    }
    pm_cli_options_close(&run->shared);
    free(run);
}

int pm_cmd_run(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    struct pm_error error = {0};

    if (run == NULL)
        return pm_error_exit_code(PM_ENOMEM);
    if (argp_parse(&pm_argp_run, argc, argv, 0, NULL, run) != 0) {
        close_run(run);
        return pm_error_exit_code(PM_EINPUT);
    }
    const int rc = execute(run, &error);
    close_run(run);
    return rc == 0 ? 0 : pm_command_fail(&error);
}
