/* SPDX-License-Identifier: Apache-2.0 */
/* interval_join: pairs of both sides whose times lie so far apart, and left records without one. */
#include "pm_fire.h"
#include "pm_pairs.h"
#include "pm_row_buffer.h"
#include "pm_verbs.h"

#include <string.h>

enum { PORT_LATE = 1, PORT_UNMATCHED, PORT_LATE_RIGHT };
enum { SIDE_LEFT, SIDE_RIGHT };

struct join_plan {
    int64_t lower_ns, upper_ns, lateness_ns;
    struct pm_pairs_plan pairs;
    struct pm_schema unmatched;
};

struct join {
    struct pm_operator base;
    struct pm_out out;
    struct pm_watermarks marks;
    struct pm_pairs pairs;
    int64_t lower_ns, upper_ns, lateness_ns;
    int64_t reach_ns; /* from a left record's time to its end, less 1 ns */
    struct pm_row_buffer lefts, rights;
    struct pm_cell *timers; /* tag: the side whose records of one time it ends */
};

static int64_t reach_of(int64_t upper_ns)
{
    return upper_ns > 0 ? upper_ns : 0;
}

/* @p time_ns + @p duration_ns of any sign, within the limits of time. */
static int64_t shifted(int64_t time_ns, int64_t duration_ns)
{
    return duration_ns >= 0                      ? pm_time_plus(time_ns, duration_ns)
           : time_ns < PM_TIME_MIN - duration_ns ? PM_TIME_MIN
                                                 : time_ns + duration_ns;
}

/* The watermark at which a left record is complete. */
static int64_t left_due(const struct join *self, int64_t time_ns)
{
    return pm_time_plus(time_ns, self->reach_ns + 1 + self->lateness_ns);
}

/* The one at which the last left record that a right one may meet is complete. */
static int64_t right_due(const struct join *self, int64_t time_ns)
{
    return left_due(self, shifted(time_ns, -self->lower_ns));
}

static void emit_pair(struct join *self, const struct pm_record *maker,
                      const struct pm_record *left, const struct pm_record *right)
{
    struct pm_record *row = pm_out_row(&self->out, 0, maker);
    const int64_t apart_ns = right->event_time_ns - left->event_time_ns;

    row->event_time_ns = apart_ns > 0 ? right->event_time_ns : left->event_time_ns;
    if (!(pm_record_is_replayed(left) && pm_record_is_replayed(right)))
        row->word &= ~PM_WORD_REPLAYED;
    pm_pairs_write(&self->pairs, row, pm_out_bytes(&self->out), left, right, 1, &apart_ns);
}

static void take_left(struct join *self, const struct pm_record *left, const struct pm_bytes *bytes)
{
    const int64_t time_ns = left->event_time_ns;
    const int64_t due_ns = left_due(self, time_ns);
    const int64_t last_ns = shifted(time_ns, self->upper_ns);
    uint32_t matches = 0;
    PM_SCRATCH struct pm_row_range range;

    if (due_ns <= pm_record_closed_below(left, bytes)) {
        pm_out_pass(&self->out, PORT_LATE, left, bytes);
        return;
    }
    for (bool more = pm_row_range_open(&range, &self->rights, left->key,
                                       shifted(time_ns, self->lower_ns), last_ns);
         more; more = pm_row_range_next(&range, &self->rights)) {
        if (due_ns <= range.at.row->closed_below_ns)
            continue;
        emit_pair(self, left, left, &range.at.row->record);
        matches = 1;
    }
    if (pm_row_buffer_add(&self->lefts, 0, left, bytes, matches))
        pm_timer_set(self->timers, due_ns, left->key, SIDE_LEFT);
}

static void take_right(struct join *self, const struct pm_record *right,
                       const struct pm_bytes *bytes)
{
    const int64_t time_ns = right->event_time_ns;
    const int64_t due_ns = right_due(self, time_ns);
    const int64_t last_ns = shifted(time_ns, -self->lower_ns);
    const int64_t closed_ns = pm_record_closed_below(right, bytes);
    PM_SCRATCH struct pm_row_range range;

    if (due_ns <= closed_ns) {
        pm_out_pass(&self->out, PORT_LATE_RIGHT, right, bytes);
        return;
    }
    for (bool more = pm_row_range_open(&range, &self->lefts, right->key,
                                       shifted(time_ns, -self->upper_ns), last_ns);
         more; more = pm_row_range_next(&range, &self->lefts)) {
        if (left_due(self, range.at.time_ns) <= closed_ns)
            continue;
        emit_pair(self, right, &range.at.row->record, right);
        if (range.at.row->mark == 0)
            pm_row_buffer_mark(&self->lefts, &range.at, 1);
    }
    if (pm_row_buffer_add(&self->rights, 1, right, bytes, 0))
        pm_timer_set(self->timers, due_ns, right->key, SIDE_RIGHT);
}

static inline void take(struct join *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    (void)out;
    if (input == 0)
        take_left(self, record, bytes);
    else
        take_right(self, record, bytes);
}
PM_EMIT_ENTRIES(join, struct join, take)

static void emit_unmatched(struct join *self, const struct pm_record *left)
{
    struct pm_record *row = pm_out_row(&self->out, PORT_UNMATCHED, NULL);

    row->event_time_ns = left->event_time_ns;
    row->key = left->key;
    memcpy(row->payload, left->payload, sizeof row->payload);
}

