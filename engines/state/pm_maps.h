/* SPDX-License-Identifier: Apache-2.0 */
/* Ordered maps by key: a sorted index that may shift, over values that never move. */
#ifndef PM_MAPS_H
#define PM_MAPS_H

#include "pm_blocks.h"
#include "pm_index.h"
#include "pm_state.h"
#include "pm_table.h"

/** The maps of one cell. blocks is shared with the other cells of the state. */
struct pm_maps {
    struct pm_table table; /* of struct pm_index */
    struct pm_blocks *blocks;
    uint32_t value_size;
    struct pm_index_place place; /* of the look-up before: the next is often for the same order */
};

/** Errors: PM_ENOMEM; see pm_table_open. The owner closes the table; the blocks are the state's. */
int pm_maps_open(struct pm_maps *maps, struct pm_blocks *blocks, uint32_t value_size,
                 unsigned first_key_group, unsigned key_groups, uint64_t expected);

/** The value at exactly @p order, or NULL. Cost: O(1) at the last entry, else O(log entries). */
void *pm_maps_get(struct pm_maps *maps, uint64_t key, int64_t order);

/**
 * The value at @p order, made zero when absent, which *fresh says; NULL when memory ran out.
 * Cost: O(1) at the last entry, else O(log entries); one that is made, see pm_index_insert.
 */
void *pm_maps_put(struct pm_maps *maps, uint64_t key, int64_t order, bool *fresh);

/** The value with the smallest order >= @p order (*order becomes it), or NULL. */
void *pm_maps_at_least(struct pm_maps *maps, uint64_t key, int64_t *order);

/** The value with the largest order <= @p order (*order becomes it), or NULL. */
void *pm_maps_at_most(struct pm_maps *maps, uint64_t key, int64_t *order);

/** The entries with order >= @p order, ascending, at most @p room; returns how many. */
uint32_t pm_maps_scan(struct pm_maps *maps, uint64_t key, int64_t order,
                      struct pm_state_entry *entries, uint32_t room);

/** Forget the entry; its value stays readable until the blocks settle. Cost: O(log entries), see
 * pm_index_delete. */
void pm_maps_delete(struct pm_maps *maps, uint64_t key, int64_t order);

#endif
