/* SPDX-License-Identifier: Apache-2.0 */
/* What operators in event time order must give, from their definitions and nothing else. */
#ifndef NAIVE_ORDER_H
#define NAIVE_ORDER_H

#include "pm_feed.h"
#include "pm_pattern.h"

enum naive_order_kind { NAIVE_FIRST, NAIVE_LAST, NAIVE_PATTERN, NAIVE_PROCESS, NAIVE_ORDER_KINDS };

struct naive_order_case {
    enum naive_order_kind kind;
    int64_t within, lateness;
    struct pm_pattern_config pattern; /* conditions on v or on any record; its measures are
                                       * v of the first record and v of the last one */
    uint32_t count;
    struct pm_feed_step *records; /* of all partitions; no marks */
};

/** The rows that must come out (malloc, the caller's) in any order; late ones as output 1 + input.
 * The process numbers the records and timers of a key: rows have its number, and the record's v or
 * the timer's tag. A record's v sets a timer v later (now where v < 0), but for v = 0. */
struct pm_feed_row *naive_order_rows(const struct naive_order_case *c, uint32_t *rows);

#endif
