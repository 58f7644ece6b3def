/* SPDX-License-Identifier: Apache-2.0 */
/* The engine process: plan, source, sink and state of the job, then the engine until it ends. */
#include "pm_children.h"

#include <signal.h>
#include <unistd.h>

#include "pm_child.h"
#include "pm_engines.h"
#include "pm_heap.h"
#include "pm_workload.h"

/* Written before the handler is installed, read by it alone from then on. */
static struct pm_engine *running;

static void on_terminate(int number)
{
    (void)number;
    pm_engine_stop(running, PM_STOP_NOW);
}

static void stop_on_terminate(struct pm_engine *engine)
{
    struct sigaction action = {.sa_handler = on_terminate};

    running = engine;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
}

static void ignore_terminate(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
}

/* A short run may end before the supervisor has looked. */
static void tell_memory(struct pm_control_child *child)
{
    struct pm_child_memory memory;
    struct pm_heap_figures heap;

    if (pm_heap_figures(&heap)) {
        atomic_store(&child->heap_allocated_bytes, heap.allocated_bytes);
        atomic_store(&child->heap_resident_bytes, heap.resident_bytes);
    }
    if (!pm_child_memory(getpid(), &memory))
        return;
    atomic_store(&child->own_bytes, memory.own_bytes);
    atomic_store(&child->shared_bytes, memory.shared_bytes);
}

static int run_job(struct pm_control *page, const struct pm_engine_ops *ops,
                   const struct pm_job *job, struct pm_error *error)
{
    struct pm_engine *engine = NULL;
    int code = pm_engine_open(&engine, ops, job, &page->engine, error);

    if (code != 0)
        return code;
    stop_on_terminate(engine);
    pm_control_ready(page, PM_ROLE_ENGINE);
    const int64_t start_ns = pm_control_await_start(page);
    if (page->max_pace != 0) /* the input is there already: the clock starts with the engine */
        pm_clock_sleep_until(start_ns);
    if (start_ns != 0)
        code = pm_engine_run(engine, error);
    tell_memory(&page->child[PM_ROLE_ENGINE]);
    ignore_terminate(); /* the engine is about to go away */
    pm_engine_close(engine);
    return code;
}

int pm_engine_child(struct pm_child_setting *setting, const char *name, struct pm_error *error)
{
    const struct pm_engine_ops *const ops = pm_engines_find(name);
    struct pm_control *const page = setting->control.page;
    char source[PM_CHILD_PATH_SIZE];
    char output[PM_CHILD_PATH_SIZE];
    struct pm_topics topics;
    struct pm_workload_places places = {
        .source = pm_child_path(source, setting->folder, PM_SOURCE_FOLDER),
        .output = pm_child_path(output, setting->folder, PM_OUTPUT_FOLDER),
        .run = page->run,
        .output_capacity = page->output_capacity,
        .source_figures = &page->client[PM_CLIENT_SOURCE],
        .sink_figures = &page->client[PM_CLIENT_SINK],
    };
    struct pm_workload workload;
    struct pm_plan *plan = NULL;

    if (ops == NULL)
        return pm_error_set(error, PM_EINPUT, "engine %s: is not one of this program", name);
    int code = pm_scenario_plan(&plan, setting->scenario, error);
    if (code != 0)
        return code;
    if (setting->scenario->run.transport == PM_RUN_KAFKA) {
        code = pm_topics_open(&topics, &setting->scenario->run, page->run, error);
        places.topics = &topics;
    }
    if (code != 0) {
        pm_plan_close(plan);
        return code;
    }
    pm_workload_open(&workload, setting->scenario, plan, name, &places);
    workload.job.wait = (enum pm_wait)page->wait;
    code = run_job(page, ops, &workload.job, error);
    pm_plan_close(plan);
    return code;
}
