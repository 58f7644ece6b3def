/* SPDX-License-Identifier: Apache-2.0 */
/* Single-producer single-consumer positions of a power-of-two ring; the slots are the caller's. */
#ifndef PM_RING_H
#define PM_RING_H

#include <stdatomic.h>
#include <stdint.h>

#define PM_CACHE_PAIR 128 /* two lines: the adjacent-line prefetcher fetches pairs */

/**
 * Positions count up for ever; slot = position & mask. Each side keeps a copy of the other side's
 * position and asks again only when the copy says full or empty. Zero-initialise, then set mask.
 * Thread: reserve and publish by the producer alone, readable and release by the consumer alone.
 * Source: Lamport 1977; the cached opposite index as in LMAX Disruptor and MCRingBuffer.
 */
struct pm_ring {
    _Alignas(PM_CACHE_PAIR) _Atomic uint64_t head; /* written by the producer */
    uint64_t tail_seen;                            /* the producer's copy of tail */
    _Alignas(PM_CACHE_PAIR) _Atomic uint64_t tail; /* written by the consumer */
    uint64_t head_seen;                            /* the consumer's copy of head */
    _Alignas(PM_CACHE_PAIR) uint64_t mask;         /* capacity - 1 */
};

/** Free slots from the producer's position @p head on, at least @p wanted where there are so many.
 */
static inline uint64_t pm_ring_reserve(struct pm_ring *ring, uint64_t head, uint64_t wanted)
{
    uint64_t room = ring->mask + 1 - (head - ring->tail_seen);

    if (room < wanted) {
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        room = ring->mask + 1 - (head - ring->tail_seen);
    }
    return room;
}

/** Make every slot before @p head readable. */
static inline void pm_ring_publish(struct pm_ring *ring, uint64_t head)
{
    atomic_store_explicit(&ring->head, head, memory_order_release);
}

/** Filled slots from the consumer's position @p tail on; asks the producer only when none is known.
 */
static inline uint64_t pm_ring_readable(struct pm_ring *ring, uint64_t tail)
{
    uint64_t filled = ring->head_seen - tail;

    if (filled == 0) {
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        filled = ring->head_seen - tail;
    }
    return filled;
}

/** Give every slot before @p tail back to the producer. */
static inline void pm_ring_release(struct pm_ring *ring, uint64_t tail)
{
    atomic_store_explicit(&ring->tail, tail, memory_order_release);
}

#endif
