/* SPDX-License-Identifier: Apache-2.0 */
/* Slow and obvious: every result looks at every record. */
#include "naive_results.h"

#include <stdlib.h>
#include <string.h>

struct results {
    struct pm_feed_row *rows;
    uint32_t count;
};

static struct pm_feed_row *add_row(struct results *out)
{
    out->rows = realloc(out->rows, (out->count + 1) * sizeof *out->rows);
    return &out->rows[out->count++];
}

static void add_late(struct results *out, const struct pm_feed_step *r)
{
    *add_row(out) = (struct pm_feed_row){
        .output = 1,
        .event_time_ns = r->time_ns,
        .id = r->id,
        .key = r->key,
        .closed_below_ns = r->closed_below_ns,
        .value = {r->time_ns, (int64_t)r->key, r->value, 2 * r->value},
    };
}

/* A record counts in a result that ends at @p end unless the end + lateness was closed before. */
static bool may_count(const struct naive_case *c, const struct pm_feed_step *r, int64_t end)
{
    return r->closed_below_ns == PM_TIME_MIN || end + c->lateness > r->closed_below_ns;
}

static int64_t mean_of(int64_t sum, int64_t count)
{
    const int64_t size = sum < 0 ? -sum : sum;
    const int64_t rounded = (size * 10 * 2 + count) / (2 * count);

    return sum < 0 ? -rounded : rounded;
}

static void add_fold(struct pm_feed_row *row, int64_t value)
{
    int64_t *const v = row->value; /* key, start, end, count, sum, min, max, mean */

    v[5] = v[3] == 0 || value < v[5] ? value : v[5];
    v[6] = v[3] == 0 || value > v[6] ? value : v[6];
    v[3]++;
    v[4] += value;
    v[7] = mean_of(v[4], v[3]);
}

static struct pm_feed_row window_row(uint64_t key, int64_t start, int64_t end)
{
    return (struct pm_feed_row){
        .event_time_ns = end - 1,
        .key = key,
        .closed_below_ns = PM_TIME_MIN,
        .value = {(int64_t)key, start, end},
    };
}

static bool spans(const struct naive_case *c, int64_t end, const struct pm_feed_step *r)
{
    return r->time_ns >= end - c->size && r->time_ns < end;
}

static void windows(const struct naive_case *c, struct results *out)
{
    int64_t first = 0, last = 0;
    uint64_t keys = 0;
    bool *counted = calloc(c->count + 1, sizeof *counted);

    for (uint32_t i = 0; i < c->count; i++) {
        first = c->records[i].time_ns < first ? c->records[i].time_ns : first;
        last = c->records[i].time_ns > last ? c->records[i].time_ns : last;
        keys = c->records[i].key > keys ? c->records[i].key : keys;
    }
    for (uint64_t key = 0; key <= keys; key++) {
        for (int64_t end = (first / c->slide - 2) * c->slide; end <= last + c->size;
             end += c->slide) {
            struct pm_feed_row row = window_row(key, end - c->size, end);
            for (uint32_t i = 0; i < c->count; i++) {
                const struct pm_feed_step *r = &c->records[i];
                if (r->key != key || !spans(c, end, r) || !may_count(c, r, end))
                    continue;
                add_fold(&row, r->value);
                counted[i] = true;
            }
            if (row.value[3] != 0)
                *add_row(out) = row;
        }
    }
    for (uint32_t i = 0; i < c->count; i++) {
        if (!counted[i])
            add_late(out, &c->records[i]);
    }
    free(counted);
}

static int by_key_and_time(const void *a, const void *b)
{
    const struct pm_feed_step *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

static void sessions(const struct naive_case *c, struct results *out)
{
    struct pm_feed_step *kept = malloc((c->count + 1) * sizeof *kept);
    uint32_t count = 0;

    for (uint32_t i = 0; i < c->count; i++) {
        if (may_count(c, &c->records[i], c->records[i].time_ns + 1))
            kept[count++] = c->records[i];
        else
            add_late(out, &c->records[i]);
    }
    qsort(kept, count, sizeof *kept, by_key_and_time);
    for (uint32_t i = 0; i < count;) {
        struct pm_feed_row row = window_row(kept[i].key, kept[i].time_ns, 0);
        int64_t end = kept[i].time_ns + 1;
        for (; i < count && kept[i].key == row.key && kept[i].time_ns < end; i++) {
            end = kept[i].time_ns + c->gap;
            add_fold(&row, kept[i].value);
        }
        row.value[2] = end;
        row.event_time_ns = end - 1;
        *add_row(out) = row;
    }
    free(kept);
}

static void add_joined(const struct naive_case *c, const struct pm_feed_step *left,
                       struct results *out)
{
    const struct pm_feed_step *best = NULL;

    for (uint32_t i = 0; i < c->count; i++) {
        const struct pm_feed_step *v = &c->records[i];
        if (v->input != 1 || v->key != left->key || v->time_ns > left->time_ns ||
            !may_count(c, v, left->time_ns + 1))
            continue;
        if (best == NULL || v->time_ns > best->time_ns ||
            (v->time_ns == best->time_ns && v->id > best->id))
            best = v;
    }
    *add_row(out) = (struct pm_feed_row){
        .event_time_ns = left->time_ns,
        .key = left->key,
        .closed_below_ns = PM_TIME_MIN,
        .value = {left->time_ns, (int64_t)left->key, left->value, 2 * left->value,
                  best != NULL ? best->value : 0, best != NULL},
    };
}

static void join(const struct naive_case *c, struct results *out)
{
    for (uint32_t i = 0; i < c->count; i++) {
        const struct pm_feed_step *left = &c->records[i];
        if (left->input != 0)
            continue;
        if (may_count(c, left, left->time_ns + 1))
            add_joined(c, left, out);
        else
            add_late(out, left);
    }
}

struct pm_feed_row *naive_results(const struct naive_case *c, uint32_t *rows)
{
    struct results out = {0};

    if (c->kind == NAIVE_JOIN)
        join(c, &out);
    else if (c->kind == NAIVE_SESSION)
        sessions(c, &out);
    else
        windows(c, &out);
    *rows = out.count;
    return out.rows;
}
