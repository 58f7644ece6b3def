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

/* One data record into the chunk's next row. */
static inline void take_record(const struct pm_intake *intake, const struct pm_record *from,
                               const struct pm_bytes *bytes, struct pm_chunk *chunk, int64_t now_ns)
{
    struct pm_record *row = &chunk->rows[chunk->count++];

    *row = *from;
    row->stamp_ns = now_ns;
    if (pm_record_extension_offset(from) != 0)
        pm_record_carry(row, bytes, &chunk->bytes);
    const int64_t watermark_ns = pm_intake_watermark(intake);
    if (row->event_time_ns < watermark_ns)
        pm_record_mark_behind(row, &chunk->bytes, watermark_ns);
    if (intake->next < intake->replayed_before)
        row->word |= PM_WORD_REPLAYED;
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
    intake->next = view.first_sequence;
    intake->max_time_ns = view.max_time_before_ns;
    for (uint32_t i = 0; i < view.count; i++, intake->next++) {
        const struct pm_record *record = &view.rows[i];
        const enum pm_record_kind kind = pm_record_kind(record);
        pm_clock_prefetch_read(record + ROWS_AHEAD);
        if (kind == PM_KIND_DATA)
            take_record(intake, record, view.bytes, chunk, now_ns);
        else if (kind == PM_KIND_FLUSH)
            intake->ended = true;
        if (record->event_time_ns > intake->max_time_ns)
            intake->max_time_ns = record->event_time_ns;
    }
    pm_chunk_fill(chunk, chunk->count);
    return chunk->bytes.failed ? PM_ENOMEM : (int)view.count;
}
