/* SPDX-License-Identifier: Apache-2.0 */
/* A subtask of a stage: all rows first, then the watermarks; never the two interleaved. */
#include "pm_staged_task.h"

#include <stdlib.h>

int pm_staged_task_open(struct pm_staged_task *self, const struct pm_job *job, unsigned subtask,
                        int writer, struct pm_engine_stats *stats, struct pm_error *error)
{
    self->job = job;
    self->subtask = subtask;
    if (pm_chunk_open(&self->chunk) != 0)
        return pm_error_set(error, PM_ENOMEM, "stage: no memory");
    if (writer < 0)
        return 0;
    const int code =
        pm_outlets_open(&self->outlets, job, (unsigned)writer,
                        pm_outlets_writers(job->plan, job->parallelism), &self->task, stats, error);
    self->publishes = code == 0;
    return code;
}

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    struct pm_staged_task *self = payload;

    if (node->class == &pm_class_output)
        return pm_outlets_terminal(&self->outlets, node->output);
    for (unsigned i = 0; i < self->exchanges; i++) {
        if (self->exchange[i]->node == node)
            return &self->exchange[i]->base;
    }
    struct pm_staged_exchange *exchange =
        pm_shuffle_open(node, &self->task, self->job->parallelism);
    if (exchange == NULL) {
        self->task.code = PM_ENOMEM;
        return pm_outlets_terminal(&self->outlets, 0); /* never runs: the opening fails */
    }
    self->exchange[self->exchanges++] = exchange;
    return &exchange->base;
}

int pm_staged_task_renew(struct pm_staged_task *self, const struct pm_stage *stage,
                         struct pm_error *error)
{
    const struct pm_chain_config config = {
        .state = self->job->state,
        .subtask = self->subtask,
        .parallelism = self->job->parallelism,
        .task = &self->task,
        .terminal = terminal,
        .payload = self,
    };

    pm_chain_close(self->chain);
    self->chain = NULL;
    for (unsigned i = 0; i < self->exchanges; i++) {
        self->exchange[i]->before_ns = PM_TIME_MIN;
        self->exchange[i]->watermark_ns = PM_TIME_MIN;
    }
    const int code = pm_chain_open(&self->chain, stage, &config, error);
    if (code != 0)
        return code;
    if (self->task.code != 0)
        return pm_error_set(error, PM_ENOMEM, "stage: no memory for the exchanges");
    for (unsigned i = 0; i < self->input_count; i++)
        self->input[i].entry = pm_chain_entry(self->chain, i);
    return 0;
}

static int fail(struct pm_staged_task *self, int code, const char *what)
{
    if (self->task.code == 0)
        self->task.code =
            pm_error_set(&self->task.error, code, "%s: %s", what, pm_error_name(code));
    return self->task.code;
}

static int read_partition(struct pm_staged_task *self, const struct pm_staged_input *input,
                          struct pm_intake *intake, uint64_t end)
{
    while (self->task.code == 0) {
        self->task.now_ns = pm_clock_ns();
        const int taken =
            pm_intake_take(intake, &self->chunk, PM_CHUNK_DEFAULT, end, self->task.now_ns);
        if (taken < 0)
            return self->task.code = pm_source_fail(intake->source, taken, &self->task.error);
        if (taken == 0)
            break;
        self->records += self->chunk.count;
        if (self->chunk.count != 0)
            input->entry.to->chunk(input->entry.to, input->entry.input, &self->chunk);
        pm_chunk_reset(&self->chunk);
    }
    return self->task.code;
}

/* The rows are copied into our own chunk: operators change what they are given. */
static void read_rows(struct pm_staged_task *self, const struct pm_staged_input *input,
                      const struct pm_record *rows, uint32_t count, const struct pm_bytes *bytes)
{
    struct pm_chunk *chunk = &self->chunk;

    for (uint32_t i = 0; i < count; i++) {
        chunk->rows[i] = rows[i];
        if (pm_record_extension_offset(&chunk->rows[i]) != 0)
            pm_record_carry(&chunk->rows[i], bytes, &chunk->bytes);
    }
    pm_chunk_fill(chunk, count);
    input->entry.to->chunk(input->entry.to, input->entry.input, chunk);
    pm_chunk_reset(chunk);
}

static void read_shuffle(struct pm_staged_task *self, const struct pm_staged_input *input,
                         struct pm_shuffle *shuffle)
{
    for (unsigned b = 0; b < shuffle->used; b++) {
        const struct pm_shuffle_block *block = &shuffle->blocks[b];
        for (uint32_t from = 0; from < block->count; from += PM_CHUNK_DEFAULT) {
            const uint32_t left = block->count - from;
            read_rows(self, input, block->rows + from,
                      left < PM_CHUNK_DEFAULT ? left : PM_CHUNK_DEFAULT, &shuffle->bytes);
        }
    }
    pm_shuffle_reset(shuffle);
}

int pm_staged_task_read(struct pm_staged_task *self, const uint64_t *end)
{
    for (unsigned i = 0; i < self->input_count; i++) {
        struct pm_staged_input *input = &self->input[i];
        for (unsigned k = 0; k < input->intakes; k++) {
            const int code =
                read_partition(self, input, &input->intake[k], end[input->intake[k].partition]);
            if (code != 0)
                return code;
        }
        for (unsigned k = 0; k < input->senders; k++)
            read_shuffle(self, input, &input->sender[k]->shuffle[self->subtask]);
    }
    if (pm_chain_failed(self->chain) || self->chunk.bytes.failed)
        return fail(self, PM_ENOMEM, "state");
    return self->task.code;
}

static void advance(struct pm_staged_task *self, const int64_t *watermark_ns, bool replayed)
{
    self->task.replayed = replayed;
    self->task.now_ns = pm_clock_ns();
    for (unsigned i = 0; i < self->input_count; i++) {
        const struct pm_edge *entry = &self->input[i].entry;
        if (watermark_ns[i] != PM_TIME_MIN)
            entry->to->advance(entry->to, entry->input, watermark_ns[i]);
    }
    self->task.replayed = false;
}

int pm_staged_task_close_windows(struct pm_staged_task *self, const int64_t *before,
                                 const int64_t *now)
{
    advance(self, before, true);
    advance(self, now, false);
    if (pm_chain_failed(self->chain))
        return fail(self, PM_ENOMEM, "state");
    return self->task.code;
}

/* Told even where no mark has come yet: what waits may wait for the first. */
int pm_staged_task_let_go(struct pm_staged_task *self, const int64_t *now)
{
    self->task.closing = true;
    for (unsigned i = 0; i < self->input_count; i++) {
        const struct pm_edge *entry = &self->input[i].entry;
        entry->to->advance(entry->to, entry->input, now[i]);
    }
    self->task.closing = false;
    if (pm_chain_failed(self->chain))
        return fail(self, PM_ENOMEM, "state");
    return self->task.code;
}

void pm_staged_task_close(struct pm_staged_task *self)
{
    if (self->publishes)
        pm_outlets_close(&self->outlets);
    pm_chain_close(self->chain);
    for (unsigned i = 0; i < self->exchanges; i++)
        pm_shuffle_close(self->exchange[i]);
    for (unsigned i = 0; i < self->input_count; i++) {
        free(self->input[i].intake);
        free(self->input[i].sender);
    }
    pm_chunk_close(&self->chunk);
}
