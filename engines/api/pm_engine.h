/* SPDX-License-Identifier: Apache-2.0 */
/* The engine table: what an execution model is to the harness. pm_engine.c alone calls it. */
#ifndef PM_ENGINE_H
#define PM_ENGINE_H

#include <limits.h>
#include <stdatomic.h>

#include "pm_clock.h"
#include "pm_option.h"
#include "pm_plan.h"
#include "pm_sink.h"
#include "pm_source.h"

#define PM_ENGINE_ABI 2u /* raise it when this header or a meaning in it changes */

enum pm_engine_cap {
    PM_CAP_PLANS = 1 << 0,         /* runs plans (null does not) */
    PM_CAP_EVENT_TIME = 1 << 1,    /* windows, joins, timers */
    PM_CAP_PARALLEL = 1 << 2,      /* more than one worker */
    PM_CAP_LIVE = 1 << 3,          /* publishes while the input still flows */
    PM_CAP_SEES_ALL_LATE = 1 << 4, /* late: include over a bounded input */
    PM_CAP_EXTERNAL = 1 << 5,      /* a foreign system in processes of its own */
    PM_CAP_BY_HAND = 1 << 6,       /* no plans: the queries that somebody wrote for it (see has) */
    PM_CAP_KAFKA_ONLY = 1 << 7,    /* is its own source and sink: topics, no embedded log */
};

/** The names of the capabilities in @p caps with ", " between; returns @p buffer. */
char *pm_engine_caps(uint32_t caps, char *buffer, size_t size);

/** One input stream of the job: partitions first..first+count-1 of the source. */
struct pm_job_stream {
    unsigned first_partition, partitions;
    int64_t watermark_delay_ns; /* PM_DELAY_TO_END: all records count, of an engine that can */
};

/** The query by its name and settings: all that an engine without plans is told of it. */
struct pm_job_query {
    const char *name;
    const struct pm_option *options; /* over the settings */
    const void *settings;
};

/** Everything an engine is given. Borrowed until close. */
struct pm_job {
    const char *instance;       /* rows and offsets are keyed by it */
    const struct pm_plan *plan; /* checked */
    struct pm_job_query query;  /* that the plan was built from */
    unsigned streams;
    struct pm_job_stream stream[PM_PLAN_STREAMS_MAX];
    const struct pm_source_ops *source;
    struct pm_source_config source_config;
    const struct pm_sink_ops *sink;
    struct pm_sink_config sink_config; /* writer and writers are the engine's to set */
    const struct pm_state_ops *state;
    unsigned parallelism; /* subtasks a stage: 1..64 */
    unsigned workers;     /* threads: 1..cores */
    enum pm_wait wait;
    const void *settings; /* the engine's own struct, filled by its option table */
};

/** Counters, read by another thread or process at any time; written by the engine's threads. */
struct pm_engine_stats {
    _Atomic uint64_t records_read; /* data records taken from the source */
    _Atomic uint64_t rows_published;
    _Atomic uint64_t rows_replayed; /* made again by a batch job and not published */
    _Atomic uint64_t units;         /* batches, jobs, or steps that found something */
    _Atomic uint64_t state_bytes;
    _Atomic uint64_t outbox_high_rows; /* the outbox's high-water mark */
    _Atomic int64_t first_output_ns;   /* CLOCK_MONOTONIC; 0: none yet */
    _Atomic int64_t wait_cpu_ns;       /* CPU burnt in wait loops */
    _Atomic uint64_t finished;         /* 1 once every input has ended and all is published */
};

#define PM_ENGINE_DONE INT_MAX /* of step */

enum pm_stop {
    PM_STOP_DRAIN, /* read no more; what was read goes through and is published; windows stay open
                    */
    PM_STOP_NOW,   /* as soon as it can be: what is on its way may never appear */
};

/** What a query takes where it is written by hand: lines that are neither blank nor comment. */
struct pm_hand_lines {
    unsigned own;    /* what this query alone needs */
    unsigned shared; /* what the engine's other queries use, too */
};

struct pm_engine;

