/* SPDX-License-Identifier: Apache-2.0 */
/* Applying changes, and holding them to what a change may be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_view.h"

const struct pm_feed_row *pm_view_find(const struct pm_view *view, unsigned identity,
                                       const int64_t *values)
{
    for (uint32_t i = 0; i < view->count; i++) {
        if (memcmp(view->row[i].value, values, identity * sizeof *values) == 0)
            return &view->row[i];
    }
    return NULL;
}

static void take_back(struct pm_view *view, const struct pm_feed_row *row, unsigned identity)
{
    const struct pm_feed_row *out = pm_view_find(view, identity, row->value);

    assert_non_null(out);
    assert_memory_equal(out->value, row->value, sizeof row->value);
    view->row[out - view->row] = view->row[--view->count];
}

void pm_view_follow(struct pm_view *view, const struct pm_feed *feed, unsigned identity)
{
    for (; view->applied < feed->count; view->applied++) {
        const struct pm_feed_row *row = &feed->rows[view->applied];
        if (row->output != 0)
            continue;
        if (view->applied != 0 && row[-1].op == PM_OP_BEFORE) {
            assert_int_equal(row->op, PM_OP_INSERT);
            assert_int_equal(row->key, row[-1].key);
            assert_memory_equal(row->value, row[-1].value, identity * sizeof(int64_t));
        }
        if (row->op != PM_OP_INSERT) {
            take_back(view, row, identity);
        } else {
            assert_null(pm_view_find(view, identity, row->value));
            assert_true(view->count < PM_VIEW_ROWS);
            view->row[view->count++] = *row;
        }
    }
}
