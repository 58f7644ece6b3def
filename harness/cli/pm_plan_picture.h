/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as a picture in text: a tree from each source, joins shown where their last input comes.
 */
#ifndef PM_PLAN_PICTURE_H
#define PM_PLAN_PICTURE_H

#include "pm_outbuf.h"
#include "pm_query.h"

/**
 * Append the picture of checked @p plan. A node with several inputs stands below the last of them;
 * the others point at it. Sources and outputs have the names that @p query gives them.
 */
void pm_plan_picture(struct pm_outbuf *out, const struct pm_plan *plan,
                     const struct pm_query *query);

#endif
