/* SPDX-License-Identifier: Apache-2.0 */
/* Slow and obvious: the records of a key are sorted, then each definition is read out. */
#include "naive_order.h"

#include <stdlib.h>
#include <string.h>

struct rows {
    struct pm_feed_row *row;
    uint32_t count;
};

static void add(struct rows *out, uint64_t output, int64_t time, uint64_t key,
                const int64_t *values, unsigned count)
{
    out->row = realloc(out->row, (out->count + 1) * sizeof *out->row);
    struct pm_feed_row *row = &out->row[out->count++];
    *row = (struct pm_feed_row){
        .output = output, .event_time_ns = time, .key = key, .closed_below_ns = PM_TIME_MIN};
    memcpy(row->value, values, count * sizeof *values);
}

static void add_late(struct rows *out, const struct pm_feed_step *r)
{
    const int64_t values[] = {r->time_ns, (int64_t)r->key, r->value, 2 * r->value};

    add(out, 1 + r->input, r->time_ns, r->key, values, 4);
    out->row[out->count - 1].id = r->id;
    out->row[out->count - 1].closed_below_ns = r->closed_below_ns;
}

#define ORDER(a_, b_)                                                                              \
    if ((a_) != (b_))                                                                              \
    return (a_) < (b_) ? -1 : 1

static int in_order(const void *a, const void *b)
{
    const struct pm_feed_step *x = a, *y = b;

    ORDER(x->key, y->key);
    ORDER(x->time_ns, y->time_ns);
    ORDER(x->input, y->input);
    ORDER(x->id, y->id);
    ORDER(x->value, y->value);
    return 0;
}

/* --- dedup ------------------------------------------------------------------------------------ */

static void dedup(const struct naive_order_case *c, const struct pm_feed_step *r, uint32_t count,
                  struct rows *out)
{
    for (uint32_t i = 0; i < count;) {
        const int64_t end = r[i].time_ns + c->within;
        uint32_t last = i;
        while (last + 1 < count && r[last + 1].time_ns < end)
            last++;
        const uint32_t kept = c->kind == NAIVE_FIRST ? i : last;
        const int64_t time = c->kind == NAIVE_FIRST ? r[i].time_ns : end - 1;
        const int64_t values[] = {time, (int64_t)r->key, r[kept].value, 2 * r[kept].value};
        add(out, 0, time, r->key, values, 4);
        i = last + 1;
    }
}

/* --- pattern ---------------------------------------------------------------------------------- */

static bool fits(const struct pm_pattern_condition *condition, const struct pm_feed_step *r)
{
    if (condition->input != r->input)
        return false;
    if (condition->column == NULL)
        return true;
    const bool less = r->value < condition->value, equal = r->value == condition->value;
    const bool by_compare[] = {
        [PM_LESS] = less,        [PM_LESS_EQUAL] = less || equal, [PM_EQUAL] = equal,
        [PM_NOT_EQUAL] = !equal, [PM_GREATER_EQUAL] = !less,      [PM_GREATER] = !less && !equal,
    };
    return by_compare[condition->compare];
}

struct match {
    uint32_t start;
    int64_t place; /* of its end in the sequence: 2 i at record i, odd between records */
    int64_t start_time, end_time, first, last;
};

/* The condition of the match's record number @p n, or NULL behind the last. */
static const struct pm_pattern_step *step_of(const struct pm_pattern_config *p, unsigned n)
{
    for (unsigned i = 0; i < p->steps; i++) {
        const unsigned times = p->step[i].times != 0 ? p->step[i].times : 1;
        if (n < times)
            return &p->step[i];
        n -= times;
    }
    return NULL;
}

/* From the last record, number @p at, no record that fits `absent` until the end. */
static bool stays_absent(const struct pm_pattern_config *p, const struct pm_feed_step *r,
                         uint32_t count, uint32_t at, struct match *match)
{
    uint32_t i = at + 1;

    match->end_time = r[at].time_ns + p->absent_ns;
    if (match->end_time - match->start_time >= p->within_ns)
        return false;
    for (; i < count && r[i].time_ns <= match->end_time; i++) {
        if (fits(&p->absent, &r[i]))
            return false;
    }
    match->place = 2 * (int64_t)i - 1;
    return true;
}

