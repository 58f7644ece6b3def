/* SPDX-License-Identifier: Apache-2.0 */
/* The open-loop producer: writes to its medium what is due, and never slows the schedule down. */
#ifndef PM_PRODUCER_H
#define PM_PRODUCER_H

#include <stdatomic.h>

#include "pm_generator.h"
#include "pm_medium.h"

struct pm_producer_config {
    struct pm_generator *generator; /* borrowed; its records are used up */
    struct pm_log_writer *const
        *writers;             /* one a partition of the generator, NULL where it gives no records */
    struct pm_medium *medium; /* NULL: the log of writers; else borrowed and taken instead */
    int64_t start_ns;         /* CLOCK_MONOTONIC of the schedule's start */
    enum pm_wait wait;        /* between due times */
    const atomic_bool *stop;  /* may be NULL; set by any thread to end early */
    void (*lateness)(void *payload, int64_t ns); /* may be NULL; once a record: written - due */
    void *payload;
};

struct pm_producer_stats {
    uint64_t sent;   /* records, without marks and flush records */
    uint64_t unsent; /* records that were due while there was no room, or that the medium lost after
                        all: any makes the run invalid */
    uint64_t marks;  /* idle marks that were sent */
    uint64_t frames;
    int64_t late_ns_max; /* the largest written - due */
};

/**
 * Send the whole sequence on its schedule: whatever is due at a look at the clock goes out at once,
 * in frames of at most 64 records, each stamped start + due. Records are made ahead of their due
 * time while nothing is due (up to 256 a partition), so their making is not lateness. What finds
 * the medium full is dropped and counted. Flush records alone wait for room, until @p stop.
 * On @p stop what is not yet due is left out and the flush records follow.
 * Thread: the caller's, until the end of the schedule. Errors: PM_ENOMEM, PM_EINPUT (a record
 * larger than the medium takes), those of the medium; @p stats is right in any case.
 */
int pm_producer_run(const struct pm_producer_config *config, struct pm_producer_stats *stats,
                    struct pm_error *error);

/**
 * Write the whole sequence as fast as it goes, stamped start + due: the bounded input of a run at
 * maximum speed. Errors: those of pm_producer_run, PM_EINVALID when the log is too small.
 */
int pm_producer_preload(const struct pm_producer_config *config, struct pm_producer_stats *stats,
                        struct pm_error *error);

#endif
