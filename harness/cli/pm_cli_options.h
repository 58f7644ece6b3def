/* SPDX-License-Identifier: Apache-2.0 */
/* The flags that several subcommands share, and the scenarios that they open. */
#ifndef PM_CLI_OPTIONS_H
#define PM_CLI_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

#include "pm_scenario.h"

#define PM_CLI_SCENARIOS_MAX 32u
#define PM_CLI_SETS_MAX      64u

/** Filled by the argp children below. Texts are argv's but for `set`, which close frees. */
struct pm_cli_options {
    unsigned scenarios;
    const char *scenario[PM_CLI_SCENARIOS_MAX]; /* the command's arguments */
    const char *variant;                        /* NULL: none was asked for */
    unsigned sets;
    char *set[PM_CLI_SETS_MAX]; /* "key=value": of --set and of the flags that stand for one */
    bool json;
    bool quiet;
    unsigned verbose;
};

/** -e --set --seed --rate --duration --runs --variant and scenario names as arguments. */
extern const struct argp pm_cli_settings_argp;

/** --json -q -v. */
extern const struct argp pm_cli_talk_argp;

/** Both of them as the children of a command's argp; the command hands on its options in
 * ARGP_KEY_INIT by pm_cli_options_share. */
extern const struct argp_child pm_cli_children[];

/** Give @p options to the children of the argp that @p state parses. */
void pm_cli_options_share(struct argp_state *state, struct pm_cli_options *options);

/** Add "key=value" to the settings; ends the process with exit code 2 when there are too many. */
void pm_cli_options_set(struct pm_cli_options *options, struct argp_state *state, const char *key,
                        const char *value);

/**
 * Open scenario @p name with the variant and the settings of @p options, and check it; @p variant
 * is used where the user named none. Errors: those of pm_scenario_open and _check.
 */
int pm_cli_options_open(struct pm_scenario **out, const struct pm_cli_options *options,
                        const char *name, const char *variant, struct pm_error *error);

void pm_cli_options_close(struct pm_cli_options *options);

#endif
