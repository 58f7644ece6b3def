/* SPDX-License-Identifier: Apache-2.0 */
/* In the order of arrival: every row of a key looks at all before it. */
#include "pm_naive_work.h"

#include <string.h>

void pm_naive_running_of(const struct pm_naive_work *w, uint64_t key,
                         const struct pm_naive_row **some)
{
    size_t count = 0;
    int64_t last = 0;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        if (row->key != key)
            continue;
        some[count++] = row;
        struct pm_naive_row *made = pm_naive_add(&w->out[0], row);
        if (w->node->kind == PM_NAIVE_PROCESS) {
            const int64_t value = pm_naive_read(w->schema[0], row, w->node->column);
            pm_naive_write(w->schema[0], made, w->node->column,
                           pm_naive_plus(value, pm_naive_times(last, -1)));
            last = value;
            continue;
        }
        memset(made->value, 0, sizeof made->value);
        pm_naive_add_folds(w, made, 1, some, count);
    }
}

void pm_naive_count_windows_of(const struct pm_naive_work *w, uint64_t key,
                               const struct pm_naive_row **some)
{
    const size_t size = (size_t)w->node->a, slide = (size_t)w->node->b;
    size_t count = 0;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        if (w->input[0]->rows[i].key == key)
            some[count++] = &w->input[0]->rows[i];
    }
    for (size_t window = 0; window * slide + size <= count; window++) {
        const size_t first = window * slide;
        struct pm_naive_row *made = pm_naive_add(&w->out[0], some[first + size - 1]);
        memset(made->value, 0, sizeof made->value);
        made->value[1] = (int64_t)window;
        pm_naive_add_folds(w, made, 2, some + first, size);
    }
}
