/* SPDX-License-Identifier: Apache-2.0 */
/* Folds in update mode: each input changes a row that is out already. */
#ifndef PM_UPDATES_H
#define PM_UPDATES_H

#include "pm_changes.h"
#include "pm_fold.h"

/** What is kept of a row: zero when there is none. */
struct pm_update_total {
    int64_t inputs; /* folded in since the row came, deletes included */
    int64_t accumulator[];
};

static inline uint32_t pm_updates_size(const struct pm_folds *folds)
{
    return (uint32_t)sizeof(struct pm_update_total) + folds->size;
}

/** Is the row of @p total out? */
static inline bool pm_updates_is_out(const struct pm_update_total *total)
{
    return total->accumulator[0] != 0;
}

/**
 * Append the columns `inputs` and the folds to the schema of @p node, as results @p first and on.
 * Errors: as pm_folds_check.
 */
int pm_updates_check(struct pm_plan_node *node, unsigned folds, const struct pm_fold_plan *plan,
                     unsigned first, struct pm_error *error);

/** Write `inputs` and the folds of @p total behind the @p first results that @p results has. */
static inline void pm_updates_read(const struct pm_folds *folds,
                                   const struct pm_update_total *total, unsigned first,
                                   int64_t *results)
{
    results[first] = total->inputs;
    pm_folds_results(folds, total->accumulator, results + first + 1);
}

/**
 * Publish that @p total has changed on arrival of @p record: the row of @p before, if @p was_out,
 * is taken back, and the row that total gives now, if there is one, comes in its place. Both arrays
 * hold @p first results that name the row. Cost: two rows.
 */
void pm_updates_publish(struct pm_out *out, const struct pm_folds *folds,
                        const struct pm_update_total *total, const struct pm_record *record,
                        const struct pm_bytes *bytes, unsigned first, bool was_out,
                        int64_t *before);

#endif
