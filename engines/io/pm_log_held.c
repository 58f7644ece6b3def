/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of frames by commit. */
#include "pm_log_held.h"

#include <stdlib.h>
#include <string.h>

#define HELD_MIN 64u

static int make_room(struct pm_log_held *held)
{
    if (held->used < held->capacity)
        return 0;
    if (held->first > held->capacity / 2) {
        held->used -= held->first;
        memmove(held->frames, held->frames + held->first, held->used * sizeof *held->frames);
        held->first = 0;
        return 0;
    }
    const size_t capacity = held->capacity != 0 ? 2 * held->capacity : HELD_MIN;
    void *frames = realloc(held->frames, capacity * sizeof *held->frames);
    if (frames == NULL)
        return PM_ENOMEM;
    held->frames = frames;
    held->capacity = capacity;
    return 0;
}

int pm_log_held_add(struct pm_log_held *held, const struct pm_log_frame *frame, uint64_t position)
{
    const int rc = make_room(held);

    if (rc == 0)
        held->frames[held->used++] =
            (struct pm_log_held_frame){.frame = frame, .position = position};
    return rc;
}

void pm_log_held_commit(struct pm_log_held *held, uint64_t epoch, uint32_t incarnation,
                        int64_t visible_ns)
{
    for (size_t i = held->first; i < held->used; i++) {
        struct pm_log_held_frame *one = &held->frames[i];
        if (one->fate != PM_LOG_WAITING || one->frame->epoch > epoch)
            continue;
        const bool ours = one->frame->epoch == epoch && one->frame->incarnation == incarnation;
        one->fate = ours ? PM_LOG_VISIBLE : PM_LOG_DEAD;
        one->visible_ns = visible_ns;
    }
}

const struct pm_log_held_frame *pm_log_held_take(struct pm_log_held *held)
{
    while (held->first < held->used && held->frames[held->first].fate == PM_LOG_DEAD)
        held->first++;
    if (held->first < held->used && held->frames[held->first].fate == PM_LOG_VISIBLE)
        return &held->frames[held->first++];
    if (held->first == held->used)
        held->first = held->used = 0;
    return NULL;
}

uint64_t pm_log_held_position(const struct pm_log_held *held)
{
    return held->first < held->used ? held->frames[held->first].position : UINT64_MAX;
}

void pm_log_held_clear(struct pm_log_held *held)
{
    held->first = held->used = 0;
}

void pm_log_held_close(struct pm_log_held *held)
{
    free(held->frames);
    *held = (struct pm_log_held){0};
}
