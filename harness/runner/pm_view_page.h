/* SPDX-License-Identifier: Apache-2.0 */
/* What the process that keeps the view says of itself: a file of the private folder, mapped. */
#ifndef PM_VIEW_PAGE_H
#define PM_VIEW_PAGE_H

#include "pm_histogram.h"

#define PM_VIEW_PAGE_FILE "keeper"

/** Written by whoever keeps the view: the child, and once that has gone the supervisor. */
struct pm_view_page {
    _Atomic uint64_t commits;      /* that are in the view */
    _Atomic uint64_t rows;         /* of them, those that take rows back included */
    _Atomic uint64_t transactions; /* one holds at least one commit */
    atomic_bool stop;              /* by the supervisor: leave between two transactions */
};

/** A mapping. The supervisor owns the memory, so nothing is lost with the child. */
struct pm_view_map {
    struct pm_view_page *page;
    struct pm_histogram
        *lag; /* of each commit: from when it was visible until it was in the view */
    size_t size;
};

/** Make the file in folder @p dirfd and map it. Errors: PM_EIO. */
int pm_view_page_create(struct pm_view_map *out, int dirfd, struct pm_error *error);

/** Map the file that the supervisor made in folder @p dirfd. Errors: PM_EIO, PM_EMISMATCH. */
int pm_view_page_open(struct pm_view_map *out, int dirfd, struct pm_error *error);

void pm_view_page_close(struct pm_view_map *map); /* accepts a zeroed one */

#endif
