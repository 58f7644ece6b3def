/* SPDX-License-Identifier: Apache-2.0 */
/* A job for benchmarks: a source log in memory that is fed by hand, an engine, its output log. */
#ifndef PM_BENCH_JOB_H
#define PM_BENCH_JOB_H

#include "pm_engines.h"
#include "pm_log.h"

/** filter (all pass) -> map -> key_by -> running sum: one row an input, its id kept. */
struct pm_plan *pm_bench_plan(void);

struct pm_bench_job {
    char root[64], in[80], out[80];
    struct pm_plan *plan;
    struct pm_log_writer *writer;
    struct pm_job job;
    uint64_t settings[64];
    struct pm_engine_stats stats;
    struct pm_engine *engine;
};

/**
 * Open engine @p ops over an empty log of one partition that holds @p records, with @p setting
 * ("name=value" or NULL) and @p workers. Any failure ends the program.
 */
void pm_bench_job_open(struct pm_bench_job *job, const char *engine, uint64_t records,
                       const char *setting, unsigned parallelism, enum pm_wait wait);

/** Write @p count <= 64 records whose key, time and stamp are functions of their sequence. */
void pm_bench_job_feed(struct pm_bench_job *job, uint32_t count, uint64_t keys,
                       int64_t (*stamp)(void *payload, uint64_t sequence), void *payload);

/** Write the flush record. */
void pm_bench_job_flush(struct pm_bench_job *job);

/** Step until there is nothing to do; returns true once the engine is done. */
bool pm_bench_job_step(struct pm_bench_job *job);

/** Every committed row: its source sequence and when it became visible. */
void pm_bench_job_rows(struct pm_bench_job *job,
                       void (*row)(void *payload, uint64_t sequence, int64_t visible_ns),
                       void *payload);

void pm_bench_job_close(struct pm_bench_job *job);

#endif
