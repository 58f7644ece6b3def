/* SPDX-License-Identifier: Apache-2.0 */
/* filter: keeps the rows whose column compares so with a constant. */
#include "pm_columns.h"
#include "pm_verbs.h"

struct filter_config {
    char column[PM_COLUMN_NAME_SIZE];
    enum pm_compare compare;
    int64_t value;
};

/* A comparison is two bounds and a sense, so that the kernel has no switch. */
struct filter {
    struct pm_operator base;
    struct pm_column column;
    int64_t low, high;
    bool inside;
};

static inline bool keep(struct filter *self, const struct pm_record *record,
                        const struct pm_bytes *bytes)
{
    const int64_t value = pm_schema_read(&self->column, record, bytes);

    return ((value >= self->low) & (value <= self->high)) == self->inside;
}
PM_FILTER_ENTRIES(filter, struct filter, keep)

static int filter_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct filter_config *c = config;
    struct filter *self = (struct filter *)op;

    (void)error;
    self->column = *pm_schema_find(op->input_schema[0], c->column);
    self->inside =
        c->compare == PM_EQUAL || c->compare == PM_LESS_EQUAL || c->compare == PM_GREATER_EQUAL;
    self->low = INT64_MIN;
    self->high = INT64_MAX;
    /* < is "not >=", > is "not <=", != is "not ==": the bounds are those of the positive sense. */
    if (c->compare != PM_LESS_EQUAL && c->compare != PM_GREATER)
        self->low = c->value;
    if (c->compare != PM_GREATER_EQUAL && c->compare != PM_LESS)
        self->high = c->value;
    return 0;
}

static int filter_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct filter_config *config = node->config;

    return pm_columns_need(node, 0, config->column, PM_COLUMNS_INTEGER, error);
}

const struct pm_operator_class pm_class_filter = {
    .name = "filter",
    .help = "keeps the rows whose column compares so with a constant",
    .traits = PM_TRAIT_TAKES_RETRACT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct filter),
    .config_size = sizeof(struct filter_config),
    .one = filter_one,
    .chunk = filter_chunk,
    .advance = pm_operator_advance,
    .check = filter_check,
    .open = filter_open,
};

struct pm_flow pm_plan_filter(struct pm_plan *plan, struct pm_flow from, const char *column,
                              enum pm_compare compare, int64_t value)
{
    struct filter_config config = {.compare = compare, .value = value};

    pm_columns_name(config.column, column);
    return pm_plan_add(plan, &pm_class_filter, &config, 1, &from);
}
