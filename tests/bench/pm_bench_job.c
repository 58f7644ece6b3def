/* SPDX-License-Identifier: Apache-2.0 */
/* Benchmarks' jobs: real logs in /dev/shm, real engines. */
#include "pm_bench_job.h"

#include "pm_bench.h"
#include "pm_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_TIME   4000000000000000000LL
#define AMOUNTS      0x10000
#define LOG_BYTES    160u /* a record at least: frames may hold a single one */
#define OUTPUT_BYTES 272u

static const struct pm_schema schema = {
    .name = "rows",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0)},
};

static void add_windows(struct pm_plan *plan, struct pm_flow flow, int64_t window_ns)
{
    const struct pm_window_config sums = {
        .size_ns = window_ns, .folds = 1, .fold = {{PM_FOLD_SUM, "amount", "total", 0}}};
    const struct pm_flow keyed = pm_plan_key_by(plan, flow, "key");

    pm_plan_output(plan, pm_plan_filter(plan, flow, "amount", PM_GREATER, 0), 0, "rows");
    pm_plan_output(plan, pm_plan_window(plan, keyed, &sums), 1, "sums");
}

static struct pm_plan *open_plan(const struct pm_bench_job_config *config)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_aggregate_config sum = {
        .folds = 1, .fold = {{.fold = PM_FOLD_SUM, .column = "amount", .result = "total"}}};
    struct pm_flow flow = pm_plan_source(plan, 0, &schema);

    if (config->plan == PM_BENCH_CLOSING) {
        add_windows(plan, flow, config->window_ns);
        return plan;
    }
    if (config->plan == PM_BENCH_NOTHING) {
        flow = pm_plan_filter(plan, flow, "amount", PM_GREATER_EQUAL, AMOUNTS);
        pm_plan_output(plan, flow, 0, "nothing");
        return plan;
    }
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

static void open_log(struct pm_bench_job *self)
{
    const unsigned partitions = self->config.partitions;
    const struct pm_log_config log = {.partitions = partitions,
                                      .capacity = self->config.records / partitions * LOG_BYTES +
                                                  (1u << 20),
                                      .run = 1};
    struct pm_error error = {0};

    snprintf(self->root, sizeof self->root, "/dev/shm/pm_bench_XXXXXX");
    pm_bench_check(partitions <= PM_BENCH_PARTITIONS_MAX && mkdtemp(self->root) != NULL,
                   "a place in /dev/shm");
    snprintf(self->in, sizeof self->in, "%s/in", self->root);
    must(pm_log_create(self->in, &log, &error), &error);
    for (unsigned i = 0; i < partitions; i++)
        must(pm_log_writer_open(&self->writer[i], self->in, i, NULL, &error), &error);
    self->plan = open_plan(&self->config);
    must(pm_plan_check(self->plan, &error), &error);
}

static void open_engine(struct pm_bench_job *self)
{
    const struct pm_bench_job_config *config = &self->config;
    const struct pm_engine_ops *ops = pm_engines_find(config->engine);
    struct pm_error error = {0};

    pm_bench_check(ops != NULL, "an engine of that name");
    set_up(self, ops, config->setting);
    snprintf(self->out, sizeof self->out, "%s/out%u", self->root, self->opened);
    self->job = (struct pm_job){
        .instance = config->engine,
        .plan = self->plan,
        .streams = 1,
        .stream = {{0, config->partitions, 0}},
        .source = &pm_source_log,
        .source_config = {.place = self->in, .consumer = PM_LOG_CONSUMERS_MAX},
        .sink = config->forgets ? &pm_sink_null : &pm_sink_log,
        .sink_config = {.place = self->out,
                        .run = 1,
                        .capacity = config->records * OUTPUT_BYTES + (1u << 20)},
        .state = &pm_state_memory,
        .parallelism = config->parallelism,
        .workers = config->parallelism,
        .wait = PM_WAIT_SPIN,
        .settings = self->settings,
    };
    must(pm_engine_open(&self->engine, ops, &self->job, &self->stats, &error), &error);
    self->opened++;
}

void pm_bench_job_open(struct pm_bench_job *self, const struct pm_bench_job_config *config)
{
    memset(self, 0, sizeof *self);
    self->config = *config;
    open_log(self);
    open_engine(self);
}

void pm_bench_job_again(struct pm_bench_job *self, unsigned parallelism)
{
    pm_engine_close(self->engine);
    pm_publish_remove(self->out, NULL);
    self->stats = (struct pm_engine_stats){0};
    self->config.parallelism = parallelism;
    open_engine(self);
}

void pm_bench_job_feed(struct pm_bench_job *self, unsigned partition, uint32_t count, uint64_t keys,
                       int64_t (*stamp)(void *payload, uint64_t sequence), void *payload)
{
    struct pm_log_writer *writer = self->writer[partition];
    const struct pm_bytes none = {0};

    pm_bench_check(pm_log_begin(writer, count, 0) == 0, "the source log has room");
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t sequence = pm_log_next_sequence(writer) + i;
        const struct pm_record record = {.event_time_ns = (int64_t)sequence,
                                         .stamp_ns = stamp(payload, sequence),
                                         .key = pm_hash_u64(sequence) % keys,
                                         .payload = {sequence % AMOUNTS}};
        pm_log_append(writer, &record, &none);
    }
    pm_bench_check(pm_log_publish(writer, PM_LOG_RECORDS, 0) == 0, "a frame goes out");
}

void pm_bench_job_flush(struct pm_bench_job *self)
{
    const struct pm_record flush = {.event_time_ns = FLUSH_TIME,
                                    .word = pm_record_word(0, PM_KIND_FLUSH)};
    const struct pm_bytes none = {0};

    for (unsigned i = 0; i < self->config.partitions; i++) {
        pm_bench_check(pm_log_begin(self->writer[i], 1, 0) == 0, "the source log has room");
        pm_log_append(self->writer[i], &flush, &none);
        pm_bench_check(pm_log_publish(self->writer[i], PM_LOG_RECORDS, 0) == 0, "a frame goes out");
    }
}

void pm_bench_job_run(struct pm_bench_job *self)
{
    struct pm_error error = {0};

    must(pm_engine_run(self->engine, &error), &error);
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
    for (unsigned i = 0; i < self->config.partitions; i++)
        pm_log_writer_close(self->writer[i]);
    pm_plan_close(self->plan);
    pm_publish_remove(self->root, NULL);
}
