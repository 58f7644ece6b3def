/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap of times over lists of timers. */
#include "pm_timers.h"

#include <stdlib.h>

struct element {
    uint64_t key;
    int64_t tag;
};

int pm_timers_open(struct pm_timers *timers, struct pm_blocks *blocks)
{
    *timers = (struct pm_timers){0};
    return pm_lists_open(&timers->by_time, blocks, sizeof(struct element), 0, PM_KEY_GROUPS, 0);
}

void pm_timers_close(struct pm_timers *timers)
{
    pm_lists_close(&timers->by_time);
    free(timers->heap);
}

static bool make_room(struct pm_timers *timers)
{
    if (timers->count < timers->room)
        return true;
    const uint64_t room = timers->room == 0 ? 16 : timers->room * 2;
    int64_t *heap = realloc(timers->heap, room * sizeof *heap);
    if (heap == NULL)
        return false;
    timers->heap = heap;
    timers->room = room;
    return true;
}

static void push(struct pm_timers *timers, int64_t time_ns)
{
    uint64_t at = timers->count++;

    for (; at > 0 && timers->heap[(at - 1) / 2] > time_ns; at = (at - 1) / 2)
        timers->heap[at] = timers->heap[(at - 1) / 2];
    timers->heap[at] = time_ns;
}

static void drop_first(struct pm_timers *timers)
{
    const int64_t moved = timers->heap[--timers->count];
    uint64_t at = 0;

    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && timers->heap[child + 1] < timers->heap[child])
            child++;
        if (timers->heap[child] >= moved)
            break;
        timers->heap[at] = timers->heap[child];
        at = child;
    }
    timers->heap[at] = moved;
}

bool pm_timers_set(struct pm_timers *timers, const struct pm_timer *timer)
{
    const uint64_t time = (uint64_t)timer->time_ns;

    if (!make_room(timers))
        return false;
    struct element *element = pm_lists_append(&timers->by_time, time);
    if (element == NULL)
        return false;
    *element = (struct element){timer->key, timer->tag};
    if (pm_lists_length(&timers->by_time, time) == 1)
        push(timers, timer->time_ns);
    return true;
}

bool pm_timers_pop(struct pm_timers *timers, int64_t watermark_ns, struct pm_timer *timer)
{
    if (timers->count == 0 || timers->heap[0] > watermark_ns)
        return false;
    const uint64_t time = (uint64_t)timers->heap[0];
    const struct element *element = pm_lists_at(&timers->by_time, time, 0);
    *timer = (struct pm_timer){timers->heap[0], element->key, element->tag};
    pm_lists_drop_front(&timers->by_time, time, 1);
    if (pm_lists_length(&timers->by_time, time) == 0)
        drop_first(timers);
    return true;
}

bool pm_timers_ahead(struct pm_timers *timers, uint32_t places, uint64_t *key)
{
    if (timers->count == 0)
        return false;
    const uint64_t time = (uint64_t)timers->heap[0];
    if (pm_lists_length(&timers->by_time, time) <= places)
        return false;
    const struct element *element = pm_lists_at(&timers->by_time, time, places);
    *key = element->key;
    return true;
}
