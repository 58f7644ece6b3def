/* SPDX-License-Identifier: Apache-2.0 */
/* From plan to tasks: chains are opened from the last stage to the first, so that each finds the
 * entries that it leads to. */
#include "pm_event_graph.h"

#include <stdlib.h>

/* What a chain's terminals need to know while it is opened. */
struct opening {
    struct pm_event_graph *graph;
    struct pm_event_task *task;
    bool fused; /* all stages in one task */
    bool failed;
};

/* The entry, in the fused task, of the stage input that reads @p node. */
static struct pm_edge fused_entry(const struct opening *opening, const struct pm_plan_node *node)
{
    const struct pm_event_graph *graph = opening->graph;

    for (unsigned s = 0; s < graph->stage_count; s++) {
        for (unsigned i = 0; i < graph->stages[s].input_count; i++) {
            if (graph->stages[s].inputs[i].from == node)
                return pm_chain_entry(opening->task->chains[s], i);
        }
    }
    return (struct pm_edge){0};
}

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    struct opening *opening = payload;
    struct pm_event_task *task = opening->task;

    if (node->class == &pm_class_output)
        return pm_outlets_terminal(&task->outlets, node->output);
    for (unsigned i = 0; i < task->exchanges; i++) {
        if (task->exchange[i]->node == node)
            return &task->exchange[i]->base;
    }
    struct pm_event_exchange *exchange =
        opening->fused ? pm_event_exchange_open(task, node, 0, fused_entry(opening, node))
                       : pm_event_exchange_open(task, node, opening->graph->job->parallelism,
                                                (struct pm_edge){0});
    if (exchange == NULL) {
        opening->failed = true;
        return pm_outlets_terminal(&task->outlets, 0); /* never runs: the opening fails */
    }
    return &exchange->base;
}

static int open_chain(struct pm_event_graph *graph, struct pm_event_task *task, unsigned stage,
                      unsigned subtask, struct pm_chain **out, struct pm_error *error)
{
    struct opening opening = {.graph = graph, .task = task, .fused = graph->job->parallelism == 1};
    const struct pm_chain_config config = {
        .state = graph->job->state,
        .subtask = subtask,
        .parallelism = graph->job->parallelism,
        .task = &task->task,
        .terminal = terminal,
        .payload = &opening,
    };
    const int code = pm_chain_open(out, &graph->stages[stage], &config, error);

    if (code == 0 && opening.failed)
        return pm_error_set(error, PM_ENOMEM, "engine event: no memory for the exchanges");
    return code;
}

/* --- what feeds a task ------------------------------------------------------------------------ */

static int feed_from_source(struct pm_event_graph *graph, struct pm_event_input *input,
                            unsigned stream, unsigned subtask)
{
    const struct pm_job_stream *s = &graph->job->stream[stream];

    input->intake = calloc(s->partitions, sizeof *input->intake);
    if (input->intake == NULL)
        return PM_ENOMEM;
    for (unsigned p = subtask; p < s->partitions; p += graph->job->parallelism)
        pm_intake_open(&input->intake[input->intakes++], graph->source, s->first_partition + p,
                       stream, s->watermark_delay_ns);
    return 0;
}

/* The lanes that lead to @p subtask from every subtask of the sending stage. */
static int feed_from_exchange(struct pm_event_graph *graph, struct pm_event_input *input,
                              const struct pm_stage_input *from, unsigned subtask)
{
    const unsigned parallelism = graph->job->parallelism;

    input->lane = calloc(parallelism, sizeof *input->lane);
    if (input->lane == NULL)
        return PM_ENOMEM;
    for (unsigned sender = 0; sender < parallelism; sender++) {
        struct pm_event_task *task = &graph->tasks[from->sender * parallelism + sender];
        for (unsigned i = 0; i < task->exchanges; i++) {
            if (task->exchange[i]->node == from->from)
                input->lane[input->lanes++] = &task->exchange[i]->lanes[subtask];
        }
    }
    return 0;
}

static int feed(struct pm_event_graph *graph, struct pm_event_task *task,
                const struct pm_chain *chain, unsigned stage, unsigned subtask)
{
    const bool fused = graph->job->parallelism == 1;
    int code = 0;

    for (unsigned i = 0; i < graph->stages[stage].input_count && code == 0; i++) {
        const struct pm_stage_input *from = &graph->stages[stage].inputs[i];
        if (fused && !from->is_source)
            continue;
        struct pm_event_input *input = &task->input[task->input_count++];
        input->entry = pm_chain_entry(chain, i);
        input->watermark_ns = PM_TIME_MIN;
        code = from->is_source ? feed_from_source(graph, input, from->from->stream, subtask)
                               : feed_from_exchange(graph, input, from, subtask);
    }
    return code;
}

