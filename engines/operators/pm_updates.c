/* SPDX-License-Identifier: Apache-2.0 */
/* The old row and the new one, side by side. */
#include "pm_updates.h"

#include <string.h>

int pm_updates_check(struct pm_plan_node *node, unsigned folds, const struct pm_fold_plan *plan,
                     unsigned first, struct pm_error *error)
{
    if (pm_schema_find(&node->schema, "inputs") != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: column 'inputs' would stand twice", node->name);
    node->schema.columns[node->schema.count++] = pm_results_column("inputs", first);
    return pm_folds_check(node, folds, plan, first + 1, error);
}

void pm_updates_publish(struct pm_out *out, const struct pm_folds *folds,
                        const struct pm_update_total *total, const struct pm_record *record,
                        const struct pm_bytes *bytes, unsigned first, bool was_out, int64_t *before)
{
    const bool is_out = pm_updates_is_out(total);
    const unsigned count = first + 1 + folds->count;

    if (was_out)
        pm_changes_make(out, record, bytes, is_out ? PM_OP_BEFORE : PM_OP_DELETE, count, before);
    if (!is_out)
        return;
    pm_updates_read(folds, total, first, before);
    pm_changes_make(out, record, bytes, PM_OP_INSERT, count, before);
}
