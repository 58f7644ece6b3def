/* SPDX-License-Identifier: Apache-2.0 */
/* Column names in configs, and what an operator may demand of a column when the plan is checked. */
#ifndef PM_COLUMNS_H
#define PM_COLUMNS_H

#include "pm_plan.h"

#define PM_COLUMN_NAME_SIZE 40

enum pm_columns_demand {
    PM_COLUMNS_ANY,     /* it exists */
    PM_COLUMNS_INTEGER, /* and is not text */
    PM_COLUMNS_KEPT,    /* and lies in the record, so that it is kept without the extension */
    PM_COLUMNS_PAYLOAD, /* and lies in the payload words, so that it can be written in place */
};

/** Copy @p name, cut to what fits; NULL gives the empty name (which no schema has). */
void pm_columns_name(char to[PM_COLUMN_NAME_SIZE], const char *name);

/** Input @p input of @p node has the column as demanded, else PM_EINPUT "filter#2: column …". */
int pm_columns_need(const struct pm_plan_node *node, unsigned input, const char *name,
                    enum pm_columns_demand demand, struct pm_error *error);

/** Append to @p to the columns of @p from that a made row keeps: of time, key and payload, not of
 * the id and the extension. Text is in the extension. */
void pm_columns_keep(struct pm_schema *to, const struct pm_schema *from);

/** @p value_ns lies in @p least_ns..73 years, else PM_EINPUT "dedup#2: within is …". */
int pm_columns_duration(const struct pm_plan_node *node, const char *name, int64_t value_ns,
                        int64_t least_ns, struct pm_error *error);

#endif
