/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are taken back: each input is followed by what changes with it. */
#include "pm_naive_work.h"

#include <stdlib.h>
#include <string.h>

static bool deletes(const struct pm_naive_row *row)
{
    return row->op != PM_OP_INSERT;
}

/* A change that @p cause makes, with its time, id and mark, and no columns yet. */
static struct pm_naive_row *add_change(const struct pm_naive_work *w,
                                       const struct pm_naive_row *cause, enum pm_record_op op)
{
    struct pm_naive_row *made = pm_naive_add(&w->out[0], cause);

    memset(made->value, 0, sizeof made->value);
    made->op = op;
    return made;
}

/* --- update ----------------------------------------------------------------------------------- */

/* The rows among the first @p count of @p history that stand and have @p group where there are
 * groups; *inputs counts what came since the first of them did. */
static size_t standing(const struct pm_naive_work *w, const struct pm_naive_row *const *history,
                       size_t count, int64_t group, const struct pm_naive_row **stand,
                       int64_t *inputs)
{
    const struct pm_naive_schema *in = w->schema[0];
    size_t left = 0;

    *inputs = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        if (w->node->a != 0 && pm_naive_read(in, history[i], w->node->column) != group)
            continue;
        *inputs = left == 0 ? 1 : *inputs + 1;
        if (!deletes(history[i])) {
            stand[left++] = history[i];
            continue;
        }
        while (memcmp(stand[at]->value, history[i]->value, sizeof stand[at]->value) != 0)
            at++; /* a delete is of a row that stands */
        stand[at] = stand[--left];
    }
    return left;
}

static void total(const struct pm_naive_work *w, struct pm_naive_row *made, int64_t group,
                  int64_t inputs, const struct pm_naive_row *const *stand, size_t count)
{
    unsigned column = 1;

    if (w->node->a != 0)
        made->value[column++] = group;
    made->value[column++] = inputs;
    pm_naive_add_folds(w, made, column, stand, count);
}

void pm_naive_update_of(const struct pm_naive_work *w, uint64_t key,
                        const struct pm_naive_row **history)
{
    const struct pm_naive_rows *in = w->input[0];
    const struct pm_naive_row **stand = calloc(in->count + 1, sizeof *stand);
    size_t count = 0;

    for (size_t i = 0; stand != NULL && i < in->count; i++) {
        const struct pm_naive_row *row = &in->rows[i];
        const int64_t group = pm_naive_read(w->schema[0], row, w->node->column);
        int64_t inputs;
        if (row->key != key)
            continue;
        history[count++] = row;
        const size_t before = standing(w, history, count - 1, group, stand, &inputs);
        if (before != 0) {
            const bool goes = before == 1 && deletes(row);
            total(w, add_change(w, row, goes ? PM_OP_DELETE : PM_OP_BEFORE), group, inputs, stand,
                  before);
        }
        const size_t after = standing(w, history, count, group, stand, &inputs);
        if (after != 0)
            total(w, add_change(w, row, PM_OP_INSERT), group, inputs, stand, after);
    }
    free(stand);
}

/* --- windows ---------------------------------------------------------------------------------- */

/* Those of the first @p count rows that the window which ends at @p end counts. */
static size_t counted(const struct pm_naive_work *w, uint64_t key, size_t count, int64_t end,
                      const struct pm_naive_row **some)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        if (row->key == key && row->time_ns < end && row->time_ns >= end - w->node->size_ns &&
            pm_naive_is_open(row, end, w->node->lateness_ns))
            some[found++] = row;
    }
    return found;
}

static void add_window(const struct pm_naive_work *w, const struct pm_naive_row *cause,
                       enum pm_record_op op, int64_t end, const struct pm_naive_row *const *some,
                       size_t count)
{
    struct pm_naive_row *made = add_change(w, cause, op);

    made->value[1] = end - w->node->size_ns;
    made->value[2] = end;
    made->value[3] = (int64_t)count;
    pm_naive_add_folds(w, made, 4, some, count);
}

void pm_naive_window_updates_of(const struct pm_naive_work *w, uint64_t key,
                                const struct pm_naive_row **some)
{
    const int64_t slide = w->node->slide_ns;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        const int64_t first = pm_naive_floor(row->time_ns, slide) + slide;
        if (row->key != key)
            continue;
        for (int64_t end = first; end <= row->time_ns + w->node->size_ns; end += slide) {
            if (!pm_naive_is_open(row, end, w->node->lateness_ns))
                continue;
            const size_t before = counted(w, key, i, end, some);
            if (before != 0)
                add_window(w, row, PM_OP_BEFORE, end, some, before);
            add_window(w, row, PM_OP_INSERT, end, some, counted(w, key, i + 1, end, some));
        }
    }
}

