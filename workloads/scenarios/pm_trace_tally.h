/* SPDX-License-Identifier: Apache-2.0 */
/* What the columns of a trace hold, counted over its first rows. */
#ifndef PM_TRACE_TALLY_H
#define PM_TRACE_TALLY_H

#include "pm_trace_guess.h"
#include "pm_trace_reader.h"

#define PM_TRACE_TALLY_MAX 64u /* columns; those behind them are not seen */
#define PM_TRACE_WAYS      20u /* of writing times */

/** A column and how many of its texts are what. */
struct pm_trace_column {
    char name[PM_TRACE_NAME_SIZE];
    bool usable; /* its name fits, and no other column has it */
    bool used;   /* for whoever gives columns away; false here */
    uint64_t filled, whole, decimal;
    uint64_t time[PM_TRACE_WAYS]; /* that are times in each way */
};

/** Holds a whole row: for the heap. */
struct pm_trace_tally {
    struct pm_trace_map *map; /* of which the format is filled in */
    unsigned columns;
    struct pm_trace_column column[PM_TRACE_TALLY_MAX];
    bool reading_header;
    uint64_t header_numbers;
    struct pm_trace_time time[PM_TRACE_WAYS];
    char scratch[PM_TRACE_ROW_MAX + 1];
};

/**
 * Count into @p tally, zeroed but for its map, what the first 1000 rows of @p path hold, and set
 * format, separator and header of its map. Of lines of a web server only *kind is told.
 * Errors: PM_EINPUT (no row), those of pm_trace_reader_next.
 */
int pm_trace_tally_read(struct pm_trace_tally *tally, enum pm_trace_kind *kind, const char *path,
                        struct pm_error *error);

#endif
