/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of a view: looks at it while it is written, and remembers what it saw. */
#ifndef PM_VIEW_WATCH_H
#define PM_VIEW_WATCH_H

#include "pm_view_tables.h"

/** One state of the view: what it called the newest commit of each writer, and what was in it. */
struct pm_view_state {
    const struct pm_sqlite_commit *commits;
    unsigned count;
    struct pm_digest content;
};

struct pm_view_watch;

/** @p tables and @p place are borrowed. The view may come later. Errors: PM_ENOMEM. */
int pm_view_watch_open(struct pm_view_watch **out, const struct pm_view_tables *tables,
                       const char *place, struct pm_error *error);

/**
 * Read the whole view in one transaction. A state that is the one before is counted, not kept.
 * 0, PM_EBUSY (it is not there yet, or somebody has it alone), or what the reading ended with.
 */
int pm_view_watch_look(struct pm_view_watch *watch, struct pm_error *error);

/**
 * Look again and again from a thread of its own, at idle priority, with pauses nine times as long
 * as a look, but of 10 to 500 ms, until it is stopped: what is measured keeps its cores.
 * Errors: PM_EFAIL.
 */
int pm_view_watch_start(struct pm_view_watch *watch, struct pm_error *error);

/** Wait for the thread. 0, or what a look ended with. */
int pm_view_watch_stop(struct pm_view_watch *watch, struct pm_error *error);

/** Looks that found the view, and the states they saw, in order; states are valid until the next
 * look or the close. While no thread looks. */
uint64_t pm_view_watch_reads(const struct pm_view_watch *watch);
uint64_t pm_view_watch_states(const struct pm_view_watch *watch);
struct pm_view_state pm_view_watch_state(const struct pm_view_watch *watch, uint64_t at);

void pm_view_watch_close(struct pm_view_watch *watch); /* stops first; accepts NULL */

#endif
