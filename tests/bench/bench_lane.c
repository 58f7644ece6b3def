/* SPDX-License-Identifier: Apache-2.0 */
/* The hop between two threads of the event engine against a bare ring: E3. */
#include "pm_bench.h"

#include "pm_event_lane.h"

#include "pm_clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS 8000000u
#define TURNS   200000u
#define BURST   64u

/* --- a bare ring of 64-byte messages ---------------------------------------------------------- */

struct bare {
    struct pm_ring ring;
    struct pm_record *slots;
    uint64_t records;
};

static struct bare *bare_open(void)
{
    struct bare *bare = aligned_alloc(PM_CACHE_PAIR, sizeof *bare);

    pm_bench_check(bare != NULL, "memory");
    memset(bare, 0, sizeof *bare);
    bare->ring.mask = PM_EVENT_LANE_SLOTS - 1;
    bare->slots = aligned_alloc(64, PM_EVENT_LANE_SLOTS * sizeof *bare->slots);
    pm_bench_check(bare->slots != NULL, "memory");
    memset(bare->slots, 0, PM_EVENT_LANE_SLOTS * sizeof *bare->slots);
    return bare;
}

static void bare_close(struct bare *bare)
{
    free(bare->slots);
    free(bare);
}

static void *bare_fill(void *payload)
{
    struct bare *bare = payload;
    struct pm_record record = {0};

    for (uint64_t head = 0; head < bare->records;) {
        uint64_t room = pm_ring_reserve(&bare->ring, head, BURST);
        if (room == 0) {
            pm_clock_pause();
            continue;
        }
        room = room > BURST ? BURST : room;
        for (uint64_t i = 0; i < room && head < bare->records; i++, head++) {
            record.id = head;
            bare->slots[head & bare->ring.mask] = record;
        }
        pm_ring_publish(&bare->ring, head);
    }
    return NULL;
}

/* As the lane's reader, it copies what it takes into memory of its own. */
static double bare_saturated(void *payload)
{
    struct bare *bare = bare_open();
    struct pm_record mine[BURST];
    pthread_t thread;
    uint64_t sum = 0;
    const double begin = pm_bench_seconds();

    (void)payload;
    bare->records = RECORDS;
    pthread_create(&thread, NULL, bare_fill, bare);
    for (uint64_t tail = 0; tail < RECORDS;) {
        uint64_t filled = pm_ring_readable(&bare->ring, tail);
        if (filled == 0) {
            pm_clock_pause();
            continue;
        }
        filled = filled > BURST ? BURST : filled;
        for (uint64_t i = 0; i < filled; i++, tail++) {
            mine[i] = bare->slots[tail & bare->ring.mask];
            sum += mine[i].id;
        }
        pm_ring_release(&bare->ring, tail);
    }
    const double ns = (pm_bench_seconds() - begin) * 1e9 / RECORDS;
    pthread_join(thread, NULL);
    pm_bench_check(sum == (uint64_t)RECORDS * (RECORDS - 1) / 2, "every message once");
    bare_close(bare);
    return ns;
}

/* --- the lane --------------------------------------------------------------------------------- */

static struct pm_event_lane *lane_open(void)
{
    struct pm_event_lane *lane = aligned_alloc(PM_CACHE_PAIR, sizeof *lane);

    pm_bench_check(lane != NULL && pm_event_lane_open(lane) == 0, "memory");
    return lane;
}

static void lane_close(struct pm_event_lane *lane)
{
    pm_event_lane_close(lane);
    free(lane);
}

static void *lane_fill(void *payload)
{
    struct pm_event_lane *lane = payload;
    const struct pm_bytes none = {0};
    struct pm_record record = {0};

    for (uint64_t sent = 0; sent < RECORDS; sent++) {
        record.id = sent;
        pm_bench_check(pm_event_lane_push(lane, &record, &none), "memory");
        /* As a task does: publish after a hand of records, and push no more while any waits. */
        if (sent % BURST != BURST - 1 && pm_event_lane_waiting(lane) == 0)
            continue;
        while (!pm_event_lane_drain(lane))
            pm_clock_pause();
    }
    while (!pm_event_lane_drain(lane))
        pm_clock_pause();
    return NULL;
}

