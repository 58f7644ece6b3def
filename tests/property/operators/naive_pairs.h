/* SPDX-License-Identifier: Apache-2.0 */
/* What the interval join and the window join must give, from their definitions and nothing else. */
#ifndef NAIVE_PAIRS_H
#define NAIVE_PAIRS_H

#include "pm_feed.h"

struct naive_pairs_case {
    bool is_window; /* size, slide; else lower, upper */
    int64_t lower, upper, size, slide, lateness;
    uint32_t count;
    struct pm_feed_step *records; /* of all partitions of both inputs; no marks */
};

/**
 * The rows that must come out (malloc, the caller's) in any order, with v of the right side: pairs
 * as output 0 without id; late left records as 1; unmatched ones as 2 and late right records as 3,
 * of windows late right ones as 2.
 */
struct pm_feed_row *naive_pairs_rows(const struct naive_pairs_case *c, uint32_t *rows);

#endif
