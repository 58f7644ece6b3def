/* SPDX-License-Identifier: Apache-2.0 */
/* window: tumbling and sliding windows over event time, kept as slices. */
#include "pm_window.h"

#include "pm_fire.h"

#include <string.h>

#define SCAN 64u /* slices a look-up: an hour by minutes needs one */

/*
 * A slice is [start, start + slide). It counts in the windows that end at start + slide, ..., start
 * + size; a tumbling window is its own only slice. What a behind record adds is kept apart from the
 * slice, under the first end that may count it, in the slide-long run of sub-keys that no other
 * slice uses: sub-key = slice start + number of the slice's ends that it came too late for.
 */
struct window {
    struct pm_operator base;
    struct pm_out out;
    struct pm_folds folds;
    int64_t size_ns, slide_ns, lateness_ns; /* of several sizes the largest */
    unsigned sizes;
    int64_t sizes_ns[PM_WINDOW_SIZES_MAX]; /* ascending */
    int64_t slice_ns;       /* start of the slice used last: most records spare the division */
    struct pm_cell *slices; /* map: sub-key to accumulator */
    struct pm_cell *timers; /* tag: the window's end */
    struct pm_cell *next;   /* value, sliding only: struct next_end */
};

/* The first end of a key's windows that has not fired; a timer for any other end is void. */
struct next_end {
    int64_t end_ns;
    int64_t is_set;
};

static inline int64_t slice_start(struct window *self, int64_t time_ns)
{
    if ((uint64_t)time_ns - (uint64_t)self->slice_ns >= (uint64_t)self->slide_ns)
        self->slice_ns = pm_window_multiple(time_ns, self->slide_ns);
    return self->slice_ns;
}

/* The first end of the slice at @p start_ns whose end + lateness lies above @p closed_ns. */
static int64_t first_end(const struct window *self, int64_t start_ns, int64_t closed_ns)
{
    const int64_t ends_above = pm_watermark_less(closed_ns, self->lateness_ns);
    const int64_t open =
        pm_time_plus(pm_window_multiple(ends_above, self->slide_ns), self->slide_ns);
    const int64_t first = pm_time_plus(start_ns, self->slide_ns);

    return open > first ? open : first;
}

/* Windows of @p key from @p end_ns on have something to count: see that the first one fires. */
static void await_end(struct window *self, uint64_t key, int64_t end_ns)
{
    if (self->next != NULL) {
        struct next_end *next = pm_value_pin(self->next, key);
        if (next->is_set != 0 && next->end_ns <= end_ns)
            return;
        *next = (struct next_end){end_ns, 1};
    }
    pm_timer_set(self->timers, pm_time_plus(end_ns, self->lateness_ns), key, end_ns);
}

static inline void fold(struct window *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t start_ns = slice_start(self, record->event_time_ns);
    int64_t end_ns = pm_time_plus(start_ns, self->slide_ns);
    int64_t order = start_ns;
    bool fresh;

    (void)input;
    if (__builtin_expect(pm_record_is_behind(record), 0)) {
        end_ns = first_end(self, start_ns, pm_record_closed_below(record, bytes));
        if (end_ns > pm_time_plus(start_ns, self->size_ns)) {
            pm_out_pass(out, 1, record, bytes);
            return;
        }
        order += (end_ns - start_ns) / self->slide_ns - 1;
    }
    void *accumulator = pm_map_put(self->slices, record->key, order, &fresh);
    if (fresh)
        await_end(self, record->key, end_ns);
    pm_folds_add(&self->folds, accumulator, record, bytes);
}
PM_EMIT_ENTRIES(window, struct window, fold)

static void fire_tumbling(struct pm_operator *op, const struct pm_timer *timer)
{
    struct window *self = (struct window *)op;
    const int64_t start_ns = timer->tag - self->size_ns;
    const void *accumulator = pm_map_get(self->slices, timer->key, start_ns);

    if (accumulator == NULL)
        return;
    pm_window_emit(&self->out, &self->folds, timer->key, start_ns, timer->tag, accumulator);
    pm_map_delete(self->slices, timer->key, start_ns);
}

/* A firing under way: the window that ends at end_ns, the slice in hand, the next end known. */
struct firing {
    uint64_t key;
    int64_t end_ns;
    int64_t slice_ns;
    int64_t next_ns;
    uint64_t *part; /* sizes accumulators: what each size holds beside the one below it */
};

static inline uint64_t *part_of(const struct window *self, uint64_t *parts, unsigned size)
{
    return parts + size * (self->folds.size / 8);
}

/*
 * One entry of the scan: fold it into the window when it counts there, forget it when no later
 * window needs it, else see which end it opens next. False when neither it nor any entry behind it
 * can matter: they lie beyond the window and open later ends than the one known.
 */
static inline bool combine_one(struct window *self, struct firing *firing,
                               const struct pm_state_entry *entry)
{
    if (entry->order - firing->slice_ns >= self->slide_ns)
        firing->slice_ns = pm_window_multiple(entry->order, self->slide_ns);
    const int64_t slice_ns = firing->slice_ns;
    if (slice_ns >= firing->end_ns && slice_ns + self->slide_ns >= firing->next_ns)
        return false;
    const int64_t first_ns = slice_ns + (entry->order - slice_ns + 1) * self->slide_ns;
    const bool counts = first_ns <= firing->end_ns;
    if (counts) {
        unsigned size = 0;
        while (slice_ns < firing->end_ns - self->sizes_ns[size])
            size++;
        pm_folds_merge(&self->folds, part_of(self, firing->part, size), entry->value);
    }
    if (slice_ns + self->size_ns <= firing->end_ns) {
        pm_map_delete(self->slices, firing->key, entry->order);
        return true;
    }
    const int64_t later_ns = counts ? firing->end_ns + self->slide_ns : first_ns;
    firing->next_ns = later_ns < firing->next_ns ? later_ns : firing->next_ns;
    return true;
}

