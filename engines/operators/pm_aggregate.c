/* SPDX-License-Identifier: Apache-2.0 */
/* aggregate: running folds of a key, one row for each record, in order of arrival. */
#include "pm_fold.h"

#include "pm_results.h"

struct aggregate_plan {
    unsigned folds;
    struct pm_fold_plan fold[PM_FOLDS_MAX];
};

struct aggregate {
    struct pm_operator base;
    struct pm_folds folds;
    struct pm_cell *totals;
};

#define TOTALS(self_) ((self_)->totals)

/* The row made on arrival is the record with its columns exchanged: it keeps time, id and mark. */
static inline void fold(struct aggregate *self, void *slot, struct pm_record *record,
                        struct pm_bytes *bytes)
{
    int64_t results[PM_RESULTS_MAX];

    pm_folds_add(&self->folds, slot, record, bytes);
    pm_folds_results(&self->folds, slot, results);
    pm_results_write(record, bytes, self->folds.count, results);
}
PM_KEYED_ENTRIES(aggregate, struct aggregate, TOTALS, fold)

static int aggregate_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct aggregate_plan *plan = config;
    struct aggregate *self = (struct aggregate *)op;

    pm_folds_open(&self->folds, plan->folds, plan->fold, op->input_schema[0]);
    return pm_state_declare(&self->totals, op->state, "totals", PM_CELL_VALUE, self->folds.size,
                            error);
}

static int aggregate_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct aggregate_plan *plan = node->config;

    pm_results_open(&node->schema, node->name);
    return pm_folds_check(node, plan->folds, plan->fold, 0, error);
}

const struct pm_operator_class pm_class_aggregate = {
    .name = "aggregate",
    .help = "running folds of a key, one row for each record",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct aggregate),
    .config_size = sizeof(struct aggregate_plan),
    .one = aggregate_one,
    .chunk = aggregate_chunk,
    .advance = pm_operator_advance,
    .check = aggregate_check,
    .open = aggregate_open,
};

struct pm_flow pm_plan_aggregate(struct pm_plan *plan, struct pm_flow keyed,
                                 const struct pm_aggregate_config *config)
{
    struct aggregate_plan copy = {.folds = config->folds};

    pm_folds_copy(copy.fold, config->folds, config->fold);
    return pm_plan_add(plan, &pm_class_aggregate, &copy, 1, &keyed);
}
