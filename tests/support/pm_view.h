/* SPDX-License-Identifier: Apache-2.0 */
/* A view: what a reader holds who applies every change that a stage under pm_feed publishes. */
#ifndef PM_VIEW_H
#define PM_VIEW_H

#include "pm_feed.h"

#define PM_VIEW_ROWS 256u

struct pm_view {
    uint32_t applied; /* rows of the feed that are in it */
    uint32_t count;
    struct pm_feed_row row[PM_VIEW_ROWS];
};

/**
 * Apply the rows of @p feed's output 0 that came since the last call. The first @p identity values
 * of a row (its key is the first) name it. Fails the test when a row is taken back that is not out
 * as it stands, when a row comes whose predecessor is still out, or when something stands between
 * the old row and the new row of an update.
 */
void pm_view_follow(struct pm_view *view, const struct pm_feed *feed, unsigned identity);

/** The row whose first @p identity values are @p values, or NULL. */
const struct pm_feed_row *pm_view_find(const struct pm_view *view, unsigned identity,
                                       const int64_t *values);

#endif
