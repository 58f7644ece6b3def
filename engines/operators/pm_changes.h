/* SPDX-License-Identifier: Apache-2.0 */
/* Changes: rows that an operator publishes on arrival and takes back later. */
#ifndef PM_CHANGES_H
#define PM_CHANGES_H

#include "pm_operator.h"
#include "pm_results.h"

/**
 * A row made on arrival of @p from on port 0: @p results in its columns, @p op, and of @p from the
 * time, id, key, stamp and behind mark. Borrows @p results. Cost: a row, and an extension beyond
 * three results. The old and the new row of an update are made one behind the other, so that
 * nothing comes between them.
 */
static inline void pm_changes_make(struct pm_out *out, const struct pm_record *from,
                                   const struct pm_bytes *bytes, enum pm_record_op op,
                                   unsigned count, const int64_t *results)
{
    const bool behind = pm_record_is_behind(from);
    struct pm_record *row = behind ? pm_out_pass(out, 0, from, bytes) : pm_out_row(out, 0, from);

    pm_record_set_op(row, op);
    pm_results_write(row, pm_out_bytes(out), count, results);
}

#endif
