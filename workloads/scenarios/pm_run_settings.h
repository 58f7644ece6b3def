/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the runner: how a scenario is run, beside what it computes and what it reads. */
#ifndef PM_RUN_SETTINGS_H
#define PM_RUN_SETTINGS_H

#include <stdbool.h>

#include "pm_option.h"

/** PM_WAIT_SPIN and PM_WAIT_NAP by their numbers; auto lets the runner try both. */
enum pm_run_wait { PM_RUN_WAIT_SPIN, PM_RUN_WAIT_NAP, PM_RUN_WAIT_AUTO };
enum pm_run_late { PM_RUN_LATE_DROP, PM_RUN_LATE_INCLUDE };
enum pm_run_transport { PM_RUN_EMBEDDED, PM_RUN_KAFKA };
enum pm_run_state { PM_RUN_STATE_MEMORY };
/** The committed rows as files of the result; auto: CSV where the input is a trace with a map. */
enum pm_run_rows { PM_RUN_ROWS_AUTO, PM_RUN_ROWS_NONE, PM_RUN_ROWS_CSV, PM_RUN_ROWS_JSON };
/** A view of the output that is kept while it runs. */
enum pm_run_view { PM_RUN_VIEW_NONE, PM_RUN_VIEW_SQLITE };
enum pm_run_warmup { PM_RUN_WARMUP_STABLE, PM_RUN_WARMUP_FIXED };

/** Filled by pm_run_options. */
struct pm_run_settings {
    char engines[PM_OPTION_TEXT_SIZE]; /* names with commas between; "all" is the registry's list */
    int64_t partitions;                /* of each input stream */
    int64_t generators;                /* processes that make and send the input */
    int64_t watermark_delay_ns;        /* scenario time */
    int64_t parallelism;               /* subtasks a stage */
    int64_t workers; /* threads of an engine; 0: one a core, at most parallelism */
    int wait;        /* enum pm_run_wait */
    int guarantee;   /* enum pm_guarantee */
    int durability;  /* enum pm_durability */
    int transport;   /* enum pm_run_transport */
    char brokers[PM_OPTION_TEXT_SIZE];      /* of a Kafka cluster: host:port,... */
    char kafka_client[PM_OPTION_TEXT_SIZE]; /* settings of its client: "name=value ..." */
    bool kafka_keep;                        /* the run's topics stay */
    int state_backend;                      /* enum pm_run_state */
    int late;                               /* enum pm_run_late */
    int64_t runs;                           /* of each engine, interleaved */
    int warmup_rule;                        /* enum pm_run_warmup */
    int64_t warmup_ns;                      /* fixed: its length; stable: its longest length */
    int64_t timeout_ns;                     /* of one run, wall clock */
    int rows;                               /* enum pm_run_rows */
    int view;                               /* enum pm_run_view */
    int64_t max_disk_bytes;                 /* source log and committed output of one run */
};

extern const struct pm_option pm_run_options[];

#endif
