/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: credit for slots and bytes, an outbox for what exceeds it. */
#include "pm_event_lane.h"

#include <stdlib.h>
#include <string.h>

#define WAITING_CHUNK 256u

int pm_event_lane_open(struct pm_event_lane *lane)
{
    memset(lane, 0, sizeof *lane);
    lane->ring.mask = PM_EVENT_LANE_SLOTS - 1;
    lane->watermark_ns = PM_TIME_MIN;
    lane->slots = aligned_alloc(64, PM_EVENT_LANE_SLOTS * sizeof *lane->slots);
    lane->bytes = aligned_alloc(64, PM_EVENT_LANE_BYTES);
    if (lane->slots == NULL || lane->bytes == NULL) {
        pm_event_lane_close(lane);
        return PM_ENOMEM;
    }
    return 0;
}

void pm_event_lane_close(struct pm_event_lane *lane)
{
    free(lane->slots);
    free(lane->bytes);
    free(lane->waiting);
    pm_bytes_close(&lane->waiting_bytes);
    memset(lane, 0, sizeof *lane);
}

/* Place for @p size contiguous bytes: its ring position, or UINT64_MAX without credit. Offset 0 of
 * the ring is never used, because it means "no extension". */
static uint64_t find_bytes(struct pm_event_lane *lane, size_t size)
{
    uint64_t at = lane->byte_head;
    const uint64_t in_ring = at % PM_EVENT_LANE_BYTES;

    if (in_ring + size > PM_EVENT_LANE_BYTES)
        at += PM_EVENT_LANE_BYTES - in_ring;
    if (at % PM_EVENT_LANE_BYTES == 0)
        at += 8;
    if (at + size - lane->byte_tail_seen <= PM_EVENT_LANE_BYTES)
        return at;
    lane->byte_tail_seen = atomic_load_explicit(&lane->byte_tail, memory_order_acquire);
    return at + size - lane->byte_tail_seen <= PM_EVENT_LANE_BYTES ? at : UINT64_MAX;
}

/* Copy the extension of @p record beside the ring and point the slot there; false without credit.
 */
static bool send_extension(struct pm_event_lane *lane, struct pm_record *slot,
                           const struct pm_record *record, const struct pm_bytes *bytes)
{
    const size_t size = pm_record_extension_bytes(record, bytes);
    const uint64_t at = find_bytes(lane, size);

    if (at == UINT64_MAX)
        return false;
    memcpy(lane->bytes + at % PM_EVENT_LANE_BYTES, bytes->base + pm_record_extension_offset(record),
           size);
    pm_record_set_extension(slot, at % PM_EVENT_LANE_BYTES);
    lane->byte_head = at + size;
    return true;
}

/* Into the ring, when both credits allow it. */
static bool send_now(struct pm_event_lane *lane, const struct pm_record *record,
                     const struct pm_bytes *bytes)
{
    if (pm_ring_reserve(&lane->ring, lane->head, 1) == 0)
        return false;
    struct pm_record *slot = &lane->slots[lane->head & lane->ring.mask];
    *slot = *record;
    if (pm_record_extension_offset(record) != 0 && !send_extension(lane, slot, record, bytes))
        return false;
    lane->head++;
    return true;
}

static bool send_later(struct pm_event_lane *lane, const struct pm_record *record,
                       const struct pm_bytes *bytes)
{
    if (lane->waiting_to == lane->waiting_room) {
        const size_t room = lane->waiting_room + WAITING_CHUNK + lane->waiting_room / 2;
        struct pm_record *grown = realloc(lane->waiting, room * sizeof *grown);
        if (grown == NULL)
            return false;
        lane->waiting = grown;
        lane->waiting_room = room;
    }
    struct pm_record *row = &lane->waiting[lane->waiting_to++];
    *row = *record;
    pm_record_carry(row, bytes, &lane->waiting_bytes);
    return !lane->waiting_bytes.failed;
}

