/* SPDX-License-Identifier: Apache-2.0 */
/* Benchmarks' jobs: real logs in /dev/shm, real engines. */
#include "pm_bench_job.h"

#include "pm_bench.h"
#include "pm_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_TIME 4000000000000000000LL
#define FRAME_ROWS 64u

static const struct pm_schema schema = {
    .name = "rows",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0)},
};

struct pm_plan *pm_bench_plan(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_aggregate_config sum = {
        .folds = 1, .fold = {{.fold = PM_FOLD_SUM, .column = "amount", .result = "total"}}};
    struct pm_flow flow = pm_plan_source(plan, 0, &schema);

    flow = pm_plan_filter(plan, flow, "amount", PM_GREATER_EQUAL, 0);
    flow = pm_plan_map(plan, flow, "amount", 3, 1);
    flow = pm_plan_key_by(plan, flow, "key");
    pm_plan_output(plan, pm_plan_aggregate(plan, flow, &sum), 0, "sums");
    return plan;
}

static void must(int code, const struct pm_error *error)
{
    if (code == 0)
        return;
    fprintf(stderr, "benchmark: %s\n", error->text);
    exit(pm_error_exit_code(code));
}

static void set_up(struct pm_bench_job *self, const struct pm_engine_ops *ops, const char *setting)
{
    struct pm_error error = {0};

    pm_option_defaults(ops->options, self->settings);
    if (setting == NULL)
        return;
    char name[64];
    const char *equals = strchr(setting, '=');
    snprintf(name, sizeof name, "%.*s", (int)(equals - setting), setting);
    must(pm_option_set(pm_option_find(ops->options, name), self->settings, equals + 1, &error),
         &error);
}

void pm_bench_job_open(struct pm_bench_job *self, const char *engine, uint64_t records,
                       const char *setting, unsigned parallelism, enum pm_wait wait)
{
    const struct pm_engine_ops *ops = pm_engines_find(engine);
    const struct pm_log_config log = {
        .partitions = 1, .capacity = records * 160 + (1u << 20), .run = 1};
    struct pm_error error = {0};

    memset(self, 0, sizeof *self);
    snprintf(self->root, sizeof self->root, "/dev/shm/pm_bench_XXXXXX");
    pm_bench_check(ops != NULL && mkdtemp(self->root) != NULL, "a place in /dev/shm");
    snprintf(self->in, sizeof self->in, "%s/in", self->root);
    snprintf(self->out, sizeof self->out, "%s/out", self->root);
    must(pm_log_create(self->in, &log, &error), &error);
    must(pm_log_writer_open(&self->writer, self->in, 0, NULL, &error), &error);
    self->plan = pm_bench_plan();
    must(pm_plan_check(self->plan, &error), &error);
    set_up(self, ops, setting);
    self->job = (struct pm_job){
        .instance = engine,
        .plan = self->plan,
        .streams = 1,
        .stream = {{0, 1, 0}},
        .source = &pm_source_log,
        .source_config = {.place = self->in},
        .sink = &pm_sink_log,
        .sink_config = {.place = self->out, .run = 1, .capacity = records * 272 + (1u << 20)},
        .state = &pm_state_memory,
        .parallelism = parallelism,
        .workers = parallelism,
        .wait = wait,
        .settings = self->settings,
    };
    must(pm_engine_open(&self->engine, ops, &self->job, &self->stats, &error), &error);
}

void pm_bench_job_feed(struct pm_bench_job *self, uint32_t count, uint64_t keys,
                       int64_t (*stamp)(void *payload, uint64_t sequence), void *payload)
{
    const struct pm_bytes none = {0};

    pm_bench_check(pm_log_begin(self->writer, count, 0) == 0, "the source log has room");
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t sequence = pm_log_next_sequence(self->writer);
        const struct pm_record record = {.event_time_ns = (int64_t)sequence,
                                         .stamp_ns = stamp(payload, sequence),
                                         .key = pm_hash_u64(sequence) % keys,
                                         .payload = {sequence & 0xffff}};
        pm_log_append(self->writer, &record, &none);
    }
    pm_bench_check(pm_log_publish(self->writer, PM_LOG_RECORDS, 0) == 0, "a frame goes out");
}

void pm_bench_job_flush(struct pm_bench_job *self)
{
    const struct pm_record flush = {.event_time_ns = FLUSH_TIME,
                                    .word = pm_record_word(0, PM_KIND_FLUSH)};
    const struct pm_bytes none = {0};

    pm_bench_check(pm_log_begin(self->writer, 1, 0) == 0, "the source log has room");
    pm_log_append(self->writer, &flush, &none);
    pm_bench_check(pm_log_publish(self->writer, PM_LOG_RECORDS, 0) == 0, "a frame goes out");
}

bool pm_bench_job_step(struct pm_bench_job *self)
{
    struct pm_error error = {0};
    int done;

    do {
        done = pm_engine_step(self->engine, &error);
        must(done < 0 ? done : 0, &error);
    } while (done > 0 && done != PM_ENGINE_DONE);
    return done == PM_ENGINE_DONE;
}

void pm_bench_job_rows(struct pm_bench_job *self,
                       void (*row)(void *payload, uint64_t sequence, int64_t visible_ns),
                       void *payload)
{
    const struct pm_source_config config = {.place = self->out};
    struct pm_source *source;
    struct pm_source_view view;
    struct pm_error error = {0};

    must(pm_source_log.open(&source, &config, &error), &error);
    for (unsigned p = 0; p < source->ops->partitions(source); p++) {
        while (pm_source_poll(source, p, 256, &view) == PM_SOURCE_DATA) {
            for (uint32_t i = 0; i < view.count; i++)
                row(payload, pm_record_sequence(&view.rows[i]), view.visible_ns);
        }
    }
    source->ops->close(source);
}

void pm_bench_job_close(struct pm_bench_job *self)
{
    pm_engine_close(self->engine);
    pm_log_writer_close(self->writer);
    pm_plan_close(self->plan);
    pm_publish_remove(self->root, NULL);
}
