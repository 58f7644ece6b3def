/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark doctor`: the checks of the machine, each ok or with what to change. */
#include <argp.h>
#include <string.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_fitness.h"
#include "pm_terminal.h"

static void add_line(struct pm_outbuf *out, const struct pm_ink *ink, const char *name,
                     const struct pm_fitness_finding *finding)
{
    pm_outbuf_add(out, "%s%-4s%s  %-14s %s\n", finding->warns ? ink->bad : ink->good,
                  finding->warns ? "warn" : "ok", ink->off, name, finding->found);
    if (finding->warns)
        pm_outbuf_add(out, "      %-14s -> %s\n", "", finding->remedy);
}

static void add_json(struct pm_outbuf *out, const char *name,
                     const struct pm_fitness_finding *finding, bool first)
{
    pm_outbuf_add(out, "%s\n  {\"name\": ", first ? "" : ",");
    pm_terminal_json(out, name);
    pm_outbuf_add(out, ", \"status\": \"%s\", \"found\": ", finding->warns ? "warn" : "ok");
    pm_terminal_json(out, finding->found);
    pm_outbuf_add(out, ", \"remedy\": ");
    pm_terminal_json(out, finding->remedy);
    pm_outbuf_add(out, "}");
}

static void examine(struct pm_outbuf *out, bool json)
{
    const struct pm_ink ink = pm_terminal_ink(stdout);
    unsigned warnings = 0;

    pm_outbuf_add(out, "%s", json ? "[" : "");
    for (const struct pm_fitness_check *check = pm_fitness_checks; check->name != NULL; check++) {
        struct pm_fitness_finding finding = {0};
        check->run(&finding);
        warnings += finding.warns;
        if (json)
            add_json(out, check->name, &finding, check == pm_fitness_checks);
        else
            add_line(out, &ink, check->name, &finding);
    }
    if (json)
        pm_outbuf_add(out, "\n]\n");
    else if (warnings == 0)
        pm_outbuf_add(out, "\nThis machine is fit to measure.\n");
    else
        pm_outbuf_add(out, "\n%u of these can bend results; every run says which it met.\n",
                      warnings);
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    (void)word;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    pm_cli_options_share(state, state->input);
    return 0;
}

static const struct argp_child children[] = {{&pm_cli_talk_argp, 0, NULL, 1}, {0}};

const struct argp pm_argp_doctor = {
    .parser = parse,
    .doc = "Check whether this machine is fit to measure, and say what to change.\v"
           "Examples:\n"
           "  pacemark doctor\n"
           "  pacemark doctor --json",
    .children = children,
};

int pm_cmd_doctor(int argc, char **argv)
{
    struct pm_cli_options options = {0};
    struct pm_outbuf out = {0};
    struct pm_error error;

    if (argp_parse(&pm_argp_doctor, argc, argv, 0, NULL, &options) != 0)
        return pm_error_exit_code(PM_EINPUT);
    examine(&out, options.json);
    if (pm_terminal_print(&out) != 0) {
        pm_error_set(&error, PM_ENOMEM, "out of memory");
        return pm_command_fail(&error);
    }
    return 0;
}
