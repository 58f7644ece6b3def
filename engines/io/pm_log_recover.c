/* SPDX-License-Identifier: Apache-2.0 */
/* Torn tail or corruption: what follows the first bad frame decides. */
#include "pm_log_recover.h"

#include <inttypes.h>

static void pass(struct pm_log_tail *tail, const struct pm_log_frame *frame)
{
    const struct pm_record *rows = (const void *)(frame + 1);

    if (frame->max_time_before_ns > tail->max_time_ns)
        tail->max_time_ns = frame->max_time_before_ns;
    for (uint32_t i = 0; i < frame->count; i++)
        tail->max_time_ns = pm_log_max_time(tail->max_time_ns, &rows[i]);
    tail->sequence = frame->first_sequence + frame->count;
    tail->last = tail->position;
    tail->position += frame->length;
}

/* True when a good frame, later in order, lies anywhere in [from, to). */
static bool follows(const struct pm_log_file *file, uint64_t from, uint64_t to, uint64_t sequence)
{
    const struct pm_log_frame *frame;

    for (uint64_t at = from; at < to; at += PM_LOG_STEP) {
        if (pm_log_frame_peek(file, at, &frame) == 1 && frame->length <= to - at &&
            frame->first_sequence >= sequence && pm_log_frame_is_whole(frame))
            return true;
    }
    return false;
}

static uint64_t torn_bytes(const struct pm_log_file *file, uint64_t position)
{
    struct pm_log_frame *at = pm_log_file_frame(file, position);
    const struct pm_log_frame *frame;

    if (atomic_load(pm_log_frame_word(at)) == 0)
        return 0;
    return pm_log_frame_peek(file, position, &frame) == 1 ? frame->length : PM_LOG_STEP;
}

int pm_log_recover(const struct pm_log_file *file, struct pm_log_tail *tail, struct pm_error *error)
{
    const uint64_t oldest = atomic_load(&file->header->oldest);
    const uint64_t end = oldest + file->capacity;
    const struct pm_log_frame *frame;

    *tail = (struct pm_log_tail){.position = oldest, .last = oldest, .max_time_ns = PM_TIME_MIN};
    if (oldest % PM_LOG_STEP != 0 || oldest >> file->lap_shift > UINT32_MAX)
        return pm_error_set(error, PM_ECORRUPT, "log p%04u.log: position %" PRIu64 " is none",
                            file->partition, oldest);
    while (end - tail->position >= PM_LOG_STEP &&
           pm_log_frame_peek(file, tail->position, &frame) == 1 &&
           frame->length <= end - tail->position &&
           (tail->position == oldest ? oldest != 0 || frame->first_sequence == 0
                                     : frame->first_sequence == tail->sequence) &&
           pm_log_frame_is_whole(frame))
        pass(tail, frame);
    const bool kept = tail->position != oldest;
    if ((oldest != 0 && !kept) || follows(file, tail->position + PM_LOG_STEP, end, tail->sequence))
        return pm_error_set(error, PM_ECORRUPT,
                            "log p%04u.log: damaged at byte %" PRIu64 ", before sequence %" PRIu64
                            "; frames follow that are whole: restore the file or remove the log",
                            file->partition, PM_LOG_PAGE + (tail->position & (file->capacity - 1)),
                            tail->sequence);
    tail->torn = torn_bytes(file, tail->position);
    return 0;
}
