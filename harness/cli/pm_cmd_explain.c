/* SPDX-License-Identifier: Apache-2.0 */
/* `pacemark explain`: a scenario's plan, its settings with their origin, and foreign names. */
#include <argp.h>
#include <string.h>
#include <unistd.h>

#include "pm_cli_options.h"
#include "pm_command.h"
#include "pm_engines.h"
#include "pm_glossary.h"
#include "pm_kafka_settings.h"
#include "pm_plan_picture.h"
#include "pm_runner.h"
#include "pm_runs_on.h"
#include "pm_terminal.h"
#include "pm_topics.h"

struct explanation {
    const struct pm_scenario *scenario;
    const struct pm_settings_group *group; /* the one in hand */
    struct pm_outbuf *out;
    struct pm_ink ink;
    unsigned rows;
};

/* "spend.yaml:12", "spend.yaml:30 (quick)", "--set" or "default". */
static void write_origin(char *text, size_t size, const struct pm_scenario *scenario,
                         struct pm_origin origin)
{
    const char *slash = strrchr(scenario->path, '/');
    const char *file = slash != NULL ? slash + 1 : scenario->path;
    char shown[80];

    pm_text_printable(shown, sizeof shown, file);
    switch (origin.kind) {
    case PM_ORIGIN_DEFAULT:
        snprintf(text, size, "default");
        break;
    case PM_ORIGIN_FILE:
        snprintf(text, size, "%s:%u", shown, origin.line);
        break;
    case PM_ORIGIN_VARIANT:
        snprintf(text, size, "%s:%u (%s)", shown, origin.line, scenario->variant);
        break;
    case PM_ORIGIN_SET:
        snprintf(text, size, "--set");
        break;
    }
}

static void add_setting(void *payload, const struct pm_settings_group *group,
                        const struct pm_option *option, struct pm_origin origin)
{
    struct explanation *explanation = payload;
    const struct pm_ink *ink = &explanation->ink;
    char value[PM_OPTION_TEXT_SIZE];
    char source[160];

    if (explanation->group != group)
        pm_outbuf_add(explanation->out, "\n%sSettings of %s%s%s\n", ink->bold,
                      group->is_engine ? "engine " : "the ", group->name, ink->off);
    explanation->group = group;
    pm_option_get(option, group->target, value, sizeof value);
    write_origin(source, sizeof source, explanation->scenario, origin);
    pm_outbuf_add(explanation->out, "  %-20s %-14s %s%-24s%s %s\n", option->name,
                  value[0] != '\0' ? value : "(none)", ink->faint, source, ink->off, option->help);
    if (option->elsewhere != NULL)
        pm_outbuf_add(explanation->out, "  %-20s %s%s%s\n", "", ink->faint, option->elsewhere,
                      ink->off);
}

static void add_names(struct pm_outbuf *out, const struct pm_glossary_row *row)
{
    pm_outbuf_add(out,
                  "  %s\n"
                  "    Flink                       %s\n"
                  "    Spark Structured Streaming  %s\n"
                  "    Spark DStreams              %s\n"
                  "    Kafka Streams               %s\n"
                  "    Kafka client                %s\n",
                  row->term, row->flink, row->spark, row->dstreams, row->streams, row->client);
}

/* The names of every operator in @p plan, each kind once. */
static void add_operator_names(struct explanation *explanation, const struct pm_plan *plan)
{
    pm_outbuf_add(explanation->out, "\n%sElsewhere%s\n", explanation->ink.bold,
                  explanation->ink.off);
    for (const struct pm_glossary_row *row = pm_glossary; row->term != NULL; row++) {
        for (unsigned i = 0; i < pm_plan_nodes(plan); i++) {
            if (strcmp(pm_plan_node(plan, i)->class->name, row->term) == 0) {
                add_names(explanation->out, row);
                break;
            }
        }
    }
}

/* What the Kafka client is set to; passwords are never among it. */
static void add_client(struct explanation *explanation)
{
    const struct pm_run_settings *const run = &explanation->scenario->run;
    const struct pm_ink *const ink = &explanation->ink;
    struct pm_topics topics;
    char value[100];

    if (run->transport != PM_RUN_KAFKA || pm_topics_open(&topics, run, 0, NULL) != 0)
        return;
    pm_outbuf_add(explanation->out, "\n%sSettings of the Kafka client%s\n", ink->bold, ink->off);
    for (const struct pm_kafka_setting *row = pm_kafka_settings; row->name != NULL; row++) {
        const char *const given = pm_kafka_settings_get(topics.client, row->name);
        const char *const side = row->sides == PM_KAFKA_READER   ? "reads"
                                 : row->sides == PM_KAFKA_WRITER ? "writes"
                                                                 : "both";
        if (given == NULL && row->value == NULL)
            continue;
        pm_kafka_setting_value(value, sizeof value, row, given != NULL ? given : row->value);
        pm_outbuf_add(explanation->out, "  %-34s %-16s %s%-6s %-7s%s %s\n", row->name, value,
                      ink->faint, side,
                      row->kind == PM_KAFKA_FIXED ? "fixed"
                      : given != NULL             ? "given"
                                                  : "default",
                      ink->off, row->why);
    }
}

