/* SPDX-License-Identifier: Apache-2.0 */
/* Records wait in state, by key and event time, until the watermark makes their order final. */
#include "pm_event_process.h"

int pm_event_process_open(struct pm_event_process *self, unsigned inputs, int64_t lateness_ns,
                          struct pm_error *error)
{
    struct pm_operator *const op = &self->base;

    pm_watermarks_open(&self->marks, inputs);
    self->lateness_ns = lateness_ns;
    self->now_ns = PM_TIME_MIN;
    int code = pm_row_buffer_open(&self->rows, op, "rows", "ties", error);
    if (code == 0)
        code = pm_state_declare(&self->timers, op->state, "timers", PM_CELL_TIMERS, 0, error);
    return code != 0 ? code : pm_out_open(&self->out, op, error);
}

void pm_event_process_close(struct pm_operator *op)
{
    pm_out_close(&((struct pm_event_process *)op)->out);
}

static inline void take(struct pm_event_process *self, unsigned input,
                        const struct pm_record *record, const struct pm_bytes *bytes,
                        struct pm_out *out)
{
    const int64_t due_ns = pm_time_plus(record->event_time_ns, self->lateness_ns + 1);

    if (__builtin_expect(pm_record_is_behind(record), 0) &&
        due_ns <= pm_record_closed_below(record, bytes))
        pm_out_pass(out, 1 + input, record, bytes);
    else if (pm_row_buffer_add(&self->rows, input, record, bytes, 0))
        pm_timer_set(self->timers, due_ns, record->key, PM_EVENT_RECORDS);
}
PM_EMIT_ENTRIES(buffered, struct pm_event_process, take)

void pm_event_process_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                          struct pm_bytes *bytes)
{
    buffered_one(op, input, record, bytes);
}

void pm_event_process_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    buffered_chunk(op, input, chunk);
}

/* The earliest first: where the end of time cuts dues short, one timer may find several times. */
bool pm_event_process_due(struct pm_event_process *self, const struct pm_timer *timer,
                          struct pm_row_cursor *at)
{
    if (!pm_row_buffer_seek(&self->rows, timer->key, PM_TIME_MIN, at) ||
        pm_time_plus(at->time_ns, self->lateness_ns + 1) > timer->time_ns)
        return false;
    self->now_ns = at->time_ns;
    return true;
}
