/* SPDX-License-Identifier: Apache-2.0 */
/* The chunk: up to 256 records that walk through the chain together, dense or by selection. */
#ifndef PM_CHUNK_H
#define PM_CHUNK_H

#include "pm_record.h"

#define PM_CHUNK_MAX     256u
#define PM_CHUNK_DEFAULT 64u /* 4 KiB of rows: what the first-level cache likes */

/**
 * rows[0..count) are filled; the selected ones are all of them (dense) or rows[select[i]] for i in
 * [0, selected). Filters shrink the selection and leave the rows where they are. A chunk lies
 * within one epoch; marks travel between chunks, never inside. Owner: whoever opened it.
 */
struct pm_chunk {
    struct pm_record *rows; /* PM_CHUNK_MAX of them, cache-line aligned */
    uint32_t count;
    uint32_t selected;
    bool dense;
    uint16_t select[PM_CHUNK_MAX];
    struct pm_bytes bytes; /* reset with the chunk */
};

/** Open a chunk of PM_CHUNK_MAX rows. Errors: PM_ENOMEM. */
int pm_chunk_open(struct pm_chunk *chunk);

/** Free what pm_chunk_open took and the bytes; a zeroed or closed chunk is accepted. */
void pm_chunk_close(struct pm_chunk *chunk);

/** Make it empty and dense, its bytes free again. */
static inline void pm_chunk_reset(struct pm_chunk *chunk)
{
    chunk->count = 0;
    chunk->selected = 0;
    chunk->dense = true;
    chunk->bytes.used = 0;
}
/** Take rows[0..count) as filled and all selected. */
static inline void pm_chunk_fill(struct pm_chunk *chunk, uint32_t count)
{
    chunk->count = count;
    chunk->selected = count;
    chunk->dense = true;
}
/** The index in rows of the @p i-th selected row. */
static inline uint32_t pm_chunk_row(const struct pm_chunk *chunk, uint32_t i)
{
    return chunk->dense ? i : chunk->select[i];
}

#endif
