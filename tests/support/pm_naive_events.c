/* SPDX-License-Identifier: Apache-2.0 */
/* In the order of event time: what opens a bound, what completes a pattern. */
#include "pm_naive_work.h"

#include <stdlib.h>

int pm_naive_compare_ties(const struct pm_naive_schema *schema, const struct pm_naive_row *x,
                          const struct pm_naive_row *y)
{
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    for (unsigned i = 0; i < schema->count; i++) {
        const int64_t a = pm_naive_read(schema, x, i), b = pm_naive_read(schema, y, i);
        if (schema->column[i].place <= PM_NAIVE_PAYLOAD && a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

/* A record as it runs: which input it came by. */
struct event {
    const struct pm_naive_row *row;
    unsigned input;
};

static bool runs_before(const struct pm_naive_work *w, const struct event *x, const struct event *y)
{
    if (x->row->time_ns != y->row->time_ns)
        return x->row->time_ns < y->row->time_ns;
    if (x->input != y->input)
        return x->input < y->input;
    return pm_naive_compare_ties(w->schema[x->input], x->row, y->row) < 0;
}

/* The records of @p key that are not late, of all inputs, as one sequence: the caller's to free. */
static struct event *sequence(const struct pm_naive_work *w, uint64_t key, size_t *count)
{
    size_t room = 1;

    for (unsigned k = 0; k < w->node->inputs; k++)
        room += w->input[k]->count;
    struct event *events = calloc(room, sizeof *events);
    *count = 0;
    for (unsigned k = 0; events != NULL && k < w->node->inputs; k++) {
        for (size_t i = 0; i < w->input[k]->count; i++) {
            const struct event event = {&w->input[k]->rows[i], k};
            size_t at = *count;
            if (event.row->key != key ||
                !pm_naive_is_open(event.row, event.row->time_ns + 1, w->node->lateness_ns))
                continue;
            for (; at > 0 && runs_before(w, &event, &events[at - 1]); at--)
                events[at] = events[at - 1];
            events[at] = event;
            *count += 1;
        }
    }
    return events;
}

/* --- dedup ------------------------------------------------------------------------------------ */

void pm_naive_dedup_of(const struct pm_naive_work *w, uint64_t key,
                       const struct pm_naive_row **some)
{
    const bool keeps_first = w->node->a == PM_KEEP_FIRST;
    size_t count;
    struct event *events = sequence(w, key, &count);

    (void)some;
    for (size_t from = 0, to; from < count; from = to) {
        const int64_t end = events[from].row->time_ns + w->node->size_ns;
        for (to = from + 1; to < count && events[to].row->time_ns < end;)
            to++;
        const struct pm_naive_row *kept = events[keeps_first ? from : to - 1].row;
        struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);
        unsigned column = 0;
        made->time_ns = keeps_first ? kept->time_ns : end - 1;
        made->key = key;
        for (unsigned k = 0; k < w->schema[0]->count; k++) {
            if (w->schema[0]->column[k].place <= PM_NAIVE_PAYLOAD)
                made->value[column++] = kept->value[k];
        }
    }
    free(events);
}

/* --- pattern ---------------------------------------------------------------------------------- */

static bool fits(const struct pm_naive_work *w, const struct pm_naive_condition *condition,
                 const struct event *event)
{
    if (condition->input != event->input)
        return false;
    return condition->is_any ||
           pm_naive_compares(condition->compare,
                             pm_naive_read(w->schema[event->input], event->row, condition->column),
                             condition->value);
}

/* What begins with one record and became of it. */
struct match {
    bool is_one;
    size_t last; /* the record behind which it is complete */
    int64_t end_ns;
    const struct pm_naive_row *first_of[PM_NAIVE_STEPS], *last_of[PM_NAIVE_STEPS];
};

/* No record up to the end of the absence may fit; the last one before it is what completes. */
static struct match absent(const struct pm_naive_work *w, const struct event *events, size_t count,
                           struct match match, int64_t bound_ns)
{
    const struct pm_naive_pattern *pattern = &w->node->pattern;

    if (pattern->absent_ns == 0)
        return match;
    match.end_ns += pattern->absent_ns;
    match.is_one = match.end_ns < bound_ns;
    for (size_t i = match.last + 1; i < count && events[i].row->time_ns <= match.end_ns; i++) {
        match.is_one = match.is_one && !fits(w, &pattern->absent, &events[i]);
        match.last = i;
    }
    return match;
}

/* The run that begins with record @p first, seen alone. */
static struct match run(const struct pm_naive_work *w, const struct event *events, size_t count,
                        size_t first)
{
    const struct pm_naive_pattern *pattern = &w->node->pattern;
    const int64_t bound_ns = events[first].row->time_ns + w->node->size_ns;
    struct match match = {0};
    unsigned at = 0, taken = 0;

    for (size_t i = first; i < count && events[i].row->time_ns < bound_ns; i++) {
        const struct pm_naive_step *step = &pattern->step[at];
        if (i != first && step->has_unless && fits(w, &step->unless, &events[i]))
            return match;
        if (!fits(w, &step->is, &events[i])) {
            if (i == first || step->is_strict)
                return match;
            continue;
        }
        match.first_of[at] = taken == 0 ? events[i].row : match.first_of[at];
        match.last_of[at] = events[i].row;
        if (++taken < step->times)
            continue;
        taken = 0;
        if (++at < pattern->steps)
            continue;
        match.is_one = true;
        match.last = i;
        match.end_ns = events[i].row->time_ns;
        return absent(w, events, count, match, bound_ns);
    }
    return match;
}

static void emit_match(const struct pm_naive_work *w, const struct pm_naive_row *first,
                       const struct match *match)
{
    const struct pm_naive_pattern *pattern = &w->node->pattern;
    struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);

    made->time_ns = match->end_ns;
    made->key = first->key;
    made->value[1] = first->time_ns;
    made->value[2] = match->end_ns;
    for (unsigned i = 0; i < pattern->measures; i++) {
        const struct pm_naive_measure *measure = &pattern->measure[i];
        const unsigned step = measure->step;
        const struct pm_naive_row *of =
            measure->which == PM_FIRST_OF ? match->first_of[step] : match->last_of[step];
        made->value[3 + i] =
            pm_naive_read(w->schema[pattern->step[step].is.input], of, measure->column);
    }
}

/* The match of all that begin with record @p from or later which is complete first: of a record
 * before that of a timer behind it, then the one that began first. */
static size_t earliest(const struct match *matches, size_t count, size_t from)
{
    size_t best = count;

    for (size_t i = from; i < count; i++) {
        if (!matches[i].is_one)
            continue;
        if (best == count || matches[i].end_ns < matches[best].end_ns ||
            (matches[i].end_ns == matches[best].end_ns && matches[i].last < matches[best].last))
            best = i;
    }
    return best;
}

static void pattern_of(const struct pm_naive_work *w, uint64_t key)
{
    size_t count;
    struct event *events = sequence(w, key, &count);
    struct match *matches = calloc(count + 1, sizeof *matches);

    for (size_t i = 0; events != NULL && matches != NULL && i < count; i++) {
        matches[i] = run(w, events, count, i);
        if (matches[i].is_one && w->node->pattern.skip == PM_SKIP_TO_NEXT)
            emit_match(w, events[i].row, &matches[i]);
    }
    for (size_t from = 0; w->node->pattern.skip == PM_SKIP_PAST_LAST;) {
        const size_t best = earliest(matches, count, from);
        if (best == count)
            break;
        emit_match(w, events[best].row, &matches[best]);
        from = matches[best].last + 1;
    }
    free(matches);
    free(events);
}

void pm_naive_pattern_all(const struct pm_naive_work *w)
{
    for (unsigned k = 0; k < w->node->inputs; k++) {
        for (size_t i = 0; i < w->input[k]->count; i++) {
            const uint64_t key = w->input[k]->rows[i].key;
            bool is_new = true;
            for (unsigned j = 0; j <= k; j++) {
                for (size_t n = 0; n < w->input[j]->count && (j < k || n < i); n++)
                    is_new = is_new && w->input[j]->rows[n].key != key;
            }
            if (is_new)
                pattern_of(w, key);
        }
    }
}
