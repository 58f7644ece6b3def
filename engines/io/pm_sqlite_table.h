/* SPDX-License-Identifier: Apache-2.0 */
/* One table of a view, written: rows go in, are taken back, and change in place. */
#ifndef PM_SQLITE_TABLE_H
#define PM_SQLITE_TABLE_H

#include <sqlite3.h>

#include "pm_error.h"
#include "pm_record.h"
#include "pm_schema.h"

/** A table of an output and its statements. Zeroed: not open. */
struct pm_sqlite_table {
    const struct pm_schema *schema;
    sqlite3_stmt *insert, *take;
    sqlite3_stmt *update; /* NULL: it has no columns but those that name a row */
};

/** What rows come to. */
struct pm_sqlite_content {
    int64_t rows;
    uint64_t sum; /* of all columns that hold numbers, wrapping around */
};

/** Run @p text, of one or several statements. Errors: PM_EBUSY (a lock is held), PM_ENOMEM,
 * PM_ESINK; likewise of all that follow. */
int pm_sqlite_run(sqlite3 *db, const char *text, struct pm_error *error);

/** Prepare @p text for use again and again into *out, NULL of an empty text; caller finalizes. */
int pm_sqlite_prepare(sqlite3 *db, sqlite3_stmt **out, const char *text, struct pm_error *error);

/** Run @p statement, which returns no rows, once with what is bound. */
int pm_sqlite_step(sqlite3_stmt *statement);

/** Make the table @p name with the columns of @p schema, borrowed, where it is not there yet.
 * Close it whatever is returned. */
int pm_sqlite_table_open(struct pm_sqlite_table *table, sqlite3 *db, const char *name,
                         const struct pm_schema *schema, struct pm_error *error);

/** Insert @p row, or of one that deletes take one row that equals it; count it in @p content.
 * Errors: PM_ESINK too when there is no row to take. */
int pm_sqlite_table_apply(const struct pm_sqlite_table *table, const struct pm_record *row,
                          const struct pm_bytes *bytes, struct pm_sqlite_content *content);

/** True when @p row and the one behind it are the old and the new row of one name. */
bool pm_sqlite_table_is_update(const struct pm_sqlite_table *table, const struct pm_record *row,
                               const struct pm_bytes *bytes);

/** Change such a pair's row in place: less than half of what a delete and an insert take. */
int pm_sqlite_table_update(const struct pm_sqlite_table *table, const struct pm_record *row,
                           const struct pm_bytes *bytes, struct pm_sqlite_content *content);

void pm_sqlite_table_close(struct pm_sqlite_table *table); /* accepts a zeroed one */

#endif