/* Where a run keeps its view, and what a reader of it finds. */
static void add_view(struct explanation *explanation, const struct pm_plan *plan)
{
    const struct pm_scenario *const scenario = explanation->scenario;
    struct pm_outbuf *const out = explanation->out;
    struct pm_plan_output_info info;

    if (scenario->run.view == PM_RUN_VIEW_NONE || scenario->run.transport != PM_RUN_EMBEDDED)
        return;
    pm_outbuf_add(out,
                  "\n%sView%s\n  results/live/%s-ENGINE.db from the start of a run to the "
                  "next; the result keeps ENGINE.view.db\n",
                  explanation->ink.bold, explanation->ink.off, scenario->name);
    for (unsigned i = 0; i < pm_plan_outputs(plan); i++) {
        pm_plan_output_info(plan, i, &info);
        pm_outbuf_add(out, "  %s(", info.name);
        for (unsigned j = 0; j < info.schema->count; j++)
            pm_outbuf_add(out, "%s%s", j != 0 ? ", " : "", info.schema->columns[j].name);
        pm_outbuf_add(out, ")\n");
    }
    pm_outbuf_add(out, "  commits(writer, run, incarnation, epoch, rows, digest, view_rows, "
                       "view_sum, time)\n  about(name, value)\n");
}

static void add_text(struct explanation *explanation, const struct pm_plan *plan)
{
    const struct pm_scenario *scenario = explanation->scenario;
    const struct pm_ink *ink = &explanation->ink;
    char records[32];

    pm_outbuf_add(
        explanation->out, "%s%s%s: %s\nquery %s, %s records a run%s%s\n\n%sPlan%s\n", ink->bold,
        scenario->name, ink->off, scenario->summary, scenario->query->name,
        pm_text_format(records, sizeof records, pm_scenario_records(scenario), PM_UNIT_COUNT),
        scenario->variant[0] != '\0' ? ", variant " : "", scenario->variant, ink->bold, ink->off);
    pm_plan_picture(explanation->out, plan, scenario->query);
    pm_outbuf_add(explanation->out, "\n%sEngines%s\n", ink->bold, ink->off);
    pm_runs_on_text(explanation->out, scenario->query);
    pm_settings_each(&scenario->settings, add_setting, explanation);
    add_view(explanation, plan);
    add_client(explanation);
    add_operator_names(explanation, plan);
}

static void add_json_member(struct pm_outbuf *out, const char *name, const char *value)
{
    pm_outbuf_add(out, "\"%s\": ", name);
    pm_terminal_json(out, value);
}

static void add_json_setting(void *payload, const struct pm_settings_group *group,
                             const struct pm_option *option, struct pm_origin origin)
{
    struct explanation *explanation = payload;
    struct pm_outbuf *out = explanation->out;
    char value[PM_OPTION_TEXT_SIZE];
    char source[160];

    pm_outbuf_add(out, "%s\n    {", explanation->rows++ > 0 ? "," : "");
    add_json_member(out, "name", option->name);
    pm_outbuf_add(out, ", ");
    add_json_member(out, "group", group->name);
    pm_outbuf_add(out, ", ");
    add_json_member(out, "value", pm_option_get(option, group->target, value, sizeof value));
    write_origin(source, sizeof source, explanation->scenario, origin);
    pm_outbuf_add(out, ", ");
    add_json_member(out, "origin", source);
    pm_outbuf_add(out, "}");
}

static void add_json(struct explanation *explanation, const struct pm_plan *plan)
{
    const struct pm_scenario *scenario = explanation->scenario;
    struct pm_outbuf *out = explanation->out;
    struct pm_outbuf picture = {0};

    pm_plan_picture(&picture, plan, scenario->query);
    pm_outbuf_add(out, "{\n  ");
    add_json_member(out, "scenario", scenario->name);
    pm_outbuf_add(out, ",\n  ");
    add_json_member(out, "summary", scenario->summary);
    pm_outbuf_add(out, ",\n  ");
    add_json_member(out, "query", scenario->query->name);
    pm_outbuf_add(out, ",\n  ");
    add_json_member(out, "variant", scenario->variant);
    pm_outbuf_add(out, ",\n  ");
    add_json_member(out, "plan", picture.text != NULL ? picture.text : "");
    pm_outbuf_add(out, ",\n  \"engines\": ");
    pm_runs_on_json(out, scenario->query);
    pm_outbuf_add(out, ",\n  \"settings\": [");
    pm_settings_each(&scenario->settings, add_json_setting, explanation);
    pm_outbuf_add(out, "\n  ]\n}\n");
    out->failed = out->failed || picture.failed;
    pm_outbuf_close(&picture);
}

