/* SPDX-License-Identifier: Apache-2.0 */
/* Bare `pacemark`: what this is, and where to begin. */
#include "pm_command.h"
#include "pm_terminal.h"

int pm_cmd_about(int argc, char **argv)
{
    const struct pm_ink ink = pm_terminal_ink(stdout);

    (void)argc;
    (void)argv;
    printf(
        "%sPacemark%s " PM_COMMAND_ABOUT "\n\n"
        "Try first:\n"
        "  %spacemark run%s              compare the engines on three scenarios, in a minute\n"
        "  %spacemark explain fraud%s    what a scenario computes, and how its settings are named\n"
        "  %spacemark list scenarios%s   what else can be run\n\n"
        "All commands:\n",
        ink.bold, ink.off, ink.bold, ink.off, ink.bold, ink.off, ink.bold, ink.off);
    for (const struct pm_command *command = pm_commands; command->name != NULL; command++)
        printf("  %-9s %-14s %s\n", command->name, command->usage, command->summary);
    printf("\n'pacemark COMMAND --help' shows flags and examples, 'pacemark man | man -l -' all of "
           "it.\n");
    return 0;
}
