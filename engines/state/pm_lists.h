/* SPDX-License-Identifier: Apache-2.0 */
/* Lists by key: chains of blocks that grow, so that no element ever moves. */
#ifndef PM_LISTS_H
#define PM_LISTS_H

#include "pm_blocks.h"
#include "pm_table.h"

/** The lists of one cell. blocks is shared with the other cells of the state. */
struct pm_lists {
    struct pm_table table; /* of struct pm_list */
    struct pm_blocks *blocks;
    uint32_t element_size;
};

/** Open over @p table, which it owns from now on; see pm_table_open. Errors: PM_ENOMEM. */
int pm_lists_open(struct pm_lists *lists, struct pm_blocks *blocks, uint32_t element_size,
                  unsigned first_key_group, unsigned key_groups, uint64_t expected);

/** Close the table; the blocks belong to the state. */
void pm_lists_close(struct pm_lists *lists);

/** A zeroed element behind the last; NULL when memory ran out. Cost: O(1). */
void *pm_lists_append(struct pm_lists *lists, uint64_t key);

/** Elements of @p key. */
uint32_t pm_lists_length(struct pm_lists *lists, uint64_t key);

/** Element @p index < length. Cost: O(1) in the first and last block, else O(log length). */
void *pm_lists_at(struct pm_lists *lists, uint64_t key, uint32_t index);

/** Forget the @p count <= length oldest; they stay readable until the blocks settle. */
void pm_lists_drop_front(struct pm_lists *lists, uint64_t key, uint32_t count);

#endif