static bool find(const struct pm_pattern_config *p, const struct pm_feed_step *r, uint32_t count,
                 uint32_t start, struct match *match)
{
    uint32_t at = start;
    unsigned taken = 1;

    *match =
        (struct match){.start = start, .start_time = r[start].time_ns, .first = r[start].value};
    for (uint32_t i = start + 1; i < count && step_of(p, taken) != NULL; i++) {
        const struct pm_pattern_step *step = step_of(p, taken);
        if (r[i].time_ns - match->start_time >= p->within_ns ||
            (step->has_unless && fits(&step->unless, &r[i])))
            return false;
        if (fits(&step->is, &r[i])) {
            at = i;
            taken++;
        } else if (step->contiguity == PM_NEXT) {
            return false;
        }
    }
    match->end_time = r[at].time_ns;
    match->place = 2 * (int64_t)at;
    match->last = r[at].value;
    return step_of(p, taken) == NULL && (p->absent_ns == 0 || stays_absent(p, r, count, at, match));
}

static int by_end(const void *a, const void *b)
{
    const struct match *x = a, *y = b;

    ORDER(x->place, y->place);
    ORDER(x->end_time, y->end_time);
    ORDER(x->start, y->start);
    return 0;
}

static void pattern(const struct naive_order_case *c, const struct pm_feed_step *r, uint32_t count,
                    struct rows *out)
{
    struct match *matches = malloc((count + 1) * sizeof *matches);
    int64_t past = -1;
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (fits(&c->pattern.step[0].is, &r[i]) && find(&c->pattern, r, count, i, &matches[found]))
            found++;
    }
    qsort(matches, found, sizeof *matches, by_end);
    for (uint32_t i = 0; i < found; i++) {
        const struct match *m = &matches[i];
        const int64_t values[] = {(int64_t)r->key, m->start_time, m->end_time, m->first, m->last};
        if (c->pattern.skip == PM_SKIP_PAST_LAST && 2 * (int64_t)m->start <= past)
            continue;
        past = m->place;
        add(out, 0, m->end_time, r->key, values, 5);
    }
    free(matches);
}

/* --- process ---------------------------------------------------------------------------------- */

struct pending {
    int64_t time, tag;
    bool fired;
};

/* The first timer that has not fired, by time and then by setting, at or before @p time. */
static struct pending *next_timer(struct pending *timers, uint32_t count, int64_t time)
{
    struct pending *first = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (!timers[i].fired && timers[i].time <= time &&
            (first == NULL || timers[i].time < first->time))
            first = &timers[i];
    }
    return first;
}

static void process(const struct pm_feed_step *r, uint32_t count, struct rows *out)
{
    struct pending *timers = malloc((count + 1) * sizeof *timers);
    uint32_t set = 0;
    int64_t number = 0;

    for (uint32_t i = 0; i <= count; i++) {
        const int64_t before = i < count ? r[i].time_ns - 1 : PM_TIME_MAX;
        for (struct pending *t; (t = next_timer(timers, set, before)) != NULL; t->fired = true) {
            const int64_t values[] = {t->time, (int64_t)r->key, ++number, t->tag};
            add(out, 0, t->time, r->key, values, 4);
        }
        if (i == count)
            break;
        const int64_t values[] = {r[i].time_ns, (int64_t)r->key, ++number, r[i].value};
        add(out, 0, r[i].time_ns, r->key, values, 4);
        if (r[i].value != 0)
            timers[set++] = (struct pending){r[i].time_ns + (r[i].value > 0 ? r[i].value : 0),
                                             r[i].value, false};
    }
    free(timers);
}

struct pm_feed_row *naive_order_rows(const struct naive_order_case *c, uint32_t *rows)
{
    struct pm_feed_step *kept = malloc((c->count + 1) * sizeof *kept);
    struct rows out = {0};
    uint32_t count = 0;

    for (uint32_t i = 0; i < c->count; i++) {
        const struct pm_feed_step *r = &c->records[i];
        if (r->closed_below_ns != PM_TIME_MIN && r->time_ns + 1 + c->lateness <= r->closed_below_ns)
            add_late(&out, r);
        else
            kept[count++] = *r;
    }
    qsort(kept, count, sizeof *kept, in_order);
    for (uint32_t i = 0, n; i < count; i += n) {
        for (n = 0; i + n < count && kept[i + n].key == kept[i].key;)
            n++;
        if (c->kind == NAIVE_PATTERN)
            pattern(c, &kept[i], n, &out);
        else if (c->kind == NAIVE_PROCESS)
            process(&kept[i], n, &out);
        else
            dedup(c, &kept[i], n, &out);
    }
    free(kept);
    *rows = out.count;
    return out.row;
}
