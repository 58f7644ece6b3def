/* SPDX-License-Identifier: Apache-2.0 */
/* The view in SQLite, read: one transaction shows the rows of whole commits and which they are. */
#ifndef PM_SQLITE_VIEW_H
#define PM_SQLITE_VIEW_H

#include "pm_error.h"
#include "pm_record.h"
#include "pm_schema.h"

#define PM_SQLITE_FILE "view.db" /* below the sink's place */

/**
 * Beside a table an output, with the columns of its schema (words as TEXT, all else as INTEGER:
 * money in cents, times in ns), the file holds
 *
 *   commits  a row a writer: run, incarnation and epoch of its newest commit, that commit's rows
 *            and digest, how many rows of the writer are in the view (view_rows), the sum of all
 *            their numbers (view_sum), and when it was put there (time)
 *   about    name and value: what the run is
 */

/** A writer's newest commit, as the view has it. */
struct pm_sqlite_commit {
    unsigned writer;
    uint64_t run;
    uint64_t epoch;
};

struct pm_sqlite_view_config {
    const char *place;                      /* the sink's */
    const char *const *outputs;             /* names by number, NULL at end */
    const struct pm_schema *const *schemas; /* of the outputs */
};

struct pm_sqlite_view;

/** Open the view at @p config, which is borrowed, for reading alone. Errors: PM_EBUSY when it is
 * not there yet, or not all of its tables; PM_EIO, PM_ENOMEM. */
int pm_sqlite_view_open(struct pm_sqlite_view **out, const struct pm_sqlite_view_config *config,
                        struct pm_error *error);

/** A row, made a record of its output again, without id and times that are no columns; borrowed
 * during the call. What is not 0 ends the reading. */
typedef int (*pm_sqlite_row_fn)(void *payload, const struct pm_record *row,
                                const struct pm_bytes *bytes);

/**
 * In one transaction: the newest commit of each writer into @p commits, at most @p limit, their
 * number into *count, then every row to @p each. Errors: PM_EBUSY (try again), PM_ENOMEM, PM_ESINK
 * (more writers than @p limit, a word that the schema does not know), what @p each returns.
 * Thread: the one that opened. Cost: about 0.3 us a row.
 */
int pm_sqlite_view_read(struct pm_sqlite_view *view, struct pm_sqlite_commit *commits,
                        unsigned limit, unsigned *count, pm_sqlite_row_fn each, void *payload,
                        struct pm_error *error);

/** Write the view as it stands to the new file @p path, one file without a log beside it, which
 * others may go on reading and writing meanwhile. Errors: PM_EIO. */
int pm_sqlite_view_copy(struct pm_sqlite_view *view, const char *path, struct pm_error *error);

void pm_sqlite_view_close(struct pm_sqlite_view *view); /* accepts NULL */

#endif
