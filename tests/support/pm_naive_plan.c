/* SPDX-License-Identifier: Apache-2.0 */
/* The description of a plan: its schemas by the verbs' contracts, and the library's own plan. */
#include "pm_naive_plan.h"

#include "pm_decode.h"
#include "pm_process.h"

#include <stdio.h>
#include <string.h>

const char *const pm_naive_names[PM_NAIVE_KINDS] = {
    "source",      "filter",   "map",           "flat_map", "key_by",
    "side_output", "union",    "enrich",        "window",   "session",
    "aggregate",   "distinct", "temporal_join", "decode",   "process"};

const struct pm_schema pm_naive_source_schema = {
    .name = "source",
    .count = 7,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("n", PM_TYPE_INTEGER, 8, 4, 0),
                PM_COLUMN_PAYLOAD("c", PM_TYPE_INTEGER, 12, 4, 0),
                PM_COLUMN_PAYLOAD("w", PM_TYPE_INTEGER, 16, 8, 0), PM_COLUMN_TEXT("text")},
};

static const struct pm_schema decoded = {
    .name = "decoded",
    .count = 2,
    .columns = {PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("n", PM_TYPE_INTEGER, 8, 4, 0)},
};

/* --- a process of the test's own: v becomes the difference to the key's v before ----------------
 */

struct difference {
    struct pm_process process;
    struct pm_column column;
};

static inline void subtract(struct difference *self, void *slot, struct pm_record *record,
                            struct pm_bytes *bytes)
{
    int64_t *const last = slot;
    const int64_t value = pm_schema_read(&self->column, record, bytes);

    pm_schema_write(&self->column, record, bytes, (int64_t)((uint64_t)value - (uint64_t)*last));
    *last = value;
}
PM_KEYED_ENTRIES(difference, struct difference, PM_PROCESS_CELL, subtract)

static int difference_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    struct difference *self = (struct difference *)op;

    self->column = *pm_schema_find(op->input_schema[0], config);
    return pm_process_open(&self->process, 8, error);
}

static const struct pm_operator_class class_difference = {
    .name = "process",
    .help = "the difference to the key's record before",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct difference),
    .config_size = PM_NAIVE_NAME,
    .one = difference_one,
    .chunk = difference_chunk,
    .advance = pm_operator_advance,
    .open = difference_open,
};

/* --- schemas ------------------------------------------------------------------------------------
 */

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
    fold_columns(schema, node, input, 2);
}

static void join_columns(struct pm_naive_schema *schema, const struct pm_naive_node *node,
                         const struct pm_naive_schema *left, const struct pm_naive_schema *right)
{
    for (unsigned i = 0; i < left->count; i++) {
        if (left->column[i].place <= PM_NAIVE_PAYLOAD)
            schema->column[schema->count++] = left->column[i];
    }
    for (unsigned i = 0; i < node->columns; i++) {
        const struct pm_naive_column *column = &right->column[node->joined[i]];
        char name[PM_NAIVE_NAME];
        snprintf(name, sizeof name, "right_%.40s", column->name);
        add_column(schema, name, PM_NAIVE_BEYOND, 8, column->decimals);
    }
    add_column(schema, "matched", PM_NAIVE_BEYOND, 8, 0);
}

