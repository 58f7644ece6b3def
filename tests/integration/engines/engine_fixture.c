/* SPDX-License-Identifier: Apache-2.0 */
/* Input in memory and one engine over it. */
#include "engine_fixture.h"

#include <stdlib.h>
#include <string.h>

const struct pm_schema fixture_schema = {
    .name = "numbers",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0), PM_COLUMN_TEXT("text")},
};

const struct pm_engine_ops *fixture_engine(const char *name)
{
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        if (strcmp(pm_engines[e]->name, name) == 0)
            return pm_engines[e];
    }
    abort();
}

void fixture_open(struct fixture *f, struct pm_plan *plan, unsigned partitions, size_t count,
                  bool flush)
{
    memset(f, 0, sizeof *f);
    f->plan = plan;
    if (pm_plan_check(plan, &f->error) != 0)
        abort();
    f->memory.partitions = partitions;
    f->memory.frame_rows = 64;
    for (unsigned p = 0; p < partitions; p++) {
        for (size_t i = 0; i < count; i++) {
            const struct pm_record record = {.event_time_ns = (int64_t)i,
                                             .id = pm_record_id(p, i),
                                             .key = i % 16,
                                             .payload = {i}};
            pm_memory_add(&f->memory.partition[p], &record);
        }
        if (flush)
            pm_memory_flush(&f->memory.partition[p], p);
    }
    f->job = (struct pm_job){.plan = plan,
                             .streams = 1,
                             .stream = {{0, partitions, 0}},
                             .source = &pm_source_memory,
                             .source_config = {.place = (const char *)&f->memory},
                             .sink = &pm_sink_memory,
                             .sink_config = {.place = (const char *)&f->memory},
                             .state = &pm_state_memory,
                             .parallelism = 1,
                             .workers = 1,
                             .wait = PM_WAIT_NAP,
                             .settings = f->settings};
}

int fixture_start(struct fixture *f, struct pm_engine **engine, const struct pm_engine_ops *ops,
                  const char *const *settings)
{
    memset(&f->stats, 0, sizeof f->stats);
    memset(&f->error, 0, sizeof f->error);
    f->job.instance = ops->name;
    pm_memory_rewind(&f->memory, 5);
    const int code = pm_rig_settings(ops, settings, f->settings, &f->error);
    return code != 0 ? code : pm_engine_open(engine, ops, &f->job, &f->stats, &f->error);
}

int fixture_run(struct fixture *f, const struct pm_engine_ops *ops, const char *const *settings)
{
    struct pm_engine *engine;
    int code = fixture_start(f, &engine, ops, settings);

    if (code != 0)
        return code;
    code = pm_engine_run(engine, &f->error);
    pm_engine_close(engine);
    return code;
}

void fixture_close(struct fixture *f)
{
    pm_memory_close(&f->memory);
    pm_plan_close(f->plan);
}