/* --- tasks ------------------------------------------------------------------------------------ */

static int open_task(struct pm_event_graph *graph, struct pm_event_task *task, int writer,
                     struct pm_engine_stats *stats, struct pm_error *error)
{
    const struct pm_job *job = graph->job;
    const struct pm_event_settings *settings = job->settings;
    int code = 0;

    task->job = job;
    task->slice = (uint32_t)settings->firing;
    task->task.slice = task->slice;
    task->stats = stats;
    if (pm_chunk_open(&task->hand) != 0)
        return pm_error_set(error, PM_ENOMEM, "engine event: no memory");
    if (writer >= 0) {
        code = pm_outlets_open(&task->outlets, job, (unsigned)writer,
                               pm_outlets_writers(job->plan, job->parallelism), &task->task, stats,
                               error);
        task->outlets.at_most =
            PM_CHUNK_MAX; /* a firing of many windows becomes visible in parts */
        task->publishes = code == 0;
    }
    return code;
}

static int open_fused(struct pm_event_graph *graph, struct pm_engine_stats *stats,
                      struct pm_error *error)
{
    struct pm_event_task *task = &graph->tasks[0];
    int code = open_task(graph, task, 0, stats, error);

    task->chain_count = graph->stage_count;
    for (unsigned s = graph->stage_count; s-- > 0 && code == 0;)
        code = open_chain(graph, task, s, 0, &task->chains[s], error);
    for (unsigned s = 0; s < graph->stage_count && code == 0; s++)
        code = feed(graph, task, task->chains[s], s, 0);
    return code;
}

static int open_spread(struct pm_event_graph *graph, struct pm_engine_stats *stats,
                       struct pm_error *error)
{
    const unsigned parallelism = graph->job->parallelism;
    int code = 0;

    for (unsigned i = 0; i < graph->task_count && code == 0; i++) {
        struct pm_event_task *task = &graph->tasks[i];
        const unsigned stage = i / parallelism, subtask = i % parallelism;
        graph->worker_of[i] = subtask % graph->job->workers;
        code = open_task(graph, task, pm_outlets_writer(graph->stages, stage, subtask, parallelism),
                         stats, error);
        task->chain_count = 1;
        if (code == 0)
            code = open_chain(graph, task, stage, subtask, &task->chains[0], error);
    }
    for (unsigned i = 0; i < graph->task_count && code == 0; i++)
        code = feed(graph, &graph->tasks[i], graph->tasks[i].chains[0], i / parallelism,
                    i % parallelism);
    return code;
}

int pm_event_graph_open(struct pm_event_graph *graph, const struct pm_job *job,
                        struct pm_engine_stats *stats, struct pm_error *error)
{
    int code;

    graph->job = job;
    graph->stage_count = pm_plan_stages(job->plan, graph->stages);
    graph->task_count = job->parallelism == 1 ? 1 : graph->stage_count * job->parallelism;
    graph->tasks = calloc(graph->task_count, sizeof *graph->tasks);
    graph->worker_of = calloc(graph->task_count, sizeof *graph->worker_of);
    if (graph->tasks == NULL || graph->worker_of == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine event: no memory");
    code = job->source->open(&graph->source, &job->source_config, error);
    if (code != 0)
        return code;
    code =
        job->parallelism == 1 ? open_fused(graph, stats, error) : open_spread(graph, stats, error);
    return code == PM_ENOMEM ? pm_error_set(error, code, "engine event: no memory") : code;
}

uint64_t pm_event_graph_state_bytes(const struct pm_event_graph *graph)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < graph->task_count; i++) {
        for (unsigned s = 0; s < graph->tasks[i].chain_count; s++)
            bytes += pm_chain_state_bytes(graph->tasks[i].chains[s]);
    }
    return bytes;
}

void pm_event_graph_close(struct pm_event_graph *graph)
{
    for (unsigned i = 0; graph->tasks != NULL && i < graph->task_count; i++)
        pm_event_task_close(&graph->tasks[i]);
    free(graph->tasks);
    free(graph->worker_of);
    if (graph->source != NULL)
        graph->source->ops->close(graph->source);
}
