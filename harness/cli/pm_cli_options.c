/* SPDX-License-Identifier: Apache-2.0 */
/* Shared flags as argp parsers; each flag that stands for a setting becomes "key=value". */
#include "pm_cli_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_runner.h"
#include "pm_topics.h"

enum key { KEY_SET = 0x100, KEY_SEED, KEY_RUNS, KEY_TRANSPORT, KEY_BROKERS, KEY_VARIANT, KEY_JSON };

/* The flags that stand for one setting. */
static const struct {
    int key;
    const char *setting;
} aliases[] = {
    {'e', "engines"},         {'r', "rate"},      {'d', "duration"},
    {KEY_SEED, "seed"},       {KEY_RUNS, "runs"}, {KEY_TRANSPORT, "transport"},
    {KEY_BROKERS, "brokers"},
};

static const struct argp_option settings_options[] = {
    {"engine", 'e', "ENGINE,...", 0, "Engines to run (default: all)", 1},
    {"rate", 'r', "RATE", 0, "Records per second, such as 50k/s", 1},
    {"duration", 'd', "TIME", 0, "Length of the schedule, such as 10s", 1},
    {"seed", KEY_SEED, "N", 0, "Fixes every byte of the input", 1},
    {"runs", KEY_RUNS, "N", 0, "Runs of each engine, interleaved", 1},
    {"variant", KEY_VARIANT, "VARIANT", 0, "A variant of the scenario, such as quick", 1},
    {"transport", KEY_TRANSPORT, "embedded|kafka", 0, "What carries records between processes", 1},
    {"brokers", KEY_BROKERS, "HOST:PORT,...", 0,
     "Of a Kafka cluster, instead of 127.0.0.1:19092 (scripts/kafka start); implies --transport "
     "kafka",
     1},
    {"set", KEY_SET, "KEY=VALUE", 0,
     "Set any setting (repeatable); 'pacemark list options' names them", 1},
    {0},
};

static const struct argp_option talk_options[] = {
    {"json", KEY_JSON, NULL, 0, "Print one JSON document", 2},
    {"quiet", 'q', NULL, 0, "No progress and no remarks", 2},
    {"verbose", 'v', NULL, 0, "More remarks", 2},
    {0},
};

void pm_cli_options_set(struct pm_cli_options *options, struct argp_state *state, const char *key,
                        const char *value)
{
    char *assignment = NULL;

    if (options->sets == PM_CLI_SETS_MAX)
        argp_error(state, "more than %u settings: write a scenario file", PM_CLI_SETS_MAX);
    else if (asprintf(&assignment, "%s=%s", key, value) < 0)
        argp_failure(state, pm_error_exit_code(PM_ENOMEM), 0, "out of memory");
    else
        options->set[options->sets++] = assignment;
}

/* --set a=b arrives with key and value in one word. */
static void add_assignment(struct pm_cli_options *options, struct argp_state *state, char *word)
{
    char *equals = strchr(word, '=');

    if (equals == NULL || equals == word) {
        argp_error(state, "--set %s: expected KEY=VALUE", word);
        return;
    }
    *equals = '\0';
    pm_cli_options_set(options, state, word, equals + 1);
    *equals = '=';
}

static error_t parse_settings(int key, char *word, struct argp_state *state)
{
    struct pm_cli_options *options = state->input;

    if (key == KEY_BROKERS)
        pm_cli_options_set(options, state, "transport", "kafka");
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (aliases[i].key == key) {
            pm_cli_options_set(options, state, aliases[i].setting, word);
            return 0;
        }
    }
    switch (key) {
    case KEY_SET:
        add_assignment(options, state, word);
        return 0;
    case KEY_VARIANT:
        options->variant = word;
        return 0;
    case ARGP_KEY_ARG:
        if (options->scenarios == PM_CLI_SCENARIOS_MAX)
            argp_error(state, "more than %u scenarios", PM_CLI_SCENARIOS_MAX);
        else
            options->scenario[options->scenarios++] = word;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_talk(int key, char *word, struct argp_state *state)
{
    struct pm_cli_options *options = state->input;

    (void)word;
    switch (key) {
    case KEY_JSON:
        options->json = true;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case 'v':
        options->verbose++;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp pm_cli_settings_argp = {.options = settings_options, .parser = parse_settings};
const struct argp pm_cli_talk_argp = {.options = talk_options, .parser = parse_talk};

const struct argp_child pm_cli_children[] = {
    {&pm_cli_settings_argp, 0, NULL, 1},
    {&pm_cli_talk_argp, 0, NULL, 2},
    {0},
};

void pm_cli_options_share(struct argp_state *state, struct pm_cli_options *options)
{
    for (size_t i = 0; state->root_argp->children[i].argp != NULL; i++)
        state->child_inputs[i] = options;
}

int pm_cli_options_open(struct pm_scenario **out, const struct pm_cli_options *options,
                        const char *name, const char *variant, struct pm_error *error)
{
    struct pm_scenario *scenario = NULL;
    struct pm_topics topics;
    int rc =
        pm_scenario_open(&scenario, name, options->variant != NULL ? options->variant : variant,
                         pm_runner_engines(), error);

    if (rc != 0)
        return rc;
    for (unsigned i = 0; i < options->sets && rc == 0; i++)
        rc = pm_scenario_set(scenario, options->set[i], error);
    if (rc == 0)
        rc = pm_scenario_check(scenario, error);
    if (rc == 0) /* before anything is printed: a password may stand where it must not */
        rc = pm_topics_open(&topics, &scenario->run, 0, error);
    if (rc != 0)
        pm_scenario_close(scenario);
    else
        *out = scenario;
    return rc;
}

void pm_cli_options_close(struct pm_cli_options *options)
{
    for (unsigned i = 0; i < options->sets; i++)
        free(options->set[i]);
    options->sets = 0;
}
