/* SPDX-License-Identifier: Apache-2.0 */
/* union: all rows of several flows of one schema; its watermark is their minimum. */
#include "pm_verbs.h"

#include <string.h>

struct joint {
    struct pm_operator base;
    struct pm_watermarks marks;
};

static void union_one(struct pm_operator *self, unsigned input, struct pm_record *record,
                      struct pm_bytes *bytes)
{
    (void)input;
    pm_push(self, 0, record, bytes);
}

static void union_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)
{
    (void)input;
    pm_push_chunk(self, 0, chunk);
}

static bool union_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct joint *self = (struct joint *)op;

    return pm_operator_pass(op, pm_watermarks_raise(&self->marks, input, watermark_ns));
}

static int union_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const unsigned *inputs = config;

    (void)error;
    pm_watermarks_open(&((struct joint *)op)->marks, *inputs);
    return 0;
}

static bool same_columns(const struct pm_schema *a, const struct pm_schema *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++) {
        const struct pm_column *x = &a->columns[i], *y = &b->columns[i];
        if (strcmp(x->name, y->name) != 0 || x->type != y->type || x->place != y->place ||
            x->offset != y->offset || x->width != y->width || x->scale != y->scale)
            return false;
    }
    return true;
}

static int union_check(struct pm_plan_node *node, struct pm_error *error)
{
    for (unsigned i = 1; i < node->input_count; i++) {
        if (!same_columns(pm_plan_flow_schema(node->inputs[0]),
                          pm_plan_flow_schema(node->inputs[i])))
            return pm_error_set(error, PM_EINPUT, "%s: the columns of input %u differ from input 0",
                                node->name, i);
    }
    return 0;
}

const struct pm_operator_class pm_class_union = {
    .name = "union",
    .help = "all rows of several flows of one schema",
    .traits = PM_TRAIT_TAKES_RETRACT | PM_TRAIT_MERGES,
    .inputs_min = 2,
    .inputs_max = PM_INPUTS_MAX,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct joint),
    .config_size = sizeof(unsigned),
    .one = union_one,
    .chunk = union_chunk,
    .advance = union_advance,
    .check = union_check,
    .open = union_open,
};

struct pm_flow pm_plan_union(struct pm_plan *plan, unsigned count, const struct pm_flow *flows)
{
    return pm_plan_add(plan, &pm_class_union, &count, count, flows);
}
