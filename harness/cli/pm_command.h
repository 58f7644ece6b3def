/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands: one file each, one row each in the table of pm_commands.c. */
#ifndef PM_COMMAND_H
#define PM_COMMAND_H

#include <argp.h>

#include "pm_error.h"

/** What Pacemark is, behind its name; a bare call and the manual begin with it. */
#define PM_COMMAND_ABOUT                                                                           \
    "measures how often data should be processed: once an hour, ten times a\n"                     \
    "second, or event by event. Three engines run the same plans on the same input."

/** A subcommand. run gets "pacemark NAME" as argv[0] and returns the exit code. */
struct pm_command {
    const char *name;
    const char *usage;       /* what follows the name */
    const char *summary;     /* one line */
    const struct argp *argp; /* flags, arguments, examples: help, the manual and completion */
    int (*run)(int argc, char **argv);
};

/** In the order of help; ends with a NULL name. */
extern const struct pm_command pm_commands[];

/** The subcommand called @p name, or NULL. */
const struct pm_command *pm_command_find(const char *name);

/** Print "pacemark: text" on standard error; returns the exit code of @p error. */
int pm_command_fail(const struct pm_error *error);

int pm_cmd_about(int argc, char **argv); /* what a bare `pacemark` prints */

extern const struct argp pm_argp_run;
extern const struct argp pm_argp_verify;
extern const struct argp pm_argp_plot;
extern const struct argp pm_argp_generate;
extern const struct argp pm_argp_trace;
extern const struct argp pm_argp_list;
extern const struct argp pm_argp_explain;
extern const struct argp pm_argp_doctor;

int pm_cmd_run(int argc, char **argv);
int pm_cmd_verify(int argc, char **argv);
int pm_cmd_plot(int argc, char **argv);
int pm_cmd_generate(int argc, char **argv);
int pm_cmd_trace(int argc, char **argv);
int pm_cmd_list(int argc, char **argv);
int pm_cmd_explain(int argc, char **argv);
int pm_cmd_doctor(int argc, char **argv);

#endif
