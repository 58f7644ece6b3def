/* SPDX-License-Identifier: Apache-2.0 */
/* What columns each operator gives, by the verbs' contracts. */
#include "pm_naive_plan.h"

#include <stdio.h>
#include <string.h>

const char *const pm_naive_names[PM_NAIVE_KINDS] = {
    "source",        "filter",      "map",     "flat_map",       "key_by",    "side_output",
    "union",         "enrich",      "window",  "session",        "aggregate", "distinct",
    "temporal_join", "decode",      "process", "count_window",   "dedup",     "pattern",
    "interval_join", "window_join", "update",  "window_updates", "top_n",     "coalesce",
};

static void add_column(struct pm_naive_schema *schema, const char *name, enum pm_naive_place place,
                       unsigned width, int decimals)
{
    struct pm_naive_column *column = &schema->column[schema->count++];

    snprintf(column->name, sizeof column->name, "%.*s", PM_NAIVE_NAME - 1, name);
    column->place = place;
    column->width = width;
    column->decimals = decimals;
}

static void source_columns(struct pm_naive_schema *schema)
{
    add_column(schema, "time", PM_NAIVE_TIME, 8, 0);
    add_column(schema, "user", PM_NAIVE_KEY, 8, 0);
    add_column(schema, "v", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(schema, "n", PM_NAIVE_PAYLOAD, 4, 0);
    add_column(schema, "c", PM_NAIVE_PAYLOAD, 4, 0);
    add_column(schema, "w", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(schema, "text", PM_NAIVE_TEXT, 0, 0);
}

/* Results after the first three lie beyond the payload. */
static void fold_columns(struct pm_naive_schema *schema, const struct pm_naive_node *node,
                         const struct pm_naive_schema *input, unsigned first)
{
    for (unsigned i = 0; i < node->folds; i++) {
        const struct pm_naive_fold *fold = &node->fold[i];
        const enum pm_naive_place place = first + i < 3 ? PM_NAIVE_PAYLOAD : PM_NAIVE_BEYOND;
        char name[16];
        int decimals = 0;
        snprintf(name, sizeof name, "f%u", i);
        if (fold->fold == PM_FOLD_MEAN)
            decimals = (int)fold->decimals;
        else if (fold->fold != PM_FOLD_COUNT)
            decimals = input->column[fold->column].decimals;
        add_column(schema, name, place, 8, decimals);
    }
}

static void window_columns(struct pm_naive_schema *schema, const struct pm_naive_node *node,
                           const struct pm_naive_schema *input)
{
    add_column(schema, "key", PM_NAIVE_KEY, 8, 0);
    add_column(schema, "window_start", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(schema, "window_end", PM_NAIVE_PAYLOAD, 8, 0);
    if (node->kind == PM_NAIVE_WINDOW_UPDATES)
        add_column(schema, "inputs", PM_NAIVE_PAYLOAD, 8, 0);
    fold_columns(schema, node, input, schema->count - 1);
}

/* The left side's columns that lie in the record, with its time or without, then the right ones. */
static void join_columns(struct pm_naive_schema *schema, const struct pm_naive_node *node,
                         const struct pm_naive_schema *left, const struct pm_naive_schema *right)
{
    const bool keeps_time = node->kind != PM_NAIVE_WINDOW_JOIN;

    schema->count = 0;
    for (unsigned i = 0; i < left->count; i++) {
        const enum pm_naive_place place = left->column[i].place;
        if (place <= PM_NAIVE_PAYLOAD && (keeps_time || place != PM_NAIVE_TIME))
            schema->column[schema->count++] = left->column[i];
    }
    for (unsigned i = 0; i < node->columns; i++) {
        const struct pm_naive_column *column = &right->column[node->joined[i]];
        char name[PM_NAIVE_NAME];
        snprintf(name, sizeof name, "right_%.40s", column->name);
        add_column(schema, name, PM_NAIVE_BEYOND, 8, column->decimals);
    }
    if (node->kind == PM_NAIVE_JOIN)
        add_column(schema, "matched", PM_NAIVE_BEYOND, 8, 0);
    if (node->kind == PM_NAIVE_INTERVAL_JOIN)
        add_column(schema, "apart", PM_NAIVE_BEYOND, 8, 0);
    if (node->kind != PM_NAIVE_WINDOW_JOIN)
        return;
    add_column(schema, "window_start", PM_NAIVE_BEYOND, 8, 0);
    add_column(schema, "window_end", PM_NAIVE_BEYOND, 8, 0);
}

/* What a row made of a record keeps of it. */
static void kept_columns(struct pm_naive_schema *schema, const struct pm_naive_schema *input)
{
    schema->count = 0;
    for (unsigned i = 0; i < input->count; i++) {
        if (input->column[i].place <= PM_NAIVE_PAYLOAD)
            schema->column[schema->count++] = input->column[i];
    }
}

static const struct pm_naive_schema *schema_of(const struct pm_naive_plan *plan,
                                               struct pm_naive_flow flow)
{
    return &plan->node[flow.node].schema[flow.port];
}

static void pattern_columns(const struct pm_naive_plan *plan, struct pm_naive_node *node)
{
    const struct pm_naive_pattern *pattern = &node->pattern;
    struct pm_naive_schema *schema = &node->schema[0];

    schema->count = 0;
    add_column(schema, "key", PM_NAIVE_KEY, 8, 0);
    add_column(schema, "start", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(schema, "end", PM_NAIVE_PAYLOAD, 8, 0);
    for (unsigned i = 0; i < pattern->measures; i++) {
        const struct pm_naive_measure *measure = &pattern->measure[i];
        const unsigned input = pattern->step[measure->step].is.input;
        const struct pm_naive_schema *of = schema_of(plan, node->input[input]);
        char name[16];
        snprintf(name, sizeof name, "m%u", i);
        add_column(schema, name, i == 0 ? PM_NAIVE_PAYLOAD : PM_NAIVE_BEYOND, 8,
                   of->column[measure->column].decimals);
    }
}

/* A column of the input as a result, in the payload. */
static void result_column(struct pm_naive_schema *schema, const struct pm_naive_column *column)
{
    add_column(schema, column->name, PM_NAIVE_PAYLOAD, 8, column->decimals);
}

static void decode_columns(struct pm_naive_schema *schema, const struct pm_naive_schema *input)
{
    add_column(&schema[0], "v", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(&schema[0], "n", PM_NAIVE_PAYLOAD, 4, 0);
    for (unsigned i = 0; i < input->count; i++) {
        if (input->column[i].place == PM_NAIVE_TEXT)
            add_column(&schema[0], input->column[i].name, PM_NAIVE_TEXT, 0, 0);
    }
    add_column(&schema[1], "fault", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(&schema[1], "line", PM_NAIVE_PAYLOAD, 8, 0);
    add_column(&schema[1], "text", PM_NAIVE_TEXT, 0, 0);
}

unsigned pm_naive_late_input(const struct pm_naive_node *node, unsigned port)
{
    if (node->kind == PM_NAIVE_INTERVAL_JOIN)
        return port > PM_NAIVE_UNMATCHED ? 1 : 0;
    return port - 1;
}

/* Columns of the running operators, each with the key first. */
static void running_columns(struct pm_naive_node *node, const struct pm_naive_schema *input)
{
    struct pm_naive_schema *schema = &node->schema[0];
    const bool is_grouped = node->kind == PM_NAIVE_UPDATE && node->a != 0;

    schema->count = 0;
    add_column(schema, "key", PM_NAIVE_KEY, 8, 0);
    if (is_grouped || node->kind == PM_NAIVE_TOP_N || node->kind == PM_NAIVE_DISTINCT)
        result_column(schema, &input->column[node->column]);
    if (node->kind == PM_NAIVE_TOP_N)
        result_column(schema, &input->column[node->result]);
    if (node->kind == PM_NAIVE_COUNT_WINDOW)
        add_column(schema, "window", PM_NAIVE_PAYLOAD, 8, 0);
    if (node->kind == PM_NAIVE_UPDATE)
        add_column(schema, "inputs", PM_NAIVE_PAYLOAD, 8, 0);
    fold_columns(schema, node, input, schema->count - 1);
}

/* The columns of operators with a late port an input. */
static void waiting_columns(const struct pm_naive_plan *plan, struct pm_naive_node *node)
{
    const struct pm_naive_schema *input = schema_of(plan, node->input[0]);
    const bool joins = node->kind == PM_NAIVE_INTERVAL_JOIN;
    struct pm_naive_schema *schema = &node->schema[0];

    node->ports = joins ? 4 : node->kind == PM_NAIVE_JOIN ? 2 : 1 + node->inputs;
    for (unsigned port = 1; port < node->ports; port++)
        node->schema[port] = *schema_of(plan, node->input[pm_naive_late_input(node, port)]);
    if (joins)
        kept_columns(&node->schema[PM_NAIVE_UNMATCHED], input);
    schema->count = 0;
    if (node->kind == PM_NAIVE_DEDUP)
        kept_columns(schema, input);
    else if (node->kind == PM_NAIVE_PATTERN)
        pattern_columns(plan, node);
    else if (node->inputs == 1)
        window_columns(schema, node, input);
    else
        join_columns(schema, node, input, schema_of(plan, node->input[1]));
}

void pm_naive_describe(struct pm_naive_plan *plan, unsigned index)
{
    struct pm_naive_node *node = &plan->node[index];
    struct pm_naive_schema *schema = node->schema;
    const struct pm_naive_schema *input =
        node->kind == PM_NAIVE_SOURCE ? NULL : schema_of(plan, node->input[0]);

    memset(schema, 0, sizeof node->schema);
    node->ports = 1;
    for (unsigned port = 0; input != NULL && port < PM_NAIVE_PORTS; port++)
        schema[port] = *input;
    switch (node->kind) {
    case PM_NAIVE_SOURCE:
        source_columns(schema);
        break;
    case PM_NAIVE_SIDE_OUTPUT:
        node->ports = (unsigned)node->a;
        break;
    case PM_NAIVE_WINDOW:
    case PM_NAIVE_WINDOW_UPDATES:
    case PM_NAIVE_SESSION:
    case PM_NAIVE_JOIN:
    case PM_NAIVE_INTERVAL_JOIN:
    case PM_NAIVE_WINDOW_JOIN:
    case PM_NAIVE_DEDUP:
    case PM_NAIVE_PATTERN:
        waiting_columns(plan, node);
        break;
    case PM_NAIVE_AGGREGATE:
    case PM_NAIVE_COUNT_WINDOW:
    case PM_NAIVE_UPDATE:
    case PM_NAIVE_TOP_N:
    case PM_NAIVE_DISTINCT:
        running_columns(node, input);
        break;
    case PM_NAIVE_DECODE:
        node->ports = 2;
        schema[0].count = 0;
        schema[1].count = 0;
        decode_columns(schema, input);
        break;
    default:
        break;
    }
    pm_naive_know(plan, node);
}
