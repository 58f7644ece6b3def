/* SPDX-License-Identifier: Apache-2.0 */
/* Column names in configs, and what an operator may demand of a column when the plan is checked. */
#ifndef PM_COLUMNS_H
#define PM_COLUMNS_H

#include "pm_plan.h"

#define PM_COLUMN_NAME_SIZE 40

enum pm_columns_demand {
    PM_COLUMNS_ANY,     /* it exists */
    PM_COLUMNS_INTEGER, /* and is not text */
    PM_COLUMNS_PAYLOAD, /* and lies in the payload words, so that it can be written in place */
};

/** Copy @p name, cut to what fits; NULL gives the empty name (which no schema has). */
void pm_columns_name(char to[PM_COLUMN_NAME_SIZE], const char *name);

/** Input @p input of @p node has the column as demanded, else PM_EINPUT "filter#2: column …". */
int pm_columns_need(const struct pm_plan_node *node, unsigned input, const char *name,
                    enum pm_columns_demand demand, struct pm_error *error);

#endif
