/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands: one file each, one row each in the table of pm_commands.c. */
#ifndef PM_COMMAND_H
#define PM_COMMAND_H

#include "pm_error.h"

/** A subcommand. run gets "pacemark NAME" as argv[0] and returns the exit code. */
struct pm_command {
    const char *name;
    const char *usage;   /* what follows the name */
    const char *summary; /* one line */
    int (*run)(int argc, char **argv);
};

/** In the order of help; ends with a NULL name. */
extern const struct pm_command pm_commands[];

/** The subcommand called @p name, or NULL. */
const struct pm_command *pm_command_find(const char *name);

/** Print "pacemark: text" on standard error; returns the exit code of @p error. */
int pm_command_fail(const struct pm_error *error);

int pm_cmd_about(int argc, char **argv); /* what a bare `pacemark` prints */
int pm_cmd_run(int argc, char **argv);
int pm_cmd_verify(int argc, char **argv);
int pm_cmd_plot(int argc, char **argv);
int pm_cmd_generate(int argc, char **argv);
int pm_cmd_trace(int argc, char **argv);
int pm_cmd_list(int argc, char **argv);
int pm_cmd_explain(int argc, char **argv);
int pm_cmd_doctor(int argc, char **argv);

#endif
