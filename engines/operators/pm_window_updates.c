/* SPDX-License-Identifier: Apache-2.0 */
/* window in update mode: each input changes the rows of the windows that hold it, at once. */
#include "pm_fire.h"
#include "pm_updates.h"
#include "pm_window.h"

struct window_updates {
    struct pm_operator base;
    struct pm_out out;
    struct pm_folds folds;
    int64_t size_ns, slide_ns, lateness_ns;
    struct pm_cell *windows; /* map: start to pm_update_total */
    struct pm_cell *timers;  /* tag: start; when it may be forgotten */
};

static void fold_window(struct window_updates *self, const struct pm_record *record,
                        const struct pm_bytes *bytes, int64_t start_ns, struct pm_out *out)
{
    int64_t results[PM_RESULTS_MAX] = {start_ns, pm_time_plus(start_ns, self->size_ns)};
    bool fresh;
    struct pm_update_total *total = pm_map_put(self->windows, record->key, start_ns, &fresh);

    if (fresh)
        pm_timer_set(self->timers, pm_time_plus(results[1], self->lateness_ns), record->key,
                     start_ns);
    else
        pm_updates_read(&self->folds, total, 2, results);
    pm_folds_add(&self->folds, total->accumulator, record, bytes);
    total->inputs++;
    pm_updates_publish(out, &self->folds, total, record, bytes, 2, !fresh, results);
}

static inline void fold(struct window_updates *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t time_ns = record->event_time_ns;
    const int64_t closed_ns = pm_record_closed_below(record, bytes);
    const int64_t last_ns = pm_window_multiple(time_ns, self->slide_ns);
    bool counted = false;

    (void)input;
    for (int64_t start_ns = last_ns - self->size_ns + self->slide_ns; start_ns <= last_ns;
         start_ns += self->slide_ns) {
        const int64_t end_ns = pm_time_plus(start_ns, self->size_ns);
        if (closed_ns != PM_TIME_MIN && pm_time_plus(end_ns, self->lateness_ns) <= closed_ns)
            continue;
        fold_window(self, record, bytes, start_ns, out);
        counted = true;
    }
    if (!counted)
        pm_out_pass(out, 1, record, bytes);
}
PM_EMIT_ENTRIES(window_updates, struct window_updates, fold)

/* No record can enter a window once the watermark has reached its end + lateness. */
static void forget(struct pm_operator *op, const struct pm_timer *timer)
{
    pm_map_delete(((struct window_updates *)op)->windows, timer->key, timer->tag);
}

static bool window_updates_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct window_updates *self = (struct window_updates *)op;

    (void)input;
    return pm_fire_due(op, self->timers, &self->out, forget, watermark_ns, 0);
}

static int window_updates_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct pm_window_plan *plan = config;
    struct window_updates *self = (struct window_updates *)op;

    self->size_ns = plan->size_ns;
    self->slide_ns = plan->slide_ns;
    self->lateness_ns = plan->lateness_ns;
    pm_folds_open(&self->folds, plan->folds, plan->fold, op->input_schema[0]);
    int code = pm_state_declare(&self->windows, op->state, "windows", PM_CELL_MAP,
                                pm_updates_size(&self->folds), error);
    if (code == 0)
        code = pm_state_declare(&self->timers, op->state, "timers", PM_CELL_TIMERS, 0, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void window_updates_close(struct pm_operator *op)
{
    pm_out_close(&((struct window_updates *)op)->out);
}

static int window_updates_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;

    if (plan->kind == PM_WINDOW_SESSION)
        return pm_error_set(error, PM_EINPUT,
                            "%s: a session has no bounds before it is complete, so it has no "
                            "update mode",
                            node->name);
    int code = pm_window_check_sizes(node, error);
    if (code == 0)
        code = pm_window_check_slices(node, error);
    return code != 0 ? code : pm_window_check_updates(node, error);
}

const struct pm_operator_class pm_class_window_updates = {
    .name = "window_updates",
    .help = "tumbling or sliding windows, each change as the old and the new row",
    .traits =
        PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_MAKES_RETRACT | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "late"},
    .size = sizeof(struct window_updates),
    .config_size = sizeof(struct pm_window_plan),
    .one = window_updates_one,
    .chunk = window_updates_chunk,
    .advance = window_updates_advance,
    .check = window_updates_check,
    .open = window_updates_open,
    .close = window_updates_close,
};
