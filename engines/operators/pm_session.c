/* SPDX-License-Identifier: Apache-2.0 */
/* window, kind session: a key's records with less than a gap between neighbours, merged as met. */
#include "pm_window.h"

#include "pm_fire.h"

struct sessions {
    struct pm_operator base;
    struct pm_out out;
    struct pm_folds folds;
    int64_t gap_ns, lateness_ns;
    struct pm_cell *sessions; /* map: start to struct session */
    struct pm_cell *timers;   /* tag: a point in time inside the session */
};

/*
 * A session is [start, end): start is its sub-key, end its last record + gap. Records of a key
 * belong together when their own [time, time + gap) overlap, whatever their order of arrival, so
 * open sessions are disjoint and one record bridges two of them at most. Growing costs no timer:
 * one that finds its session longer than it knew is set again, and one whose time is no longer the
 * session's (it was merged into an earlier one, which fires no later) is void.
 */
struct session {
    int64_t end_ns;
    int64_t timer_ns;
    int64_t accumulator[];
};

static int64_t due_ns(const struct sessions *self, int64_t end_ns)
{
    return pm_time_plus(end_ns, self->lateness_ns);
}

static struct session *start_session(struct sessions *self, uint64_t key, int64_t start_ns)
{
    struct session *session = pm_map_put(self->sessions, key, start_ns, NULL);

    session->end_ns = pm_time_plus(start_ns, self->gap_ns);
    session->timer_ns = due_ns(self, session->end_ns);
    pm_timer_set(self->timers, session->timer_ns, key, start_ns);
    return session;
}

/* A record at @p time_ns reaches the session that starts later at @p start_ns: it becomes part of
 * the session before when the record touches that one too, else it starts at the record. */
static struct session *start_earlier(struct sessions *self, uint64_t key, int64_t time_ns,
                                     int64_t start_ns)
{
    const struct session *later = pm_map_get(self->sessions, key, start_ns);
    struct session *session;
    struct pm_state_entry before;

    if (pm_map_at_most(self->sessions, key, time_ns, &before) &&
        ((const struct session *)before.value)->end_ns > time_ns) {
        session = pm_map_get(self->sessions, key, before.order);
        pm_folds_merge(&self->folds, session->accumulator, later->accumulator);
    } else {
        session = pm_map_put(self->sessions, key, time_ns, NULL);
        pm_folds_merge(&self->folds, session->accumulator, later->accumulator);
        session->timer_ns = later->timer_ns;
    }
    session->end_ns = later->end_ns;
    pm_map_delete(self->sessions, key, start_ns);
    return session;
}

static inline struct session *session_of(struct sessions *self, uint64_t key, int64_t time_ns)
{
    const int64_t end_ns = pm_time_plus(time_ns, self->gap_ns);
    struct pm_state_entry near;

    if (!pm_map_at_most(self->sessions, key, end_ns - 1, &near) ||
        ((const struct session *)near.value)->end_ns <= time_ns)
        return start_session(self, key, time_ns);
    if (near.order > time_ns)
        return start_earlier(self, key, time_ns, near.order);
    struct session *session = pm_map_get(self->sessions, key, near.order);
    if (end_ns > session->end_ns)
        session->end_ns = end_ns;
    return session;
}

/* The record alone decides whether it is late: a session has no end before it is complete. */
static inline void fold(struct sessions *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t time_ns = record->event_time_ns;

    (void)input;
    if (__builtin_expect(pm_record_is_behind(record), 0) &&
        pm_time_plus(time_ns, self->lateness_ns) < pm_record_closed_below(record, bytes)) {
        pm_out_pass(out, 1, record, bytes);
        return;
    }
    pm_folds_add(&self->folds, session_of(self, record->key, time_ns)->accumulator, record, bytes);
}
PM_EMIT_ENTRIES(session, struct sessions, fold)

static void fire(struct pm_operator *op, const struct pm_timer *timer)
{
    struct sessions *self = (struct sessions *)op;
    struct pm_state_entry entry;

    if (!pm_map_at_most(self->sessions, timer->key, timer->tag, &entry))
        return;
    const struct session *session = entry.value;
    const int64_t due = due_ns(self, session->end_ns);
    if (session->timer_ns != timer->time_ns)
        return;
    if (due > timer->time_ns) {
        struct session *longer = pm_map_get(self->sessions, timer->key, entry.order);
        longer->timer_ns = due;
        pm_timer_set(self->timers, due, timer->key, entry.order);
        return;
    }
    pm_window_emit(&self->out, &self->folds, timer->key, entry.order, session->end_ns,
                   session->accumulator);
    pm_map_delete(self->sessions, timer->key, entry.order);
}

static bool session_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct sessions *self = (struct sessions *)op;

    (void)input;
    return pm_fire_due(op, self->timers, &self->out, fire, watermark_ns, self->lateness_ns);
}

static int session_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct pm_window_plan *plan = config;
    struct sessions *self = (struct sessions *)op;

    self->gap_ns = plan->gap_ns;
    self->lateness_ns = plan->lateness_ns;
    pm_folds_open(&self->folds, plan->folds, plan->fold, op->input_schema[0]);
    int code = pm_state_declare(&self->sessions, op->state, "sessions", PM_CELL_MAP,
                                (uint32_t)sizeof(struct session) + self->folds.size, error);
    if (code == 0)
        code = pm_state_declare(&self->timers, op->state, "timers", PM_CELL_TIMERS, 0, error);
    return code != 0 ? code : pm_out_open(&self->out, op, error);
}

static void session_close(struct pm_operator *op)
{
    pm_out_close(&((struct sessions *)op)->out);
}

static int session_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;
    int code = pm_window_check_sizes(node, error);

    if (code == 0)
        code = pm_window_check_duration(node, "gap", plan->gap_ns, error);
    return code != 0 ? code : pm_window_check_rows(node, error);
}

const struct pm_operator_class pm_class_session = {
    .name = "session",
    .help = "folds of a key's records in sessions that a gap separates",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ON_WATERMARK | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "late"},
    .size = sizeof(struct sessions),
    .config_size = sizeof(struct pm_window_plan),
    .one = session_one,
    .chunk = session_chunk,
    .advance = session_advance,
    .check = session_check,
    .open = session_open,
    .close = session_close,
    .lag_ns = pm_window_lag_ns,
};