/* Fold the windows that end at @p end_ns into @p parts by rescan of their slices, each slice once;
 * returns the first later end that has something to count (PM_TIME_MAX: none). */
static int64_t combine(struct window *self, uint64_t key, int64_t end_ns, uint64_t *parts)
{
    PM_SCRATCH struct pm_state_entry entries[SCAN];
    struct firing firing = {key, end_ns, end_ns - self->size_ns, PM_TIME_MAX, parts};
    int64_t from_ns = firing.slice_ns;
    uint32_t count;

    do {
        count = pm_map_scan(self->slices, key, from_ns, entries, SCAN);
        for (uint32_t i = 0; i < count; i++) {
            if (!combine_one(self, &firing, &entries[i]))
                return firing.next_ns;
        }
        if (count != 0)
            from_ns = entries[count - 1].order + 1;
    } while (count == SCAN);
    return firing.next_ns;
}

/* The smallest window first; each larger one holds it and a part of its own. */
static void emit_sizes(struct window *self, uint64_t key, int64_t end_ns, uint64_t *parts)
{
    for (unsigned size = 0; size < self->sizes; size++) {
        uint64_t *whole = part_of(self, parts, size);
        const uint64_t *below = size != 0 ? part_of(self, parts, size - 1) : NULL;
        if (below != NULL && below[0] != 0)
            pm_folds_merge(&self->folds, whole, below);
        if (whole[0] != 0)
            pm_window_emit(&self->out, &self->folds, key, end_ns - self->sizes_ns[size], end_ns,
                           whole);
    }
}

static void fire_sliding(struct pm_operator *op, const struct pm_timer *timer)
{
    struct window *self = (struct window *)op;
    const int64_t end_ns = timer->tag;
    uint64_t parts[PM_WINDOW_SIZES_MAX * PM_FOLDS_SIZE_MAX / 8];
    struct next_end *next = pm_value_peek(self->next, timer->key);

    if (next == NULL || next->end_ns != end_ns)
        return;
    memset(parts, 0, (size_t)self->sizes * self->folds.size);
    const int64_t next_ns = combine(self, timer->key, end_ns, parts);
    emit_sizes(self, timer->key, end_ns, parts);
    if (next_ns == PM_TIME_MAX) {
        pm_value_delete(self->next, timer->key);
        return;
    }
    next = pm_value_pin(self->next, timer->key);
    next->end_ns = next_ns;
    pm_timer_set(self->timers, pm_time_plus(next_ns, self->lateness_ns), timer->key, next_ns);
}

static bool window_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct window *self = (struct window *)op;

    (void)input;
    return pm_fire_due(op, self->timers, &self->out,
                       self->next != NULL ? fire_sliding : fire_tumbling, watermark_ns,
                       self->lateness_ns);
}

static int declare(struct window *self, const struct pm_window_plan *plan, struct pm_error *error)
{
    struct pm_state *state = self->base.state;
    int code =
        pm_state_declare(&self->slices, state, "slices", PM_CELL_MAP, self->folds.size, error);

    if (code == 0)
        code = pm_state_declare(&self->timers, state, "timers", PM_CELL_TIMERS, 0, error);
    if (code == 0 && plan->kind == PM_WINDOW_SLIDING)
        code = pm_state_declare(&self->next, state, "next", PM_CELL_VALUE, sizeof(struct next_end),
                                error);
    return code;
}

static int window_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct pm_window_plan *plan = config;
    struct window *self = (struct window *)op;

    self->size_ns = plan->size_ns;
    self->slide_ns = plan->slide_ns;
    self->lateness_ns = plan->lateness_ns;
    self->sizes = plan->sizes;
    memcpy(self->sizes_ns, plan->sizes_ns, sizeof self->sizes_ns);
    pm_folds_open(&self->folds, plan->folds, plan->fold, op->input_schema[0]);
    const int code = declare(self, plan, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void window_close(struct pm_operator *op)
{
    pm_out_close(&((struct window *)op)->out);
}

static int window_check(struct pm_plan_node *node, struct pm_error *error)
{
    const int code = pm_window_check_slices(node, error);

    return code != 0 ? code : pm_window_check_rows(node, error);
}

/* The oldest window still open at a watermark began less than size + lateness before it. */
static int64_t look_back_ns(const void *config)
{
    return ((const struct pm_window_plan *)config)->size_ns;
}

const struct pm_operator_class pm_class_window = {
    .name = "window",
    .help = "folds of a key's records in tumbling or sliding windows",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ON_WATERMARK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "late"},
    .size = sizeof(struct window),
    .config_size = sizeof(struct pm_window_plan),
    .one = window_one,
    .chunk = window_chunk,
    .advance = window_advance,
    .check = window_check,
    .open = window_open,
    .close = window_close,
    .lag_ns = pm_window_lag_ns,
    .look_back_ns = look_back_ns,
};
