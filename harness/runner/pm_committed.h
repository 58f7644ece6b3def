/* SPDX-License-Identifier: Apache-2.0 */
/* Committed output: every row that a reader may see, with the moment from which on it could. */
#ifndef PM_COMMITTED_H
#define PM_COMMITTED_H

#include "pm_error.h"
#include "pm_record.h"

/** A committed row; borrowed during the call. */
struct pm_committed {
    const struct pm_record *row;
    const struct pm_bytes *bytes;
    int64_t visible_ns; /* CLOCK_MONOTONIC: from here on a reader could see it */
    unsigned writer;
    int64_t written_ns; /* when its frame was there, committed or not; 0: not known */
    uint64_t epoch;     /* of its writer, whose rows of one epoch became visible together; 0: not
                           known */
};

/** A negative PM_E* ends the reading. */
typedef int (*pm_committed_fn)(void *payload, const struct pm_committed *committed);

/**
 * Tell @p each every committed row of the output log at @p path of run @p run, writer by writer in
 * the order of writing. Rows of an epoch without a commit are not told: nobody may see them.
 * The log may be written meanwhile: rows committed after the call began may be missing.
 * Errors: those of pm_log_reader_open and pm_log_next_frame, and what @p each returns.
 */
int pm_committed_each(const char *path, uint64_t run, pm_committed_fn each, void *payload,
                      struct pm_error *error);

#endif
