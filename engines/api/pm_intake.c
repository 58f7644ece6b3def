/* SPDX-License-Identifier: Apache-2.0 */
/* Watermarks and behind marks, made where a partition is read. */
#include "pm_intake.h"

#include "pm_clock.h"

#define ROWS_AHEAD 66u /* a frame of 64 and its header: what the next poll will verify first */

void pm_intake_open(struct pm_intake *intake, struct pm_source *source, unsigned partition,
                    unsigned stream, int64_t delay_ns)
{
    *intake = (struct pm_intake){
        .source = source,
        .partition = partition,
        .stream = stream,
        .delay_ns = delay_ns,
        .max_time_ns = PM_TIME_MIN,
        .replayed_max_ns = PM_TIME_MIN,
    };
}

/* One data record into the chunk's next row, which it is to fill. */
static inline void take_record(struct pm_record *row, const struct pm_record *from,
                               const struct pm_bytes *bytes, struct pm_chunk *chunk,
                               int64_t watermark_ns)
{
    *row = *from;
    if (pm_record_extension_offset(from) != 0)
        pm_record_carry(row, bytes, &chunk->bytes);
    if (row->event_time_ns < watermark_ns)
        pm_record_mark_behind(row, &chunk->bytes, watermark_ns);
}

/* The watermark below which a record is behind; with the delay to the end none ever is. */
static inline int64_t watermark_at(int64_t max_ns, int64_t delay_ns)
{
    return delay_ns == PM_DELAY_TO_END ? PM_TIME_MIN : pm_watermark_less(max_ns, delay_ns);
}

/* The rows of @p view into the chunk. What changes with every row is kept out of memory: a store
 * into the chunk could otherwise be a change of it. */
static void take_view(struct pm_intake *intake, const struct pm_source_view *view,
                      struct pm_chunk *chunk, int64_t now_ns)
{
    const int64_t delay_ns = intake->delay_ns;
    const uint64_t replayed = intake->replayed_before > view->first_sequence
                                  ? intake->replayed_before - view->first_sequence
                                  : 0;
    int64_t max_ns = view->max_time_before_ns;
    int64_t watermark_ns = watermark_at(max_ns, delay_ns);
    uint32_t count = chunk->count;

    for (uint32_t i = 0; i < view->count; i++) {
        const struct pm_record *record = &view->rows[i];
        const enum pm_record_kind kind = pm_record_kind(record);
        pm_clock_prefetch_read(record + ROWS_AHEAD);
        if (__builtin_expect(kind == PM_KIND_DATA, 1)) {
            struct pm_record *row = &chunk->rows[count++];
            take_record(row, record, view->bytes, chunk, watermark_ns);
            row->stamp_ns = now_ns;
            row->word |= i < replayed ? PM_WORD_REPLAYED : 0;
        } else if (kind == PM_KIND_FLUSH) {
            intake->ended = true;
        }
        if (record->event_time_ns > max_ns) {
            max_ns = record->event_time_ns;
            watermark_ns = watermark_at(max_ns, delay_ns);
        }
    }
    intake->max_time_ns = max_ns;
    intake->next = view->first_sequence + view->count;
    pm_chunk_fill(chunk, count);
}

int pm_intake_take(struct pm_intake *intake, struct pm_chunk *chunk, uint32_t limit, uint64_t end,
                   int64_t now_ns)
{
    struct pm_source_view view;

    if (intake->ended || intake->next >= end)
        return 0;
    if (end - intake->next < limit)
        limit = (uint32_t)(end - intake->next);
    const int event = pm_source_poll(intake->source, intake->partition, limit, &view);
    if (event != PM_SOURCE_DATA) {
        intake->ended = intake->ended || event == PM_SOURCE_END;
        return event < 0 ? event : 0;
    }
    take_view(intake, &view, chunk, now_ns);
    return chunk->bytes.failed ? PM_ENOMEM : (int)view.count;
}
