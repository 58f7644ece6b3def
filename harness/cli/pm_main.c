/* SPDX-License-Identifier: Apache-2.0 */
/* The executable: children first, then the subcommand that the first word names. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "pm_build.h"
#include "pm_command.h"
#include "pm_complete.h"
#include "pm_manual.h"
#include "pm_runner.h"
#include "pm_terminal.h"

static void print_version(FILE *stream, struct argp_state *state)
{
    (void)state;
    fprintf(stream, "pacemark %s (%s, %s, %s)\n", pm_build.version, pm_build.commit,
            pm_build.compiler, pm_build.type);
}

static int print(struct pm_outbuf *out)
{
    struct pm_error error;

    if (pm_terminal_print(out) == 0)
        return 0;
    pm_error_set(&error, PM_ENOMEM, "out of memory");
    return pm_command_fail(&error);
}

static int print_version_json(void)
{
    const struct {
        const char *key, *value;
    } rows[] = {
        {"version", pm_build.version}, {"commit", pm_build.commit}, {"compiler", pm_build.compiler},
        {"type", pm_build.type},       {"flags", pm_build.flags},
    };
    struct pm_outbuf out = {0};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pm_outbuf_add(&out, "%s\"%s\": ", i == 0 ? "{" : ",\n ", rows[i].key);
        pm_terminal_json(&out, rows[i].value);
    }
    pm_outbuf_add(&out, "}\n");
    return print(&out);
}

/* What the build writes into the manual page; `pacemark man | man -l -` shows it as well. */
static int print_manual(void)
{
    struct pm_outbuf out = {0};

    pm_manual_write(&out, pm_build.version);
    return print(&out);
}

/* What the shells' completion asks for. */
static int print_offers(int count, char **words)
{
    struct pm_outbuf out = {0};

    pm_complete(&out, count, words);
    return print(&out);
}

static int refuse_command(const char *name)
{
    struct pm_error error;
    char shown[48];

    pm_error_set(&error, PM_EINPUT, "%s: no such command: bare 'pacemark' lists them",
                 pm_text_printable(shown, sizeof shown, name));
    return pm_command_fail(&error);
}

static int run_command(const struct pm_command *command, int argc, char **argv)
{
    char title[32];

    snprintf(title, sizeof title, "pacemark %s", command->name);
    argv[0] = title;
    return command->run(argc, argv);
}

static int dispatch(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "--help";

    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        if (argc > 2 && strcmp(argv[2], "--json") == 0)
            return print_version_json();
        print_version(stdout, NULL);
        return 0;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "-?") == 0)
        return pm_cmd_about(argc, argv);
    if (strcmp(first, "help") == 0 && argc > 2) { /* "help run" is "run --help" */
        static char help[] = "--help";
        argv[1] = argv[2];
        argv[2] = help;
        argc = 3;
    } else if (strcmp(first, "help") == 0) {
        return pm_cmd_about(argc, argv);
    }
    if (strcmp(first, "man") == 0)
        return print_manual();
    if (strcmp(first, "complete") == 0)
        return print_offers(argc - 2, argv + 2);
    const struct pm_command *command = pm_command_find(argv[1]);
    return command != NULL ? run_command(command, argc - 1, argv + 1) : refuse_command(argv[1]);
}

int main(int argc, char **argv)
{
    pm_terminal_prepare();
    argp_err_exit_status = pm_error_exit_code(PM_EINPUT);
    argp_program_version_hook = print_version;
    const int code = pm_runner_child(argc, argv);
    return code >= 0 ? code : pm_terminal_finish(dispatch(argc, argv));
}
