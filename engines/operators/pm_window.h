/* SPDX-License-Identifier: Apache-2.0 */
/* What windows of every kind share: their config in a plan, and the row that one of them makes. */
#ifndef PM_WINDOW_H
#define PM_WINDOW_H

#include "pm_fold.h"

/** A pm_window_config whose names are copied. */
struct pm_window_plan {
    enum pm_window_kind kind;
    int64_t size_ns, slide_ns, gap_ns, lateness_ns; /* of several sizes the largest */
    unsigned sizes;
    int64_t sizes_ns[PM_WINDOW_SIZES_MAX]; /* ascending; the last is size_ns */
    unsigned folds;
    struct pm_fold_plan fold[PM_FOLDS_MAX];
};

/** Check lateness and folds; make the node's schema: key, window_start, window_end, folds. */
int pm_window_check_rows(struct pm_plan_node *node, struct pm_error *error);

/** As pm_window_check_rows for update mode: `inputs` stands before the folds. */
int pm_window_check_updates(struct pm_plan_node *node, struct pm_error *error);

/** PM_EINPUT when several sizes are asked of what has one. */
int pm_window_check_sizes(const struct pm_plan_node *node, struct pm_error *error);

/** Check sizes and slide of tumbling and sliding windows. */
int pm_window_check_slices(const struct pm_plan_node *node, struct pm_error *error);

/** The largest multiple of @p unit_ns that is at most @p time_ns. */
static inline int64_t pm_window_multiple(int64_t time_ns, int64_t unit_ns)
{
    const int64_t rest = time_ns % unit_ns;
    const int64_t beyond = rest < 0 ? rest + unit_ns : rest;

    return time_ns < PM_TIME_MIN + beyond ? PM_TIME_MIN : time_ns - beyond;
}

/** PM_EINPUT unless @p value_ns, called @p name, lies in 1..PM_DURATION_MAX. */
int pm_window_check_duration(const struct pm_plan_node *node, const char *name, int64_t value_ns,
                             struct pm_error *error);

/** The lateness of a pm_window_plan: how long after its end a window's row may come. */
int64_t pm_window_lag_ns(const void *config);

/** Make the row of @p key's window [start_ns, end_ns) on port 0 of @p out. */
void pm_window_emit(struct pm_out *out, const struct pm_folds *folds, uint64_t key,
                    int64_t start_ns, int64_t end_ns, const void *accumulator);

#endif
