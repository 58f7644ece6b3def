/* SPDX-License-Identifier: Apache-2.0 */
/* What every operator shares: passing marks on, splitting chunks, the rows that wait to go out. */
#include "pm_operator.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pm_task_fail(struct pm_task *task, const struct pm_operator *from, int code,
                  const char *format, ...)
{
    char text[160];
    va_list args;

    if (task->code != 0)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    task->code = pm_error_set(&task->error, code, "%s: %s", from->class->name, text);
}

bool pm_operator_pass(struct pm_operator *self, int64_t watermark_ns)
{
    bool finished = true;

    for (unsigned port = 0; port < self->class->ports; port++) {
        const struct pm_edge *edge = &self->out[port];
        finished = edge->to->advance(edge->to, edge->input, watermark_ns) && finished;
    }
    return finished;
}

bool pm_operator_advance(struct pm_operator *self, unsigned input, int64_t watermark_ns)
{
    (void)input;
    return pm_operator_pass(self, watermark_ns);
}

void pm_operator_split(struct pm_operator *self, struct pm_chunk *chunk, const uint8_t *ports)
{
    PM_SCRATCH uint16_t rows[PM_CHUNK_MAX];
    const uint32_t selected = chunk->selected;

    for (uint32_t i = 0; i < selected; i++)
        rows[i] = (uint16_t)pm_chunk_row(chunk, i);
    for (unsigned port = 0; port < self->class->ports; port++) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < selected; i++) {
            chunk->select[kept] = rows[i];
            kept += ports[i] == port ? 1u : 0u;
        }
        chunk->selected = kept;
        chunk->dense = kept == chunk->count;
        if (kept != 0)
            pm_push_chunk(self, port, chunk);
    }
}

void pm_watermarks_open(struct pm_watermarks *marks, unsigned inputs)
{
    marks->inputs = inputs;
    for (unsigned i = 0; i < PM_INPUTS_MAX; i++)
        marks->input[i] = PM_TIME_MIN;
}

int64_t pm_watermarks_raise(struct pm_watermarks *marks, unsigned input, int64_t watermark_ns)
{
    int64_t least = PM_TIME_MAX;

    if (watermark_ns > marks->input[input])
        marks->input[input] = watermark_ns;
    for (unsigned i = 0; i < marks->inputs; i++)
        least = marks->input[i] < least ? marks->input[i] : least;
    return least;
}

/* --- rows that wait --------------------------------------------------------------------------- */

int pm_out_open(struct pm_out *out, struct pm_operator *self, struct pm_error *error)
{
    memset(out, 0, sizeof *out);
    out->self = self;
    if (pm_chunk_open(&out->chunk) != 0)
        return pm_error_set(error, PM_ENOMEM, "%s: no memory", self->class->name);
    return 0;
}

void pm_out_close(struct pm_out *out)
{
    pm_chunk_close(&out->chunk);
}

void pm_out_flush(struct pm_out *out)
{
    struct pm_chunk *chunk = &out->chunk;

    if (chunk->count == 0)
        return;
    if (out->singly) {
        for (uint32_t i = 0; i < chunk->count; i++)
            pm_push(out->self, out->port, &chunk->rows[i], &chunk->bytes);
    } else {
        pm_chunk_fill(chunk, chunk->count);
        pm_push_chunk(out->self, out->port, chunk);
    }
    if (chunk->bytes.failed)
        pm_task_fail(out->self->task, out->self, PM_ENOMEM, "no memory for rows of this size");
    pm_chunk_reset(chunk);
}

static struct pm_record *next_row(struct pm_out *out, unsigned port)
{
    if (out->chunk.count == PM_CHUNK_MAX || (out->chunk.count != 0 && port != out->port))
        pm_out_flush(out);
    out->port = port;
    return &out->chunk.rows[out->chunk.count++];
}

struct pm_record *pm_out_row(struct pm_out *out, unsigned port, const struct pm_record *from)
{
    const struct pm_task *task = out->self->task;
    struct pm_record *row = next_row(out, port);

    memset(row, 0, sizeof *row);
    if (from != NULL) {
        row->event_time_ns = from->event_time_ns;
        row->stamp_ns = from->stamp_ns;
        row->id = from->id;
        row->key = from->key;
        row->word =
            pm_record_word(pm_record_stream(from), PM_KIND_DATA) | (from->word & PM_WORD_REPLAYED);
    } else {
        row->stamp_ns = task->now_ns;
        row->word = task->replayed ? PM_WORD_REPLAYED : 0;
    }
    return row;
}

struct pm_record *pm_out_pass(struct pm_out *out, unsigned port, const struct pm_record *record,
                              const struct pm_bytes *bytes)
{
    struct pm_record *row = next_row(out, port);

    *row = *record;
    pm_record_carry(row, bytes, &out->chunk.bytes);
    return row;
}
