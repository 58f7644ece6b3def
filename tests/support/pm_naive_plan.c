/* SPDX-License-Identifier: Apache-2.0 */
/* The library's own plan of a description. */
#include "pm_naive_plan.h"

#include "pm_decode.h"
#include "pm_process.h"

#include <stdio.h>

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

/* --- a process of the test's own: v becomes the difference to the key's v before -------------- */

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

static const struct pm_naive_schema *schema_of(const struct pm_naive_plan *plan,
                                               struct pm_naive_flow flow)
{
    return &plan->node[flow.node].schema[flow.port];
}

/* --- the library's plan ----------------------------------------------------------------------- */

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
        .more_ns = {node->more_ns},
        .slide_ns = node->slide_ns,
        .gap_ns = node->gap_ns,
        .lateness_ns = node->lateness_ns,
        .folds = node->folds,
        .updates = node->kind == PM_NAIVE_WINDOW_UPDATES,
    };

    fold_specs(node, input, config.fold);
    return pm_plan_window(to, from, &config);
}

static struct pm_flow build_join(struct pm_plan *to, const struct pm_flow *in,
                                 const struct pm_naive_node *node,
                                 const struct pm_naive_schema *columns)
{
    struct pm_temporal_join_config as_of = {.lateness_ns = node->lateness_ns,
                                            .columns = node->columns};
    struct pm_interval_join_config interval = {.lower_ns = node->a,
                                               .upper_ns = node->b,
                                               .lateness_ns = node->lateness_ns,
                                               .columns = node->columns};
    struct pm_window_join_config window = {.size_ns = node->size_ns,
                                           .slide_ns =
                                               node->slide_ns == node->size_ns ? 0 : node->slide_ns,
                                           .lateness_ns = node->lateness_ns,
                                           .columns = node->columns};

    for (unsigned i = 0; i < node->columns; i++) {
        as_of.column[i] = columns->column[node->joined[i]].name;
        interval.column[i] = as_of.column[i];
        window.column[i] = as_of.column[i];
    }
    if (node->kind == PM_NAIVE_JOIN)
        return pm_plan_temporal_join(to, in[0], in[1], &as_of);
    if (node->kind == PM_NAIVE_INTERVAL_JOIN)
        return pm_plan_interval_join(to, in[0], in[1], &interval);
    return pm_plan_window_join(to, in[0], in[1], &window);
}

static struct pm_pattern_condition condition_of(const struct pm_naive_plan *plan,
                                                const struct pm_naive_node *node,
                                                const struct pm_naive_condition *of)
{
    const struct pm_naive_schema *schema = schema_of(plan, node->input[of->input]);

    return (struct pm_pattern_condition){
        .input = of->input,
        .column = of->is_any ? NULL : schema->column[of->column].name,
        .compare = of->compare,
        .value = of->value,
    };
}

static struct pm_flow build_pattern(struct pm_plan *to, const struct pm_flow *in,
                                    const struct pm_naive_plan *plan,
                                    const struct pm_naive_node *node)
{
    static const char *const results[PM_NAIVE_MEASURES] = {"m0", "m1", "m2"};
    const struct pm_naive_pattern *of = &node->pattern;
    struct pm_pattern_config config = {.steps = of->steps,
                                       .absent_ns = of->absent_ns,
                                       .absent = condition_of(plan, node, &of->absent),
                                       .within_ns = node->size_ns,
                                       .lateness_ns = node->lateness_ns,
                                       .skip = of->skip,
                                       .measures = of->measures};

    for (unsigned i = 0; i < of->steps; i++) {
        const struct pm_naive_step *step = &of->step[i];
        config.step[i] = (struct pm_pattern_step){
            .is = condition_of(plan, node, &step->is),
            .times = step->times,
            .contiguity = step->is_strict ? PM_NEXT : PM_FOLLOWED_BY,
            .has_unless = step->has_unless,
            .unless = condition_of(plan, node, &step->unless),
        };
    }
    for (unsigned i = 0; i < of->measures; i++) {
        const struct pm_naive_measure *measure = &of->measure[i];
        const unsigned input = of->step[measure->step].is.input;
        config.measure[i] = (struct pm_pattern_measure){
            .result = results[i],
            .step = measure->step,
            .column = schema_of(plan, node->input[input])->column[measure->column].name,
            .which = measure->which};
    }
    return pm_plan_pattern(to, node->inputs, in, &config);
}

