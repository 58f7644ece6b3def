/* SPDX-License-Identifier: Apache-2.0 */
/* Dropping what nobody reads, copying what several read. */
#include "pm_plan_wiring.h"

#include <stdlib.h>
#include <string.h>

static void drop_one(struct pm_operator *self, unsigned input, struct pm_record *record,
                     struct pm_bytes *bytes)
{
    (void)self, (void)input, (void)record, (void)bytes;
}

static void drop_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)
{
    (void)self, (void)input, (void)chunk;
}

static bool drop_advance(struct pm_operator *self, unsigned input, int64_t watermark_ns)
{
    (void)self, (void)input, (void)watermark_ns;
    return true;
}

static const struct pm_operator_class drop_class = {
    .name = "drop", .inputs_min = 1, .inputs_max = 1};
static const struct pm_operator_class tee_class = {.name = "tee", .inputs_min = 1, .inputs_max = 1};

struct pm_operator pm_drop_open(void)
{
    return (struct pm_operator){
        .one = drop_one, .chunk = drop_chunk, .advance = drop_advance, .class = &drop_class};
}

static void tee_one(struct pm_operator *self, unsigned input, struct pm_record *record,
                    struct pm_bytes *bytes)
{
    struct pm_tee *tee = (struct pm_tee *)self;

    (void)input;
    for (unsigned i = 0; i + 1 < tee->branches; i++) {
        struct pm_record copy = *record;
        tee->bytes.used = 0;
        pm_record_carry(&copy, bytes, &tee->bytes);
        tee->branch[i].to->one(tee->branch[i].to, tee->branch[i].input, &copy, &tee->bytes);
    }
    const struct pm_edge *last = &tee->branch[tee->branches - 1];
    last->to->one(last->to, last->input, record, bytes);
}

static void tee_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)
{
    struct pm_tee *tee = (struct pm_tee *)self;

    (void)input;
    for (unsigned i = 0; i + 1 < tee->branches; i++) {
        struct pm_chunk *copy = &tee->copy;
        pm_chunk_reset(copy);
        for (uint32_t n = 0; n < chunk->selected; n++) {
            copy->rows[n] = chunk->rows[pm_chunk_row(chunk, n)];
            pm_record_carry(&copy->rows[n], &chunk->bytes, &copy->bytes);
        }
        pm_chunk_fill(copy, chunk->selected);
        tee->branch[i].to->chunk(tee->branch[i].to, tee->branch[i].input, copy);
    }
    const struct pm_edge *last = &tee->branch[tee->branches - 1];
    last->to->chunk(last->to, last->input, chunk);
}

static bool tee_advance(struct pm_operator *self, unsigned input, int64_t watermark_ns)
{
    struct pm_tee *tee = (struct pm_tee *)self;
    bool finished = true;

    (void)input;
    for (unsigned i = 0; i < tee->branches; i++) {
        const struct pm_edge *edge = &tee->branch[i];
        finished = edge->to->advance(edge->to, edge->input, watermark_ns) && finished;
    }
    return finished;
}

int pm_tee_open(struct pm_tee *tee, unsigned branches, struct pm_task *task)
{
    memset(tee, 0, sizeof *tee);
    tee->base = (struct pm_operator){.one = tee_one,
                                     .chunk = tee_chunk,
                                     .advance = tee_advance,
                                     .class = &tee_class,
                                     .task = task};
    tee->branches = branches;
    tee->branch = calloc(branches, sizeof *tee->branch);
    if (tee->branch == NULL || pm_chunk_open(&tee->copy) != 0) {
        pm_tee_close(tee);
        return PM_ENOMEM;
    }
    return 0;
}

void pm_tee_close(struct pm_tee *tee)
{
    free(tee->branch);
    tee->branch = NULL;
    pm_chunk_close(&tee->copy);
    pm_bytes_close(&tee->bytes);
}
