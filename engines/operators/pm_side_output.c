/* SPDX-License-Identifier: Apache-2.0 */
/* side_output: a row leaves by the port that its column names. */
#include "pm_columns.h"
#include "pm_verbs.h"

struct side_output_config {
    char column[PM_COLUMN_NAME_SIZE];
    unsigned ports;
};

struct side_output {
    struct pm_operator base;
    struct pm_column column;
    uint64_t ports;
};

static inline unsigned choose(struct side_output *self, struct pm_record *record,
                              struct pm_bytes *bytes)
{
    const uint64_t port = (uint64_t)pm_schema_read(&self->column, record, bytes);

    return port < self->ports ? (unsigned)port : 0;
}
PM_SPLIT_ENTRIES(side_output, struct side_output, choose)

static int side_output_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct side_output_config *c = config;
    struct side_output *self = (struct side_output *)op;

    (void)error;
    self->column = *pm_schema_find(op->input_schema[0], c->column);
    self->ports = c->ports;
    return 0;
}

static int side_output_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct side_output_config *config = node->config;

    if (config->ports < 2 || config->ports > PM_PORTS_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: %u ports, 2 to %u are allowed", node->name,
                            config->ports, PM_PORTS_MAX);
    return pm_columns_need(node, 0, config->column, PM_COLUMNS_INTEGER, error);
}

const struct pm_operator_class pm_class_side_output = {
    .name = "side_output",
    .help = "a row leaves by the port that its column names",
    .traits = PM_TRAIT_TAKES_RETRACT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = PM_PORTS_MAX,
    .port_names = {"main", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"},
    .size = sizeof(struct side_output),
    .config_size = sizeof(struct side_output_config),
    .one = side_output_one,
    .chunk = side_output_chunk,
    .advance = pm_operator_advance,
    .check = side_output_check,
    .open = side_output_open,
};

struct pm_flow pm_plan_side_output(struct pm_plan *plan, struct pm_flow from, const char *column,
                                   unsigned ports)
{
    struct side_output_config config = {.ports = ports};

    pm_columns_name(config.column, column);
    return pm_plan_add(plan, &pm_class_side_output, &config, 1, &from);
}
