/* SPDX-License-Identifier: Apache-2.0 */
/* The manual: tables of commands, flags, settings and errors become sections of one page. */
#include "pm_manual.h"

#include <stdio.h>
#include <string.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_engines.h"
#include "pm_option_groups.h"
#include "pm_roff.h"
#include "pm_topics.h"

#define DOC_SIZE 1000u

/* --- commands and their flags ----------------------------------------------------------------- */

/* "-e, --engine=NAME,..." */
static void add_flags(struct pm_outbuf *out, const struct argp_option *options)
{
    for (; options != NULL && (options->name != NULL || options->key != 0); options++) {
        pm_outbuf_add(out, ".TP\n");
        if (options->key > ' ' && options->key < 0x7f) {
            const char letter[] = {'-', (char)options->key, '\0'};
            pm_roff_font(out, 'B', letter);
            pm_outbuf_add(out, ", ");
        }
        pm_roff_font(out, 'B', "--");
        pm_roff_font(out, 'B', options->name);
        if (options->arg != NULL) {
            pm_outbuf_add(out, "=");
            pm_roff_font(out, 'I', options->arg);
        }
        pm_outbuf_add(out, "\n");
        pm_roff_text(out, options->doc);
        pm_outbuf_add(out, "\n");
    }
}

static bool has_child(const struct argp *argp, const struct argp *child)
{
    for (const struct argp_child *own = argp->children; own != NULL && own->argp != NULL; own++) {
        if (own->argp == child)
            return true;
    }
    return false;
}

/* One line for each form of its arguments; args_doc has them on lines of their own. */
static void add_usage(struct pm_outbuf *out, const struct pm_command *command)
{
    const char *form = command->argp->args_doc != NULL ? command->argp->args_doc : "";

    do {
        const size_t size = strcspn(form, "\n");
        char arguments[80];
        snprintf(arguments, sizeof arguments, "%.*s", (int)size, form);
        pm_outbuf_add(out, ".br\n");
        pm_roff_font(out, 'B', "pacemark ");
        pm_roff_font(out, 'B', command->name);
        pm_outbuf_add(out, " [\\fIFLAG\\fR...] ");
        pm_roff_text(out, arguments);
        pm_outbuf_add(out, "\n");
        form += size;
    } while (*form++ == '\n');
}

static void add_synopsis(struct pm_outbuf *out)
{
    pm_outbuf_add(out, ".SH SYNOPSIS\n");
    for (const struct pm_command *command = pm_commands; command->name != NULL; command++)
        add_usage(out, command);
    pm_outbuf_add(out, ".br\n\\fBpacemark\\fR \\fB\\-\\-help\\fR | \\fB\\-\\-version\\fR "
                       "[\\fB\\-\\-json\\fR] | \\fBman\\fR\n");
}

/* argp's doc is what stands before the flags, and behind \v what stands after them. */
static void add_command(struct pm_outbuf *out, const struct pm_command *command)
{
    const struct argp *const argp = command->argp;
    const char *const after = strchr(argp->doc, '\v');
    const size_t before = after != NULL ? (size_t)(after - argp->doc) : strlen(argp->doc);
    char doc[DOC_SIZE];

    snprintf(doc, sizeof doc, "%.*s", (int)before, argp->doc);
    pm_roff_macro(out, "SS", command->name);
    pm_roff_help(out, doc);
    add_flags(out, argp->options);
    if (has_child(argp, &pm_cli_talk_argp))
        pm_outbuf_add(out, ".PP\nIt also takes the %sflags for output.\n",
                      has_child(argp, &pm_cli_settings_argp) ? "flags for settings and the " : "");
    if (after != NULL)
        pm_roff_help(out, after + 1);
}

