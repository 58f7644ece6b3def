/* SPDX-License-Identifier: Apache-2.0 */
/* A job for benchmarks: a source log in memory that is fed by hand, an engine, its output log. */
#ifndef PM_BENCH_JOB_H
#define PM_BENCH_JOB_H

#include "pm_engines.h"
#include "pm_log.h"

#define PM_BENCH_PARTITIONS_MAX 2u

enum pm_bench_plan {
    PM_BENCH_SUMS, /* filter (all pass) -> map -> key_by -> running sum: one row an input, id kept
                    */
    PM_BENCH_NOTHING, /* a filter that keeps nothing */
    PM_BENCH_CLOSING, /* key_by -> sums in tumbling windows of window_ns: output 1; beside it what
                         has an amount above 0 goes as it came to output 0 */
};

struct pm_bench_job_config {
    enum pm_bench_plan plan;
    const char *engine;
    const char *setting; /* "name=value" of the engine's options, or NULL */
    uint64_t records;    /* that the log has room for, all partitions together */
    unsigned partitions, parallelism;
    int64_t window_ns;
    bool forgets; /* rows go to the null sink */
};

struct pm_bench_job {
    struct pm_bench_job_config config;
    char root[64], in[80], out[80];
    unsigned opened; /* engines by now */
    struct pm_plan *plan;
    struct pm_log_writer *writer[PM_BENCH_PARTITIONS_MAX];
    struct pm_job job;
    uint64_t settings[64];
    struct pm_engine_stats stats;
    struct pm_engine *engine;
};

/** Open an empty log and the engine over it, which spins. Any failure ends the program. */
void pm_bench_job_open(struct pm_bench_job *job, const struct pm_bench_job_config *config);

/** Close the engine and open it afresh with @p parallelism, over the same log from its start, with
 * a new output. */
void pm_bench_job_again(struct pm_bench_job *job, unsigned parallelism);

/** Write @p count <= 64 records whose key, time and stamp are functions of their sequence, to
 * @p partition. */
void pm_bench_job_feed(struct pm_bench_job *job, unsigned partition, uint32_t count, uint64_t keys,
                       int64_t (*stamp)(void *payload, uint64_t sequence), void *payload);

/** Write the flush record of every partition. */
void pm_bench_job_flush(struct pm_bench_job *job);

/** Run the engine to its end in this thread. */
void pm_bench_job_run(struct pm_bench_job *job);

/** Step until there is nothing to do; returns true once the engine is done. */
bool pm_bench_job_step(struct pm_bench_job *job);

/** Every committed row: its source sequence and when it became visible. */
void pm_bench_job_rows(struct pm_bench_job *job,
                       void (*row)(void *payload, uint64_t sequence, int64_t visible_ns),
                       void *payload);

void pm_bench_job_close(struct pm_bench_job *job);

#endif
