/* SPDX-License-Identifier: Apache-2.0 */
/* From what a run showed to its row, and from the rows of an instance to its summary. */
#ifndef PM_ROW_MAKE_H
#define PM_ROW_MAKE_H

#include "pm_run.h"

/** What stands in a row beside the run itself. Borrowed; the row borrows its texts. */
struct pm_row_context {
    const struct pm_run_config *config;
    const struct pm_environment *environment; /* before the comparison */
    unsigned repeat;                          /* from 1 */
    bool forced;
};

/** Fill @p row from @p run; figures that the run cannot carry are unknown, with the reason. */
void pm_row_make(struct pm_row *row, const struct pm_run *run,
                 const struct pm_row_context *context);

/**
 * Fill @p summary from the @p rows of @p instance among @p row[0..rows): medians of the valid runs
 * that ended well, with a bootstrap 95 % interval seeded by @p seed where there are
 * PM_STATS_RUNS_MIN of them; a figure that one of them does not know is unknown. Errors: PM_ENOMEM.
 */
int pm_summary_make(struct pm_summary *summary, const struct pm_row *row, unsigned rows,
                    const char *instance, uint64_t seed, struct pm_error *error);

#endif
