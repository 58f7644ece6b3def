/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark verify`: every engine against the oracle, at several degrees of parallelism. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_runner.h"
#include "pm_terminal.h"

#define LINES_MAX (PM_CLI_SCENARIOS_MAX * PM_INSTANCES_MAX)

/* The cases of one instance on one scenario. */
struct line {
    char scenario[PM_SCENARIO_NAME_SIZE];
    char instance[PM_SCENARIO_NAME_SIZE];
    unsigned cases;
    unsigned bad;
    unsigned failed; /* of the bad ones those that ended before there was all output to compare */
    uint64_t rows;   /* expected ones, all cases together */
};

struct verify {
    struct pm_cli_options shared;
    struct pm_verify_config config;
    struct pm_scenario *scenario[PM_CLI_SCENARIOS_MAX];
    unsigned count;
    struct line line[LINES_MAX];
    unsigned lines;
    struct pm_outbuf out;
    unsigned cases;
};

static struct line *find_line(struct verify *verify, const struct pm_verify_case *verified)
{
    for (unsigned i = 0; i < verify->lines; i++) {
        struct line *line = &verify->line[i];
        if (strcmp(line->scenario, verified->scenario) == 0 &&
            strcmp(line->instance, verified->instance) == 0)
            return line;
    }
    if (verify->lines == LINES_MAX)
        return NULL;
    struct line *line = &verify->line[verify->lines++];
    snprintf(line->scenario, sizeof line->scenario, "%s", verified->scenario);
    snprintf(line->instance, sizeof line->instance, "%s", verified->instance);
    return line;
}

/* A canary is right when its damage was refused. */
static bool is_good(const struct pm_verify_case *verified)
{
    return verified->canary != NULL ? verified->refused : verified->code == 0;
}

/* The engine, its files or its broker gave up: that says nothing about rows. */
static bool has_failed(const struct pm_verify_case *verified)
{
    return !is_good(verified) && verified->canary == NULL && verified->code != PM_EWRONG;
}

static void tell_case(const struct pm_verify_case *verified)
{
    const struct pm_oracle_verdict *verdict = &verified->verdict;
    const bool failed = has_failed(verified);

    printf("%-4s %s %s parallelism=%u seed=%lld%s%s: ",
           is_good(verified) ? "ok"
           : failed          ? "FAIL"
                             : "BAD",
           verified->scenario, verified->instance, verified->parallelism, (long long)verified->seed,
           verified->canary != NULL ? " canary=" : "",
           verified->canary != NULL ? verified->canary : "");
    if (failed) {
        printf("%s\n", verified->failure != NULL ? verified->failure : "no reason is known");
        return;
    }
    printf("%llu expected, %llu lost, %llu duplicated, %llu wrong, digest %016llx\n",
           (unsigned long long)verdict->expected, (unsigned long long)verdict->lost,
           (unsigned long long)verdict->duplicated, (unsigned long long)verdict->wrong,
           (unsigned long long)verified->output_digest);
    if (is_good(verified))
        return;
    if (verified->failure != NULL && verified->failure[0] != '\0')
        printf("     %s\n", verified->failure);
    for (unsigned i = 0; i < verdict->examples; i++)
        printf("     %s\n", verdict->example[i]);
}

static void add_json_case(struct verify *verify, const struct pm_verify_case *verified)
{
    const struct pm_oracle_verdict *verdict = &verified->verdict;
    struct pm_outbuf *out = &verify->out;

    pm_outbuf_add(out, "%s\n  {\"scenario\": ", verify->cases > 0 ? "," : "");
    pm_terminal_json(out, verified->scenario);
    pm_outbuf_add(out, ", \"instance\": ");
    pm_terminal_json(out, verified->instance);
    pm_outbuf_add(out, ", \"parallelism\": %u, \"seed\": %lld, \"records\": %llu, \"canary\": ",
                  verified->parallelism, (long long)verified->seed,
                  (unsigned long long)verified->records);
    if (verified->canary != NULL)
        pm_terminal_json(out, verified->canary);
    else
        pm_outbuf_add(out, "null");
    pm_outbuf_add(out,
                  ", \"good\": %s, \"expected\": %llu, \"lost\": %llu, \"duplicated\": %llu, "
                  "\"wrong\": %llu, \"input_digest\": \"%016llx\", \"output_digest\": "
                  "\"%016llx\"}",
                  is_good(verified) ? "true" : "false", (unsigned long long)verdict->expected,
                  (unsigned long long)verdict->lost, (unsigned long long)verdict->duplicated,
                  (unsigned long long)verdict->wrong, (unsigned long long)verified->input_digest,
                  (unsigned long long)verified->output_digest);
}

static void note_case(void *payload, const struct pm_verify_case *verified)
{
    struct verify *verify = payload;
    struct line *line = find_line(verify, verified);

    if (line != NULL) {
        line->cases++;
        line->bad += !is_good(verified);
        line->failed += has_failed(verified);
        line->rows += verified->verdict.expected;
    }
    if (verify->shared.json)
        add_json_case(verify, verified);
    else if (verify->shared.verbose > 0 || !is_good(verified))
        tell_case(verified);
    verify->cases++;
    if (!verify->shared.quiet && pm_terminal_shows_progress())
        fprintf(stderr, "\r\033[K%u cases: %s %s", verify->cases, verified->scenario,
                verified->instance);
}

static void print_lines(const struct verify *verify)
{
    const char *good = verify->config.canary ? "refused" : "equal";

    for (unsigned i = 0; i < verify->lines; i++) {
        const struct line *line = &verify->line[i];
        printf("%-10s %-12s %-8s %u of %u cases, %llu rows\n", line->scenario, line->instance,
               line->bad == 0              ? good
               : line->bad == line->failed ? "FAILED"
                                           : "DIFFERS",
               line->cases - line->bad, line->cases, (unsigned long long)line->rows);
    }
}

static int open_scenario(struct verify *verify, const char *name, struct pm_error *error)
{
    if (verify->count == PM_CLI_SCENARIOS_MAX)
        return pm_error_set(error, PM_EINPUT, "more than %u scenarios", PM_CLI_SCENARIOS_MAX);
    const int rc =
        pm_cli_options_open(&verify->scenario[verify->count], &verify->shared, name, NULL, error);
    verify->count += rc == 0;
    return rc;
}

/* Those that were named, or all that there are. */
static int open_scenarios(struct verify *verify, struct pm_error *error)
{
    struct pm_scenario_file *files = NULL;
    size_t count = 0;
    int rc = 0;

    for (unsigned i = 0; i < verify->shared.scenarios && rc == 0; i++)
        rc = open_scenario(verify, verify->shared.scenario[i], error);
    if (verify->shared.scenarios > 0)
        return rc;
    rc = pm_scenario_list(&files, &count, error);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = open_scenario(verify, files[i].name, error);
    free(files);
    return rc;
}

/* The engines that `engines` names; the runner takes every one that runs plans where it is "all".
 */
static int choose_instances(struct verify *verify, struct pm_error *error)
{
    struct pm_runner_config chosen = PM_RUNNER_CONFIG_INIT;

    if (verify->count == 0 || strcmp(verify->scenario[0]->run.engines, "all") == 0)
        return 0;
    chosen.scenario = verify->scenario[0];
    const int rc = pm_runner_instances(&chosen, error);
    verify->config.instances = chosen.instances;
    memcpy(verify->config.instance, chosen.instance, sizeof chosen.instance);
    return rc;
}

static int execute(struct verify *verify, struct pm_error *error)
{
    int rc = open_scenarios(verify, error);

    if (rc == 0)
        rc = choose_instances(verify, error);
    if (rc != 0)
        return rc;
    verify->config.scenarios = verify->count;
    verify->config.scenario = verify->scenario;
    pm_outbuf_add(&verify->out, "%s", verify->shared.json ? "[" : "");
    rc = pm_runner_verify(&verify->config, note_case, verify, error);
    if (!verify->shared.quiet && pm_terminal_shows_progress())
        fprintf(stderr, "\r\033[K");
    if (!verify->shared.json) {
        print_lines(verify);
        return rc;
    }
    pm_outbuf_add(&verify->out, "\n]\n");
    if (pm_terminal_print(&verify->out) != 0 && rc == 0)
        rc = pm_error_set(error, PM_ENOMEM, "out of memory");
    return rc;
}

enum key { KEY_SEEDS = 0x200, KEY_PARALLELISM, KEY_CANARY };

static unsigned read_count(struct argp_state *state, const char *flag, const char *word,
                           int64_t most)
{
    int64_t count = 0;

    if (pm_text_parse(&count, word, PM_UNIT_COUNT, NULL) != 0 || count < 1 || count > most)
        argp_error(state, "--%s: expected a count, 1..%lld", flag, (long long)most);
    return (unsigned)count;
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct verify *verify = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        pm_cli_options_share(state, &verify->shared);
        return 0;
    case KEY_SEEDS:
        verify->config.seeds = read_count(state, "seeds", word, 100000);
        return 0;
    case KEY_PARALLELISM:
        verify->config.parallelism = read_count(state, "parallelism", word, 64);
        return 0;
    case KEY_CANARY:
        verify->config.canary = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"seeds", KEY_SEEDS, "N", 0, "How many inputs, each with a seed of its own (default: 3)", 0},
    {"parallelism", KEY_PARALLELISM, "N", 0, "Subtasks a stage (default: 1, 2 and 4)", 0},
    {"canary", KEY_CANARY, NULL, 0,
     "Damage the output in each way; exit with 3 when all of it was refused, as it must be", 0},
    {0},
};

const struct argp pm_argp_verify = {
    .options = options,
    .parser = parse,
    .args_doc = "[SCENARIO...]",
    .doc = "Check the output of every engine against the oracle and against the other engines. "
           "Without a scenario: all of them.\v"
           "Examples:\n"
           "  pacemark verify\n"
           "  pacemark verify sessions -e event --seeds 20 -v\n"
           "  pacemark verify --transport kafka --seeds 1 --parallelism 2\n"
           "  pacemark verify --canary",
    .children = pm_cli_children,
};

static void close_verify(struct verify *verify)
{
    for (unsigned i = 0; i < verify->count; i++)
        pm_scenario_close(verify->scenario[i]);
    pm_outbuf_close(&verify->out);
    pm_cli_options_close(&verify->shared);
    free(verify);
}

int pm_cmd_verify(int argc, char **argv)
{
    struct verify *verify = calloc(1, sizeof *verify);
    struct pm_error error = {0};

    if (verify == NULL)
        return pm_error_exit_code(PM_ENOMEM);
    verify->config = (struct pm_verify_config){.first_seed = 1, .seeds = 3};
    if (argp_parse(&pm_argp_verify, argc, argv, 0, NULL, verify) != 0) {
        close_verify(verify);
        return pm_error_exit_code(PM_EINPUT);
    }
    const int rc = execute(verify, &error);
    close_verify(verify);
    return rc == 0 ? 0 : pm_command_fail(&error);
}
