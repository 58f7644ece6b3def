/* SPDX-License-Identifier: Apache-2.0 */
/* One exchange lane: a bounded ring of records with a ring of bytes beside it, and its outbox. */
#ifndef PM_EVENT_LANE_H
#define PM_EVENT_LANE_H

#include "pm_chunk.h"
#include "pm_error.h"
#include "pm_ring.h"

#define PM_EVENT_LANE_SLOTS 4096u
#define PM_EVENT_LANE_BYTES (1u << 20)

/**
 * From one sending task to one receiving task. A slot is a record or a mark (WATERMARK, END). The
 * ring gives credit for slots and for extension bytes; what exceeds either goes, in order, to the
 * sender's outbox, so that a push never fails. Thread: push and drain by the sender, take by the
 * receiver.
 */
struct pm_event_lane {
    struct pm_ring ring;
    struct pm_record *slots;
    uint8_t *bytes;
    /* sender */
    _Alignas(PM_CACHE_PAIR) uint64_t head;
    uint64_t byte_head, byte_tail_seen;
    struct pm_record *waiting; /* the outbox: rows [waiting_from, waiting_to) */
    size_t waiting_from, waiting_to, waiting_room;
    struct pm_bytes waiting_bytes;
    /* receiver */
    _Alignas(PM_CACHE_PAIR) uint64_t tail;
    _Atomic uint64_t byte_tail;
    int64_t watermark_ns; /* the last that the sender promised */
    bool ended;
};

int pm_event_lane_open(struct pm_event_lane *lane);
void pm_event_lane_close(struct pm_event_lane *lane); /* a zeroed lane is fine */

/** As pm_event_lane_push, for records with an extension and for rings without credit. */
bool pm_event_lane_push_any(struct pm_event_lane *lane, const struct pm_record *record,
                            const struct pm_bytes *bytes);

/** Rows that wait in the outbox. */
static inline size_t pm_event_lane_waiting(const struct pm_event_lane *lane)
{
    return lane->waiting_to - lane->waiting_from;
}

/** Send a record or mark; its extension is copied from @p bytes. Returns false when out of memory.
 * Cost: about 4 ns without an extension. */
static inline bool pm_event_lane_push(struct pm_event_lane *lane, const struct pm_record *record,
                                      const struct pm_bytes *bytes)
{
    if (__builtin_expect(pm_event_lane_waiting(lane) != 0 ||
                             pm_record_extension_offset(record) != 0 ||
                             pm_ring_reserve(&lane->ring, lane->head, 1) == 0,
                         0))
        return pm_event_lane_push_any(lane, record, bytes);
    lane->slots[lane->head++ & lane->ring.mask] = *record;
    return true;
}

/** Send a mark that carries @p time_ns. */
bool pm_event_lane_mark(struct pm_event_lane *lane, enum pm_record_kind kind, int64_t time_ns);

/** Make what was pushed readable. */
static inline void pm_event_lane_publish(struct pm_event_lane *lane)
{
    pm_ring_publish(&lane->ring, lane->head);
}

/** Move what fits from the outbox to the ring and publish; true when the outbox is empty. */
bool pm_event_lane_drain(struct pm_event_lane *lane);

/**
 * Take records into @p chunk (@p limit rows of room) up to the next mark. A mark is taken only
 * when no record stands before it: the watermark or end is then noted in the lane. Returns slots
 * taken, or PM_ENOMEM.
 */
int pm_event_lane_take(struct pm_event_lane *lane, struct pm_chunk *chunk, uint32_t limit);

#endif
