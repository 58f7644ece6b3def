/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted block of entries, and above its size two levels of them. */
#include "pm_index.h"

#include <string.h>

#define LEAF     PM_INDEX_LEAF
#define ROOM_MIN 4u

struct leaf {
    int64_t from; /* no entry of it lies below; of the first leaf without meaning */
    pm_block block;
    uint64_t count;
};

struct root {
    uint64_t leaves, room;
    struct leaf leaf[];
};

static inline bool is_tree(const struct pm_index *index)
{
    return index->room == PM_INDEX_TREE;
}

static inline struct root *root_of(const struct pm_blocks *blocks, const struct pm_index *index)
{
    return pm_blocks_at(blocks, index->block);
}

/* The entries of leaf @p i; of an index that has no leaves, all. */
static inline const struct pm_index_entry *entries_of(const struct pm_blocks *blocks,
                                                      const struct pm_index *index, uint32_t i,
                                                      uint32_t *count)
{
    if (is_tree(index)) {
        const struct leaf *leaf = &root_of(blocks, index)->leaf[i];
        *count = (uint32_t)leaf->count;
        return pm_blocks_at(blocks, leaf->block);
    }
    *count = index->count;
    return index->block != 0 ? pm_blocks_at(blocks, index->block) : &index->last;
}

