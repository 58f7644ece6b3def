/* SPDX-License-Identifier: Apache-2.0 */
/* Folds, and windows: every window looks at every row. */
#include "pm_naive_work.h"

#include <stdlib.h>

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

static int64_t saturated(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static int64_t mean(__int128 sum, int64_t count, int shift)
{
    const __int128 top = (sum < 0 ? -sum : sum) * power_of_ten(shift);
    const __int128 bottom = (__int128)count * power_of_ten(-shift);
    const __int128 rounded = (2 * top + bottom) / (2 * bottom);

    return saturated(sum < 0 ? -rounded : rounded);
}

/* Result @p index over the rows[0..count). */
static int64_t fold(const struct pm_naive_work *w, const struct pm_naive_fold *f,
                    const struct pm_naive_row *const *rows, size_t count)
{
    __int128 sum = 0;
    int64_t least = INT64_MAX, most = INT64_MIN;

    if (f->fold == PM_FOLD_COUNT)
        return (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        const int64_t value = pm_naive_read(w->schema[0], rows[i], f->column);
        sum += value;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    if (f->fold == PM_FOLD_MEAN)
        return mean(sum, (int64_t)count,
                    (int)f->decimals - w->schema[0]->column[f->column].decimals);
    return f->fold == PM_FOLD_SUM ? saturated(sum) : f->fold == PM_FOLD_MIN ? least : most;
}

void pm_naive_add_folds(const struct pm_naive_work *w, struct pm_naive_row *made, unsigned first,
                        const struct pm_naive_row *const *rows, size_t count)
{
    for (unsigned i = 0; i < w->node->folds; i++)
        made->value[first + i] = fold(w, &w->node->fold[i], rows, count);
}

/* --- windows ---------------------------------------------------------------------------------- */

static void emit_window(const struct pm_naive_work *w, uint64_t key, int64_t start, int64_t end,
                        const struct pm_naive_row *const *rows, size_t count)
{
    struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);

    made->time_ns = end - 1;
    made->key = key;
    made->value[1] = start;
    made->value[2] = end;
    pm_naive_add_folds(w, made, 3, rows, count);
}

int64_t pm_naive_floor(int64_t time, int64_t unit)
{
    int64_t whole = time / unit * unit;

    return whole > time ? whole - unit : whole;
}

bool pm_naive_is_open(const struct pm_naive_row *row, int64_t end, int64_t lateness)
{
    return row->closed_ns == PM_TIME_MIN || end + lateness > row->closed_ns;
}

/* The window of @p size that ends at @p end, if a row lies in it. */
static void window_of(const struct pm_naive_work *w, uint64_t key, int64_t size, int64_t end,
                      const struct pm_naive_row **some)
{
    size_t count = 0;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        if (row->key == key && row->time_ns < end && row->time_ns >= end - size &&
            pm_naive_is_open(row, end, w->node->lateness_ns))
            some[count++] = row;
    }
    if (count != 0)
        emit_window(w, key, end - size, end, some, count);
}

/* Of one end the smaller window comes first. */
void pm_naive_windows_of(const struct pm_naive_work *w, uint64_t key,
                         const struct pm_naive_row **some)
{
    const struct pm_naive_node *node = w->node;
    int64_t first = INT64_MAX, last = INT64_MIN;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        first = row->key == key && row->time_ns < first ? row->time_ns : first;
        last = row->key == key && row->time_ns > last ? row->time_ns : last;
    }
    for (int64_t end = pm_naive_floor(first, node->slide_ns); end <= last + node->size_ns;
         end += node->slide_ns) {
        if (node->more_ns != 0)
            window_of(w, key, node->more_ns, end, some);
        window_of(w, key, node->size_ns, end, some);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct pm_naive_row *x = *(const struct pm_naive_row *const *)a;
    const struct pm_naive_row *y = *(const struct pm_naive_row *const *)b;

    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return (x > y) - (x < y); /* of one array: in its order */
}

/* Rows of @p key in @p rows that are not late for @p lateness + @p extra, by time. */
size_t pm_naive_in_time(const struct pm_naive_rows *rows, uint64_t key, int64_t allowed,
                        const struct pm_naive_row **some)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct pm_naive_row *row = &rows->rows[i];
        if (row->key == key &&
            (row->closed_ns == PM_TIME_MIN || row->time_ns + allowed >= row->closed_ns))
            some[count++] = row;
    }
    qsort(some, count, sizeof *some, by_time);
    return count;
}

void pm_naive_sessions_of(const struct pm_naive_work *w, uint64_t key,
                          const struct pm_naive_row **some)
{
    const size_t count = pm_naive_in_time(w->input[0], key, w->node->lateness_ns, some);

    for (size_t from = 0, to; from < count; from = to) {
        int64_t end = some[from]->time_ns + w->node->gap_ns;
        for (to = from + 1; to < count && some[to]->time_ns < end; to++)
            end = some[to]->time_ns + w->node->gap_ns;
        emit_window(w, key, some[from]->time_ns, end, some + from, to - from);
    }
}

/* The end of the last result that may count a record of that time. */
static int64_t last_end(const struct pm_naive_node *node, unsigned input, int64_t time_ns)
{
    const int64_t reach_ns = node->b > 0 ? node->b : 0;

    if (node->kind == PM_NAIVE_WINDOW || node->kind == PM_NAIVE_WINDOW_JOIN ||
        node->kind == PM_NAIVE_WINDOW_UPDATES)
        return pm_naive_floor(time_ns, node->slide_ns) + node->size_ns;
    if (node->kind == PM_NAIVE_INTERVAL_JOIN)
        return time_ns + reach_ns + 1 - (input == 1 ? node->a : 0);
    return time_ns + 1;
}

void pm_naive_late_rows(const struct pm_naive_work *w)
{
    const struct pm_naive_node *node = w->node;
    const bool joins = node->kind == PM_NAIVE_INTERVAL_JOIN;

    for (unsigned port = 1; port < node->ports; port++) {
        const unsigned input = pm_naive_late_input(node, port);
        if (joins && port == PM_NAIVE_UNMATCHED)
            continue;
        for (size_t i = 0; i < w->input[input]->count; i++) {
            const struct pm_naive_row *row = &w->input[input]->rows[i];
            if (!pm_naive_is_open(row, last_end(node, input, row->time_ns), node->lateness_ns))
                pm_naive_add(&w->out[port], row);
        }
    }
}
