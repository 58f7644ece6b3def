/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to know of the machine: for the result's environment, the audit and `doctor`. */
#ifndef PM_ENVIRONMENT_H
#define PM_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

/** Text is "" and numbers are 0 (load: negative) where the machine does not say. */
struct pm_environment {
    char cpu[128];
    unsigned cores; /* that this process may use */
    char kernel[160];
    char governor[32];   /* of the first core */
    char turbo[8];       /* "on", "off" */
    char huge_pages[32]; /* the chosen word of transparent_hugepage/enabled */
    char clock_source[32];
    double load;                      /* runnable processes, mean over the last minute */
    uint64_t memory_bytes, shm_bytes; /* in all; free in /dev/shm */
};

void pm_environment_read(struct pm_environment *out);

/** What must not move during a run: take it before and after. */
struct pm_environment_marks {
    uint64_t swapped_pages;  /* in and out since boot */
    int64_t clock_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC: a step shows, a slew hardly */
    uint64_t busy_ticks, all_ticks; /* of all cores since boot */
};

void pm_environment_mark(struct pm_environment_marks *out);

#endif
