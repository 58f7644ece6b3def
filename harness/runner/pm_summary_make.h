/* SPDX-License-Identifier: Apache-2.0 */
/* From the rows of an instance to its summary. */
#ifndef PM_SUMMARY_MAKE_H
#define PM_SUMMARY_MAKE_H

#include "pm_row.h"

/**
 * Fill @p summary from the @p rows of @p instance among @p row[0..rows): medians of the valid runs
 * that ended well, with a bootstrap 95 % interval seeded by @p seed where there are
 * PM_STATS_RUNS_MIN of them; a figure that one of them does not know is unknown. Errors: PM_ENOMEM.
 */
int pm_summary_make(struct pm_summary *summary, const struct pm_row *row, unsigned rows,
                    const char *instance, uint64_t seed, struct pm_error *error);

#endif