static void add_commands(struct pm_outbuf *out)
{
    pm_outbuf_add(out, ".SH COMMANDS\n");
    for (const struct pm_command *command = pm_commands; command->name != NULL; command++)
        add_command(out, command);
    pm_outbuf_add(out, ".SH FLAGS OF SEVERAL COMMANDS\n.SS For settings\n");
    add_flags(out, pm_cli_settings_argp.options);
    pm_outbuf_add(out, ".SS For output\n");
    add_flags(out, pm_cli_talk_argp.options);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void add_engines(struct pm_outbuf *out)
{
    pm_outbuf_add(out, ".SH ENGINES\n");
    for (size_t i = 0; pm_engines[i] != NULL; i++)
        pm_roff_item(out, pm_engines[i]->name, NULL, pm_engines[i]->help);
}

static void add_setting(struct pm_outbuf *out, const struct pm_option *option)
{
    char range[200], tail[300];

    pm_option_range(option, range, sizeof range);
    snprintf(tail, sizeof tail, "(%s; default %s)", range,
             option->fallback[0] != '\0' ? option->fallback : "none");
    pm_roff_item(out, option->name, tail, option->help);
    if (option->elsewhere == NULL)
        return;
    pm_outbuf_add(out, ".br\nElsewhere: ");
    pm_roff_text(out, option->elsewhere);
    pm_outbuf_add(out, "\n");
}

static void add_group(void *payload, const char *group, const struct pm_option *table)
{
    struct pm_outbuf *const out = payload;

    if (table == NULL || table->name == NULL)
        return;
    pm_roff_macro(out, "SS", group);
    for (const struct pm_option *option = table; option->name != NULL; option++)
        add_setting(out, option);
}

static void add_settings(struct pm_outbuf *out)
{
    pm_outbuf_add(out, ".SH SETTINGS\nOf a scenario's file and of \\fB\\-\\-set\\fR, which goes "
                       "before. The word of an engine with a dot before a name "
                       "(\\fBmicrobatch.trigger\\fR) sets it for that engine alone. Settings of a "
                       "query hold for the scenarios that run it.\n");
    pm_option_groups_each(add_group, out);
}

/* The first of the errors that share an exit code names it. */
static void add_exit_status(struct pm_outbuf *out)
{
    static const struct {
        int code;
        const char *text;
    } rows[] = {{0, "ok"},
#define PM_MANUAL_ROW(name, value, exit_code, text) {exit_code, text},
                PM_ERROR_MAP(PM_MANUAL_ROW)
#undef PM_MANUAL_ROW
    };
    bool seen[256] = {false};
    char code[8];

    pm_outbuf_add(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (seen[rows[i].code])
            continue;
        seen[rows[i].code] = true;
        snprintf(code, sizeof code, "%d", rows[i].code);
        pm_roff_item(out, code, NULL, rows[i].text);
    }
}

static const struct {
    const char *name, *text;
} environment[] = {
    {"PACEMARK_SCENARIOS", "Folders of scenario files, with colons between, looked at before the "
                           "installed ones"},
    {PM_TOPICS_PASSWORD, "Password for the Kafka cluster (sasl.password)"},
    {PM_TOPICS_KEY_PASSWORD, "Password of the client's private key (ssl.key.password)"},
    {"PACEMARK_CACHE", "Where runs over Kafka note the topics that are theirs (default: "
                       "~/.cache/pacemark)"},
    {"TMPDIR",
     "Where standard input is kept while it is read as a trace (default: /tmp), and the logs "
     "of a run with durability power (default: /var/tmp)"},
    {"TZDIR", "The database of time zones, for traces (default: /usr/share/zoneinfo)"},
    {"NO_COLOR", "No colours when it is set and not empty"},
    {"TERM", "No colours and no progress line when it is unset or dumb"},
    {"PATH, HOME", "gnuplot is looked for in PATH, and caches its fonts below HOME"},
};

static const struct {
    const char *name, *text;
} files[] = {
    {"results/", "A folder a run, named by time and scenario; latest leads to the last one. It "
                 "holds result.json, timeseries.csv, latency.hlog, percentiles (.hgrm), pictures, "
                 "log.txt and scenario.yaml"},
    {"results/live/", "What each engine has committed, as SQLite, with the setting view"},
    {"/dev/shm/", "The logs of a run in progress; gone when it ends"},
    {"PREFIX/share/pacemark/scenarios/", "The installed scenarios, beside the program's bin/"},
};

static void add_rest(struct pm_outbuf *out)
{
    pm_outbuf_add(out, ".SH ENVIRONMENT\n");
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++)
        pm_roff_item(out, environment[i].name, NULL, environment[i].text);
    pm_outbuf_add(out, ".SH FILES\n");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        pm_roff_item(out, files[i].name, NULL, files[i].text);
    pm_outbuf_add(out, ".SH SEE ALSO\n.BR gnuplot (1),\n.BR sqlite3 (1)\n");
}

void pm_manual_write(struct pm_outbuf *out, const char *version)
{
    pm_outbuf_add(out, ".TH PACEMARK 1 \"\" \"pacemark %s\" \"User Commands\"\n.nr HY 0\n.ad l\n",
                  version);
    pm_outbuf_add(out,
                  ".SH NAME\npacemark \\- compare batch, micro\\-batch and event\\-at\\-a\\-time "
                  "processing by measurement\n");
    add_synopsis(out);
    pm_outbuf_add(out, ".SH DESCRIPTION\nPacemark ");
    pm_roff_text(out, PM_COMMAND_ABOUT);
    pm_outbuf_add(out, "\n");
    add_commands(out);
    add_engines(out);
    add_settings(out);
    add_exit_status(out);
    add_rest(out);
}
