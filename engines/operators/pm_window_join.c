/* SPDX-License-Identifier: Apache-2.0 */
/* window_join: pairs of both sides that lie in one window, tumbling or sliding. */
#include "pm_fire.h"
#include "pm_pairs.h"
#include "pm_row_buffer.h"
#include "pm_verbs.h"

#include <string.h>

enum { PORT_LATE = 1, PORT_LATE_RIGHT };

struct join_plan {
    int64_t size_ns, slide_ns, lateness_ns;
    struct pm_pairs_plan pairs;
};

struct join {
    struct pm_operator base;
    struct pm_out out;
    struct pm_watermarks marks;
    struct pm_pairs pairs;
    int64_t size_ns, slide_ns, lateness_ns;
    struct pm_row_buffer side[2];
    struct pm_cell *ends;   /* map: a window's end that has a timer; 8 bytes without meaning */
    struct pm_cell *timers; /* tag: the window's end */
};

/* The first multiple of the slide above @p time_ns. */
static int64_t end_above(const struct join *self, int64_t time_ns)
{
    const int64_t rest = time_ns % self->slide_ns;
    const int64_t beyond = rest < 0 ? rest + self->slide_ns : rest;

    return pm_time_plus(time_ns, self->slide_ns - beyond);
}

static void await_end(struct join *self, uint64_t key, int64_t end_ns)
{
    bool fresh;

    pm_map_put(self->ends, key, end_ns, &fresh);
    if (fresh)
        pm_timer_set(self->timers, pm_time_plus(end_ns, self->lateness_ns), key, end_ns);
}

/* A record lies in the windows that end in (its time, its time + size]; those count it that are not
 * closed where it came. */
static inline void take(struct join *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t closed_ns = pm_record_closed_below(record, bytes);
    const int64_t above_ns = pm_watermark_less(closed_ns, self->lateness_ns);
    const int64_t time_ns = record->event_time_ns;
    const int64_t last_ns = pm_time_plus(time_ns, self->size_ns);
    int64_t end_ns = end_above(self, above_ns > time_ns ? above_ns : time_ns);

    if (end_ns > last_ns) {
        pm_out_pass(out, input == 0 ? PORT_LATE : PORT_LATE_RIGHT, record, bytes);
        return;
    }
    pm_row_buffer_add(&self->side[input], input, record, bytes, 0);
    await_end(self, record->key, end_ns);
    while (end_ns <= last_ns - self->slide_ns) {
        end_ns += self->slide_ns;
        await_end(self, record->key, end_ns);
    }
}
PM_EMIT_ENTRIES(join, struct join, take)

static bool counts(const struct join *self, const struct pm_row_cursor *at, int64_t end_ns)
{
    return pm_time_plus(end_ns, self->lateness_ns) > at->row->closed_below_ns;
}

static void emit_pair(struct join *self, int64_t end_ns, const struct pm_record *left,
                      const struct pm_record *right)
{
    struct pm_record *row = pm_out_row(&self->out, 0, NULL);
    const int64_t bounds[2] = {end_ns - self->size_ns, end_ns};

    row->event_time_ns = end_ns - 1;
    pm_pairs_write(&self->pairs, row, pm_out_bytes(&self->out), left, right, 2, bounds);
}

/* No window behind the one that ends at @p end_ns holds what lies before its successor's start. */
static void forget_old(struct join *self, uint64_t key, int64_t end_ns)
{
    const int64_t next_start_ns = pm_time_plus(end_ns, self->slide_ns) - self->size_ns;
    struct pm_row_cursor at;

    for (unsigned i = 0; i < 2; i++) {
        while (pm_row_buffer_seek(&self->side[i], key, PM_TIME_MIN, &at) &&
               at.time_ns < next_start_ns)
            pm_row_buffer_forget(&self->side[i], &at);
    }
}

static void fire(struct pm_operator *op, const struct pm_timer *timer)
{
    struct join *self = (struct join *)op;
    const struct pm_row_buffer *const lefts = &self->side[0], *const rights = &self->side[1];
    const int64_t end_ns = timer->tag, start_ns = end_ns - self->size_ns;
    PM_SCRATCH struct pm_row_range left, right;

    for (bool more = pm_row_range_open(&left, lefts, timer->key, start_ns, end_ns - 1); more;
         more = pm_row_range_next(&left, lefts)) {
        if (!counts(self, &left.at, end_ns))
            continue;
        for (bool also = pm_row_range_open(&right, rights, timer->key, start_ns, end_ns - 1); also;
             also = pm_row_range_next(&right, rights)) {
            if (counts(self, &right.at, end_ns))
                emit_pair(self, end_ns, &left.at.row->record, &right.at.row->record);
        }
    }
    forget_old(self, timer->key, end_ns);
    pm_map_delete(self->ends, timer->key, end_ns);
}

