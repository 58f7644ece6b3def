/* SPDX-License-Identifier: Apache-2.0 */
/* map: column := column * factor + addend. */
#include "pm_columns.h"
#include "pm_verbs.h"

struct map_config {
    char column[PM_COLUMN_NAME_SIZE];
    int64_t factor, addend;
};

struct map {
    struct pm_operator base;
    struct pm_column column;
    uint64_t factor, addend;
};

static inline void compute(struct map *self, struct pm_record *record, struct pm_bytes *bytes)
{
    const uint64_t value = (uint64_t)pm_schema_read(&self->column, record, bytes);

    pm_schema_write(&self->column, record, bytes, (int64_t)(value * self->factor + self->addend));
}
PM_MAP_ENTRIES(map, struct map, compute)

static int map_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct map_config *c = config;
    struct map *self = (struct map *)op;

    (void)error;
    self->column = *pm_schema_find(op->input_schema[0], c->column);
    self->factor = (uint64_t)c->factor;
    self->addend = (uint64_t)c->addend;
    return 0;
}

static int map_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct map_config *config = node->config;

    return pm_columns_need(node, 0, config->column, PM_COLUMNS_PAYLOAD, error);
}

const struct pm_operator_class pm_class_map = {
    .name = "map",
    .help = "column := column * factor + addend",
    .traits = PM_TRAIT_TAKES_RETRACT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct map),
    .config_size = sizeof(struct map_config),
    .one = map_one,
    .chunk = map_chunk,
    .advance = pm_operator_advance,
    .check = map_check,
    .open = map_open,
};

struct pm_flow pm_plan_map(struct pm_plan *plan, struct pm_flow from, const char *column,
                           int64_t factor, int64_t addend)
{
    struct map_config config = {.factor = factor, .addend = addend};

    pm_columns_name(config.column, column);
    return pm_plan_add(plan, &pm_class_map, &config, 1, &from);
}
