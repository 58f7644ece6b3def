/* SPDX-License-Identifier: Apache-2.0 */
/* distinct: each value of a column once a key, for as long as some record holds it. */
#include "pm_changes.h"
#include "pm_columns.h"
#include "pm_verbs.h"

struct distinct_plan {
    char column[PM_COLUMN_NAME_SIZE];
};

struct distinct {
    struct pm_operator base;
    struct pm_out out;
    struct pm_column column;
    struct pm_cell *held; /* map: value to the records that hold it, int64 */
};

static inline void count(struct distinct *self, unsigned input, const struct pm_record *record,
                         const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t value = pm_schema_read(&self->column, record, bytes);
    bool fresh;

    (void)input;
    if (!pm_record_deletes(record)) {
        int64_t *records = pm_map_put(self->held, record->key, value, &fresh);
        *records += 1;
        if (fresh)
            pm_changes_make(out, record, bytes, PM_OP_INSERT, 1, &value);
        return;
    }
    int64_t *records = pm_map_get(self->held, record->key, value);
    if (records == NULL) {
        pm_task_fail(self->base.task, &self->base, PM_EINTERNAL,
                     "a delete of a value that no record holds");
    } else if (--*records == 0) {
        pm_map_delete(self->held, record->key, value);
        pm_changes_make(out, record, bytes, PM_OP_DELETE, 1, &value);
    }
}
PM_EMIT_ENTRIES(distinct, struct distinct, count)

static int distinct_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct distinct_plan *plan = node->config;
    const struct pm_schema *input = pm_plan_flow_schema(node->inputs[0]);
    const int code = pm_columns_need(node, 0, plan->column, PM_COLUMNS_INTEGER, error);

    if (code != 0)
        return code;
    pm_results_open(&node->schema, node->name);
    if (pm_schema_find(&node->schema, plan->column) != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' would stand twice", node->name,
                            plan->column);
    node->schema.columns[1] =
        pm_results_column_as(pm_schema_find(input, plan->column), plan->column, 0);
    node->schema.count = 2;
    return 0;
}

static int distinct_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct distinct_plan *plan = config;
    struct distinct *self = (struct distinct *)op;

    self->column = *pm_schema_find(op->input_schema[0], plan->column);
    const int code = pm_state_declare(&self->held, op->state, "held", PM_CELL_MAP, 8, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void distinct_close(struct pm_operator *op)
{
    pm_out_close(&((struct distinct *)op)->out);
}

const struct pm_operator_class pm_class_distinct = {
    .name = "distinct",
    .help = "each value of a column once a key, while some record holds it",
    .traits =
        PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_TAKES_RETRACT | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct distinct),
    .config_size = sizeof(struct distinct_plan),
    .one = distinct_one,
    .chunk = distinct_chunk,
    .advance = pm_operator_advance,
    .check = distinct_check,
    .open = distinct_open,
    .close = distinct_close,
};

struct pm_flow pm_plan_distinct(struct pm_plan *plan, struct pm_flow keyed, const char *column)
{
    struct distinct_plan copy;

    pm_columns_name(copy.column, column);
    return pm_plan_add(plan, &pm_class_distinct, &copy, 1, &keyed);
}
