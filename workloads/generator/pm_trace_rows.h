/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a mapped trace as records: each is a record, dropped by a filter, or a dead letter.
 */
#ifndef PM_TRACE_ROWS_H
#define PM_TRACE_ROWS_H

#include "pm_trace_map.h"
#include "pm_trace_reader.h"

struct pm_trace_rows;

enum pm_trace_fate { PM_TRACE_RECORD, PM_TRACE_DROPPED, PM_TRACE_DEAD };

/** What became of a row. */
struct pm_trace_outcome {
    enum pm_trace_fate fate;
    enum pm_codec_fault fault; /* of a dead letter */
    const char *field;         /* that was missing or wrong; NULL: the row as a whole */
    struct pm_trace_row row;   /* borrowed until the next one */
};

/**
 * Open the file @p path and read the header, where there is one. @p map is borrowed.
 * Errors: PM_EINPUT (a column that the mapping names is not there: says which there are), those of
 * pm_trace_reader_open.
 */
int pm_trace_rows_open(struct pm_trace_rows **out, const char *path, const struct pm_trace_map *map,
                       struct pm_error *error);

/**
 * The next row; 1, or 0 at the end. A record has its fields, and the stream's number and kind DATA
 * in its word; a text field is appended to @p bytes as its extension. The same bytes give the same
 * outcome. Errors: PM_ENOMEM, those of pm_trace_reader_next. Cost: 0.1 us and 1 ns a byte.
 */
int pm_trace_rows_next(struct pm_trace_rows *rows, struct pm_trace_outcome *outcome,
                       struct pm_record *record, struct pm_bytes *bytes, struct pm_error *error);

/** The text that field number @p field of the map was made from in the row read last, or NULL;
 * borrowed until the next call. Several columns have | between them, and \ before any of their own.
 */
const char *pm_trace_rows_text(struct pm_trace_rows *rows, unsigned field, uint32_t *size);

void pm_trace_rows_close(struct pm_trace_rows *rows); /* accepts NULL */

#endif