/* In arrival order. */
static struct pm_flow build_running(struct pm_plan *to, struct pm_flow in,
                                    const struct pm_naive_node *node,
                                    const struct pm_naive_schema *input)
{
    struct pm_aggregate_config running = {.folds = node->folds};
    struct pm_count_window_config counted = {
        .count = (uint32_t)node->a,
        .slide = node->a == node->b ? 0 : (uint32_t)node->b,
        .folds = node->folds,
    };

    const char *column = input->column[node->column].name;
    struct pm_update_config update = {.group = node->a != 0 ? column : NULL, .folds = node->folds};
    const int name = node->facts[0].name;

    fold_specs(node, input, update.fold);
    fold_specs(node, input, running.fold);
    fold_specs(node, input, counted.fold);
    switch (node->kind) {
    case PM_NAIVE_PROCESS:
        return pm_plan_add(to, &class_difference, column, 1, &in);
    case PM_NAIVE_DISTINCT:
        return pm_plan_distinct(to, in, column);
    case PM_NAIVE_COUNT_WINDOW:
        return pm_plan_count_window(to, in, &counted);
    case PM_NAIVE_UPDATE:
        return pm_plan_update(to, in, &update);
    case PM_NAIVE_TOP_N:
        return pm_plan_top_n(to, in, column, input->column[node->result].name, (unsigned)node->a);
    case PM_NAIVE_COALESCE:
        return pm_plan_coalesce(to, in, name >= 0 ? input->column[name].name : NULL, node->a);
    default:
        return pm_plan_aggregate(to, in, &running);
    }
}

static struct pm_flow build_keyed(struct pm_plan *to, const struct pm_flow *in,
                                  const struct pm_naive_plan *plan,
                                  const struct pm_naive_node *node)
{
    const struct pm_naive_schema *input = schema_of(plan, node->input[0]);
    const struct pm_dedup_config dedup = {.keep = (enum pm_dedup_keep)node->a,
                                          .within_ns = node->size_ns,
                                          .lateness_ns = node->lateness_ns};

    switch (node->kind) {
    case PM_NAIVE_JOIN:
    case PM_NAIVE_INTERVAL_JOIN:
    case PM_NAIVE_WINDOW_JOIN:
        return build_join(to, in, node, schema_of(plan, node->input[1]));
    case PM_NAIVE_DEDUP:
        return pm_plan_dedup(to, in[0], &dedup);
    case PM_NAIVE_PATTERN:
        return build_pattern(to, in, plan, node);
    case PM_NAIVE_WINDOW:
    case PM_NAIVE_WINDOW_UPDATES:
    case PM_NAIVE_SESSION:
        return build_window(to, in[0], node, input);
    default:
        return build_running(to, in[0], node, input);
    }
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

static void print_condition(const char *what, const struct pm_naive_condition *of)
{
    if (of->is_any)
        fprintf(stderr, " %s any of input %u", what, of->input);
    else
        fprintf(stderr, " %s %u.column %u compare %d with %lld", what, of->input, of->column,
                (int)of->compare, (long long)of->value);
}

static void print_pattern(const struct pm_naive_pattern *pattern)
{
    fprintf(stderr, "     skip %d\n", (int)pattern->skip);
    for (unsigned i = 0; i < pattern->steps; i++) {
        const struct pm_naive_step *step = &pattern->step[i];
        fprintf(stderr, "     %u times%s:", step->times, step->is_strict ? ", next" : "");
        print_condition("is", &step->is);
        if (step->has_unless)
            print_condition("unless", &step->unless);
        fprintf(stderr, "\n");
    }
    if (pattern->absent_ns == 0)
        return;
    fprintf(stderr, "     for %lld:", (long long)pattern->absent_ns);
    print_condition("absent", &pattern->absent);
    fprintf(stderr, "\n");
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
        fprintf(stderr,
                "  a %lld b %lld compare %d size %lld, %lld slide %lld gap %lld lateness %lld\n",
                (long long)node->a, (long long)node->b, (int)node->compare,
                (long long)node->size_ns, (long long)node->more_ns, (long long)node->slide_ns,
                (long long)node->gap_ns, (long long)node->lateness_ns);
        if (node->kind == PM_NAIVE_PATTERN)
            print_pattern(&node->pattern);
    }
    for (unsigned i = 0; i < plan->outputs; i++)
        fprintf(stderr, "out%u <- %u.%u\n", i, plan->output[i].node, plan->output[i].port);
}
