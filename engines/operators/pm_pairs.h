/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of two sides: the left record's key and payload, then words of the right one. */
#ifndef PM_PAIRS_H
#define PM_PAIRS_H

#include "pm_columns.h"

#define PM_PAIRS_COLUMNS_MAX 4u
#define PM_PAIRS_MORE_MAX    2u
#define PM_PAIRS_PREFIX      "right_"

/** The right columns, in a plan's config: the names live as long as the node. */
struct pm_pairs_plan {
    unsigned columns;
    char column[PM_PAIRS_COLUMNS_MAX][PM_COLUMN_NAME_SIZE];
    char result[PM_PAIRS_COLUMNS_MAX][PM_COLUMN_NAME_SIZE + sizeof PM_PAIRS_PREFIX];
};
void pm_pairs_name(struct pm_pairs_plan *pairs, unsigned columns, const char *const *column);

/** Add the right columns to the node's schema, which has the left ones: "right_" and the name, in
 * an extension. Errors: PM_EINPUT. */
int pm_pairs_check(struct pm_plan_node *node, struct pm_pairs_plan *pairs, struct pm_error *error);
/** Add a further word of the row, number @p index of its extension, as @p name. */
int pm_pairs_add(struct pm_plan_node *node, const char *name, enum pm_column_type type,
                 unsigned index, struct pm_error *error);

/** The same in a running operator. */
struct pm_pairs {
    unsigned columns;
    struct pm_column column[PM_PAIRS_COLUMNS_MAX];
};
void pm_pairs_open(struct pm_pairs *pairs, const struct pm_pairs_plan *plan,
                   const struct pm_schema *right);

/** Write key and payload of @p left, the columns of @p right and @p count further words to @p row.
 * A failed allocation is kept in @p bytes. */
void pm_pairs_write(const struct pm_pairs *pairs, struct pm_record *row, struct pm_bytes *bytes,
                    const struct pm_record *left, const struct pm_record *right, unsigned count,
                    const int64_t *more);

#endif
