/* SPDX-License-Identifier: Apache-2.0 */
/* Slow and obvious: every left record looks at every right one. */
#include "naive_pairs.h"

#include <stdlib.h>
#include <string.h>

struct rows {
    struct pm_feed_row *row;
    uint32_t count;
};

static struct pm_feed_row *add(struct rows *out, uint64_t output, int64_t time, uint64_t key,
                               const int64_t *values, unsigned count)
{
    out->row = realloc(out->row, (out->count + 1) * sizeof *out->row);
    struct pm_feed_row *row = &out->row[out->count++];
    *row = (struct pm_feed_row){
        .output = output, .event_time_ns = time, .key = key, .closed_below_ns = PM_TIME_MIN};
    memcpy(row->value, values, count * sizeof *values);
    return row;
}

static void add_as_it_came(struct rows *out, uint64_t output, const struct pm_feed_step *r,
                           bool is_late)
{
    const int64_t values[] = {r->time_ns, (int64_t)r->key, r->value, 2 * r->value};
    struct pm_feed_row *row = add(out, output, r->time_ns, r->key, values, 4);

    row->id = is_late ? r->id : 0;
    row->closed_below_ns = is_late ? r->closed_below_ns : PM_TIME_MIN;
}

static bool may_count(const struct naive_pairs_case *c, const struct pm_feed_step *r, int64_t end)
{
    return r->closed_below_ns == PM_TIME_MIN || end + c->lateness > r->closed_below_ns;
}

/* --- interval --------------------------------------------------------------------------------- */

static int64_t end_of(const struct naive_pairs_case *c, int64_t left_time)
{
    return (c->upper > 0 ? left_time + c->upper : left_time) + 1;
}

static bool add_interval_pair(const struct naive_pairs_case *c, const struct pm_feed_step *left,
                              const struct pm_feed_step *right, struct rows *out)
{
    const int64_t apart = right->time_ns - left->time_ns;
    const int64_t time = apart > 0 ? right->time_ns : left->time_ns;
    const int64_t values[] = {time, (int64_t)left->key, left->value, 2 * left->value, right->value,
                              apart};

    if (right->input != 1 || right->key != left->key || apart < c->lower || apart > c->upper ||
        !may_count(c, right, end_of(c, left->time_ns)))
        return false;
    add(out, 0, time, left->key, values, 6);
    return true;
}

static void interval(const struct naive_pairs_case *c, const struct pm_feed_step *r,
                     struct rows *out)
{
    bool matched = false;

    if (r->input == 1) {
        if (!may_count(c, r, end_of(c, r->time_ns - c->lower)))
            add_as_it_came(out, 3, r, true);
        return;
    }
    if (!may_count(c, r, end_of(c, r->time_ns))) {
        add_as_it_came(out, 1, r, true);
        return;
    }
    for (uint32_t i = 0; i < c->count; i++)
        matched = add_interval_pair(c, r, &c->records[i], out) || matched;
    if (!matched)
        add_as_it_came(out, 2, r, false);
}

/* --- window ----------------------------------------------------------------------------------- */

static bool lies_in(const struct naive_pairs_case *c, const struct pm_feed_step *r, int64_t end)
{
    return r->time_ns >= end - c->size && r->time_ns < end && may_count(c, r, end);
}

/* The windows that may hold a record: their ends are multiples of the slide. */
static void window(const struct naive_pairs_case *c, const struct pm_feed_step *r, struct rows *out)
{
    bool counted = false;

    for (int64_t end = (r->time_ns / c->slide - 1) * c->slide;
         end <= (r->time_ns / c->slide + 2) * c->slide + c->size; end += c->slide) {
        if (!lies_in(c, r, end))
            continue;
        counted = true;
        for (uint32_t i = 0; r->input == 0 && i < c->count; i++) {
            const struct pm_feed_step *other = &c->records[i];
            const int64_t values[] = {(int64_t)r->key, r->value,      2 * r->value,
                                      other->value,    end - c->size, end};
            if (other->input == 1 && other->key == r->key && lies_in(c, other, end))
                add(out, 0, end - 1, r->key, values, 6);
        }
    }
    if (!counted)
        add_as_it_came(out, 1 + r->input, r, true);
}

struct pm_feed_row *naive_pairs_rows(const struct naive_pairs_case *c, uint32_t *rows)
{
    struct rows out = {0};

    for (uint32_t i = 0; i < c->count; i++) {
        if (c->is_window)
            window(c, &c->records[i], &out);
        else
            interval(c, &c->records[i], &out);
    }
    *rows = out.count;
    return out.row;
}
