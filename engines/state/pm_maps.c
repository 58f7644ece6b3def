/* SPDX-License-Identifier: Apache-2.0 */
/* Ordered maps: the last entry beside the key, an index only where there are more. */
#include "pm_maps.h"

#include <string.h>

#include "pm_error.h"

#define INDEX_MIN 4u

struct entry {
    int64_t order;
    pm_block value;
};

/* What the table holds for a key: no index until there is a second entry. */
struct pm_map {
    pm_block index; /* entries [0, count), the last among them */
    uint32_t count;
    uint32_t room;
    struct entry last; /* a copy of the last entry: windows and versions mostly ask for it */
};

static struct pm_map *find(const struct pm_maps *maps, uint64_t key)
{
    return pm_table_find(&maps->table, key, pm_table_order(&maps->table, key));
}

static struct entry *entries_of(const struct pm_maps *maps, struct pm_map *map)
{
    return map->index != 0 ? pm_blocks_at(maps->blocks, map->index) : &map->last;
}

/* How many entries lie below @p order. */
static uint32_t count_below(const struct pm_maps *maps, struct pm_map *map, int64_t order)
{
    const struct entry *entries = entries_of(maps, map);
    uint32_t low = 0;
    uint32_t high = map->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (entries[middle].order < order)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int pm_maps_open(struct pm_maps *maps, struct pm_blocks *blocks, uint32_t value_size,
                 unsigned first_key_group, unsigned key_groups, uint64_t expected)
{
    maps->blocks = blocks;
    maps->value_size = value_size;
    return pm_table_open(&maps->table, sizeof(struct pm_map), first_key_group, key_groups,
                         expected);
}

/* The value of the entry at @p i, where *order becomes its order. */
static void *value_at(const struct pm_maps *maps, struct pm_map *map, uint32_t i, int64_t *order)
{
    const struct entry *entry = &entries_of(maps, map)[i];

    *order = entry->order;
    return pm_blocks_at(maps->blocks, entry->value);
}

void *pm_maps_at_least(const struct pm_maps *maps, uint64_t key, int64_t *order)
{
    struct pm_map *map = find(maps, key);

    if (map == NULL || *order > map->last.order)
        return NULL;
    return value_at(maps, map, count_below(maps, map, *order), order);
}

void *pm_maps_at_most(const struct pm_maps *maps, uint64_t key, int64_t *order)
{
    struct pm_map *map = find(maps, key);

    if (map == NULL)
        return NULL;
    if (*order >= map->last.order)
        return value_at(maps, map, map->count - 1, order);
    const uint32_t above = count_below(maps, map, *order + 1);
    return above > 0 ? value_at(maps, map, above - 1, order) : NULL;
}

uint32_t pm_maps_scan(const struct pm_maps *maps, uint64_t key, int64_t order,
                      struct pm_state_entry *entries, uint32_t room)
{
    struct pm_map *map = find(maps, key);
    uint32_t count = 0;

    if (map == NULL || order > map->last.order)
        return 0;
    const struct entry *found = entries_of(maps, map);
    for (uint32_t i = count_below(maps, map, order); i < map->count && count < room; i++) {
        entries[count].order = found[i].order;
        entries[count++].value = pm_blocks_at(maps->blocks, found[i].value);
    }
    return count;
}

void *pm_maps_get(const struct pm_maps *maps, uint64_t key, int64_t order)
{
    struct pm_map *map = find(maps, key);

    if (map == NULL || order > map->last.order)
        return NULL;
    if (order == map->last.order)
        return pm_blocks_at(maps->blocks, map->last.value);
    int64_t found = 0;
    void *value = value_at(maps, map, count_below(maps, map, order), &found);
    return found == order ? value : NULL;
}

/* Room for one entry more in the index. */
static bool widen(struct pm_maps *maps, struct pm_map *map)
{
    uint64_t size = (map->room == 0 ? INDEX_MIN : 2ull * map->room) * sizeof(struct entry);

    if (map->count == 0 || (map->index != 0 && map->count < map->room))
        return true;
    const pm_block index = pm_blocks_take(maps->blocks, &size);
    if (index == 0)
        return false;
    memcpy(pm_blocks_at(maps->blocks, index), entries_of(maps, map),
           map->count * sizeof(struct entry));
    if (map->index != 0)
        pm_blocks_give(maps->blocks, map->index, map->room * sizeof(struct entry));
    map->index = index;
    map->room = (uint32_t)(size / sizeof(struct entry));
    return true;
}

/* Insert @p order with a zeroed value before entry @p at; NULL when memory ran out. */
static void *insert(struct pm_maps *maps, struct pm_map *map, uint32_t at, int64_t order)
{
    uint64_t size = maps->value_size;

    if (!widen(maps, map))
        return NULL;
    const struct entry entry = {order, pm_blocks_take(maps->blocks, &size)};
    if (entry.value == 0)
        return NULL;
    struct entry *entries = entries_of(maps, map);
    memmove(entries + at + 1, entries + at, (map->count - at) * sizeof *entries);
    entries[at] = entry;
    map->count++;
    if (at == map->count - 1)
        map->last = entry;
    return memset(pm_blocks_at(maps->blocks, entry.value), 0, maps->value_size);
}

void *pm_maps_put(struct pm_maps *maps, uint64_t key, int64_t order, bool *fresh)
{
    struct pm_map *map = pm_table_pin(&maps->table, key, pm_table_order(&maps->table, key));

    *fresh = false;
    if (map == NULL)
        return NULL;
    uint32_t at = map->count;
    if (map->count > 0 && order <= map->last.order) {
        if (order == map->last.order)
            return pm_blocks_at(maps->blocks, map->last.value);
        at = count_below(maps, map, order);
        const struct entry *entry = &entries_of(maps, map)[at];
        if (entry->order == order)
            return pm_blocks_at(maps->blocks, entry->value);
    }
    void *value = insert(maps, map, at, order);
    *fresh = value != NULL;
    if (map->count == 0)
        pm_table_delete(&maps->table, key);
    return value;
}

void pm_maps_delete(struct pm_maps *maps, uint64_t key, int64_t order)
{
    struct pm_map *map = find(maps, key);

    if (map == NULL || order > map->last.order)
        return;
    struct entry *entries = entries_of(maps, map);
    const uint32_t at = count_below(maps, map, order);
    if (entries[at].order != order)
        return;
    pm_blocks_leave(maps->blocks, entries[at].value, maps->value_size);
    map->count--;
    memmove(entries + at, entries + at + 1, (map->count - at) * sizeof *entries);
    if (map->count > 0) {
        map->last = entries[map->count - 1];
        return;
    }
    if (map->index != 0)
        pm_blocks_give(maps->blocks, map->index, map->room * sizeof(struct entry));
    pm_table_delete(&maps->table, key);
}
