/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed processing in event time order, with timers: the frame that a kernel fills. */
#ifndef PM_EVENT_PROCESS_H
#define PM_EVENT_PROCESS_H

#include "pm_fire.h"
#include "pm_row_buffer.h"

/**
 * First member of an operator whose answer depends on the order of event time. The records and
 * timers of a key run as one sequence, each once the least watermark of all inputs has passed its
 * time + lateness: by time, a record before a timer of the same time, records of one time by input,
 * partition, sequence and columns, timers of one time in the order in which they were set. Until
 * then records wait in state. This is what a keyed process function behind a sort by row time does
 * in Flink (CepOperator, "event time"); the order of equal times is ours.
 *
 * Late: a record whose time + 1 ns + lateness is not above the watermark that it came below leaves
 * through port 1 + its input, as it came. Extensions are not kept: the kernel sees the 64 bytes.
 * Retractions are refused by the plan: an order of event time has no place for a delete.
 * Rows made carry the time of the record or timer in hand and are never late downstream.
 *
 * Its class has the traits PM_EVENT_TRAITS, the ports PM_EVENT_PORTS with PM_EVENT_INPUTS_OF_PORTS,
 * pm_event_process_one and _chunk as entries, an advance by PM_EVENT_ADVANCE, a close that calls
 * pm_event_process_close, and a lag_ns that returns its lateness.
 *
 * Cost: a record is put into a map and, where it is the first of its key and time, sets a timer;
 * both come out again when it runs. Memory: 176 bytes a waiting record (112 in the buffer, 64 of a
 * timer that is alone at its time) and what the kernel keeps.
 */
struct pm_event_process {
    struct pm_operator base;
    struct pm_out out;
    struct pm_row_buffer rows;
    struct pm_cell *timers; /* tag: the kernel's, or PM_EVENT_RECORDS */
    struct pm_watermarks marks;
    int64_t lateness_ns;
    int64_t now_ns; /* time of the record or timer in hand */
};

#define PM_EVENT_TRAITS                                                                            \
    (PM_TRAIT_KEYED | PM_TRAIT_ON_WATERMARK | PM_TRAIT_EVENT_ORDER | PM_TRAIT_LOOKS_BACK)
#define PM_EVENT_PORTS           (1u + PM_INPUTS_MAX)
#define PM_EVENT_PORT_NAMES      "main", "late", "late_1", "late_2", "late_3"
#define PM_EVENT_INPUTS_OF_PORTS 0, 0, 1, 2, 3

#define PM_EVENT_RECORDS INT64_MIN /* the tag that no kernel may use */

/** Declare the cells "rows", "ties" and "timers" and open the rest. Call in the class's open, and
 * pm_event_process_close in its close. Errors: PM_ENOMEM, the state's. */
int pm_event_process_open(struct pm_event_process *self, unsigned inputs, int64_t lateness_ns,
                          struct pm_error *error);
void pm_event_process_close(struct pm_operator *op);

/** The entries: records are kept until their time has come, or leave as late. */
void pm_event_process_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                          struct pm_bytes *bytes);
void pm_event_process_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk);

/** For kernels: a timer of @p key at @p time_ns, or now where that lies in the past. Each one set
 * fires; a kernel that no longer wants it sees so from its state. */
static inline void pm_event_process_timer(struct pm_event_process *self, uint64_t key,
                                          int64_t time_ns, int64_t tag)
{
    const int64_t at_ns = time_ns > self->now_ns ? time_ns : self->now_ns;

    pm_timer_set(self->timers, pm_time_plus(at_ns, self->lateness_ns + 1), key, tag);
}

/** For kernels: a row for @p port at the time in hand with this key and zero columns. */
static inline struct pm_record *pm_event_process_row(struct pm_event_process *self, unsigned port,
                                                     uint64_t key)
{
    struct pm_record *row = pm_out_row(&self->out, port, NULL);

    row->event_time_ns = self->now_ns;
    row->key = key;
    return row;
}

/** For the macro: go to the first record of the timer's key whose time has come; sets now_ns. Each
 * time has its timer, so that one is all, but where the end of time cuts dues short. */
bool pm_event_process_due(struct pm_event_process *self, const struct pm_timer *timer,
                          struct pm_row_cursor *at);

/**
 * Write PREFIX_advance. The operator struct TYPE begins with a struct pm_event_process.
 * void RECORD(TYPE *self, unsigned input, const struct pm_record *record): one record, in order.
 * void TIMER(TYPE *self, uint64_t key, int64_t tag): one timer; self's now_ns is its time.
 */
#define PM_EVENT_ADVANCE(PREFIX, TYPE, RECORD, TIMER)                                              \
    static void PREFIX##_fire(struct pm_operator *op, const struct pm_timer *timer)                \
    {                                                                                              \
        struct pm_event_process *const process = (struct pm_event_process *)op;                    \
        struct pm_row_cursor at;                                                                   \
        while (pm_event_process_due(process, timer, &at)) {                                        \
            do                                                                                     \
                RECORD((TYPE *)op, at.row->input, &at.row->record);                                \
            while (pm_row_buffer_tie(&process->rows, &at));                                        \
            pm_row_buffer_forget(&process->rows, &at);                                             \
            if (timer->time_ns != PM_TIME_MAX)                                                     \
                break;                                                                             \
        }                                                                                          \
        if (timer->tag == PM_EVENT_RECORDS)                                                        \
            return;                                                                                \
        process->now_ns = pm_watermark_less(timer->time_ns, process->lateness_ns + 1);             \
        TIMER((TYPE *)op, timer->key, timer->tag);                                                 \
    }                                                                                              \
    static bool PREFIX##_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)     \
    {                                                                                              \
        struct pm_event_process *const process = (struct pm_event_process *)op;                    \
        const int64_t least_ns = pm_watermarks_raise(&process->marks, input, watermark_ns);        \
        return pm_fire_due(op, process->timers, &process->out, PREFIX##_fire, least_ns,            \
                           process->lateness_ns);                                                  \
    }

#endif
