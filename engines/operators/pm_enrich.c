/* SPDX-License-Identifier: Apache-2.0 */
/* enrich: a column from a static table, looked up by another column. */
#include "pm_columns.h"
#include "pm_verbs.h"

#include <stdlib.h>
#include <string.h>

struct enrich_plan {
    char column[PM_COLUMN_NAME_SIZE], result[PM_COLUMN_NAME_SIZE];
    int64_t otherwise;
    unsigned rows;
    struct pm_enrich_row *table; /* the plan's copy; NULL when there was no memory for it */
};

/* Open addressing at a load of at most one half; unused slots are found by the flag. */
struct enrich_slot {
    int64_t key, value;
    bool used;
};

struct enrich {
    struct pm_operator base;
    struct pm_column column, result;
    int64_t otherwise;
    uint64_t mask;
    struct enrich_slot *slots;
};

static inline void look_up(struct enrich *self, struct pm_record *record, struct pm_bytes *bytes)
{
    const int64_t key = pm_schema_read(&self->column, record, bytes);
    int64_t value = self->otherwise;

    for (uint64_t at = pm_hash_u64((uint64_t)key) & self->mask; self->slots[at].used;
         at = (at + 1) & self->mask) {
        if (self->slots[at].key == key) {
            value = self->slots[at].value;
            break;
        }
    }
    pm_schema_write(&self->result, record, bytes, value);
}
PM_MAP_ENTRIES(enrich, struct enrich, look_up)

static int enrich_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct enrich_plan *c = config;
    struct enrich *self = (struct enrich *)op;
    uint64_t capacity = 4;

    while (capacity < 2ULL * c->rows)
        capacity *= 2;
    self->slots = calloc(capacity, sizeof *self->slots);
    if (self->slots == NULL)
        return pm_error_set(error, PM_ENOMEM, "enrich: no memory for %u rows", c->rows);
    self->mask = capacity - 1;
    self->column = *pm_schema_find(op->input_schema[0], c->column);
    self->result = *pm_schema_find(op->input_schema[0], c->result);
    self->otherwise = c->otherwise;
    for (unsigned i = 0; i < c->rows; i++) {
        uint64_t at = pm_hash_u64((uint64_t)c->table[i].key) & self->mask;
        while (self->slots[at].used)
            at = (at + 1) & self->mask;
        self->slots[at] = (struct enrich_slot){c->table[i].key, c->table[i].value, true};
    }
    return 0;
}

static void enrich_close(struct pm_operator *op)
{
    free(((struct enrich *)op)->slots);
}

static void enrich_forget(void *config)
{
    free(((struct enrich_plan *)config)->table);
}

static int by_key(const void *a, const void *b)
{
    const struct pm_enrich_row *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

static int enrich_check(struct pm_plan_node *node, struct pm_error *error)
{
    struct enrich_plan *config = node->config;

    if (config->rows != 0 && config->table == NULL)
        return pm_error_set(error, PM_ENOMEM, "%s: no memory for the table", node->name);
    if (config->rows != 0)
        qsort(config->table, config->rows, sizeof *config->table, by_key);
    for (unsigned i = 1; i < config->rows; i++) {
        if (config->table[i].key == config->table[i - 1].key)
            return pm_error_set(error, PM_EINPUT, "%s: key %lld stands twice in the table",
                                node->name, (long long)config->table[i].key);
    }
    const int code = pm_columns_need(node, 0, config->column, PM_COLUMNS_INTEGER, error);
    return code != 0 ? code : pm_columns_need(node, 0, config->result, PM_COLUMNS_PAYLOAD, error);
}

const struct pm_operator_class pm_class_enrich = {
    .name = "enrich",
    .help = "a column from a static table",
    .traits = PM_TRAIT_TAKES_RETRACT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct enrich),
    .config_size = sizeof(struct enrich_plan),
    .one = enrich_one,
    .chunk = enrich_chunk,
    .advance = pm_operator_advance,
    .check = enrich_check,
    .open = enrich_open,
    .close = enrich_close,
    .forget = enrich_forget,
};

struct pm_flow pm_plan_enrich(struct pm_plan *plan, struct pm_flow from,
                              const struct pm_enrich_config *config)
{
    struct enrich_plan copy = {.otherwise = config->otherwise, .rows = config->rows};

    pm_columns_name(copy.column, config->column);
    pm_columns_name(copy.result, config->result);
    if (config->rows != 0 && (copy.table = calloc(config->rows, sizeof *copy.table)) != NULL)
        memcpy(copy.table, config->table, config->rows * sizeof *copy.table);
    return pm_plan_add(plan, &pm_class_enrich, &copy, 1, &from);
}
