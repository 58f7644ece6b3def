/* SPDX-License-Identifier: Apache-2.0 */
/* Every option table that there is: `list options`, the manual and completion walk the same ones.
 */
#ifndef PM_OPTION_GROUPS_H
#define PM_OPTION_GROUPS_H

#include "pm_option.h"

/** Gets the tables of run and generator first, then the engines', then the queries'; @p table is
 * NULL where an engine or a query has no settings. */
typedef void (*pm_option_groups_visit)(void *payload, const char *group,
                                       const struct pm_option *table);

void pm_option_groups_each(pm_option_groups_visit visit, void *payload);

#endif
