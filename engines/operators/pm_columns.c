/* SPDX-License-Identifier: Apache-2.0 */
/* Column names in configs, and their check against the input's schema. */
#include "pm_columns.h"

#include "pm_fire.h"

#include <stdio.h>

void pm_columns_name(char to[PM_COLUMN_NAME_SIZE], const char *name)
{
    snprintf(to, PM_COLUMN_NAME_SIZE, "%s", name != NULL ? name : "");
}

static bool in_payload(const struct pm_column *column)
{
    return column->place == PM_PLACE_RECORD &&
           column->offset >= offsetof(struct pm_record, payload) && column->width != 0;
}

int pm_columns_need(const struct pm_plan_node *node, unsigned input, const char *name,
                    enum pm_columns_demand demand, struct pm_error *error)
{
    const struct pm_schema *schema = pm_plan_flow_schema(node->inputs[input]);
    const struct pm_column *column = pm_schema_find(schema, name);

    if (column == NULL)
        return pm_error_set(error, PM_EINPUT, "%s: no column '%s' in %s", node->name, name,
                            schema->name);
    if (demand != PM_COLUMNS_ANY && column->type == PM_TYPE_TEXT)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' is text, a number is needed",
                            node->name, name);
    if (demand == PM_COLUMNS_KEPT && column->place != PM_PLACE_RECORD)
        return pm_error_set(error, PM_EINPUT,
                            "%s: column '%s' lies in an extension, which is not kept", node->name,
                            name);
    if (demand == PM_COLUMNS_PAYLOAD && !in_payload(column))
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' cannot be written in place",
                            node->name, name);
    return 0;
}

void pm_columns_keep(struct pm_schema *to, const struct pm_schema *from)
{
    for (unsigned i = 0; i < from->count && to->count < PM_SCHEMA_COLUMNS; i++) {
        const struct pm_column *column = &from->columns[i];
        if (column->place == PM_PLACE_RECORD && column->offset != offsetof(struct pm_record, id))
            to->columns[to->count++] = *column;
    }
}

int pm_columns_duration(const struct pm_plan_node *node, const char *name, int64_t value_ns,
                        int64_t least_ns, struct pm_error *error)
{
    if (value_ns >= least_ns && value_ns <= PM_DURATION_MAX)
        return 0;
    return pm_error_set(error, PM_EINPUT, "%s: %s is %lld ns, %lld to %lld are allowed", node->name,
                        name, (long long)value_ns, (long long)least_ns, (long long)PM_DURATION_MAX);
}
