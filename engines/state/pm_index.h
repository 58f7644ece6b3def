/* SPDX-License-Identifier: Apache-2.0 */
/* The sorted index of one key's map: one block while it is short, leaves under a root when long. */
#ifndef PM_INDEX_H
#define PM_INDEX_H

#include "pm_blocks.h"

struct pm_index_entry {
    int64_t order;
    pm_block value;
};

/**
 * Entries by order, each order once. The last one stands here, too: windows and versions mostly ask
 * for it, and a single one needs no block. Up to PM_INDEX_LEAF entries lie in one block, more in
 * leaves of at most as many, which a root names in order: an entry that comes or goes anywhere
 * moves a part of one leaf, however hot the key. A zeroed one is empty.
 * Memory: 16 bytes an entry, in blocks that are half full at least while entries only come; where
 * they go, two neighbouring leaves hold half a leaf at least.
 */
struct pm_index {
    pm_block block; /* of the entries, or of the root; 0: there is one entry at most */
    uint32_t count;
    uint32_t room; /* entries that the block holds; PM_INDEX_TREE: it is a root */
    struct pm_index_entry last;
};

#define PM_INDEX_LEAF 256u
#define PM_INDEX_TREE UINT32_MAX

/** Between entries: good until one comes or goes. */
struct pm_index_place {
    uint32_t leaf, at;
};

/** The entry with the smallest order >= @p order, borrowed; NULL when there is none. @p place is
 * that entry's, or the end; on entry it is a guess, of any index. Cost: O(log entries), O(1) for
 * the last one, the end, and in one block for the first one and where the guess is right. */
const struct pm_index_entry *pm_index_at_least(const struct pm_blocks *blocks,
                                               const struct pm_index *index, int64_t order,
                                               struct pm_index_place *place);

/** The entry with the largest order <= @p order, borrowed; NULL when there is none. Cost: O(1) at
 * the last entry, else O(log entries). */
const struct pm_index_entry *pm_index_at_most(const struct pm_blocks *blocks,
                                              const struct pm_index *index, int64_t order);

/** The entry behind that at @p place, which moves there; NULL at the end. */
const struct pm_index_entry *pm_index_next(const struct pm_blocks *blocks,
                                           const struct pm_index *index,
                                           struct pm_index_place *place);

/** Put @p entry, whose order is absent, at the place that pm_index_at_least gave for its order.
 * False, and nothing has changed, when memory ran out. Cost: at most 4 KiB are moved; once in 128
 * entries a leaf is split, and the root's 24 bytes a leaf are moved. */
bool pm_index_insert(struct pm_blocks *blocks, struct pm_index *index, struct pm_index_place place,
                     struct pm_index_entry entry);

/** Take the entry at @p place out; blocks go back with the last one. Cost: as of insert. */
void pm_index_delete(struct pm_blocks *blocks, struct pm_index *index, struct pm_index_place place);

#endif
