/* SPDX-License-Identifier: Apache-2.0 */
/* What traces hold beside their records: the texts behind hashed keys, and their dead letters. */
#ifndef PM_TRACE_NOTES_H
#define PM_TRACE_NOTES_H

#include "pm_generator.h"

struct pm_trace_notes;

/**
 * Read the files of @p config, which have maps, once more from end to end; what @p config and its
 * maps hold is borrowed. Memory: each distinct text of a hashed field once, and 24 bytes. Errors:
 * PM_EINPUT (two texts of one hash: rename one), PM_ENOMEM, PM_EIO (no temporary file), those of
 * pm_trace_rows_next.
 */
int pm_trace_notes_open(struct pm_trace_notes **out, const struct pm_generator_config *config,
                        struct pm_error *error);

/** The text whose hash stands in @p column of an output row, or NULL when the column is no hashed
 * field: one of a map's name, or, where the record's key is hashed, the row's key. */
const char *pm_trace_notes_text(const struct pm_trace_notes *notes, const struct pm_column *column,
                                int64_t value, uint32_t *size);

/** The dead letters as CSV: file, line, reason, field, text (its first 200 bytes); valid until
 * close. Errors: PM_EIO. */
int pm_trace_notes_dead_letters(struct pm_trace_notes *notes, const void **data, size_t *size,
                                struct pm_error *error);

void pm_trace_notes_close(struct pm_trace_notes *notes); /* accepts NULL */

#endif
