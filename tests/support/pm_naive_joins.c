/* SPDX-License-Identifier: Apache-2.0 */
/* Joins: every record of one side looks at every one of the other. */
#include "pm_naive_work.h"

#include <stdlib.h>

static int compare_versions(const struct pm_naive_work *w, const struct pm_naive_row *x,
                            const struct pm_naive_row *y)
{
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    for (unsigned i = 0; i < w->node->columns; i++) {
        const int64_t a = pm_naive_read(w->schema[1], x, w->node->joined[i]);
        const int64_t b = pm_naive_read(w->schema[1], y, w->node->joined[i]);
        if (a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

static const struct pm_naive_row *version_for(const struct pm_naive_work *w,
                                              const struct pm_naive_row *left)
{
    const struct pm_naive_row *best = NULL;

    for (size_t i = 0; i < w->input[1]->count; i++) {
        const struct pm_naive_row *row = &w->input[1]->rows[i];
        if (row->key != left->key || row->time_ns > left->time_ns)
            continue;
        if (row->closed_ns != PM_TIME_MIN && left->time_ns < row->closed_ns - w->node->lateness_ns)
            continue;
        if (best == NULL || compare_versions(w, row, best) > 0)
            best = row;
    }
    return best;
}

void pm_naive_join_of(const struct pm_naive_work *w, uint64_t key, const struct pm_naive_row **some)
{
    const size_t count = pm_naive_in_time(w->input[0], key, w->node->lateness_ns, some);

    for (size_t i = 0; i < count; i++) {
        const struct pm_naive_row *version = version_for(w, some[i]);
        struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);
        unsigned column = 0;
        made->time_ns = some[i]->time_ns;
        made->key = key;
        for (unsigned k = 0; k < w->schema[0]->count; k++) {
            if (w->schema[0]->column[k].place <= PM_NAIVE_PAYLOAD)
                made->value[column++] = some[i]->value[k];
        }
        for (unsigned k = 0; k < w->node->columns; k++)
            made->value[column++] =
                version != NULL ? pm_naive_read(w->schema[1], version, w->node->joined[k]) : 0;
        made->value[column] = version != NULL;
    }
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* A pair's or an unmatched row's columns of the left record; returns how many. */
static unsigned keep_left(const struct pm_naive_work *w, struct pm_naive_row *made,
                          const struct pm_naive_row *left)
{
    const bool keeps_time = w->node->kind != PM_NAIVE_WINDOW_JOIN;
    unsigned column = 0;

    made->key = left->key;
    for (unsigned k = 0; k < w->schema[0]->count; k++) {
        const enum pm_naive_place place = w->schema[0]->column[k].place;
        if (place <= PM_NAIVE_PAYLOAD && (keeps_time || place != PM_NAIVE_TIME))
            made->value[column++] = left->value[k];
    }
    return column;
}

static unsigned keep_pair(const struct pm_naive_work *w, struct pm_naive_row *made,
                          const struct pm_naive_row *left, const struct pm_naive_row *right)
{
    unsigned column = keep_left(w, made, left);

    for (unsigned k = 0; k < w->node->columns; k++)
        made->value[column++] = pm_naive_read(w->schema[1], right, w->node->joined[k]);
    return column;
}

/* Every pair of @p left; false when there is none. Which of the two came second is not known, so
 * the row has no id. */
static bool pairs_of(const struct pm_naive_work *w, const struct pm_naive_row *left, int64_t end)
{
    const struct pm_naive_node *node = w->node;
    bool any = false;

    for (size_t i = 0; i < w->input[1]->count; i++) {
        const struct pm_naive_row *right = &w->input[1]->rows[i];
        const int64_t apart = right->time_ns - left->time_ns;
        if (right->key != left->key || apart < node->a || apart > node->b ||
            !pm_naive_is_open(right, end, node->lateness_ns))
            continue;
        struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);
        made->time_ns = apart > 0 ? right->time_ns : left->time_ns;
        const unsigned column = keep_pair(w, made, left, right);
        made->value[column] = apart;
        any = true;
    }
    return any;
}

/* Put @p row among the @p count that are there, by time, then as ties go. */
static void insert_ordered(const struct pm_naive_schema *schema, const struct pm_naive_row **some,
                           size_t count, const struct pm_naive_row *row)
{
    size_t at = count;

    for (; at > 0; at--) {
        const struct pm_naive_row *before = some[at - 1];
        const int order = row->time_ns != before->time_ns
                              ? (row->time_ns < before->time_ns ? -1 : 1)
                              : pm_naive_compare_ties(schema, row, before);
        if (order >= 0)
            break;
        some[at] = before;
    }
    some[at] = row;
}

/* Left records without a pair come in the order of their time. */
void pm_naive_interval_join_of(const struct pm_naive_work *w, uint64_t key,
                               const struct pm_naive_row **some)
{
    const struct pm_naive_node *node = w->node;
    const int64_t reach = node->b > 0 ? node->b : 0;
    size_t count = 0;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *left = &w->input[0]->rows[i];
        const int64_t end = left->time_ns + reach + 1;
        if (left->key == key && pm_naive_is_open(left, end, node->lateness_ns) &&
            !pairs_of(w, left, end))
            insert_ordered(w->schema[0], some, count++, left);
    }
    for (size_t i = 0; i < count; i++) {
        struct pm_naive_row *made = pm_naive_add(&w->out[PM_NAIVE_UNMATCHED], NULL);
        made->time_ns = some[i]->time_ns;
        keep_left(w, made, some[i]);
    }
}

/* Those of @p input that the window which ends at @p end counts, in order. */
static size_t within(const struct pm_naive_work *w, unsigned input, uint64_t key, int64_t end,
                     const struct pm_naive_row **some)
{
    size_t count = 0;

    for (size_t i = 0; i < w->input[input]->count; i++) {
        const struct pm_naive_row *row = &w->input[input]->rows[i];
        if (row->key == key && row->time_ns < end && row->time_ns >= end - w->node->size_ns &&
            pm_naive_is_open(row, end, w->node->lateness_ns))
            insert_ordered(w->schema[input], some, count++, row);
    }
    return count;
}

static void join_window(const struct pm_naive_work *w, int64_t end,
                        const struct pm_naive_row *const *lefts, size_t left_count,
                        const struct pm_naive_row *const *rights, size_t right_count)
{
    for (size_t l = 0; l < left_count; l++) {
        for (size_t r = 0; r < right_count; r++) {
            struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);
            made->time_ns = end - 1;
            const unsigned column = keep_pair(w, made, lefts[l], rights[r]);
            made->value[column] = end - w->node->size_ns;
            made->value[column + 1] = end;
        }
    }
}

void pm_naive_window_join_of(const struct pm_naive_work *w, uint64_t key,
                             const struct pm_naive_row **some)
{
    const struct pm_naive_node *node = w->node;
    const struct pm_naive_row **rights = calloc(w->input[1]->count + 1, sizeof *rights);
    int64_t first = INT64_MAX, last = INT64_MIN;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        first = row->key == key && row->time_ns < first ? row->time_ns : first;
        last = row->key == key && row->time_ns > last ? row->time_ns : last;
    }
    for (int64_t end = pm_naive_floor(first, node->slide_ns);
         rights != NULL && end <= last + node->size_ns; end += node->slide_ns) {
        const size_t left_count = within(w, 0, key, end, some);
        if (left_count != 0)
            join_window(w, end, some, left_count, rights, within(w, 1, key, end, rights));
    }
    free(rights);
}
