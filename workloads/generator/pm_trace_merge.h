/* SPDX-License-Identifier: Apache-2.0 */
/* Mapped traces as one: each keeps its order, and they meet by time. */
#ifndef PM_TRACE_MERGE_H
#define PM_TRACE_MERGE_H

#include "pm_trace_rows.h"

struct pm_trace_merge;

/** Open @p files traces, 1..PM_TRACE_FILES_MAX, each with a map; paths and maps are borrowed.
 * Errors: those of pm_trace_rows_open. */
int pm_trace_merge_open(struct pm_trace_merge **out, const struct pm_trace_file *file,
                        unsigned files, struct pm_error *error);

/**
 * The next row of all files; 1, or 0 behind the last. *number says whose it is. Records come by the
 * largest event time that their file has had up to them, where that is equal by their stream, then
 * by the number of their file: a file out of order stays so, and the same bytes give the same
 * sequence. Rows that are no record come as they are read, some of them ahead of their place; with
 * several files a record's outcome has no row.
 * Errors and contract otherwise: those of pm_trace_rows_next. Cost: that of the one file; with
 * several some 20 ns more.
 */
int pm_trace_merge_next(struct pm_trace_merge *merge, struct pm_trace_outcome *outcome,
                        unsigned *number, struct pm_record *record, struct pm_bytes *bytes,
                        struct pm_error *error);

void pm_trace_merge_close(struct pm_trace_merge *merge); /* accepts NULL */

#endif
