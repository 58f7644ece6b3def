/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark list`: one name first on each line, then what it is. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_engines.h"
#include "pm_option_groups.h"
#include "pm_runner.h"
#include "pm_runs_on.h"
#include "pm_terminal.h"
#include "pm_verbs.h"

struct list {
    struct pm_cli_options shared;
    const char *what;
    const char *scenario;
    struct pm_outbuf out;
    unsigned rows;
};

/* One row: the name, what it is, and a list of words behind it, but a group before it; key says
 * what they are and is NULL without. */
static void add_row(struct list *list, const char *name, const char *key, const char *word,
                    const char *text)
{
    struct pm_outbuf *out = &list->out;
    const bool is_group = key != NULL && strcmp(key, "group") == 0;

    if (!list->shared.json) {
        pm_outbuf_add(out, "%-20s ", name);
        if (is_group)
            pm_outbuf_add(out, "%-11s ", word);
        pm_outbuf_add(out, "%s", text);
        if (key != NULL && !is_group)
            pm_outbuf_add(out, " [%s]", word);
        pm_outbuf_add(out, "\n");
        return;
    }
    pm_outbuf_add(out, "%s\n  {\"name\": ", list->rows++ > 0 ? "," : "");
    pm_terminal_json(out, name);
    if (key != NULL) {
        pm_outbuf_add(out, ", \"%s\": ", key);
        pm_terminal_json(out, word);
    }
    pm_outbuf_add(out, ", \"summary\": ");
    pm_terminal_json(out, text);
    pm_outbuf_add(out, "}");
}

static void add_scenario(struct list *list, const struct pm_scenario_file *file)
{
    const struct pm_query *const query = pm_query_find(file->query);
    char engines[160];

    if (query == NULL) /* its summary says why it cannot be read */
        add_row(list, file->name, NULL, NULL, file->summary);
    else
        add_row(list, file->name, "engines", pm_runs_on_names(engines, sizeof engines, query),
                file->summary);
}

static int list_scenarios(struct list *list, struct pm_error *error)
{
    struct pm_scenario_file *files = NULL;
    size_t count = 0;
    const int rc = pm_scenario_list(&files, &count, error);

    for (size_t i = 0; i < count; i++)
        add_scenario(list, &files[i]);
    free(files);
    return rc;
}

static int list_engines(struct list *list, struct pm_error *error)
{
    char caps[120];

    (void)error;
    for (size_t i = 0; pm_engines[i] != NULL; i++)
        add_row(list, pm_engines[i]->name, "capabilities",
                pm_engine_caps(pm_engines[i]->caps, caps, sizeof caps), pm_engines[i]->help);
    return 0;
}

static int list_operators(struct list *list, struct pm_error *error)
{
    (void)error;
    for (size_t i = 0; pm_operator_classes[i] != NULL; i++)
        add_row(list, pm_operator_classes[i]->name, NULL, NULL, pm_operator_classes[i]->help);
    return 0;
}

static void add_option(struct list *list, const char *group, const struct pm_option *option)
{
    char range[200];
    char text[400];

    snprintf(text, sizeof text, "%s (%s; default %s)", option->help,
             pm_option_range(option, range, sizeof range),
             option->fallback[0] != '\0' ? option->fallback : "none");
    add_row(list, option->name, "group", group, text);
}

static void add_table(void *list, const char *group, const struct pm_option *table)
{
    for (const struct pm_option *option = table; option != NULL && option->name != NULL; option++)
        add_option(list, group, option);
}

static void visit_option(void *payload, const struct pm_settings_group *group,
                         const struct pm_option *option, struct pm_origin origin)
{
    (void)origin;
    add_option(payload, group->name, option);
}

/* Of one scenario when one is named, else of everything that there is. */
static int list_options(struct list *list, struct pm_error *error)
{
    struct pm_scenario *scenario = NULL;

    if (list->scenario != NULL) {
        const int rc =
            pm_scenario_open(&scenario, list->scenario, NULL, pm_runner_engines(), error);
        if (rc == 0)
            pm_settings_each(&scenario->settings, visit_option, list);
        pm_scenario_close(scenario);
        return rc;
    }
    pm_option_groups_each(add_table, list);
    return 0;
}

static const struct {
    const char *what;
    int (*list)(struct list *list, struct pm_error *error);
} lists[] = {
    {"scenarios", list_scenarios},
    {"engines", list_engines},
    {"options", list_options},
    {"operators", list_operators},
};

static int print_list(struct list *list, struct pm_error *error)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(lists[i].what, list->what) != 0)
            continue;
        pm_outbuf_add(&list->out, "%s", list->shared.json ? "[" : "");
        int rc = lists[i].list(list, error);
        pm_outbuf_add(&list->out, "%s", list->shared.json ? "\n]\n" : "");
        if (rc == 0 && pm_terminal_print(&list->out) != 0)
            rc = pm_error_set(error, PM_ENOMEM, "out of memory");
        return rc;
    }
    char shown[48];
    return pm_error_set(error, PM_EINPUT,
                        "list %s: expected scenarios, engines, options or operators",
                        pm_text_printable(shown, sizeof shown, list->what));
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct list *list = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        pm_cli_options_share(state, &list->shared);
        return 0;
    case ARGP_KEY_ARG:
        if (list->what == NULL)
            list->what = word;
        else if (list->scenario == NULL && strcmp(list->what, "options") == 0)
            list->scenario = word;
        else
            argp_error(state, "%s: one argument too many", word);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&pm_cli_talk_argp, 0, NULL, 1}, {0}};

const struct argp pm_argp_list = {
    .parser = parse,
    .args_doc = "scenarios|engines|operators\noptions [SCENARIO]",
    .doc = "List what there is, one name first on each line.\v"
           "Examples:\n"
           "  pacemark list scenarios\n"
           "  pacemark list options spend     the settings that 'spend' takes\n"
           "  pacemark list engines --json",
    .children = children,
};

int pm_cmd_list(int argc, char **argv)
{
    struct list list = {0};
    struct pm_error error = {0};

    if (argp_parse(&pm_argp_list, argc, argv, 0, NULL, &list) != 0)
        return pm_error_exit_code(PM_EINPUT);
    list.what = list.what != NULL ? list.what : "scenarios";
    const int rc = print_list(&list, &error);
    pm_outbuf_close(&list.out);
    return rc == 0 ? 0 : pm_command_fail(&error);
}
