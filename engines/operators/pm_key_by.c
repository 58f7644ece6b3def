/* SPDX-License-Identifier: Apache-2.0 */
/* key_by: sets the record's key; the edge behind it is an exchange by key group. */
#include "pm_columns.h"
#include "pm_verbs.h"

struct key_by_config {
    char column[PM_COLUMN_NAME_SIZE];
};

struct key_by {
    struct pm_operator base;
    struct pm_column column;
};

static inline void set_key(struct key_by *self, struct pm_record *record, struct pm_bytes *bytes)
{
    if (self->column.type == PM_TYPE_TEXT) {
        uint32_t size;
        const char *text = pm_record_text(record, bytes, &size);
        record->key = pm_hash_bytes(text, size);
    } else {
        record->key = (uint64_t)pm_schema_read(&self->column, record, bytes);
    }
}
PM_MAP_ENTRIES(key_by, struct key_by, set_key)

static int key_by_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct key_by_config *c = config;

    (void)error;
    ((struct key_by *)op)->column = *pm_schema_find(op->input_schema[0], c->column);
    return 0;
}

static int key_by_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct key_by_config *config = node->config;

    return pm_columns_need(node, 0, config->column, PM_COLUMNS_ANY, error);
}

const struct pm_operator_class pm_class_key_by = {
    .name = "key_by",
    .help = "makes a column the key; what follows runs where the key's group lives",
    .traits = PM_TRAIT_TAKES_RETRACT | PM_TRAIT_HASH,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct key_by),
    .config_size = sizeof(struct key_by_config),
    .one = key_by_one,
    .chunk = key_by_chunk,
    .advance = pm_operator_advance,
    .check = key_by_check,
    .open = key_by_open,
};

struct pm_flow pm_plan_key_by(struct pm_plan *plan, struct pm_flow from, const char *column)
{
    struct key_by_config config;

    pm_columns_name(config.column, column);
    return pm_plan_add(plan, &pm_class_key_by, &config, 1, &from);
}
