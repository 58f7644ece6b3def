/* SPDX-License-Identifier: Apache-2.0 */
/* flat_map: one row for each unit of a column, as an order line becomes one row a piece. */
#include "pm_columns.h"
#include "pm_verbs.h"

struct flat_map_config {
    char column[PM_COLUMN_NAME_SIZE];
    uint32_t limit;
};

struct flat_map {
    struct pm_operator base;
    struct pm_column column;
    uint32_t limit;
    struct pm_out out;
};

static inline void expand(struct flat_map *self, unsigned input, const struct pm_record *record,
                          const struct pm_bytes *bytes, struct pm_out *out)
{
    int64_t copies = pm_schema_read(&self->column, record, bytes);

    (void)input;
    copies = copies < 0 ? 0 : copies > self->limit ? self->limit : copies;
    for (int64_t i = 0; i < copies; i++) {
        struct pm_record *row = pm_out_pass(out, 0, record, bytes);
        pm_schema_write(&self->column, row, pm_out_bytes(out), i);
    }
}
PM_EMIT_ENTRIES(flat_map, struct flat_map, expand)

static int flat_map_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct flat_map_config *c = config;
    struct flat_map *self = (struct flat_map *)op;

    self->column = *pm_schema_find(op->input_schema[0], c->column);
    self->limit = c->limit;
    return pm_out_open(&self->out, op, error);
}

static void flat_map_close(struct pm_operator *op)
{
    pm_out_close(&((struct flat_map *)op)->out);
}

static int flat_map_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct flat_map_config *config = node->config;

    if (config->limit < 1 || config->limit > 1000000)
        return pm_error_set(error, PM_EINPUT, "%s: limit %u, 1 to 1000000 is allowed", node->name,
                            config->limit);
    return pm_columns_need(node, 0, config->column, PM_COLUMNS_PAYLOAD, error);
}

const struct pm_operator_class pm_class_flat_map = {
    .name = "flat_map",
    .help = "one row for each unit of a column",
    .traits = PM_TRAIT_TAKES_RETRACT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct flat_map),
    .config_size = sizeof(struct flat_map_config),
    .one = flat_map_one,
    .chunk = flat_map_chunk,
    .advance = pm_operator_advance,
    .check = flat_map_check,
    .open = flat_map_open,
    .close = flat_map_close,
};

struct pm_flow pm_plan_flat_map(struct pm_plan *plan, struct pm_flow from, const char *column,
                                uint32_t limit)
{
    struct flat_map_config config = {.limit = limit};

    pm_columns_name(config.column, column);
    return pm_plan_add(plan, &pm_class_flat_map, &config, 1, &from);
}
