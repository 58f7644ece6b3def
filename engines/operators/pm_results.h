/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of results: where computed columns lie, and how they are written. */
#ifndef PM_RESULTS_H
#define PM_RESULTS_H

#include "pm_schema.h"

/* Results of 8 bytes each: the first fill the payload words, the others an extension. */
#define PM_RESULTS_MAX (2u + 1u + 8u) /* a window's bounds, its inputs and PM_FOLDS_MAX folds */

/** Make @p schema that of a result row called @p name: the column "key" and nothing else yet. */
void pm_results_open(struct pm_schema *schema, const char *name);

/** The place of the @p index-th result as a column called @p name of integer type. */
struct pm_column pm_results_column(const char *name, unsigned index);

/** The same with type, scale and words of @p like; @p name must live as long as the column. */
struct pm_column pm_results_column_as(const struct pm_column *like, const char *name,
                                      unsigned index);

/**
 * Write results 0..count of @p row. An old extension of the row is replaced (a behind record keeps
 * its watermark) and dropped where none is needed, so that no stale text travels with a result.
 * A failed allocation is kept in @p bytes.
 */
void pm_results_write(struct pm_record *row, struct pm_bytes *bytes, unsigned count,
                      const int64_t *results);

#endif
