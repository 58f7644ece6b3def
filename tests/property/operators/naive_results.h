/* SPDX-License-Identifier: Apache-2.0 */
/* What windows, sessions and the as-of join must give, from their definitions and nothing else. */
#ifndef NAIVE_RESULTS_H
#define NAIVE_RESULTS_H

#include "pm_feed.h"

enum naive_kind { NAIVE_TUMBLING, NAIVE_SLIDING, NAIVE_SESSION, NAIVE_JOIN, NAIVE_KINDS };

struct naive_case {
    enum naive_kind kind;
    int64_t size, slide, gap, lateness;
    uint32_t count;
    struct pm_feed_step *records; /* of all partitions; no marks; ids set */
};

/** The rows that must come out (malloc, the caller's) in any order: count, sum, min, max and the
 * mean of v with one decimal for windows; v of the version and `matched` for the join. */
struct pm_feed_row *naive_results(const struct naive_case *c, uint32_t *rows);

#endif
