/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a view: the outputs of a plan, and the digest of what is in them. */
#ifndef PM_VIEW_TABLES_H
#define PM_VIEW_TABLES_H

#include "pm_digest.h"
#include "pm_plan.h"
#include "pm_sqlite_view.h"

/** The outputs by number, as sink and reader want them; borrowed from the plan. Must not be copied
 * while a config points at it. */
struct pm_view_tables {
    const char *names[PM_PLAN_OUTPUTS_MAX + 1u];
    const struct pm_schema *schemas[PM_PLAN_OUTPUTS_MAX + 1u];
};

/** The tables of @p plan, which is checked. */
void pm_view_tables_of(struct pm_view_tables *out, const struct pm_plan *plan);

/** How pm_sqlite_view_open finds the view below @p place. */
struct pm_sqlite_view_config pm_view_tables_config(const struct pm_view_tables *tables,
                                                   const char *place);

/**
 * Put @p row, a committed one or one that was read, into @p digest, or take out of it the row that
 * it takes back: by its output and its columns alone, so that the digest is of what is in the
 * tables, whatever way led there. A row of an output that is none changes nothing.
 */
void pm_view_tables_add(const struct pm_view_tables *tables, struct pm_digest *digest,
                        const struct pm_record *row, const struct pm_bytes *bytes);

/** True when both are of the same rows. */
bool pm_view_tables_equal(const struct pm_digest *a, const struct pm_digest *b);

#endif