static bool join_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct join *self = (struct join *)op;
    const int64_t least_ns = pm_watermarks_raise(&self->marks, input, watermark_ns);

    return pm_fire_due(op, self->timers, &self->out, fire, least_ns, self->lateness_ns);
}

static int join_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct join_plan *plan = config;
    struct join *self = (struct join *)op;

    pm_watermarks_open(&self->marks, 2);
    pm_pairs_open(&self->pairs, &plan->pairs, op->input_schema[1]);
    self->size_ns = plan->size_ns;
    self->slide_ns = plan->slide_ns;
    self->lateness_ns = plan->lateness_ns;
    int code = pm_row_buffer_open(&self->side[0], op, "lefts", "left_ties", error);
    if (code == 0)
        code = pm_row_buffer_open(&self->side[1], op, "rights", "right_ties", error);
    if (code == 0)
        code = pm_state_declare(&self->ends, op->state, "ends", PM_CELL_MAP, 8, error);
    if (code == 0)
        code = pm_state_declare(&self->timers, op->state, "timers", PM_CELL_TIMERS, 0, error);
    return code != 0 ? code : pm_out_open(&self->out, op, error);
}

static void join_close(struct pm_operator *op)
{
    pm_out_close(&((struct join *)op)->out);
}

/* A row is no record of the left side, so the left record's time is not its time. */
static void keep_without_time(struct pm_schema *to, const struct pm_schema *from)
{
    struct pm_schema kept = {0};

    pm_columns_keep(&kept, from);
    for (unsigned i = 0; i < kept.count; i++) {
        if (kept.columns[i].offset != offsetof(struct pm_record, event_time_ns))
            to->columns[to->count++] = kept.columns[i];
    }
}

static int join_check(struct pm_plan_node *node, struct pm_error *error)
{
    struct join_plan *plan = node->config;
    int code = pm_columns_duration(node, "size", plan->size_ns, 1, error);

    if (code == 0)
        code = pm_columns_duration(node, "slide", plan->slide_ns, 1, error);
    if (code == 0)
        code = pm_columns_duration(node, "lateness", plan->lateness_ns, 0, error);
    if (code == 0 && (plan->size_ns % plan->slide_ns != 0 ||
                      plan->size_ns / plan->slide_ns > PM_WINDOW_JOIN_OVERLAP_MAX))
        code = pm_error_set(error, PM_EINPUT,
                            "%s: size %lld ns is not 1 to %d times the slide of %lld ns",
                            node->name, (long long)plan->size_ns, PM_WINDOW_JOIN_OVERLAP_MAX,
                            (long long)plan->slide_ns);
    if (code != 0)
        return code;
    node->schema = (struct pm_schema){.name = node->name};
    keep_without_time(&node->schema, pm_plan_flow_schema(node->inputs[0]));
    code = pm_pairs_check(node, &plan->pairs, error);
    if (code == 0)
        code = pm_pairs_add(node, "window_start", PM_TYPE_TIME, plan->pairs.columns, error);
    if (code == 0)
        code = pm_pairs_add(node, "window_end", PM_TYPE_TIME, plan->pairs.columns + 1, error);
    return code;
}

static int64_t lag_ns(const void *config)
{
    return ((const struct join_plan *)config)->lateness_ns;
}

static int64_t look_back_ns(const void *config)
{
    return ((const struct join_plan *)config)->size_ns;
}

const struct pm_operator_class pm_class_window_join = {
    .name = "window_join",
    .help = "pairs of two sides that lie in one tumbling or sliding window",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ON_WATERMARK,
    .inputs_min = 2,
    .inputs_max = 2,
    .ports = 3,
    .port_names = {"main", "late", "late_right"},
    .port_input = {0, 0, 1},
    .size = sizeof(struct join),
    .config_size = sizeof(struct join_plan),
    .one = join_one,
    .chunk = join_chunk,
    .advance = join_advance,
    .check = join_check,
    .open = join_open,
    .close = join_close,
    .lag_ns = lag_ns,
    .look_back_ns = look_back_ns,
};

struct pm_flow pm_plan_window_join(struct pm_plan *plan, struct pm_flow left, struct pm_flow right,
                                   const struct pm_window_join_config *config)
{
    const struct pm_flow inputs[2] = {left, right};
    struct join_plan copy = {
        .size_ns = config->size_ns,
        .slide_ns = config->slide_ns != 0 ? config->slide_ns : config->size_ns,
        .lateness_ns = config->lateness_ns,
    };

    pm_pairs_name(&copy.pairs, config->columns, config->column);
    return pm_plan_add(plan, &pm_class_window_join, &copy, 2, inputs);
}
