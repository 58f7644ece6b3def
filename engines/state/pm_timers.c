/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap over runs of timers, whose further elements lie in chains of blocks. */
#include "pm_timers.h"

#include <stdlib.h>

#define ELEMENTS_MIN 2u
#define ELEMENTS_MAX 1024u

struct element {
    uint64_t key;
    int64_t tag;
};

/* The next element stands in the run itself: of a run of one, it is all. */
struct run {
    uint64_t number; /* runs of one time fire in the order of their beginning */
    struct element next;
    pm_block head, tail; /* of struct more: the elements behind next; 0: none */
    uint32_t taken;      /* elements of the head block that are gone */
    uint32_t filled;     /* elements of the tail block, those that are gone included */
};

struct more {
    pm_block next;
    uint32_t size; /* bytes of the whole block */
    uint32_t room;
    struct element element[];
};

static struct run *run_at(const struct pm_timers *timers, pm_block run)
{
    return pm_blocks_at(timers->blocks, run);
}

static struct more *more_at(const struct pm_timers *timers, pm_block more)
{
    return pm_blocks_at(timers->blocks, more);
}

void pm_timers_open(struct pm_timers *timers, struct pm_blocks *blocks)
{
    *timers = (struct pm_timers){.blocks = blocks};
}

void pm_timers_close(struct pm_timers *timers)
{
    free(timers->heap);
}

/* --- the heap --------------------------------------------------------------------------------- */

static inline bool is_before(const struct pm_timers *timers, const struct pm_timers_node *a,
                             const struct pm_timers_node *b)
{
    if (__builtin_expect(a->time_ns != b->time_ns, 1))
        return a->time_ns < b->time_ns;
    return run_at(timers, a->run)->number < run_at(timers, b->run)->number;
}

static bool make_room(struct pm_timers *timers)
{
    if (timers->count < timers->room)
        return true;
    const uint64_t room = timers->room == 0 ? 16 : timers->room * 2;
    struct pm_timers_node *heap = realloc(timers->heap, room * sizeof *heap);
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->room = room;
    return true;
}

/* Let @p node rise from place @p at, which is free. */
static void rise(const struct pm_timers *timers, uint64_t at, struct pm_timers_node node)
{
    struct pm_timers_node *const heap = timers->heap;

    for (; at > 0 && is_before(timers, &node, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = node;
}

/* The gap at the top sinks to the end of the heap, where the last node, which is a late one, needs
 * to rise but little: half the compares of letting that node sink. */
static void drop_first(struct pm_timers *timers)
{
    struct pm_timers_node *const heap = timers->heap;
    const uint64_t count = --timers->count;
    uint64_t gap = 0;

    for (uint64_t child = 1; child < count; child = 2 * gap + 1) {
        if (child + 1 < count)
            child += is_before(timers, &heap[child + 1], &heap[child]) ? 1u : 0u;
        heap[gap] = heap[child];
        gap = child;
    }
    rise(timers, gap, heap[count]);
}

/* --- runs ------------------------------------------------------------------------------------- */

static struct pm_timers_node *recent_of(struct pm_timers *timers, int64_t time_ns)
{
    const uint64_t hash = (uint64_t)time_ns * 0x9e3779b97f4a7c15ULL;

    return &timers->recent[(hash >> 32) % PM_TIMERS_RECENT];
}

static bool begin(struct pm_timers *timers, const struct pm_timer *timer,
                  struct pm_timers_node *recent)
{
    uint64_t size = sizeof(struct run);
    const pm_block block = make_room(timers) ? pm_blocks_take(timers->blocks, &size) : 0;

    if (block == 0)
        return false;
    *run_at(timers, block) = (struct run){
        .number = timers->runs++,
        .next = {timer->key, timer->tag},
    };
    *recent = (struct pm_timers_node){timer->time_ns, block};
    rise(timers, timers->count++, *recent);
    return true;
}

/* A block behind the last one, of twice its room. */
static bool widen(struct pm_timers *timers, struct run *run)
{
    const uint32_t last = run->tail != 0 ? more_at(timers, run->tail)->room : ELEMENTS_MIN / 2;
    const uint32_t room = last < ELEMENTS_MAX ? 2 * last : last;
    uint64_t size = sizeof(struct more) + room * sizeof(struct element);
    const pm_block block = pm_blocks_take(timers->blocks, &size);

    if (block == 0)
        return false;
    *more_at(timers, block) = (struct more){
        .size = (uint32_t)size,
        .room = (uint32_t)((size - sizeof(struct more)) / sizeof(struct element)),
    };
    if (run->tail != 0)
        more_at(timers, run->tail)->next = block;
    else
        run->head = block;
    run->tail = block;
    run->filled = 0;
    return true;
}

static bool append(struct pm_timers *timers, struct run *run, const struct pm_timer *timer)
{
    if ((run->tail == 0 || run->filled == more_at(timers, run->tail)->room) && !widen(timers, run))
        return false;
    more_at(timers, run->tail)->element[run->filled++] = (struct element){timer->key, timer->tag};
    return true;
}

/* The element behind next takes its place; a block that is used up goes back. */
static void move_up(struct pm_timers *timers, struct run *run)
{
    const pm_block head = run->head;
    const struct more *const more = more_at(timers, head);

    run->next = more->element[run->taken++];
    if (run->taken < (head == run->tail ? run->filled : more->room))
        return;
    run->head = more->next;
    if (head == run->tail)
        run->tail = 0;
    run->taken = 0;
    pm_blocks_give(timers->blocks, head, more->size);
}

/* --- both ------------------------------------------------------------------------------------- */

bool pm_timers_set(struct pm_timers *timers, const struct pm_timer *timer)
{
    struct pm_timers_node *const recent = recent_of(timers, timer->time_ns);

    if (recent->run != 0 && recent->time_ns == timer->time_ns)
        return append(timers, run_at(timers, recent->run), timer);
    return begin(timers, timer, recent);
}

bool pm_timers_pop(struct pm_timers *timers, int64_t watermark_ns, struct pm_timer *timer)
{
    if (timers->count == 0 || timers->heap[0].time_ns > watermark_ns)
        return false;
    const struct pm_timers_node first = timers->heap[0];
    struct run *const run = run_at(timers, first.run);
    struct pm_timers_node *const recent = recent_of(timers, first.time_ns);

    *timer = (struct pm_timer){first.time_ns, run->next.key, run->next.tag};
    if (run->head != 0) {
        move_up(timers, run);
        return true;
    }
    if (recent->run == first.run)
        recent->run = 0;
    drop_first(timers);
    pm_blocks_give(timers->blocks, first.run, sizeof *run);
    return true;
}

bool pm_timers_ahead(const struct pm_timers *timers, uint32_t places, uint64_t *key)
{
    if (timers->count == 0)
        return false;
    const struct run *const run = run_at(timers, timers->heap[0].run);
    if (places == 0) {
        *key = run->next.key;
        return true;
    }
    uint32_t at = run->taken + places - 1;
    for (pm_block block = run->head; block != 0; block = more_at(timers, block)->next) {
        const struct more *const more = more_at(timers, block);
        const uint32_t filled = block == run->tail ? run->filled : more->room;
        if (at < filled) {
            *key = more->element[at].key;
            return true;
        }
        at -= filled;
    }
    return false;
}
