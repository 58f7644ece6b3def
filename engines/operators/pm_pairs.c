/* SPDX-License-Identifier: Apache-2.0 */
/* Pairs: their columns when the plan is checked, their words when a row is made. */
#include "pm_pairs.h"

#include <string.h>

void pm_pairs_name(struct pm_pairs_plan *pairs, unsigned columns, const char *const *column)
{
    pairs->columns = columns;
    for (unsigned i = 0; i < columns && i < PM_PAIRS_COLUMNS_MAX; i++) {
        pm_columns_name(pairs->column[i], column[i]);
        memcpy(pairs->result[i], PM_PAIRS_PREFIX, sizeof PM_PAIRS_PREFIX);
        pm_columns_name(pairs->result[i] + sizeof PM_PAIRS_PREFIX - 1, column[i]);
    }
}

static int add(struct pm_plan_node *node, const struct pm_column *column, struct pm_error *error)
{
    struct pm_schema *schema = &node->schema;

    if (schema->count == PM_SCHEMA_COLUMNS)
        return pm_error_set(error, PM_EINPUT, "%s: more than %d columns", node->name,
                            PM_SCHEMA_COLUMNS);
    if (pm_schema_find(schema, column->name) != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' would stand twice", node->name,
                            column->name);
    schema->columns[schema->count++] = *column;
    return 0;
}

int pm_pairs_add(struct pm_plan_node *node, const char *name, enum pm_column_type type,
                 unsigned index, struct pm_error *error)
{
    const struct pm_column column = PM_COLUMN_EXTENSION(name, type, (uint16_t)(8 * index), 8, 0);

    return add(node, &column, error);
}

int pm_pairs_check(struct pm_plan_node *node, struct pm_pairs_plan *pairs, struct pm_error *error)
{
    if (pairs->columns > PM_PAIRS_COLUMNS_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: %u columns, 0 to %u are allowed", node->name,
                            pairs->columns, PM_PAIRS_COLUMNS_MAX);
    for (unsigned i = 0; i < pairs->columns; i++) {
        int code = pm_columns_need(node, 1, pairs->column[i], PM_COLUMNS_KEPT, error);
        if (code != 0)
            return code;
        struct pm_column column =
            *pm_schema_find(pm_plan_flow_schema(node->inputs[1]), pairs->column[i]);
        column.name = pairs->result[i];
        column.place = PM_PLACE_EXTENSION;
        column.offset = (uint16_t)(8 * i);
        column.width = 8;
        code = add(node, &column, error);
        if (code != 0)
            return code;
    }
    return 0;
}

void pm_pairs_open(struct pm_pairs *pairs, const struct pm_pairs_plan *plan,
                   const struct pm_schema *right)
{
    pairs->columns = plan->columns;
    for (unsigned i = 0; i < plan->columns; i++)
        pairs->column[i] = *pm_schema_find(right, plan->column[i]);
}

void pm_pairs_write(const struct pm_pairs *pairs, struct pm_record *row, struct pm_bytes *bytes,
                    const struct pm_record *left, const struct pm_record *right, unsigned count,
                    const int64_t *more)
{
    int64_t words[PM_PAIRS_COLUMNS_MAX + PM_PAIRS_MORE_MAX];
    const uint32_t size = (pairs->columns + count) * (uint32_t)sizeof *words;

    row->key = left->key;
    memcpy(row->payload, left->payload, sizeof row->payload);
    for (unsigned i = 0; i < pairs->columns; i++)
        words[i] = pm_schema_read(&pairs->column[i], right, NULL);
    memcpy(words + pairs->columns, more, count * sizeof *more);
    void *text = pm_record_extend(row, bytes, size);
    if (text != NULL)
        memcpy(text, words, size);
}
