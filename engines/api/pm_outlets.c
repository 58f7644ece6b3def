/* SPDX-License-Identifier: Apache-2.0 */
/* Rows into the sink: the stream number says the output; replayed rows stay unpublished. */
#include "pm_outlets.h"

#include <string.h>

/* The sink's own sentence, where it has one. */
static void tell_failure(struct pm_outlets *outlets, int code)
{
    struct pm_sink *const sink = outlets->sink;
    struct pm_error error = {0};

    if (sink->ops->failure != NULL && sink->ops->failure(sink, &error) != 0)
        pm_task_fail(outlets->task, &outlets->outlet[0].base, code, "%s", error.text);
}

static void fail(struct pm_outlet *outlet, int code)
{
    tell_failure(outlet->outlets, code);
    pm_task_fail(outlet->outlets->task, &outlet->base, code, "the sink refused a row (%s)",
                 pm_error_name(code));
}

static inline void put(struct pm_outlet *outlet, struct pm_record *record,
                       const struct pm_bytes *bytes)
{
    struct pm_outlets *all = outlet->outlets;

    if (pm_record_is_replayed(record)) {
        all->replayed++;
        return;
    }
    pm_record_set_stream(record, outlet->output);
    int code = pm_sink_write(all->sink, record, bytes);
    if (++all->pending == all->at_most && code == 0)
        code = pm_outlets_publish(all);
    if (code != 0)
        fail(outlet, code);
}

static void outlet_one(struct pm_operator *self, unsigned input, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    (void)input;
    put((struct pm_outlet *)self, record, bytes);
}

static void outlet_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)
{
    (void)input;
    for (uint32_t i = 0; i < chunk->selected; i++)
        put((struct pm_outlet *)self, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes);
}

static bool outlet_advance(struct pm_operator *self, unsigned input, int64_t watermark_ns)
{
    (void)self, (void)input, (void)watermark_ns;
    return true;
}

int pm_outlets_open(struct pm_outlets *outlets, const struct pm_job *job, unsigned writer,
                    unsigned writers, struct pm_task *task, struct pm_engine_stats *stats,
                    struct pm_error *error)
{
    struct pm_sink_config config = job->sink_config;

    memset(outlets, 0, sizeof *outlets);
    outlets->task = task;
    outlets->stats = stats;
    config.writer = writer;
    config.writers = writers;
    for (unsigned i = 0; i < PM_PLAN_OUTPUTS_MAX; i++) {
        outlets->outlet[i] = (struct pm_outlet){
            .base = {.one = outlet_one,
                     .chunk = outlet_chunk,
                     .advance = outlet_advance,
                     .task = task,
                     .class = &pm_class_output},
            .outlets = outlets,
            .output = i,
        };
    }
    int code = job->sink->open(&outlets->sink, &config, error);
    if (code != 0)
        return code;
    code = job->sink->begin(outlets->sink, ++outlets->epoch);
    if (code != 0) {
        pm_outlets_close(outlets);
        return pm_error_set(error, code, "sink %s: the first epoch cannot begin", job->sink->name);
    }
    return 0;
}

struct pm_operator *pm_outlets_terminal(struct pm_outlets *outlets, unsigned output)
{
    return &outlets->outlet[output].base;
}

int pm_outlets_publish(struct pm_outlets *outlets)
{
    if (outlets->pending == 0)
        return 0;
    const int code = pm_sink_publish(outlets->sink, &outlets->epoch);
    if (code != 0) {
        tell_failure(outlets, code);
        return code;
    }
    struct pm_engine_stats *stats = outlets->stats;
    atomic_fetch_add_explicit(&stats->rows_published, outlets->pending, memory_order_relaxed);
    if (atomic_load_explicit(&stats->first_output_ns, memory_order_relaxed) == 0) {
        int64_t none = 0;
        atomic_compare_exchange_strong(&stats->first_output_ns, &none, pm_clock_ns());
    }
    outlets->pending = 0;
    return 0;
}

void pm_outlets_close(struct pm_outlets *outlets)
{
    if (outlets->sink == NULL)
        return;
    atomic_fetch_add_explicit(&outlets->stats->rows_replayed, outlets->replayed,
                              memory_order_relaxed);
    outlets->sink->ops->close(outlets->sink);
    outlets->sink = NULL;
}

static bool has_output(const struct pm_stage *stage)
{
    for (unsigned i = 0; i < stage->node_count; i++) {
        if (stage->nodes[i]->class == &pm_class_output)
            return true;
    }
    return false;
}

int pm_outlets_writer(const struct pm_stage *stages, unsigned stage, unsigned subtask,
                      unsigned parallelism)
{
    unsigned rank = 0;

    if (!has_output(&stages[stage]))
        return -1;
    for (unsigned i = 0; i < stage; i++)
        rank += has_output(&stages[i]) ? 1u : 0u;
    return (int)(rank * parallelism + subtask);
}

unsigned pm_outlets_writers(const struct pm_plan *plan, unsigned parallelism)
{
    struct pm_stage stages[PM_STAGES_MAX];
    const unsigned count = pm_plan_stages(plan, stages);
    unsigned writers = 0;

    for (unsigned i = 0; i < count; i++)
        writers += has_output(&stages[i]) ? parallelism : 0;
    return writers;
}
