/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of batches that fill at the tail and drain at the head. */
#include "pm_lane.h"

static struct pm_lane_batch *batch_at(struct pm_lane *lane, uint32_t position)
{
    return &lane->batch[position % PM_LANE_BATCHES];
}

/* An empty batch is as good as new: its extensions may be overwritten. */
static void reset(struct pm_lane_batch *batch)
{
    batch->at = 0;
    batch->count = 0;
    batch->bytes.used = 0;
}

int pm_lane_push(struct pm_lane *lane, const struct pm_record *record, const struct pm_bytes *bytes)
{
    struct pm_lane_batch *batch = batch_at(lane, lane->tail);

    if (batch->count == PM_LANE_BATCH) {
        if (lane->tail + 1 - lane->head == PM_LANE_BATCHES)
            return 0;
        batch = batch_at(lane, ++lane->tail);
        reset(batch);
    }
    struct pm_record *row = &batch->rows[batch->count];
    *row = *record;
    pm_record_carry(row, bytes, &batch->bytes);
    if (batch->bytes.failed)
        return PM_ENOMEM;
    batch->count++;
    return 1;
}

struct pm_lane_batch *pm_lane_front(struct pm_lane *lane)
{
    struct pm_lane_batch *batch = batch_at(lane, lane->head);

    return batch->at < batch->count ? batch : NULL;
}

void pm_lane_drop(struct pm_lane *lane, uint32_t count)
{
    struct pm_lane_batch *batch = batch_at(lane, lane->head);

    assert(count <= batch->count - batch->at);
    batch->at += count;
    if (batch->at < batch->count)
        return;
    reset(batch);
    if (lane->head != lane->tail)
        lane->head++;
}

void pm_lane_clear(struct pm_lane *lane)
{
    for (struct pm_lane_batch *batch = pm_lane_front(lane); batch != NULL;
         batch = pm_lane_front(lane))
        pm_lane_drop(lane, batch->count - batch->at);
}

void pm_lane_close(struct pm_lane *lane)
{
    for (uint32_t i = 0; i < PM_LANE_BATCHES; i++)
        pm_bytes_close(&lane->batch[i].bytes);
}
