/* SPDX-License-Identifier: Apache-2.0 */
/* Places in a partition: marks made while passing, a binary search over them, then a short walk. */
#include "pm_log_reader.h"

#include <stdlib.h>

#include "pm_clock.h"

#define GRANULE_SHIFT_MIN 16u   /* 64 KiB: at most a few hundred headers to walk */
#define GRANULES_MAX      4096u /* a partition */
#define FRAMES_AHEAD      16u   /* of one length, often: their headers are fetched side by side */

int pm_log_marks_open(struct pm_log_cursor *cursor)
{
    unsigned shift = GRANULE_SHIFT_MIN;

    while (cursor->file.capacity >> shift > GRANULES_MAX)
        shift++;
    /* What is kept touches one granule more than the ring holds: twice as many keep it a mask. */
    const uint64_t granules = 2 * ((cursor->file.capacity >> shift) + 1);
    uint64_t slots = 4;
    while (slots < granules)
        slots *= 2;
    cursor->granule_shift = shift;
    cursor->marks_mask = slots - 1;
    cursor->first_granule = cursor->position >> shift;
    cursor->end_granule = cursor->first_granule;
    cursor->marks = calloc(slots, sizeof *cursor->marks);
    return cursor->marks != NULL ? 0 : PM_ENOMEM;
}

void pm_log_marks_close(struct pm_log_cursor *cursor)
{
    free(cursor->marks);
    cursor->marks = NULL;
}

/* A granule in which no frame begins gets the mark of the next frame. */
void pm_log_marks_pass(struct pm_log_cursor *cursor, uint64_t position,
                       const struct pm_log_frame *frame)
{
    if (position != cursor->known)
        return;
    const uint64_t granule = position >> cursor->granule_shift;
    for (; cursor->end_granule <= granule; cursor->end_granule++)
        cursor->marks[cursor->end_granule & cursor->marks_mask] =
            (struct pm_log_mark){position, frame->first_sequence, frame->max_time_before_ns};
    cursor->known = position + frame->length;
    cursor->known_sequence = frame->first_sequence + frame->count;
}

static int look(struct pm_log_cursor *cursor, uint64_t position, const struct pm_log_frame **frame)
{
    const struct pm_log_file *file = &cursor->file;

    if (file->synced && atomic_load(&file->header->synced) <= position)
        return 0;
    const int found = pm_log_frame_peek(file, position, frame);
    if (found == 1)
        pm_log_marks_pass(cursor, position, *frame);
    if (found == 0 && pm_log_file_is_truncated(file))
        return PM_EOFFSET;
    return found < 0 && pm_log_file_is_truncated(file) ? PM_EOFFSET : found;
}

int pm_log_reader_end(struct pm_log_reader *reader, unsigned partition, uint64_t *sequence)
{
    struct pm_log_cursor *cursor = &reader->cursors[partition];
    const struct pm_log_frame *frame;
    int found;

    while ((found = look(cursor, cursor->known, &frame)) == 1)
        pm_clock_prefetch_read(pm_log_file_frame(
            &cursor->file, cursor->known + (uint64_t)FRAMES_AHEAD * frame->length));
    *sequence = cursor->known_sequence;
    return found;
}

/* What a search looks for: the last frame that begins at or before the goal. */
struct goal {
    bool by_time;
    uint64_t sequence;
    int64_t time_ns;
};

static bool begins_before(const struct goal *goal, uint64_t sequence, int64_t max_time_before_ns)
{
    return goal->by_time ? max_time_before_ns < goal->time_ns : sequence <= goal->sequence;
}

/* The last mark before the goal, or what is kept from @p start on when no mark helps. */
static uint64_t nearest_mark(const struct pm_log_cursor *cursor, uint64_t start,
                             const struct goal *goal)
{
    uint64_t low = start >> cursor->granule_shift;
    uint64_t high = cursor->end_granule;

    if (low < cursor->first_granule)
        low = cursor->first_granule;
    uint64_t best = start;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const struct pm_log_mark *mark = &cursor->marks[middle & cursor->marks_mask];
        const bool before = mark->position <= start ||
                            begins_before(goal, mark->sequence, mark->max_time_before_ns);
        if (before && mark->position > best)
            best = mark->position;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    return best;
}

/* The last frame that begins before the goal; *found 0 when the walk met the end behind it. */
static int walk(struct pm_log_cursor *cursor, uint64_t from, const struct goal *goal,
                uint64_t *position, uint64_t *behind)
{
    const struct pm_log_frame *frame;
    uint64_t at = from;
    int found;

    *position = UINT64_MAX;
    *behind = 0;
    while ((found = look(cursor, at, &frame)) == 1) {
        if (!begins_before(goal, frame->first_sequence, frame->max_time_before_ns))
            break;
        *position = at;
        *behind = frame->first_sequence + frame->count;
        at += frame->length;
    }
    return found < 0 ? found : 0;
}

int pm_log_reader_find(struct pm_log_reader *reader, unsigned partition, uint64_t sequence,
                       uint64_t *position)
{
    struct pm_log_cursor *cursor = &reader->cursors[partition];
    const struct goal goal = {.sequence = sequence};
    const uint64_t start = pm_log_file_oldest(&cursor->file, reader->consumer);
    uint64_t behind;
    const int rc = walk(cursor, nearest_mark(cursor, start, &goal), &goal, position, &behind);

    if (rc != 0)
        return rc;
    if (*position == UINT64_MAX) { /* nothing is written yet, or it is not kept any more */
        *position = start;
        return start == 0 && sequence == 0 ? 0 : PM_EOFFSET;
    }
    return sequence <= behind ? 0 : PM_EOFFSET;
}

int pm_log_reader_find_time(struct pm_log_reader *reader, unsigned partition, int64_t time_ns,
                            uint64_t *position)
{
    struct pm_log_cursor *cursor = &reader->cursors[partition];
    const struct goal goal = {.by_time = true, .time_ns = time_ns};
    const uint64_t start = pm_log_file_oldest(&cursor->file, reader->consumer);
    uint64_t behind;
    const int rc = walk(cursor, nearest_mark(cursor, start, &goal), &goal, position, &behind);

    if (rc != 0)
        return rc;
    if (*position == UINT64_MAX) {
        *position = start;
        return start == 0 ? 0 : PM_EOFFSET;
    }
    return 0;
}

void pm_log_reader_go(struct pm_log_reader *reader, unsigned partition, uint64_t position)
{
    struct pm_log_cursor *cursor = &reader->cursors[partition];

    cursor->position = position;
    cursor->current = position;
    cursor->anchored = position == 0;
    cursor->sequence = 0;
}
