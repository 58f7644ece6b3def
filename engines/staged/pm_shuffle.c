/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange between stages: rows are kept by receiver until the next stage reads them. */
#include "pm_shuffle.h"

#include <stdlib.h>
#include <sys/mman.h>

/* Rows are written once and read once, so a fault for each 4 KiB would cost more than the copy. */
static struct pm_record *open_rows(uint32_t room)
{
    const size_t size = room * sizeof(struct pm_record);
    struct pm_record *rows = aligned_alloc(size, size);

    if (rows != NULL && room == PM_SHUFFLE_MOST_ROWS)
        madvise(rows, size, MADV_HUGEPAGE);
    return rows;
}

static bool add_block(struct pm_shuffle *shuffle)
{
    const unsigned count = shuffle->block_count;
    const uint32_t last = count != 0 ? shuffle->blocks[count - 1].room : PM_SHUFFLE_FIRST_ROWS / 2;
    const uint32_t room = last < PM_SHUFFLE_MOST_ROWS ? last * 2 : PM_SHUFFLE_MOST_ROWS;
    struct pm_shuffle_block *blocks = realloc(shuffle->blocks, (count + 1) * sizeof *blocks);

    if (blocks == NULL)
        return false;
    shuffle->blocks = blocks;
    blocks[count] = (struct pm_shuffle_block){.rows = open_rows(room), .room = room};
    if (blocks[count].rows == NULL)
        return false;
    shuffle->block_count++;
    return true;
}

/* The block for the next row, or NULL when there is no memory for one. */
static inline struct pm_shuffle_block *open_block(struct pm_shuffle *shuffle)
{
    if (shuffle->used != 0) {
        struct pm_shuffle_block *block = &shuffle->blocks[shuffle->used - 1];
        if (block->count < block->room)
            return block;
    }
    if (shuffle->used == shuffle->block_count && !add_block(shuffle))
        return NULL;
    return &shuffle->blocks[shuffle->used++];
}

static bool keep(struct pm_shuffle *shuffle, const struct pm_record *record,
                 const struct pm_bytes *bytes)
{
    struct pm_shuffle_block *block = open_block(shuffle);

    if (block == NULL)
        return false;
    struct pm_record *row = &block->rows[block->count++];
    *row = *record;
    if (pm_record_extension_offset(record) != 0)
        pm_record_carry(row, bytes, &shuffle->bytes);
    return !shuffle->bytes.failed;
}

static inline void send(struct pm_staged_exchange *self, const struct pm_record *record,
                        const struct pm_bytes *bytes)
{
    const unsigned group = pm_hash_key_group(pm_hash_u64(record->key));

    if (!keep(&self->shuffle[pm_hash_subtask(group, self->receivers)], record, bytes))
        pm_task_fail(self->base.task, &self->base, PM_ENOMEM, "no memory between the stages");
}

static void shuffle_one(struct pm_operator *op, unsigned input, struct pm_record *record,
                        struct pm_bytes *bytes)
{
    (void)input;
    send((struct pm_staged_exchange *)op, record, bytes);
}

static void shuffle_chunk(struct pm_operator *op, unsigned input, struct pm_chunk *chunk)
{
    (void)input;
    for (uint32_t i = 0; i < chunk->selected; i++)
        send((struct pm_staged_exchange *)op, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes);
}

/* The mark waits here; the next stage applies the least of its senders' once all rows are read. */
static bool shuffle_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct pm_staged_exchange *self = (struct pm_staged_exchange *)op;

    (void)input;
    if (op->task->replayed)
        self->before_ns = watermark_ns;
    else
        self->watermark_ns = watermark_ns;
    return true;
}

static const struct pm_operator_class shuffle_class = {.name = "shuffle", .inputs_max = 1};

struct pm_staged_exchange *pm_shuffle_open(const struct pm_plan_node *node, struct pm_task *task,
                                           unsigned receivers)
{
    struct pm_staged_exchange *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->base = (struct pm_operator){.one = shuffle_one,
                                      .chunk = shuffle_chunk,
                                      .advance = shuffle_advance,
                                      .class = &shuffle_class,
                                      .task = task};
    self->node = node;
    self->receivers = receivers;
    self->before_ns = PM_TIME_MIN;
    self->watermark_ns = PM_TIME_MIN;
    self->shuffle = calloc(receivers, sizeof *self->shuffle);
    if (self->shuffle == NULL) {
        free(self);
        return NULL;
    }
    return self;
}

void pm_shuffle_reset(struct pm_shuffle *shuffle)
{
    for (unsigned i = 0; i < shuffle->used; i++)
        shuffle->blocks[i].count = 0;
    shuffle->used = 0;
    shuffle->bytes.used = 0;
}

static void close_blocks(struct pm_shuffle *shuffle)
{
    for (unsigned i = 0; i < shuffle->block_count; i++)
        free(shuffle->blocks[i].rows);
    free(shuffle->blocks);
}

void pm_shuffle_close(struct pm_staged_exchange *exchange)
{
    for (unsigned i = 0; i < exchange->receivers; i++) {
        close_blocks(&exchange->shuffle[i]);
        pm_bytes_close(&exchange->shuffle[i].bytes);
    }
    free(exchange->shuffle);
    free(exchange);
}
