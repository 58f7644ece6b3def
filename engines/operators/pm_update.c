/* SPDX-License-Identifier: Apache-2.0 */
/* update: folds of a key, or of a key and a column, each change published as it comes. */
#include "pm_updates.h"

#include <stdio.h>

struct update_plan {
    unsigned folds;
    bool retracts; /* its input has deletes: least and largest need all values */
    char group[PM_COLUMN_NAME_SIZE];
    struct pm_fold_plan fold[PM_FOLDS_MAX];
};

struct update {
    struct pm_operator base;
    struct pm_out out;
    struct pm_folds folds;
    struct pm_column group;
    bool grouped;
    struct pm_cell *totals;               /* value, or map by the group: pm_update_total */
    struct pm_cell *values[PM_FOLDS_MAX]; /* of min and max over deletes: map, value to count */
};

static bool is_extreme(enum pm_fold fold)
{
    return fold == PM_FOLD_MIN || fold == PM_FOLD_MAX;
}

/* The least and largest of a key that has deletes are the ends of its counted ordered maps. */
static void count_values(struct update *self, struct pm_update_total *total,
                         const struct pm_record *record, const struct pm_bytes *bytes)
{
    for (unsigned i = 0; i < self->folds.count; i++) {
        const struct pm_fold_step *step = &self->folds.step[i];
        struct pm_cell *cell = self->values[i];
        struct pm_state_entry end;
        if (cell == NULL)
            continue;
        const int64_t value = pm_schema_read(&step->column, record, bytes);
        int64_t *count = pm_map_put(cell, record->key, value, NULL);
        *count += pm_record_deletes(record) ? -1 : 1;
        if (*count == 0)
            pm_map_delete(cell, record->key, value);
        if (step->fold == PM_FOLD_MIN ? pm_map_at_least(cell, record->key, INT64_MIN, &end)
                                      : pm_map_at_most(cell, record->key, INT64_MAX, &end))
            total->accumulator[step->at] = end.order;
    }
}

static inline struct pm_update_total *total_of(struct update *self, uint64_t key, int64_t group)
{
    return self->grouped ? pm_map_put(self->totals, key, group, NULL)
                         : pm_value_pin(self->totals, key);
}

static inline void forget(struct update *self, uint64_t key, int64_t group)
{
    if (self->grouped)
        pm_map_delete(self->totals, key, group);
    else
        pm_value_delete(self->totals, key);
}

static inline void fold(struct update *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    int64_t results[PM_RESULTS_MAX];
    const unsigned first = self->grouped ? 1 : 0;
    const bool deletes = pm_record_deletes(record);

    (void)input;
    results[0] = self->grouped ? pm_schema_read(&self->group, record, bytes) : 0;
    const int64_t group = results[0];
    struct pm_update_total *total = total_of(self, record->key, group);
    const bool was_out = pm_updates_is_out(total);
    if (deletes && !was_out) {
        forget(self, record->key, group);
        pm_task_fail(self->base.task, &self->base, PM_EINTERNAL, "a delete of a row never seen");
        return;
    }
    if (was_out)
        pm_updates_read(&self->folds, total, first, results);
    if (deletes)
        pm_folds_take_back(&self->folds, total->accumulator, record, bytes);
    else
        pm_folds_add(&self->folds, total->accumulator, record, bytes);
    count_values(self, total, record, bytes);
    total->inputs++;
    pm_updates_publish(out, &self->folds, total, record, bytes, first, was_out, results);
    if (!pm_updates_is_out(total))
        forget(self, record->key, group);
}
PM_EMIT_ENTRIES(update, struct update, fold)

/* --- the plan --------------------------------------------------------------------------------- */

static int check_deletes(const struct pm_plan_node *node, const struct update_plan *plan,
                         struct pm_error *error)
{
    for (unsigned i = 0; plan->retracts && i < plan->folds; i++) {
        if (plan->fold[i].fold == PM_FOLD_DISTINCT)
            return pm_error_set(error, PM_EINPUT,
                                "%s: '%s' is a sketch, which cannot take the deletes of its input: "
                                "count behind distinct",
                                node->name, plan->fold[i].result);
        if (is_extreme(plan->fold[i].fold) && plan->group[0] != '\0')
            return pm_error_set(error, PM_EINPUT,
                                "%s: '%s' cannot take the deletes of its input by column '%s': "
                                "key_by it",
                                node->name, plan->fold[i].result, plan->group);
    }
    return 0;
}

static int update_check(struct pm_plan_node *node, struct pm_error *error)
{
    struct update_plan *plan = node->config;
    const struct pm_schema *input = pm_plan_flow_schema(node->inputs[0]);
    const unsigned first = plan->group[0] != '\0' ? 1 : 0;
    int code = first != 0 ? pm_columns_need(node, 0, plan->group, PM_COLUMNS_INTEGER, error) : 0;

    if (code != 0)
        return code;
    plan->retracts = pm_plan_flow_retracts(node->inputs[0]);
    pm_results_open(&node->schema, node->name);
    if (first != 0 && pm_schema_find(&node->schema, plan->group) != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' would stand twice", node->name,
                            plan->group);
    if (first != 0)
        node->schema.columns[node->schema.count++] =
            pm_results_column_as(pm_schema_find(input, plan->group), plan->group, 0);
    code = check_deletes(node, plan, error);
    return code == 0 ? pm_updates_check(node, plan->folds, plan->fold, first, error) : code;
}

static int declare_values(struct update *self, const struct update_plan *plan,
                          struct pm_error *error)
{
    int code = 0;

    for (unsigned i = 0; plan->retracts && i < plan->folds && code == 0; i++) {
        char name[24];
        snprintf(name, sizeof name, "values%u", i);
        if (is_extreme(plan->fold[i].fold))
            code =
                pm_state_declare(&self->values[i], self->base.state, name, PM_CELL_MAP, 8, error);
    }
    return code;
}

static int update_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct update_plan *plan = config;
    struct update *self = (struct update *)op;

    self->grouped = plan->group[0] != '\0';
    if (self->grouped)
        self->group = *pm_schema_find(op->input_schema[0], plan->group);
    pm_folds_open(&self->folds, plan->folds, plan->fold, op->input_schema[0]);
    int code = pm_state_declare(&self->totals, op->state, "totals",
                                self->grouped ? PM_CELL_MAP : PM_CELL_VALUE,
                                pm_updates_size(&self->folds), error);
    if (code == 0)
        code = declare_values(self, plan, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void update_close(struct pm_operator *op)
{
    pm_out_close(&((struct update *)op)->out);
}

const struct pm_operator_class pm_class_update = {
    .name = "update",
    .help = "folds of a key, or of a key and a column, each change as the old and the new row",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_TAKES_RETRACT |
              PM_TRAIT_MAKES_RETRACT | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct update),
    .config_size = sizeof(struct update_plan),
    .one = update_one,
    .chunk = update_chunk,
    .advance = pm_operator_advance,
    .check = update_check,
    .open = update_open,
    .close = update_close,
};

struct pm_flow pm_plan_update(struct pm_plan *plan, struct pm_flow keyed,
                              const struct pm_update_config *config)
{
    struct update_plan copy = {.folds = config->folds};

    pm_columns_name(copy.group, config->group);
    pm_folds_copy(copy.fold, config->folds, config->fold);
    return pm_plan_add(plan, &pm_class_update, &copy, 1, &keyed);
}
