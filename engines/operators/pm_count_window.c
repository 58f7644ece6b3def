/* SPDX-License-Identifier: Apache-2.0 */
/* count_window: folds of so many successive records of a key, in order of arrival. */
#include "pm_changes.h"
#include "pm_fold.h"

#include <string.h>

#define SCAN 64u /* slices a look-up */

struct count_window_plan {
    uint32_t count, slide;
    unsigned folds;
    struct pm_fold_plan fold[PM_FOLDS_MAX];
};

struct count_window {
    struct pm_operator base;
    struct pm_out out;
    struct pm_folds folds;
    int64_t count, slide;
    struct pm_cell *seen;   /* value: records of the key so far, int64 */
    struct pm_cell *slices; /* map: number of the slice of `slide` records to its accumulator */
};

/* The slices @p first and on of @p key into @p whole; the first one is in no later window. */
static void combine(struct count_window *self, uint64_t key, int64_t first, void *whole)
{
    PM_SCRATCH struct pm_state_entry entries[SCAN];
    int64_t from = first;
    uint32_t count;

    do {
        count = pm_map_scan(self->slices, key, from, entries, SCAN);
        for (uint32_t i = 0; i < count; i++)
            pm_folds_merge(&self->folds, whole, entries[i].value);
        if (count != 0)
            from = entries[count - 1].order + 1;
    } while (count == SCAN);
    pm_map_delete(self->slices, key, first);
}

static inline void fold(struct count_window *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    int64_t *seen = pm_value_pin(self->seen, record->key);
    const int64_t slice = *seen / self->slide;

    (void)input;
    *seen += 1;
    pm_folds_add(&self->folds, pm_map_put(self->slices, record->key, slice, NULL), record, bytes);
    if (*seen % self->slide != 0 || *seen < self->count)
        return;
    uint64_t whole[PM_FOLDS_SIZE_MAX / 8];
    int64_t results[PM_RESULTS_MAX] = {(*seen - self->count) / self->slide};
    memset(whole, 0, self->folds.size);
    combine(self, record->key, results[0], whole);
    pm_folds_results(&self->folds, whole, results + 1);
    pm_changes_make(out, record, bytes, PM_OP_INSERT, 1 + self->folds.count, results);
}
PM_EMIT_ENTRIES(count_window, struct count_window, fold)

static int count_window_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct count_window_plan *plan = node->config;

    if (plan->count < 1 || plan->slide < 1 || plan->count % plan->slide != 0)
        return pm_error_set(error, PM_EINPUT, "%s: count %u is not a multiple of slide %u",
                            node->name, plan->count, plan->slide);
    pm_results_open(&node->schema, node->name);
    node->schema.columns[node->schema.count++] = pm_results_column("window", 0);
    return pm_folds_check(node, plan->folds, plan->fold, 1, error);
}

static int count_window_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct count_window_plan *plan = config;
    struct count_window *self = (struct count_window *)op;

    self->count = plan->count;
    self->slide = plan->slide;
    pm_folds_open(&self->folds, plan->folds, plan->fold, op->input_schema[0]);
    int code = pm_state_declare(&self->seen, op->state, "seen", PM_CELL_VALUE, 8, error);
    if (code == 0)
        code = pm_state_declare(&self->slices, op->state, "slices", PM_CELL_MAP, self->folds.size,
                                error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void count_window_close(struct pm_operator *op)
{
    pm_out_close(&((struct count_window *)op)->out);
}

const struct pm_operator_class pm_class_count_window = {
    .name = "count_window",
    .help = "folds of so many successive records of a key",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct count_window),
    .config_size = sizeof(struct count_window_plan),
    .one = count_window_one,
    .chunk = count_window_chunk,
    .advance = pm_operator_advance,
    .check = count_window_check,
    .open = count_window_open,
    .close = count_window_close,
};

struct pm_flow pm_plan_count_window(struct pm_plan *plan, struct pm_flow keyed,
                                    const struct pm_count_window_config *config)
{
    struct count_window_plan copy = {
        .count = config->count,
        .slide = config->slide != 0 ? config->slide : config->count,
        .folds = config->folds,
    };

    pm_folds_copy(copy.fold, config->folds, config->fold);
    return pm_plan_add(plan, &pm_class_count_window, &copy, 1, &keyed);
}
