/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever keeps a view: follows committed output and applies whole commits to it. */
#ifndef PM_VIEW_FOLLOW_H
#define PM_VIEW_FOLLOW_H

#include "pm_view_page.h"
#include "pm_view_tables.h"

struct pm_view_follow;

/** All borrowed. */
struct pm_view_follow_config {
    const char *output; /* the committed-output log */
    const char *place;  /* folder of the view */
    uint64_t run;
    const struct pm_view_tables *tables;
    const char *scenario, *instance; /* what the view is told it is of */
    struct pm_view_map *map;         /* where it says how far it is */
};

/** Make the view of @p config with empty tables, so that readers find it before there is an output;
 * an existing one stays as it is. Errors: those of the sink in SQLite. */
int pm_view_follow_make(const struct pm_view_follow_config *config, struct pm_error *error);

/**
 * Open the log, which must be there, as an onlooker that holds nothing back, and the view, which is
 * made where it is missing; one that another process has left goes on where that stopped. Errors:
 * those of pm_log_reader_open and of the sink in SQLite.
 */
int pm_view_follow_open(struct pm_view_follow **out, const struct pm_view_follow_config *config,
                        struct pm_error *error);

/**
 * Apply what is committed and not in the view yet, writer by writer: commits of a few thousand rows
 * together in one transaction, a larger one in its own; never a part of one. Returns the number of
 * commits that were applied, 0 when there are none, or PM_E*. Thread: one.
 */
int pm_view_follow_step(struct pm_view_follow *follow, struct pm_error *error);

void pm_view_follow_close(struct pm_view_follow *follow); /* accepts NULL */

#endif