static inline uint32_t leaves_of(const struct pm_blocks *blocks, const struct pm_index *index)
{
    return is_tree(index) ? (uint32_t)root_of(blocks, index)->leaves : 1;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* The halves are chosen without a branch, which no predictor would win; the front is asked for most
 * often. */
static inline uint32_t count_below(const struct pm_index_entry *entries, uint32_t count,
                                   int64_t order)
{
    const struct pm_index_entry *low = entries;

    if (count == 0 || low->order >= order)
        return 0;
    for (uint32_t left = count; left > 1;) {
        const uint32_t half = left / 2;
        low += low[half].order < order ? half : 0;
        left -= half;
    }
    return (uint32_t)(low - entries) + 1;
}

/* Is @p guess the place of the first entry at or behind @p order? */
static inline bool stands_at(const struct pm_index_entry *entries, uint32_t count, uint32_t guess,
                             int64_t order)
{
    return guess < count && entries[guess].order >= order &&
           (guess == 0 || entries[guess - 1].order < order);
}

/* The last leaf that begins at or below @p order; the first one begins below everything. */
static uint32_t leaf_of(const struct root *root, int64_t order)
{
    uint32_t low = 1;
    uint32_t high = (uint32_t)root->leaves;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (root->leaf[middle].from <= order)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

/* @p order lies at or below the last. */
static const struct pm_index_entry *tree_at_least(const struct pm_blocks *blocks,
                                                  const struct pm_index *index, int64_t order,
                                                  struct pm_index_place *place)
{
    uint32_t count;

    place->leaf = leaf_of(root_of(blocks, index), order);
    const struct pm_index_entry *entries = entries_of(blocks, index, place->leaf, &count);
    place->at = count_below(entries, count, order);
    if (place->at < count)
        return &entries[place->at];
    *place = (struct pm_index_place){.leaf = place->leaf + 1};
    return entries_of(blocks, index, place->leaf, &count);
}

const struct pm_index_entry *pm_index_at_least(const struct pm_blocks *blocks,
                                               const struct pm_index *index, int64_t order,
                                               struct pm_index_place *place)
{
    uint32_t count;

    if (index->count == 0 || order > index->last.order) {
        place->leaf = leaves_of(blocks, index) - 1;
        entries_of(blocks, index, place->leaf, &place->at);
        return NULL;
    }
    if (is_tree(index))
        return tree_at_least(blocks, index, order, place);
    const struct pm_index_entry *entries = entries_of(blocks, index, 0, &count);
    place->leaf = 0;
    if (order == index->last.order)
        place->at = count - 1;
    else if (!stands_at(entries, count, place->at, order))
        place->at = count_below(entries, count, order);
    return &entries[place->at];
}

const struct pm_index_entry *pm_index_at_most(const struct pm_blocks *blocks,
                                              const struct pm_index *index, int64_t order)
{
    struct pm_index_place place = {0};
    uint32_t count;

    if (index->count == 0 || order >= index->last.order)
        return index->count == 0 ? NULL : &index->last;
    pm_index_at_least(blocks, index, order + 1, &place);
    if (place.at == 0 && place.leaf == 0)
        return NULL;
    if (place.at > 0)
        return entries_of(blocks, index, place.leaf, &count) + place.at - 1;
    const struct pm_index_entry *before = entries_of(blocks, index, place.leaf - 1, &count);
    return before + count - 1;
}

const struct pm_index_entry *pm_index_next(const struct pm_blocks *blocks,
                                           const struct pm_index *index,
                                           struct pm_index_place *place)
{
    uint32_t count;
    const struct pm_index_entry *entries = entries_of(blocks, index, place->leaf, &count);

    if (++place->at < count)
        return &entries[place->at];
    if (place->leaf + 1 >= leaves_of(blocks, index))
        return NULL;
    *place = (struct pm_index_place){.leaf = place->leaf + 1};
    return entries_of(blocks, index, place->leaf, &count);
}

/* --- coming ----------------------------------------------------------------------------------- */

static void open_gap(struct pm_index_entry *entries, uint64_t count, uint32_t at,
                     struct pm_index_entry entry)
{
    memmove(entries + at + 1, entries + at, (count - at) * sizeof *entries);
    entries[at] = entry;
}

/* Room for one entry more in the only block. */
static bool widen(struct pm_blocks *blocks, struct pm_index *index)
{
    uint64_t size = (index->room == 0 ? ROOM_MIN : 2ull * index->room) * sizeof index->last;

    if (index->count == 0 || index->count < index->room)
        return true;
    const pm_block block = pm_blocks_take(blocks, &size);
    if (block == 0)
        return false;
    if (index->block == 0) {
        *(struct pm_index_entry *)pm_blocks_at(blocks, block) = index->last;
    } else {
        memcpy(pm_blocks_at(blocks, block), pm_blocks_at(blocks, index->block),
               index->count * sizeof index->last);
        pm_blocks_give(blocks, index->block, index->room * sizeof index->last);
    }
    index->block = block;
    index->room = (uint32_t)(size / sizeof index->last);
    return true;
}

static uint64_t root_size(uint64_t leaves)
{
    return sizeof(struct root) + leaves * sizeof(struct leaf);
}

/* The only block becomes the first leaf. */
static bool plant(struct pm_blocks *blocks, struct pm_index *index)
{
    uint64_t size = root_size(2);
    const pm_block block = pm_blocks_take(blocks, &size);

    if (block == 0)
        return false;
    struct root *root = pm_blocks_at(blocks, block);
    root->leaves = 1;
    root->room = (size - sizeof *root) / sizeof *root->leaf;
    root->leaf[0] = (struct leaf){.block = index->block, .count = index->count};
    index->block = block;
    index->room = PM_INDEX_TREE;
    return true;
}

static struct root *widen_root(struct pm_blocks *blocks, struct pm_index *index)
{
    struct root *const root = root_of(blocks, index);
    uint64_t size = root_size(2 * root->room);

    if (root->leaves < root->room)
        return root;
    const pm_block block = pm_blocks_take(blocks, &size);
    if (block == 0)
        return NULL;
    struct root *wider = memcpy(pm_blocks_at(blocks, block), root, root_size(root->leaves));
    pm_blocks_give(blocks, index->block, root_size(root->room));
    wider->room = (size - sizeof *wider) / sizeof *wider->leaf;
    index->block = block;
    return wider;
}

/* Leaf @p i is full: what lies from @p from on goes to a new leaf behind it. */
static bool split(struct pm_blocks *blocks, struct pm_index *index, uint32_t i, uint32_t from,
                  int64_t order)
{
    uint64_t size = LEAF * sizeof(struct pm_index_entry);
    struct root *const root = widen_root(blocks, index);
    const pm_block block = root != NULL ? pm_blocks_take(blocks, &size) : 0;

    if (block == 0)
        return false;
    struct leaf *const leaf = &root->leaf[i];
    const struct pm_index_entry *upper =
        (const struct pm_index_entry *)pm_blocks_at(blocks, leaf->block) + from;
    const uint64_t moved = leaf->count - from;
    memcpy(pm_blocks_at(blocks, block), upper, moved * sizeof *upper);
    memmove(leaf + 2, leaf + 1, (root->leaves - i - 1) * sizeof *leaf);
    leaf[1] = (struct leaf){moved != 0 ? upper->order : order, block, moved};
    leaf->count = from;
    root->leaves++;
    return true;
}

/* Entries that come in order fill their leaves: the end of all begins a leaf of its own. */
static bool insert_leaf(struct pm_blocks *blocks, struct pm_index *index,
                        struct pm_index_place place, struct pm_index_entry entry)
{
    const struct leaf *const leaf = &root_of(blocks, index)->leaf[place.leaf];

    if (leaf->count == LEAF) {
        const uint32_t from = entry.order > index->last.order ? LEAF : LEAF / 2;
        if (!split(blocks, index, place.leaf, from, entry.order))
            return false;
        if (place.at > from || from == LEAF)
            place = (struct pm_index_place){place.leaf + 1, place.at - from};
    }
    struct leaf *const to = &root_of(blocks, index)->leaf[place.leaf];
    open_gap(pm_blocks_at(blocks, to->block), to->count++, place.at, entry);
    if (entry.order < to->from)
        to->from = entry.order;
    return true;
}

bool pm_index_insert(struct pm_blocks *blocks, struct pm_index *index, struct pm_index_place place,
                     struct pm_index_entry entry)
{
    if (!is_tree(index) && index->count == LEAF && !plant(blocks, index))
        return false;
    if (is_tree(index)) {
        if (!insert_leaf(blocks, index, place, entry))
            return false;
    } else {
        if (!widen(blocks, index))
            return false;
        if (index->block != 0)
            open_gap(pm_blocks_at(blocks, index->block), index->count, place.at, entry);
    }
    if (index->count == 0 || entry.order > index->last.order)
        index->last = entry;
    index->count++;
    return true;
}

/* --- going ------------------------------------------------------------------------------------ */

static void drop_leaf(struct pm_blocks *blocks, struct root *root, uint32_t i)
{
    pm_blocks_give(blocks, root->leaf[i].block, LEAF * sizeof(struct pm_index_entry));
    root->leaves--;
    memmove(&root->leaf[i], &root->leaf[i + 1], (root->leaves - i) * sizeof *root->leaf);
}

/* Leaf @p i takes in the one behind it where half a leaf holds both. */
static void merge(struct pm_blocks *blocks, struct root *root, uint32_t i)
{
    struct leaf *const leaf = &root->leaf[i];

    if (i + 1 >= root->leaves || leaf[0].count + leaf[1].count > LEAF / 2)
        return;
    struct pm_index_entry *entries = pm_blocks_at(blocks, leaf[0].block);
    memcpy(entries + leaf[0].count, pm_blocks_at(blocks, leaf[1].block),
           leaf[1].count * sizeof *entries);
    leaf[0].count += leaf[1].count;
    drop_leaf(blocks, root, i + 1);
}

static void delete_leaf(struct pm_blocks *blocks, struct pm_index *index,
                        struct pm_index_place place)
{
    struct root *const root = root_of(blocks, index);
    struct leaf *const leaf = &root->leaf[place.leaf];
    struct pm_index_entry *entries = pm_blocks_at(blocks, leaf->block);

    leaf->count--;
    memmove(entries + place.at, entries + place.at + 1, (leaf->count - place.at) * sizeof *entries);
    if (leaf->count == 0)
        drop_leaf(blocks, root, place.leaf);
    else
        merge(blocks, root, place.leaf);
    if (place.leaf > 0)
        merge(blocks, root, place.leaf - 1);
    if (root->leaves > 1)
        return;
    const pm_block only = root->leaf[0].block;
    pm_blocks_give(blocks, index->block, root_size(root->room));
    index->block = only;
    index->room = LEAF;
}

void pm_index_delete(struct pm_blocks *blocks, struct pm_index *index, struct pm_index_place place)
{
    uint32_t count;

    index->count--;
    if (is_tree(index)) {
        delete_leaf(blocks, index, place);
    } else if (index->block != 0) {
        struct pm_index_entry *entries = pm_blocks_at(blocks, index->block);
        memmove(entries + place.at, entries + place.at + 1,
                (index->count - place.at) * sizeof *entries);
    }
    if (index->count != 0) {
        const uint32_t leaf = leaves_of(blocks, index) - 1;
        const struct pm_index_entry *entries = entries_of(blocks, index, leaf, &count);
        index->last = entries[count - 1];
    } else if (index->block != 0) {
        pm_blocks_give(blocks, index->block, index->room * sizeof index->last);
        *index = (struct pm_index){0};
    }
}
