/* SPDX-License-Identifier: Apache-2.0 */
/* A task's step: outbox first, then rows in hand, then a slice of a firing, then new input. */
#include "pm_event_task.h"

#include <stdlib.h>

/* While a mark is fired, input that has piled up behind a slice is taken first; but so many times a
 * chunk at most, so that under any load the firing comes to an end, too. */
#define ROUNDS_A_SLICE 4u
/* So many times larger are the slices of a mark that comes to its turn where a firing ends. */
#define CATCH_UP 64u

/* --- sending ---------------------------------------------------------------------------------- */

/* Drain every outbox; sets blocked. Returns rows that still wait. */
static size_t drain(struct pm_event_task *self)
{
    size_t waiting = 0;

    for (unsigned i = 0; i < self->exchanges; i++) {
        struct pm_event_exchange *exchange = self->exchange[i];
        for (unsigned k = 0; k < exchange->receivers; k++) {
            if (!pm_event_lane_drain(&exchange->lanes[k]))
                waiting += pm_event_lane_waiting(&exchange->lanes[k]);
        }
    }
    self->task.blocked = waiting != 0;
    return waiting;
}

static int note_outbox(struct pm_event_task *self, size_t waiting)
{
    const struct pm_event_settings *settings = self->job->settings;

    if (waiting > atomic_load_explicit(&self->stats->outbox_high_rows, memory_order_relaxed))
        atomic_store_explicit(&self->stats->outbox_high_rows, waiting, memory_order_relaxed);
    if (waiting > (uint64_t)settings->max_fan_out)
        pm_task_fail(&self->task, &self->exchange[0]->base, PM_EFAIL,
                     "%zu rows wait, max-fan-out is %lld: an operator before %s makes too many",
                     waiting, (long long)settings->max_fan_out, self->exchange[0]->node->name);
    return self->task.code;
}

/* --- marks ------------------------------------------------------------------------------------ */

static int64_t least_watermark(const struct pm_event_input *input)
{
    int64_t least = PM_TIME_MAX;

    for (unsigned i = 0; i < input->intakes; i++) {
        const int64_t mark = pm_intake_watermark(&input->intake[i]);
        least = mark < least ? mark : least;
    }
    for (unsigned i = 0; i < input->lanes; i++)
        least = input->lane[i]->watermark_ns < least ? input->lane[i]->watermark_ns : least;
    return least;
}

/* Let the chain go on with the mark that it was told last; true when it has finished with it. */
static bool fire(struct pm_event_task *self)
{
    struct pm_event_input *input = &self->input[self->marked];
    const struct pm_edge entry = input->entry;
    const int64_t now_ns = self->task.now_ns;

    self->task.now_ns = self->mark_read_ns;
    self->firing = !entry.to->advance(entry.to, entry.input, self->mark_ns);
    self->task.now_ns = now_ns;
    if (!self->firing)
        input->watermark_ns = self->mark_ns;
    return !self->firing;
}

static uint32_t larger_slice(uint32_t slice)
{
    return slice <= UINT32_MAX / CATCH_UP ? slice * CATCH_UP : UINT32_MAX;
}

/*
 * Tell the chain how far each input has come; true when it has finished with all of it. A mark that
 * it has not finished with stays the same, whatever has been read since, so that it comes to an end
 * and moves on downstream; then it is the next input's turn. Its slices are larger where a firing
 * ends, and so on while one follows the other: where input comes faster than slices close windows,
 * each firing would else leave more windows open than it closed, until memory ends.
 */
