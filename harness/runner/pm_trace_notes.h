/* SPDX-License-Identifier: Apache-2.0 */
/* What a trace holds beside its records: the texts behind hashed keys, and its dead letters. */
#ifndef PM_TRACE_NOTES_H
#define PM_TRACE_NOTES_H

#include "pm_generator.h"

struct pm_trace_notes;

/**
 * Read the trace of @p config, which has a map, once more from end to end. Memory: each distinct
 * text of a hashed field once, and 24 bytes. Errors: PM_EINPUT (two texts of one hash: rename one),
 * PM_ENOMEM, PM_EIO (no temporary file), those of pm_trace_rows_next.
 */
int pm_trace_notes_open(struct pm_trace_notes **out, const struct pm_generator_config *config,
                        struct pm_error *error);

/** The text whose hash stands in @p column of an output row, or NULL when the column is no hashed
 * field: one of the map's name, or, where the record's key is hashed, the row's key. */
const char *pm_trace_notes_text(const struct pm_trace_notes *notes, const struct pm_column *column,
                                int64_t value, uint32_t *size);

/** The dead letters as CSV: line, reason, field, text (its first 200 bytes); valid until close.
 * Errors: PM_EIO. */
int pm_trace_notes_dead_letters(struct pm_trace_notes *notes, const void **data, size_t *size,
                                struct pm_error *error);

void pm_trace_notes_close(struct pm_trace_notes *notes); /* accepts NULL */

#endif
