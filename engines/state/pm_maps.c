/* SPDX-License-Identifier: Apache-2.0 */
/* Ordered maps: an index a key in the table, and a block a value. */
#include "pm_maps.h"

#include <string.h>

static struct pm_index *find(struct pm_maps *maps, uint64_t key)
{
    return pm_table_find_again(&maps->table, key);
}

int pm_maps_open(struct pm_maps *maps, struct pm_blocks *blocks, uint32_t value_size,
                 unsigned first_key_group, unsigned key_groups, uint64_t expected)
{
    maps->blocks = blocks;
    maps->value_size = value_size;
    return pm_table_open(&maps->table, sizeof(struct pm_index), first_key_group, key_groups,
                         expected);
}

/* The value of @p entry, where *order becomes its order; NULL without one. */
static void *value_of(const struct pm_maps *maps, const struct pm_index_entry *entry,
                      int64_t *order)
{
    if (entry == NULL)
        return NULL;
    *order = entry->order;
    return pm_blocks_at(maps->blocks, entry->value);
}

void *pm_maps_at_least(struct pm_maps *maps, uint64_t key, int64_t *order)
{
    const struct pm_index *index = find(maps, key);

    if (index == NULL || *order > index->last.order)
        return NULL;
    return value_of(maps, pm_index_at_least(maps->blocks, index, *order, &maps->place), order);
}

void *pm_maps_at_most(struct pm_maps *maps, uint64_t key, int64_t *order)
{
    const struct pm_index *index = find(maps, key);

    return index != NULL ? value_of(maps, pm_index_at_most(maps->blocks, index, *order), order)
                         : NULL;
}

uint32_t pm_maps_scan(struct pm_maps *maps, uint64_t key, int64_t order,
                      struct pm_state_entry *entries, uint32_t room)
{
    const struct pm_index *index = find(maps, key);
    uint32_t count = 0;

    if (index == NULL || order > index->last.order)
        return 0;
    const struct pm_index_entry *found =
        pm_index_at_least(maps->blocks, index, order, &maps->place);
    for (; found != NULL && count < room;
         found = pm_index_next(maps->blocks, index, &maps->place)) {
        entries[count].order = found->order;
        entries[count++].value = pm_blocks_at(maps->blocks, found->value);
    }
    return count;
}

void *pm_maps_get(struct pm_maps *maps, uint64_t key, int64_t order)
{
    const struct pm_index *index = find(maps, key);

    if (index == NULL || order > index->last.order)
        return NULL;
    if (order == index->last.order)
        return pm_blocks_at(maps->blocks, index->last.value);
    const struct pm_index_entry *found =
        pm_index_at_least(maps->blocks, index, order, &maps->place);
    return found->order == order ? pm_blocks_at(maps->blocks, found->value) : NULL;
}

/* Insert @p order, which was looked for last, with a zeroed value; NULL when memory ran out. */
static void *insert(struct pm_maps *maps, struct pm_index *index, int64_t order)
{
    uint64_t size = maps->value_size;
    const pm_block value = pm_blocks_take(maps->blocks, &size);

    if (value == 0)
        return NULL;
    const struct pm_index_entry entry = {order, value};
    if (!pm_index_insert(maps->blocks, index, maps->place, entry)) {
        pm_blocks_give(maps->blocks, value, maps->value_size);
        return NULL;
    }
    return memset(pm_blocks_at(maps->blocks, value), 0, maps->value_size);
}

void *pm_maps_put(struct pm_maps *maps, uint64_t key, int64_t order, bool *fresh)
{
    struct pm_index *index = pm_table_pin(&maps->table, key);
    const struct pm_index_entry *found;

    *fresh = false;
    if (index == NULL)
        return NULL;
    if (index->count != 0 && order == index->last.order)
        return pm_blocks_at(maps->blocks, index->last.value);
    found = pm_index_at_least(maps->blocks, index, order, &maps->place);
    if (found != NULL && found->order == order)
        return pm_blocks_at(maps->blocks, found->value);
    void *value = insert(maps, index, order);
    *fresh = value != NULL;
    if (index->count == 0)
        pm_table_drop(&maps->table, key);
    return value;
}

void pm_maps_delete(struct pm_maps *maps, uint64_t key, int64_t order)
{
    struct pm_index *index = find(maps, key);

    if (index == NULL || order > index->last.order)
        return;
    const struct pm_index_entry *found =
        pm_index_at_least(maps->blocks, index, order, &maps->place);
    if (found->order != order)
        return;
    pm_blocks_leave(maps->blocks, found->value, maps->value_size);
    pm_index_delete(maps->blocks, index, maps->place);
    if (index->count == 0)
        pm_table_drop(&maps->table, key);
}
