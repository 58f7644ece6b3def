/* SPDX-License-Identifier: Apache-2.0 */
/* The committed rows of a run as files of CSV or JSON lines, one an output. */
#ifndef PM_ROWS_FILE_H
#define PM_ROWS_FILE_H

#include "pm_committed.h"
#include "pm_plan.h"
#include "pm_run_settings.h"
#include "pm_trace_notes.h"

struct pm_rows_file;

/**
 * Open empty files for the outputs of @p plan in the form @p form (CSV or JSON). Columns are those
 * of the output's schema, in its order; an output that takes rows back has a column op before them:
 * insert, delete, or before (the old row of an update). @p notes, which may be NULL, gives back the
 * texts of hashed fields. All is borrowed. Errors: PM_EIO (no temporary file), PM_ENOMEM.
 */
int pm_rows_file_open(struct pm_rows_file **out, enum pm_run_rows form, const struct pm_plan *plan,
                      const struct pm_trace_notes *notes, struct pm_error *error);

/** Add a row (a pm_committed_fn; @p files is the payload). Errors: PM_EIO (the disk is full). */
int pm_rows_file_add(void *files, const struct pm_committed *committed);

unsigned pm_rows_file_count(const struct pm_rows_file *files);

/** The bytes of output number @p output and its name ("spend.csv"); valid until close.
 * Errors: PM_EIO. */
int pm_rows_file_bytes(struct pm_rows_file *files, unsigned output, const char **name,
                       const void **data, size_t *size, struct pm_error *error);

void pm_rows_file_close(struct pm_rows_file *files); /* accepts NULL */

#endif