static void distinct_columns(struct pm_naive_schema *schema, const struct pm_naive_column *column)
{
    schema->count = 0;
    add_column(schema, "key", PM_NAIVE_KEY, 8, 0);
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

static const struct pm_naive_schema *schema_of(const struct pm_naive_plan *plan,
                                               struct pm_naive_flow flow)
{
    return &plan->node[flow.node].schema[flow.port];
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
    case PM_NAIVE_SESSION:
        node->ports = 2;
        schema[0].count = 0;
        window_columns(schema, node, input);
        break;
    case PM_NAIVE_AGGREGATE:
        schema[0].count = 0;
        add_column(schema, "key", PM_NAIVE_KEY, 8, 0);
        fold_columns(schema, node, input, 0);
        break;
    case PM_NAIVE_DISTINCT:
        distinct_columns(schema, &input->column[node->column]);
        break;
    case PM_NAIVE_JOIN:
        node->ports = 2;
        schema[0].count = 0;
        join_columns(schema, node, input, schema_of(plan, node->input[1]));
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
}

/* --- the library's plan -------------------------------------------------------------------------
 */

static void fold_specs(const struct pm_naive_node *node, const struct pm_naive_schema *input,
                       struct pm_fold_spec *specs)
{
    static const char *const results[PM_NAIVE_FOLDS] = {"f0", "f1", "f2"};

    for (unsigned i = 0; i < node->folds; i++) {
        specs[i] = (struct pm_fold_spec){.fold = node->fold[i].fold,
                                         .column = input->column[node->fold[i].column].name,
                                         .result = results[i],
                                         .scale = (uint8_t)node->fold[i].decimals};
    }
}

static struct pm_flow build_window(struct pm_plan *to, struct pm_flow from,
                                   const struct pm_naive_node *node,
                                   const struct pm_naive_schema *input)
{
    struct pm_window_config config = {
        .kind = node->kind == PM_NAIVE_SESSION    ? PM_WINDOW_SESSION
                : node->slide_ns == node->size_ns ? PM_WINDOW_TUMBLING
                                                  : PM_WINDOW_SLIDING,
        .size_ns = node->size_ns,
        .slide_ns = node->slide_ns,
        .gap_ns = node->gap_ns,
        .lateness_ns = node->lateness_ns,
        .folds = node->folds,
    };

    fold_specs(node, input, config.fold);
    return pm_plan_window(to, from, &config);
}

static struct pm_flow build_join(struct pm_plan *to, struct pm_flow left, struct pm_flow right,
                                 const struct pm_naive_node *node,
                                 const struct pm_naive_schema *columns)
{
    struct pm_temporal_join_config config = {.lateness_ns = node->lateness_ns,
                                             .columns = node->columns};

    for (unsigned i = 0; i < node->columns; i++)
        config.column[i] = columns->column[node->joined[i]].name;
    return pm_plan_temporal_join(to, left, right, &config);
}

static struct pm_flow build_keyed(struct pm_plan *to, const struct pm_flow *in,
                                  const struct pm_naive_plan *plan,
                                  const struct pm_naive_node *node)
{
    const struct pm_naive_schema *input = schema_of(plan, node->input[0]);
    struct pm_aggregate_config config = {.folds = node->folds};

    if (node->kind == PM_NAIVE_JOIN)
        return build_join(to, in[0], in[1], node, schema_of(plan, node->input[1]));
    if (node->kind == PM_NAIVE_PROCESS)
        return pm_plan_add(to, &class_difference, input->column[node->column].name, 1, in);
    if (node->kind == PM_NAIVE_DISTINCT)
        return pm_plan_distinct(to, in[0], input->column[node->column].name);
    if (node->kind != PM_NAIVE_AGGREGATE)
        return build_window(to, in[0], node, input);
    fold_specs(node, input, config.fold);
    return pm_plan_aggregate(to, in[0], &config);
}

static struct pm_flow build_node(struct pm_plan *to, const struct pm_flow *in,
                                 const struct pm_naive_plan *plan, const struct pm_naive_node *node)
{
    if (node->kind == PM_NAIVE_SOURCE)
        return pm_plan_source(to, node->stream, &pm_naive_source_schema);
    const struct pm_naive_schema *input = schema_of(plan, node->input[0]);
    const char *column = input->column[node->column].name;
    const struct pm_enrich_config table = {.column = column,
                                           .result = input->column[node->result].name,
                                           .otherwise = node->a,
                                           .rows = 3,
                                           .table = node->table};
    switch (node->kind) {
    case PM_NAIVE_FILTER:
        return pm_plan_filter(to, in[0], column, node->compare, node->a);
    case PM_NAIVE_MAP:
        return pm_plan_map(to, in[0], column, node->a, node->b);
    case PM_NAIVE_FLAT_MAP:
        return pm_plan_flat_map(to, in[0], column, (uint32_t)node->a);
    case PM_NAIVE_KEY_BY:
        return pm_plan_key_by(to, in[0], column);
    case PM_NAIVE_SIDE_OUTPUT:
        return pm_plan_side_output(to, in[0], column, (unsigned)node->a);
    case PM_NAIVE_UNION:
        return pm_plan_union(to, node->inputs, in);
    case PM_NAIVE_ENRICH:
        return pm_plan_enrich(to, in[0], &table);
    case PM_NAIVE_DECODE:
        return pm_plan_decode(to, in[0], PM_CODEC_CSV, &decoded);
    default:
        return build_keyed(to, in, plan, node);
    }
}

struct pm_plan *pm_naive_build(const struct pm_naive_plan *plan)
{
    struct pm_plan *to = pm_plan_open(plan->order);
    struct pm_flow flows[PM_NAIVE_NODES], in[PM_NAIVE_INPUTS];

    if (to == NULL)
        return NULL;
    for (unsigned i = 0; i < plan->count; i++) {
        const struct pm_naive_node *node = &plan->node[i];
        for (unsigned k = 0; k < node->inputs; k++)
            in[k] = pm_plan_side(flows[node->input[k].node], node->input[k].port);
        flows[i] = build_node(to, in, plan, node);
        if (flows[i].node == NULL)
            return to; /* the check says why */
    }
    for (unsigned i = 0; i < plan->outputs; i++) {
        char name[16];
        snprintf(name, sizeof name, "out%u", i);
        pm_plan_output(to, pm_plan_side(flows[plan->output[i].node], plan->output[i].port), i,
                       name);
    }
    return to;
}

void pm_naive_print(const struct pm_naive_plan *plan)
{
    fprintf(stderr, "order %d\n", (int)plan->order);
    for (unsigned i = 0; i < plan->count; i++) {
        const struct pm_naive_node *node = &plan->node[i];
        fprintf(stderr, "%2u %-13s <-", i, pm_naive_names[node->kind]);
        for (unsigned k = 0; k < node->inputs; k++)
            fprintf(stderr, " %u.%u", node->input[k].node, node->input[k].port);
        if (node->inputs != 0)
            fprintf(stderr, "  column %s",
                    schema_of(plan, node->input[0])->column[node->column].name);
        fprintf(stderr, "  a %lld b %lld compare %d size %lld slide %lld gap %lld lateness %lld\n",
                (long long)node->a, (long long)node->b, (int)node->compare,
                (long long)node->size_ns, (long long)node->slide_ns, (long long)node->gap_ns,
                (long long)node->lateness_ns);
    }
    for (unsigned i = 0; i < plan->outputs; i++)
        fprintf(stderr, "out%u <- %u.%u\n", i, plan->output[i].node, plan->output[i].port);
}
