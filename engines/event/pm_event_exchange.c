/* SPDX-License-Identifier: Apache-2.0 */
/* The event engine's exchange: a row goes to the task that owns its key's group. */
#include "pm_event_task.h"

#include <stdlib.h>

static inline void send(struct pm_event_exchange *self, const struct pm_record *record,
                        const struct pm_bytes *bytes)
{
    const unsigned group = pm_hash_key_group(pm_hash_u64(record->key));
    struct pm_event_lane *lane = &self->lanes[pm_hash_subtask(group, self->receivers)];

    if (!pm_event_lane_push(lane, record, bytes))
        pm_task_fail(&self->task->task, &self->base, PM_ENOMEM, "no memory for the outbox");
    if (pm_event_lane_waiting(lane) != 0)
        self->task->task.blocked = true;
}

static void exchange_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                         struct pm_bytes *bytes)
{
    (void)input;
    send((struct pm_event_exchange *)op, record, bytes);
}

static void exchange_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    (void)input;
    for (uint32_t i = 0; i < chunk->selected; i++)
        send((struct pm_event_exchange *)op, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes);
}

/* A mark that comes again, because a branch beside this one has not finished with it, stays here.
 */
static bool exchange_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct pm_event_exchange *self = (struct pm_event_exchange *)op;

    (void)input;
    if (watermark_ns == self->told_ns)
        return true;
    self->told_ns = watermark_ns;
    for (unsigned i = 0; i < self->receivers; i++) {
        if (!pm_event_lane_mark(&self->lanes[i], PM_KIND_WATERMARK, watermark_ns))
            pm_task_fail(&self->task->task, op, PM_ENOMEM, "no memory for the outbox");
        if (pm_event_lane_waiting(&self->lanes[i]) != 0)
            self->task->task.blocked = true;
    }
    return true;
}

static void onward_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    const struct pm_edge *to = &((struct pm_event_exchange *)op)->onward;

    (void)input;
    to->to->one(to->to, to->input, record, bytes);
}

static void onward_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    const struct pm_edge *to = &((struct pm_event_exchange *)op)->onward;

    (void)input;
    to->to->chunk(to->to, to->input, chunk);
}

static bool onward_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    const struct pm_edge *to = &((struct pm_event_exchange *)op)->onward;

    (void)input;
    return to->to->advance(to->to, to->input, watermark_ns);
}

static const struct pm_operator_class exchange_class = {.name = "exchange", .inputs_max = 1};

struct pm_event_exchange *pm_event_exchange_open(struct pm_event_task *task,
                                                 const struct pm_plan_node *node,
                                                 unsigned receivers, struct pm_edge onward)
{
    struct pm_event_exchange *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->base = (struct pm_operator){.class = &exchange_class, .task = &task->task};
    self->base.one = receivers == 0 ? onward_one : exchange_one;
    self->base.chunk = receivers == 0 ? onward_chunk : exchange_chunk;
    self->base.advance = receivers == 0 ? onward_advance : exchange_advance;
    self->task = task;
    self->node = node;
    self->onward = onward;
    self->told_ns = PM_TIME_MIN;
    task->exchange[task->exchanges++] = self;
    if (receivers == 0)
        return self;
    self->lanes = aligned_alloc(PM_CACHE_PAIR, receivers * sizeof *self->lanes);
    if (self->lanes == NULL)
        return NULL;
    for (; self->receivers < receivers; self->receivers++) {
        if (pm_event_lane_open(&self->lanes[self->receivers]) != 0)
            return NULL;
    }
    return self;
}
