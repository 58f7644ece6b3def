/* SPDX-License-Identifier: Apache-2.0 */
/* The table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "pm_command.h"

const struct pm_command pm_commands[] = {
    {"run", "[SCENARIO...]", "run and compare engines; with no scenario the quick suite",
     &pm_argp_run, pm_cmd_run},
    {"verify", "[SCENARIO...]", "check every engine against the oracle and against each other",
     &pm_argp_verify, pm_cmd_verify},
    {"plot", "RUN", "draw the pictures of a finished run again", &pm_argp_plot, pm_cmd_plot},
    {"generate", "SCENARIO", "write a scenario's input, byte for byte as a run has it",
     &pm_argp_generate, pm_cmd_generate},
    {"trace", "inspect FILE", "look at a recorded file and propose how to read it", &pm_argp_trace,
     pm_cmd_trace},
    {"list", "WHAT", "list scenarios, engines, options or operators", &pm_argp_list, pm_cmd_list},
    {"explain", "NAME", "show a scenario's plan and settings, or what a word means elsewhere",
     &pm_argp_explain, pm_cmd_explain},
    {"doctor", "", "is this machine fit to measure, and what to change", &pm_argp_doctor,
     pm_cmd_doctor},
    {0},
};

const struct pm_command *pm_command_find(const char *name)
{
    for (const struct pm_command *command = pm_commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0)
            return command;
    }
    return NULL;
}

int pm_command_fail(const struct pm_error *error)
{
    fflush(stdout);
    fprintf(stderr, "pacemark: %s\n", error->text);
    return pm_error_exit_code(error->code);
}