static bool advance(struct pm_event_task *self)
{
    const unsigned before = self->marked;
    bool follows = self->firing;

    if (self->firing && !fire(self))
        return false;
    for (unsigned i = 1; i <= self->input_count; i++) {
        const unsigned at = (before + i) % self->input_count;
        const int64_t mark_ns = least_watermark(&self->input[at]);
        if (mark_ns == self->input[at].watermark_ns)
            continue;
        self->marked = at;
        self->mark_ns = mark_ns;
        self->mark_read_ns = self->task.now_ns;
        self->task.slice = follows ? larger_slice(self->task.slice) : self->slice;
        if (!fire(self))
            return false;
        follows = false;
    }
    return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool by_chunk(const struct pm_event_task *self)
{
    const struct pm_event_settings *settings = self->job->settings;

    return settings->dispatch == PM_DISPATCH_CHUNK ||
           (settings->dispatch == PM_DISPATCH_AUTO && self->pushed == 0 &&
            self->hand.count == PM_CHUNK_DEFAULT);
}

/* Push the hand until it is empty or an outbox is in use; true when it is empty. */
static bool push_hand(struct pm_event_task *self)
{
    const struct pm_edge entry = self->hand_entry;

    if (self->pushed < self->hand.count && by_chunk(self)) {
        self->pushed = self->hand.count;
        entry.to->chunk(entry.to, entry.input, &self->hand);
    }
    while (self->pushed < self->hand.count && !self->task.blocked) {
        struct pm_record *row = &self->hand.rows[self->pushed++];
        entry.to->one(entry.to, entry.input, row, &self->hand.bytes);
    }
    if (self->pushed < self->hand.count)
        return false;
    pm_chunk_reset(&self->hand);
    self->pushed = 0;
    return true;
}

/* Fill the empty hand from one intake or lane of @p input. Returns records taken, or PM_E*. */
static int take(struct pm_event_task *self, struct pm_event_input *input, unsigned from)
{
    int taken;

    if (from < input->intakes && self->draining)
        return 0;
    self->hand_entry = input->entry;
    if (from < input->intakes) {
        taken = pm_intake_take(&input->intake[from], &self->hand, PM_CHUNK_DEFAULT, UINT64_MAX,
                               self->task.now_ns);
        if (taken > 0)
            atomic_fetch_add_explicit(&self->stats->records_read, self->hand.count,
                                      memory_order_relaxed);
    } else {
        taken =
            pm_event_lane_take(input->lane[from - input->intakes], &self->hand, PM_CHUNK_DEFAULT);
    }
    if (taken < 0 && from < input->intakes)
        self->task.code = pm_source_fail(input->intake[from].source, taken, &self->task.error);
    else if (taken < 0)
        self->task.code = pm_error_set(&self->task.error, taken, "input: %s", pm_error_name(taken));
    return taken;
}

/* One round over every intake and lane, also while a mark is fired in slices: its next slice is
 * the next step's. Returns > 0 when something was taken. */
static int take_round(struct pm_event_task *self)
{
    int found = 0;

    for (unsigned i = 0; i < self->input_count && !self->task.blocked; i++) {
        struct pm_event_input *input = &self->input[(self->turn + i) % self->input_count];
        const unsigned sources = input->intakes + input->lanes;
        for (unsigned k = 0; k < sources && !self->task.blocked; k++) {
            self->task.now_ns = pm_clock_ns();
            const int taken = take(self, input, k);
            if (taken < 0)
                return taken;
            found += taken;
            if (taken > 0 && push_hand(self) && !self->firing)
                advance(self);
        }
    }
    self->turn++;
    return found;
}

/* --- the end ---------------------------------------------------------------------------------- */

static bool all_ended(const struct pm_event_task *self)
{
    for (unsigned i = 0; i < self->input_count; i++) {
        const struct pm_event_input *input = &self->input[i];
        for (unsigned k = 0; k < input->intakes; k++) {
            if (!input->intake[k].ended && !self->draining)
                return false;
        }
        for (unsigned k = 0; k < input->lanes; k++) {
            if (!input->lane[k]->ended)
                return false;
        }
    }
    return true;
}

static void say_end(struct pm_event_task *self)
{
    for (unsigned i = 0; i < self->exchanges; i++) {
        for (unsigned k = 0; k < self->exchange[i]->receivers; k++) {
            if (!pm_event_lane_mark(&self->exchange[i]->lanes[k], PM_KIND_END, PM_TIME_MIN))
                pm_task_fail(&self->task, &self->exchange[i]->base, PM_ENOMEM, "no memory");
        }
    }
    self->done = true;
}

/* Work that was begun before: outboxes, rows in hand, a slice of what is due. True when the task
 * may take input. */
static bool go_on(struct pm_event_task *self)
{
    if (drain(self) != 0)
        return false;
    if (!push_hand(self))
        return false;
    advance(self);
    return !self->task.blocked;
}

static int check(struct pm_event_task *self)
{
    for (unsigned i = 0; i < self->chain_count && self->task.code == 0; i++) {
        if (pm_chain_failed(self->chains[i]))
            self->task.code = pm_error_set(&self->task.error, PM_ENOMEM, "state: no memory");
    }
    return self->task.code;
}

int pm_event_step(struct pm_event_task *self, unsigned budget)
{
    unsigned rounds = budget;
    int found = 0;

    if (self->done) {
        drain(self);
        return 0;
    }
    if (go_on(self)) {
        rounds *= self->firing ? ROUNDS_A_SLICE : 1;
        for (unsigned i = 0; i < rounds && !self->task.blocked; i++) {
            const int taken = take_round(self);
            if (taken < 0)
                return taken;
            if (taken == 0)
                break;
            found += taken;
        }
    }
    if (found == 0 && !self->task.blocked && all_ended(self) && advance(self))
        say_end(self);
    const size_t waiting = drain(self);
    int code = note_outbox(self, waiting);
    if (code == 0 && self->publishes)
        code = pm_outlets_publish(&self->outlets);
    if (code == 0)
        code = check(self);
    if (code != 0 && self->task.code == 0)
        self->task.code = pm_error_set(&self->task.error, code, "sink: %s", pm_error_name(code));
    const bool goes_on = self->done || (self->firing && waiting == 0);
    return code != 0 ? self->task.code : found + (goes_on ? 1 : 0);
}

bool pm_event_is_finished(const struct pm_event_task *self)
{
    for (unsigned i = 0; i < self->exchanges; i++) {
        for (unsigned k = 0; k < self->exchange[i]->receivers; k++) {
            if (pm_event_lane_waiting(&self->exchange[i]->lanes[k]) != 0)
                return false;
        }
    }
    return self->done;
}

void pm_event_task_close(struct pm_event_task *self)
{
    if (self->publishes)
        pm_outlets_close(&self->outlets);
    for (unsigned i = 0; i < self->chain_count; i++)
        pm_chain_close(self->chains[i]);
    for (unsigned i = 0; i < self->exchanges; i++) {
        for (unsigned k = 0; k < self->exchange[i]->receivers; k++)
            pm_event_lane_close(&self->exchange[i]->lanes[k]);
        free(self->exchange[i]->lanes);
        free(self->exchange[i]);
    }
    for (unsigned i = 0; i < self->input_count; i++) {
        free(self->input[i].intake);
        free(self->input[i].lane);
    }
    pm_chunk_close(&self->hand);
}
