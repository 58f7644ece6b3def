/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange between stages: rows are kept by receiver until the next stage reads them. */
#include "pm_shuffle.h"

#include <stdlib.h>

#define SHUFFLE_MIN 1024u

static bool keep(struct pm_shuffle *shuffle, const struct pm_record *record,
                 const struct pm_bytes *bytes)
{
    if (shuffle->count == shuffle->room) {
        const size_t room = shuffle->room != 0 ? shuffle->room * 2 : SHUFFLE_MIN;
        struct pm_record *rows = realloc(shuffle->rows, room * sizeof *rows);
        if (rows == NULL)
            return false;
        shuffle->rows = rows;
        shuffle->room = room;
    }
    struct pm_record *row = &shuffle->rows[shuffle->count++];
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
    shuffle->count = 0;
    shuffle->bytes.used = 0;
}

void pm_shuffle_close(struct pm_staged_exchange *exchange)
{
    for (unsigned i = 0; i < exchange->receivers; i++) {
        free(exchange->shuffle[i].rows);
        pm_bytes_close(&exchange->shuffle[i].bytes);
    }
    free(exchange->shuffle);
    free(exchange);
}
