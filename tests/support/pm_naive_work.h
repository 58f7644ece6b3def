/* SPDX-License-Identifier: Apache-2.0 */
/* One operator at work on whole arrays of rows: what the files of definitions share. */
#ifndef PM_NAIVE_WORK_H
#define PM_NAIVE_WORK_H

#include "pm_naive_plan.h"

struct pm_naive_work {
    const struct pm_naive_node *node;
    const struct pm_naive_schema *schema[PM_NAIVE_INPUTS]; /* by input, as the rows */
    const struct pm_naive_rows *input[PM_NAIVE_INPUTS];
    struct pm_naive_rows *out; /* by port */
};

void pm_naive_write(const struct pm_naive_schema *schema, struct pm_naive_row *row, unsigned column,
                    int64_t value);
bool pm_naive_compares(enum pm_compare compare, int64_t x, int64_t y);

/** Modulo 2^64, as map computes. */
static inline int64_t pm_naive_plus(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x + (uint64_t)y);
}
static inline int64_t pm_naive_times(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x * (uint64_t)y);
}

/** The multiple of @p unit at or before @p time. */
int64_t pm_naive_floor(int64_t time, int64_t unit);

/** Does a result that ends at @p end count @p row? */
bool pm_naive_is_open(const struct pm_naive_row *row, int64_t end, int64_t lateness);

/** The node's folds over @p count @p rows, into the values of @p made from @p first on. */
void pm_naive_add_folds(const struct pm_naive_work *w, struct pm_naive_row *made, unsigned first,
                        const struct pm_naive_row *const *rows, size_t count);

/** Those of @p rows with @p key that a point in time counts with lateness @p allowed, by time; of
 * equal times in their order. Returns how many there are in @p some. */
size_t pm_naive_in_time(const struct pm_naive_rows *rows, uint64_t key, int64_t allowed,
                        const struct pm_naive_row **some);

/** The order in which records of one time and input run: by id, then the columns in the record. */
int pm_naive_compare_ties(const struct pm_naive_schema *schema, const struct pm_naive_row *x,
                          const struct pm_naive_row *y);

/* What an operator gives for one key; @p some has room for all rows of input 0. */
typedef void pm_naive_key_fn(const struct pm_naive_work *w, uint64_t key,
                             const struct pm_naive_row **some);
pm_naive_key_fn pm_naive_windows_of, pm_naive_sessions_of, pm_naive_join_of,
    pm_naive_interval_join_of, pm_naive_window_join_of, pm_naive_running_of, pm_naive_distinct_of,
    pm_naive_count_windows_of, pm_naive_dedup_of, pm_naive_update_of, pm_naive_window_updates_of,
    pm_naive_top_n_of, pm_naive_coalesce_of;

/** A pattern looks at the keys of all its inputs. */
void pm_naive_pattern_all(const struct pm_naive_work *w);

/** The records that no result counts, as they came. */
void pm_naive_late_rows(const struct pm_naive_work *w);

#endif
