/* SPDX-License-Identifier: Apache-2.0 */
/* From what a run showed to its row. */
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

#endif