bool pm_event_lane_push_any(struct pm_event_lane *lane, const struct pm_record *record,
                            const struct pm_bytes *bytes)
{
    if (pm_event_lane_waiting(lane) == 0 && send_now(lane, record, bytes))
        return true;
    return send_later(lane, record, bytes);
}

bool pm_event_lane_mark(struct pm_event_lane *lane, enum pm_record_kind kind, int64_t time_ns)
{
    const struct pm_record mark = {.event_time_ns = time_ns, .word = pm_record_word(0, kind)};
    const struct pm_bytes none = {0};

    return pm_event_lane_push(lane, &mark, &none);
}

bool pm_event_lane_drain(struct pm_event_lane *lane)
{
    while (pm_event_lane_waiting(lane) != 0 &&
           send_now(lane, &lane->waiting[lane->waiting_from], &lane->waiting_bytes))
        lane->waiting_from++;
    pm_event_lane_publish(lane);
    if (pm_event_lane_waiting(lane) != 0)
        return false;
    lane->waiting_from = 0;
    lane->waiting_to = 0;
    lane->waiting_bytes.used = 0;
    return true;
}

/* The mark at the ring's tail, which nothing stands before. An end raises no watermark: the flush
 * records have, and a drained sender's windows stay open. */
static void take_mark(struct pm_event_lane *lane, const struct pm_record *mark)
{
    if (pm_record_kind(mark) == PM_KIND_END)
        lane->ended = true;
    else
        lane->watermark_ns = mark->event_time_ns;
}

/* Give extension bytes up to ring place @p freed back. The sender's positions count up for ever;
 * ours follow by the distance in the ring, which is never 0. */
static void release_bytes(struct pm_event_lane *lane, uint64_t freed)
{
    const uint64_t old = atomic_load_explicit(&lane->byte_tail, memory_order_relaxed);
    const uint64_t step =
        (freed + PM_EVENT_LANE_BYTES - old % PM_EVENT_LANE_BYTES) % PM_EVENT_LANE_BYTES;

    atomic_store_explicit(&lane->byte_tail, old + (step != 0 ? step : PM_EVENT_LANE_BYTES),
                          memory_order_release);
}

/* Copy records up to the next mark; returns how many, and where their extensions end. */
static uint32_t take_rows(struct pm_event_lane *lane, struct pm_chunk *chunk, uint64_t limit,
                          uint64_t *freed)
{
    const struct pm_bytes bytes = {
        .base = lane->bytes, .used = PM_EVENT_LANE_BYTES, .capacity = PM_EVENT_LANE_BYTES};
    uint32_t taken = 0;

    for (; taken < limit; taken++) {
        const struct pm_record *slot = &lane->slots[(lane->tail + taken) & lane->ring.mask];
        if (pm_record_kind(slot) != PM_KIND_DATA)
            break;
        struct pm_record *row = &chunk->rows[chunk->count++];
        *row = *slot;
        if (pm_record_extension_offset(slot) != 0) {
            *freed = pm_record_extension_offset(slot) + pm_record_extension_bytes(slot, &bytes);
            pm_record_carry(row, &bytes, &chunk->bytes);
        }
    }
    return taken;
}

int pm_event_lane_take(struct pm_event_lane *lane, struct pm_chunk *chunk, uint32_t limit)
{
    const uint64_t filled = pm_ring_readable(&lane->ring, lane->tail);
    const uint64_t room = limit - chunk->count;
    uint64_t freed = 0;

    if (filled == 0 || room == 0)
        return 0;
    uint32_t taken = take_rows(lane, chunk, filled < room ? filled : room, &freed);
    if (taken == 0) {
        take_mark(lane, &lane->slots[lane->tail & lane->ring.mask]);
        taken = 1;
    }
    lane->tail += taken;
    if (freed != 0)
        release_bytes(lane, freed);
    pm_ring_release(&lane->ring, lane->tail);
    pm_chunk_fill(chunk, chunk->count);
    return chunk->bytes.failed ? PM_ENOMEM : (int)taken;
}