/* --- top_n ------------------------------------------------------------------------------------ */

struct item {
    int64_t item, value;
};

struct items {
    size_t count;
    struct item *of;
};

static size_t find(const struct items *items, int64_t item)
{
    size_t at = 0;

    while (at < items->count && items->of[at].item != item)
        at++;
    return at;
}

static void take(struct items *items, struct item item, bool goes)
{
    const size_t at = find(items, item.item);

    if (!goes) {
        items->of[at] = item;
        items->count += at == items->count ? 1 : 0;
    } else if (at < items->count) {
        items->of[at] = items->of[--items->count];
    }
}

/* How many of @p items stand before @p item: those of a larger value, and equal smaller items. */
static int64_t rank_of(const struct items *items, struct item item)
{
    int64_t rank = 0;

    for (size_t i = 0; i < items->count; i++) {
        const struct item other = items->of[i];
        rank += other.value > item.value || (other.value == item.value && other.item < item.item);
    }
    return rank;
}

static void add_item(const struct pm_naive_work *w, const struct pm_naive_row *cause,
                     enum pm_record_op op, struct item item)
{
    struct pm_naive_row *made = add_change(w, cause, op);

    made->value[1] = item.item;
    made->value[2] = item.value;
}

/* The rows that go, then those that come or change, the largest first. */
static void publish(const struct pm_naive_work *w, const struct pm_naive_row *cause,
                    const struct items *before, const struct items *after)
{
    const int64_t n = w->node->a;

    for (size_t i = 0; i < before->count; i++) {
        const struct item was = before->of[i];
        const size_t at = find(after, was.item);
        if (rank_of(before, was) < n && (at == after->count || rank_of(after, after->of[at]) >= n))
            add_item(w, cause, PM_OP_DELETE, was);
    }
    for (int64_t rank = 0; rank < n; rank++) {
        for (size_t i = 0; i < after->count; i++) {
            const struct item now = after->of[i];
            const size_t at = find(before, now.item);
            const bool was_out = at < before->count && rank_of(before, before->of[at]) < n;
            if (rank_of(after, now) != rank || (was_out && before->of[at].value == now.value))
                continue;
            if (was_out)
                add_item(w, cause, PM_OP_BEFORE, before->of[at]);
            add_item(w, cause, PM_OP_INSERT, now);
        }
    }
}

void pm_naive_top_n_of(const struct pm_naive_work *w, uint64_t key,
                       const struct pm_naive_row **some)
{
    const size_t room = w->input[0]->count + 1;
    struct items before = {.of = calloc(room, sizeof *before.of)};
    struct items after = {.of = calloc(room, sizeof *after.of)};

    (void)some;
    for (size_t i = 0; before.of != NULL && after.of != NULL && i + 1 < room; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        const struct item item = {pm_naive_read(w->schema[0], row, w->node->column),
                                  pm_naive_read(w->schema[0], row, w->node->result)};
        if (row->key != key)
            continue;
        take(&after, item, deletes(row));
        if (w->node->is_paired && row->op == PM_OP_BEFORE)
            continue;
        publish(w, row, &before, &after);
        before.count = after.count;
        memcpy(before.of, after.of, after.count * sizeof *after.of);
    }
    free(before.of);
    free(after.of);
}

/* --- distinct, coalesce ----------------------------------------------------------------------- */

/* A value comes with its first row and goes with its last. */
void pm_naive_distinct_of(const struct pm_naive_work *w, uint64_t key,
                          const struct pm_naive_row **some)
{
    const struct pm_naive_schema *in = w->schema[0];

    (void)some;
    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        const int64_t value = pm_naive_read(in, row, w->node->column);
        int64_t before = 0;
        if (row->key != key)
            continue;
        for (size_t k = 0; k < i; k++) {
            const struct pm_naive_row *other = &w->input[0]->rows[k];
            if (other->key == key && pm_naive_read(in, other, w->node->column) == value)
                before += deletes(other) ? -1 : 1;
        }
        if (before == (deletes(row) ? 1 : 0))
            add_change(w, row, deletes(row) ? PM_OP_DELETE : PM_OP_INSERT)->value[1] = value;
    }
}

/* Every state that it may let through: which ones it leaves out hangs on the marks. */
void pm_naive_coalesce_of(const struct pm_naive_work *w, uint64_t key,
                          const struct pm_naive_row **some)
{
    (void)some;
    for (size_t i = 0; i < w->input[0]->count; i++) {
        if (w->input[0]->rows[i].key == key)
            pm_naive_add(&w->out[0], &w->input[0]->rows[i]);
    }
}