struct pm_engine_ops {
    uint32_t abi;
    const char *name;
    const char *help;                /* one line for `list engines` */
    uint32_t caps;                   /* ask capabilities, not names */
    const struct pm_option *options; /* ends with a NULL name; over the settings struct */
    size_t settings_size;
    /* Optional: settings that their table alone cannot judge, before anything is started;
     * demands are capabilities of this table that the job makes use of. */
    int (*check)(const void *settings, uint32_t demands, struct pm_error *error);
    /* Of an engine with PM_CAP_BY_HAND: 0 and the lines of @p query, or PM_EINPUT and a sentence
     * without the engine's name: that nobody wrote it, and which ones are there. */
    int (*has)(const char *query, struct pm_hand_lines *lines, struct pm_error *error);
    /* stats may lie in shared memory. If it fails there is nothing to close. */
    int (*open)(struct pm_engine **out, const struct pm_job *job, struct pm_engine_stats *stats,
                struct pm_error *error);
    /* Until every partition has ended, or stop; in the calling thread and its workers. */
    int (*run)(struct pm_engine *engine, struct pm_error *error);
    /* Optional: one turn of an engine with one worker, instead of run, so that a simulation or a
     * benchmark can alternate it with what feeds it. > 0: something was done, 0: nothing to do,
     * PM_ENGINE_DONE once all has ended, or a negative PM_E*. */
    int (*step)(struct pm_engine *engine, struct pm_error *error);
    /* Optional: what a stop needs beside stop_asked, which is set before; from a signal handler or
     * another thread. */
    void (*stop)(struct pm_engine *engine, enum pm_stop how);
    void (*close)(struct pm_engine *engine); /* accepts NULL */
};

/** First member of every implementation. */
struct pm_engine {
    const struct pm_engine_ops *ops;
    const struct pm_job *job;
    struct pm_engine_stats *stats;
    _Atomic int stop_asked; /* 0, or 1 + enum pm_stop; run looks at it */
};

/** True of an engine that passes on what it reads: the floor under the others' figures. */
static inline bool pm_engine_is_floor(const struct pm_engine_ops *ops)
{
    return (ops->caps & (PM_CAP_PLANS | PM_CAP_EXTERNAL | PM_CAP_BY_HAND)) == 0;
}

/* --- the door: checks the table and the job, then calls it ------------------------------------ */

/** Refuse @p settings (filled by the engine's table; NULL without one), or a job that demands
 * capabilities of the bit set @p demands that the engine has not or not with these settings, before
 * anything is started: PM_EINPUT. What open refuses for their sake is refused here too. */
int pm_engine_check(const struct pm_engine_ops *ops, const void *settings, uint32_t demands,
                    struct pm_error *error);

/** What was written by hand for @p query: zeros of an engine that runs any plan. PM_EINPUT when
 * nobody wrote it for this one: the sentence does not begin with the engine's name. */
int pm_engine_has(const struct pm_engine_ops *ops, const char *query, struct pm_hand_lines *lines,
                  struct pm_error *error);

/** Refuse @p query, or the embedded log where @p over_kafka is false, for an engine that cannot
 * take it: PM_EINPUT, before anything is started; open does it too. */
int pm_engine_check_query(const struct pm_engine_ops *ops, const char *query, bool over_kafka,
                          struct pm_error *error);

/** Open @p ops on @p job. Errors: PM_EINPUT when the job asks for what the engine cannot do. */
int pm_engine_open(struct pm_engine **out, const struct pm_engine_ops *ops,
                   const struct pm_job *job, struct pm_engine_stats *stats, struct pm_error *error);
int pm_engine_run(struct pm_engine *engine, struct pm_error *error);
/** One turn in the calling thread; PM_EINPUT when the engine has no step or several workers. */
int pm_engine_step(struct pm_engine *engine, struct pm_error *error);
void pm_engine_stop(struct pm_engine *engine, enum pm_stop how);
void pm_engine_close(struct pm_engine *engine);

/**
 * For engines, after a turn that found nothing: wait once as the job says, and book the CPU time of
 * the turn, which began at *since_ns, and of the wait as waiting. *since_ns becomes now, where the
 * next turn begins.
 */
void pm_engine_wait(struct pm_engine *engine, int64_t *since_ns);

/** As pm_engine_wait for threads that an engine starts: returns the CPU time, for them to book. A
 * turn or a spin that was taken off its core burnt no more than one takes. */
int64_t pm_engine_pause(enum pm_wait how, int64_t *since_ns);

/** Wait until CLOCK_MONOTONIC reaches @p when_ns or a stop is asked for, and book it. */
void pm_engine_wait_until(struct pm_engine *engine, int64_t when_ns);

#endif
