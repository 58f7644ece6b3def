/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing chunks. */
#include "pm_chunk.h"

#include "pm_error.h"

#include <stdlib.h>
#include <string.h>

int pm_chunk_open(struct pm_chunk *chunk)
{
    memset(chunk, 0, sizeof *chunk);
    chunk->dense = true;
    chunk->rows = aligned_alloc(sizeof(struct pm_record), PM_CHUNK_MAX * sizeof(struct pm_record));
    return chunk->rows != NULL ? 0 : PM_ENOMEM;
}

void pm_chunk_close(struct pm_chunk *chunk)
{
    free(chunk->rows);
    pm_bytes_close(&chunk->bytes);
    chunk->rows = NULL;
}