static double lane_saturated(void *payload)
{
    struct pm_event_lane *lane = lane_open();
    struct pm_chunk chunk;
    pthread_t thread;
    uint64_t sum = 0, taken = 0;
    const double begin = pm_bench_seconds();

    (void)payload;
    pm_bench_check(pm_chunk_open(&chunk) == 0, "memory");
    pthread_create(&thread, NULL, lane_fill, lane);
    while (taken < RECORDS) {
        const int found = pm_event_lane_take(lane, &chunk, BURST);
        if (found == 0)
            pm_clock_pause();
        for (uint32_t i = 0; i < chunk.count; i++)
            sum += chunk.rows[i].id;
        taken += chunk.count;
        pm_chunk_reset(&chunk);
    }
    const double ns = (pm_bench_seconds() - begin) * 1e9 / RECORDS;
    pthread_join(thread, NULL);
    pm_bench_check(sum == (uint64_t)RECORDS * (RECORDS - 1) / 2, "every record once");
    pm_chunk_close(&chunk);
    lane_close(lane);
    return ns;
}

/* --- there and back: half of it is one way ---------------------------------------------------- */

struct pair {
    void *there, *back;
};

static void *bare_echo(void *payload)
{
    struct bare *there = ((struct pair *)payload)->there, *back = ((struct pair *)payload)->back;

    for (uint64_t i = 0; i < TURNS; i++) {
        while (pm_ring_readable(&there->ring, i) == 0)
            pm_clock_pause();
        pm_ring_reserve(&back->ring, i, 1);
        back->slots[i & back->ring.mask] = there->slots[i & there->ring.mask];
        pm_ring_release(&there->ring, i + 1);
        pm_ring_publish(&back->ring, i + 1);
    }
    return NULL;
}

static int ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static double half_median(int64_t *turns)
{
    qsort(turns, TURNS, sizeof *turns, ascending);
    return (double)turns[TURNS / 2] / 2.0;
}

static double bare_one_way(void *payload)
{
    struct bare *there = bare_open(), *back = bare_open();
    struct pair pair = {there, back};
    int64_t *turns = payload;
    pthread_t thread;

    pthread_create(&thread, NULL, bare_echo, &pair);
    for (uint64_t i = 0; i < TURNS; i++) {
        const int64_t begin = pm_clock_ns();
        pm_ring_reserve(&there->ring, i, 1);
        there->slots[i & there->ring.mask].id = i;
        pm_ring_publish(&there->ring, i + 1);
        while (pm_ring_readable(&back->ring, i) == 0)
            pm_clock_pause();
        pm_ring_release(&back->ring, i + 1);
        turns[i] = pm_clock_ns() - begin;
    }
    pthread_join(thread, NULL);
    bare_close(there);
    bare_close(back);
    return half_median(turns);
}

static void wait_for_one(struct pm_event_lane *lane, struct pm_chunk *chunk)
{
    pm_chunk_reset(chunk);
    while (pm_event_lane_take(lane, chunk, 1) == 0)
        pm_clock_pause();
}

static void *lane_echo(void *payload)
{
    struct pm_event_lane *there = ((struct pair *)payload)->there;
    struct pm_event_lane *back = ((struct pair *)payload)->back;
    struct pm_chunk chunk;

    pm_bench_check(pm_chunk_open(&chunk) == 0, "memory");
    for (uint64_t i = 0; i < TURNS; i++) {
        wait_for_one(there, &chunk);
        pm_event_lane_push(back, &chunk.rows[0], &chunk.bytes);
        pm_event_lane_publish(back);
    }
    pm_chunk_close(&chunk);
    return NULL;
}

static double lane_one_way(void *payload)
{
    struct pm_event_lane *there = lane_open(), *back = lane_open();
    struct pair pair = {there, back};
    const struct pm_bytes none = {0};
    int64_t *turns = payload;
    struct pm_record record = {0};
    struct pm_chunk chunk;
    pthread_t thread;

    pm_bench_check(pm_chunk_open(&chunk) == 0, "memory");
    pthread_create(&thread, NULL, lane_echo, &pair);
    for (uint64_t i = 0; i < TURNS; i++) {
        const int64_t begin = pm_clock_ns();
        record.id = i;
        pm_event_lane_push(there, &record, &none);
        pm_event_lane_publish(there);
        wait_for_one(back, &chunk);
        turns[i] = pm_clock_ns() - begin;
        pm_bench_check(chunk.rows[0].id == i, "the same record comes back");
    }
    pthread_join(thread, NULL);
    pm_chunk_close(&chunk);
    lane_close(there);
    lane_close(back);
    return half_median(turns);
}

int main(void)
{
    const struct pm_bench_goal saturated = {"E3", "event: hop between threads, saturated",
                                            "ns/record", 1.5, false};
    const struct pm_bench_goal one_way = {"E3", "event: hop between threads, one way p50", "ns",
                                          2.0, false};
    int64_t *turns = calloc(TURNS, sizeof *turns);

    pm_bench_check(turns != NULL, "memory");
    pm_bench_compare(&saturated, lane_saturated, NULL, bare_saturated, NULL);
    pm_bench_compare(&one_way, lane_one_way, turns, bare_one_way, turns);
    free(turns);
    return 0;
}
