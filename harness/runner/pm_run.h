/* SPDX-License-Identifier: Apache-2.0 */
/* One run of one instance: folder, logs, processes, start, wait, drain, collect, clean up. */
#ifndef PM_RUN_H
#define PM_RUN_H

#include "pm_audit.h"
#include "pm_child.h"
#include "pm_collector.h"
#include "pm_control.h"
#include "pm_heap.h"
#include "pm_prepare.h"
#include "pm_rows_file.h"
#include "pm_runner.h"

#define PM_RUN_INTERVALS_MAX 600u /* of a schedule; a longer one has longer intervals */

/**
 * The length of the intervals in which a run with a schedule of @p schedule_ns is shown: a second;
 * of a short run 500, 250, 100 or 50 ms, so that twenty of them show it; of a long one as many
 * seconds as keep it within PM_RUN_INTERVALS_MAX.
 */
int64_t pm_run_interval_ns(int64_t schedule_ns);

/** The counters at one moment of a run, by the supervisor's clock. */
struct pm_run_sample {
    int64_t since_start_ns;
    uint64_t sent, unsent, read, published;
    int64_t queued[PM_CLIENTS]; /* messages in the clients' queues; -1: unknown */
    uint64_t state_bytes;
    int64_t own_bytes, shared_bytes; /* peaks until then */
};

/** Everything that one run showed; closed by pm_run_close. */
struct pm_run {
    int code; /* 0, or what ended it; rows that were committed are counted all the same */
    struct pm_error error;    /* its text */
    int64_t start_ns, end_ns; /* CLOCK_MONOTONIC: schedule's start, end of the engine process */
    int64_t interval_ns;
    unsigned generators;
    struct pm_child child[PM_ROLES]; /* PM_CHILD_NONE beyond 1 + generators */
    int64_t cpu_before_ns;           /* of the engine, until it was ready */
    int64_t cpu_wait_ns;             /* of the engine, in wait loops */
    struct pm_heap_figures heap;     /* of the engine when it had done its work; 0: it told none */
    int64_t first_output_ns;         /* CLOCK_MONOTONIC; 0: none */
    uint64_t sent, unsent, read, published;
    uint64_t marks;                             /* idle marks that were sent */
    struct pm_kafka_figures client[PM_CLIENTS]; /* zeroed on the embedded log */
    int64_t warmup_ns;                          /* in effect */
    bool warmup_settled;
    bool interrupted;
    struct pm_histogram *lateness; /* of all generators */
    struct pm_histogram *hiccup;
    struct pm_environment_marks before, after;
    struct pm_collection collection;
    struct pm_view_figures view;
    struct pm_histogram *view_lag;
    void *view_data; /* the view as one file; who takes it clears it here */
    size_t view_size;
    unsigned samples;
    struct pm_run_sample *sample;
};

/** What a run needs beside what all share. Borrowed. */
struct pm_run_config {
    const struct pm_runner_config *runner;
    const struct pm_prepared *prepared;
    const struct pm_instance *instance;
    struct pm_rows_file *rows; /* gets the committed rows; NULL: nobody wants them */
    unsigned step, steps;      /* for progress */
    pm_progress_fn progress;
    void *payload;
};

/**
 * Run @p config's instance once. Returns 0 when the run came to its end, its output being right or
 * not (out->code says), or PM_EINTERRUPTED; other errors mean that no run took place.
 * No process and no private folder is left, whatever is returned. @p out is to be closed always.
 */
int pm_run_once(struct pm_run *out, const struct pm_run_config *config, struct pm_error *error);
void pm_run_close(struct pm_run *run); /* accepts a zeroed one */

#endif
