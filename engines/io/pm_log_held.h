/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of committed output that wait, in place, for the commit of their epoch. */
#ifndef PM_LOG_HELD_H
#define PM_LOG_HELD_H

#include "pm_log.h"

struct pm_log_held_frame {
    const struct pm_log_frame *frame;
    uint64_t position;
    int64_t visible_ns;
    enum { PM_LOG_WAITING, PM_LOG_VISIBLE, PM_LOG_DEAD } fate;
};

/** First in, first out; zero-initialise. Grows with the frames of the epochs that are open. */
struct pm_log_held {
    struct pm_log_held_frame *frames;
    size_t first;
    size_t used;
    size_t capacity;
};

/** Hold @p frame, which lies at @p position. Errors: PM_ENOMEM. */
int pm_log_held_add(struct pm_log_held *held, const struct pm_log_frame *frame, uint64_t position);

/**
 * The commit of (@p epoch, @p incarnation) was seen at @p visible_ns: its frames are visible; what
 * is older, or is another incarnation's attempt at the epoch, never will be.
 */
void pm_log_held_commit(struct pm_log_held *held, uint64_t epoch, uint32_t incarnation,
                        int64_t visible_ns);

/** The next visible frame, taken out, or NULL; dead ones are dropped. Valid until the next add. */
const struct pm_log_held_frame *pm_log_held_take(struct pm_log_held *held);

/** The position of the first frame that is held; UINT64_MAX when none is. */
uint64_t pm_log_held_position(const struct pm_log_held *held);

void pm_log_held_clear(struct pm_log_held *held);
void pm_log_held_close(struct pm_log_held *held);

#endif