/* Each time of a side has its timer, and the earliest goes first, so that one is all. */
static void fire(struct pm_operator *op, const struct pm_timer *timer)
{
    struct join *self = (struct join *)op;
    const bool is_left = timer->tag == SIDE_LEFT;
    struct pm_row_buffer *const side = is_left ? &self->lefts : &self->rights;
    struct pm_row_cursor at;

    if (!pm_row_buffer_seek(side, timer->key, PM_TIME_MIN, &at))
        return;
    if (is_left) {
        do {
            if (at.row->mark == 0)
                emit_unmatched(self, &at.row->record);
        } while (pm_row_buffer_tie(side, &at));
    }
    pm_row_buffer_forget(side, &at);
}

static bool join_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct join *self = (struct join *)op;
    const int64_t least_ns = pm_watermarks_raise(&self->marks, input, watermark_ns);

    return pm_fire_due(op, self->timers, &self->out, fire, least_ns,
                       self->lateness_ns + self->reach_ns);
}

static int join_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct join_plan *plan = config;
    struct join *self = (struct join *)op;

    pm_watermarks_open(&self->marks, 2);
    pm_pairs_open(&self->pairs, &plan->pairs, op->input_schema[1]);
    self->lower_ns = plan->lower_ns;
    self->upper_ns = plan->upper_ns;
    self->lateness_ns = plan->lateness_ns;
    self->reach_ns = reach_of(plan->upper_ns);
    int code = pm_row_buffer_open(&self->lefts, op, "lefts", "left_ties", error);
    if (code == 0)
        code = pm_row_buffer_open(&self->rights, op, "rights", "right_ties", error);
    if (code == 0)
        code = pm_state_declare(&self->timers, op->state, "timers", PM_CELL_TIMERS, 0, error);
    return code != 0 ? code : pm_out_open(&self->out, op, error);
}

static void join_close(struct pm_operator *op)
{
    pm_out_close(&((struct join *)op)->out);
}

static int check_bound(const struct pm_plan_node *node, const char *name, int64_t value_ns,
                       struct pm_error *error)
{
    if (value_ns >= -PM_DURATION_MAX && value_ns <= PM_DURATION_MAX)
        return 0;
    return pm_error_set(error, PM_EINPUT, "%s: %s bound is %lld ns, -%lld to %lld are allowed",
                        node->name, name, (long long)value_ns, (long long)PM_DURATION_MAX,
                        (long long)PM_DURATION_MAX);
}

static int join_check(struct pm_plan_node *node, struct pm_error *error)
{
    struct join_plan *plan = node->config;
    const struct pm_schema *left = pm_plan_flow_schema(node->inputs[0]);
    int code = check_bound(node, "lower", plan->lower_ns, error);

    if (code == 0)
        code = check_bound(node, "upper", plan->upper_ns, error);
    if (code == 0)
        code = pm_columns_duration(node, "lateness", plan->lateness_ns, 0, error);
    if (code == 0 && plan->lower_ns > plan->upper_ns)
        code = pm_error_set(error, PM_EINPUT, "%s: lower bound %lld ns lies above upper %lld ns",
                            node->name, (long long)plan->lower_ns, (long long)plan->upper_ns);
    if (code != 0)
        return code;
    plan->unmatched = (struct pm_schema){.name = node->name};
    pm_columns_keep(&plan->unmatched, left);
    node->port_schema[PORT_UNMATCHED] = &plan->unmatched;
    node->schema = plan->unmatched;
    code = pm_pairs_check(node, &plan->pairs, error);
    return code != 0 ? code
                     : pm_pairs_add(node, "apart", PM_TYPE_INTEGER, plan->pairs.columns, error);
}

static int64_t lag_ns(const void *config)
{
    const struct join_plan *plan = config;

    return plan->lateness_ns + reach_of(plan->upper_ns);
}

/* The oldest left record that is not complete may have met right ones before it. */
static int64_t look_back_ns(const void *config)
{
    const int64_t lower_ns = ((const struct join_plan *)config)->lower_ns;

    return lower_ns < 0 ? -lower_ns : 0;
}

/* A pair's time is the later one's: the other lies before it by a bound at most. */
static int64_t reach_ns(const void *config)
{
    const int64_t after_ns = reach_of(((const struct join_plan *)config)->upper_ns);
    const int64_t before_ns = look_back_ns(config);

    return after_ns > before_ns ? after_ns : before_ns;
}

const struct pm_operator_class pm_class_interval_join = {
    .name = "interval_join",
    .help = "pairs of two sides whose times lie so far apart, and left records without one",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_MERGES | PM_TRAIT_ANY_ID,
    .inputs_min = 2,
    .inputs_max = 2,
    .ports = 4,
    .port_names = {"main", "late", "unmatched", "late_right"},
    .port_input = {0, 0, 0, 1},
    .waiting_ports = 1u << PORT_UNMATCHED,
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
    .reach_ns = reach_ns,
};

struct pm_flow pm_plan_interval_join(struct pm_plan *plan, struct pm_flow left,
                                     struct pm_flow right,
                                     const struct pm_interval_join_config *config)
{
    const struct pm_flow inputs[2] = {left, right};
    struct join_plan copy = {
        .lower_ns = config->lower_ns,
        .upper_ns = config->upper_ns,
        .lateness_ns = config->lateness_ns,
    };

    pm_pairs_name(&copy.pairs, config->columns, config->column);
    return pm_plan_add(plan, &pm_class_interval_join, &copy, 2, inputs);
}