static int explain_scenario(struct pm_outbuf *out, const struct pm_cli_options *options,
                            struct pm_error *error)
{
    struct explanation explanation = {.out = out, .ink = pm_terminal_ink(stdout)};
    struct pm_scenario *scenario = NULL;
    struct pm_plan *plan = NULL;
    int rc = pm_cli_options_open(&scenario, options, options->scenario[0], NULL, error);

    if (rc == 0)
        rc = pm_scenario_plan(&plan, scenario, error);
    explanation.scenario = scenario;
    if (rc == 0 && options->json)
        add_json(&explanation, plan);
    else if (rc == 0)
        add_text(&explanation, plan);
    pm_plan_close(plan);
    pm_scenario_close(scenario);
    return rc;
}

/* True when @p table has a setting called @p word; its meaning is appended. */
static bool explain_option(struct pm_outbuf *out, const struct pm_option *table, const char *owner,
                           const char *word)
{
    const struct pm_option *option = table != NULL ? pm_option_find(table, word) : NULL;
    char range[200];

    if (option == NULL)
        return false;
    pm_outbuf_add(out, "%s: a setting of %s: %s\n  takes %s; default %s\n", option->name, owner,
                  option->help, pm_option_range(option, range, sizeof range),
                  option->fallback[0] != '\0' ? option->fallback : "none");
    if (option->elsewhere != NULL)
        pm_outbuf_add(out, "  elsewhere: %s\n", option->elsewhere);
    return true;
}

/* True when @p word means something besides a scenario. */
static bool explain_word(struct pm_outbuf *out, const char *word)
{
    const struct pm_glossary_row *row = pm_glossary_find(word);
    const struct pm_engine_ops *engine = pm_engines_find(word);
    char caps[120];
    bool found = explain_option(out, pm_run_options, "the runner", word);

    found |= explain_option(out, pm_generator_options, "the generator", word);
    for (size_t i = 0; pm_engines[i] != NULL; i++)
        found |= explain_option(out, pm_engines[i]->options, pm_engines[i]->name, word);
    for (size_t i = 0; pm_queries[i] != NULL; i++)
        found |= explain_option(out, pm_queries[i]->options, pm_queries[i]->name, word);
    if (engine != NULL)
        pm_outbuf_add(out, "%s: an engine: %s\n  capabilities: %s\n", engine->name, engine->help,
                      pm_engine_caps(engine->caps, caps, sizeof caps));
    if (row != NULL)
        add_names(out, row);
    return found || engine != NULL || row != NULL;
}

static int refuse_word(const char *word, struct pm_error *error)
{
    char shown[48];

    return pm_error_set(error, PM_EINPUT,
                        "%s: no scenario, engine, operator or setting: 'pacemark list scenarios' "
                        "names some; engines, operators and options too",
                        pm_text_printable(shown, sizeof shown, word));
}

static int explain(struct pm_outbuf *out, const struct pm_cli_options *options,
                   struct pm_error *error)
{
    char path[4096];
    const char *what = options->scenario[0];
    const bool is_word = strchr(what, '/') == NULL && access(what, F_OK) != 0 &&
                         pm_scenario_locate(path, sizeof path, what, NULL) != 0;
    int rc = 0;

    if (!is_word)
        rc = explain_scenario(out, options, error);
    else if (!explain_word(out, what))
        rc = refuse_word(what, error);
    if (rc == 0 && pm_terminal_print(out) != 0)
        rc = pm_error_set(error, PM_ENOMEM, "out of memory");
    return rc;
}

static error_t parse(int key, char *word, struct argp_state *state)
{
    struct pm_cli_options *options = state->input;

    (void)word;
    switch (key) {
    case ARGP_KEY_INIT:
        pm_cli_options_share(state, options);
        return 0;
    case ARGP_KEY_SUCCESS:
        if (options->scenarios != 1)
            argp_error(state, "expected one scenario, engine, operator or setting");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp pm_argp_explain = {
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Show what a scenario does: its plan, its settings and where each value comes from, and "
           "what the frameworks call them. An engine, operator, setting or idea is explained "
           "too.\v"
           "Examples:\n"
           "  pacemark explain fraud\n"
           "  pacemark explain spend --variant quick --set rate=5k\n"
           "  pacemark explain watermark",
    .children = pm_cli_children,
};

int pm_cmd_explain(int argc, char **argv)
{
    struct pm_cli_options options = {0};
    struct pm_outbuf out = {0};
    struct pm_error error = {0};

    if (argp_parse(&pm_argp_explain, argc, argv, 0, NULL, &options) != 0)
        return pm_error_exit_code(PM_EINPUT);
    const int rc = explain(&out, &options, &error);
    pm_outbuf_close(&out);
    pm_cli_options_close(&options);
    return rc == 0 ? 0 : pm_command_fail(&error);
}
