/* SPDX-License-Identifier: Apache-2.0 */
/* Insertion, deletion, growth by extents. */
#include "pm_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pm_blocks.h"
#include "pm_error.h"

#define CAPACITY_MIN  16u
#define SPARSE_BELOW  (1u << 20)
#define MAP_FROM      (128u << 10) /* smaller extents come from the heap */
#define RELEASE_STEP  (2ull << 20) /* emptied stretches go back to the system in huge pages */
#define MOVES_A_TOUCH 6u /* empties an extent before its successor is full, whatever the load */

static struct pm_slot *slot_at(const struct pm_table_extent *extent, uint64_t i, uint32_t slot_size)
{
    return (struct pm_slot *)(void *)(extent->slots + i * slot_size);
}

static uint64_t home_of(const struct pm_table_extent *extent, uint64_t order)
{
    return (uint64_t)(((unsigned __int128)order * extent->scale) >> 64);
}

static uint64_t next_capacity(uint64_t capacity)
{
    const bool power = (capacity & (capacity - 1)) == 0;

    return power ? capacity / 2 * 3 : capacity / 3 * 4;
}

/* A table that the second-level cache holds has short probes, a larger one saves memory. */
static uint64_t limit_of(const struct pm_table *table, uint64_t capacity)
{
    return capacity * table->slot_size < SPARSE_BELOW ? capacity / 2 : capacity / 4 * 3;
}

/* Fills @p extent in; the slots are zero, which is empty. */
static bool open_extent(struct pm_table *table, struct pm_table_extent *extent, uint64_t capacity)
{
    const uint64_t bytes = (capacity + PM_TABLE_WINDOW) * table->slot_size;
    const uint64_t groups = (table->last_hash >> 57) + 1;
    void *slots = bytes >= MAP_FROM ? pm_pages_map(bytes) : calloc(1, bytes);

    if (slots == NULL)
        return false;
    *extent = (struct pm_table_extent){
        .slots = slots,
        .bytes = bytes,
        .scale = capacity * PM_KEY_GROUPS / groups,
        .capacity = capacity,
        .limit = limit_of(table, capacity),
    };
    table->bytes += bytes;
    return true;
}

static void close_extent(struct pm_table *table, const struct pm_table_extent *extent)
{
    table->bytes -= extent->bytes;
    if (extent->bytes >= MAP_FROM)
        pm_pages_unmap(extent->slots, extent->bytes);
    else
        free(extent->slots);
}

int pm_table_open(struct pm_table *table, uint32_t value_size, unsigned first_key_group,
                  unsigned key_groups, uint64_t expected)
{
    uint64_t capacity = CAPACITY_MIN;

    assert(key_groups > 0 && first_key_group + key_groups <= PM_KEY_GROUPS);
    *table = (struct pm_table){
        .first_hash = (uint64_t)first_key_group << 57,
        .last_hash = key_groups == PM_KEY_GROUPS ? UINT64_MAX : ((uint64_t)key_groups << 57) - 1,
        .slot_size = (uint32_t)sizeof(struct pm_slot) + value_size,
        .value_size = value_size,
    };
    while (limit_of(table, capacity) < expected && capacity < 1ull << 40)
        capacity = next_capacity(capacity);
    return open_extent(table, &table->newest, capacity) ? 0 : PM_ENOMEM;
}

void pm_table_close(struct pm_table *table)
{
    struct pm_table_extent *older = table->newest.older;

    if (table->newest.slots == NULL)
        return;
    close_extent(table, &table->newest);
    while (older != NULL) {
        struct pm_table_extent *next = older->older;
        close_extent(table, older);
        free(older);
        older = next;
    }
    free(table->removals);
    *table = (struct pm_table){0};
}

void *pm_table_probe(const struct pm_table *table, uint64_t key, uint64_t order)
{
    const struct pm_table_extent *extent = &table->newest;

    for (uint64_t i = home_of(extent, order);; i = i + 1 == extent->capacity ? 0 : i + 1) {
        struct pm_slot *slot = slot_at(extent, i, table->slot_size);
        if (slot->key == key && slot->mark == PM_SLOT_FULL)
            return slot + 1;
        if (slot->mark == PM_SLOT_EMPTY)
            return NULL;
    }
}

/*
 * Start a larger extent; the full one waits behind it. A table that grows again before that one
 * was emptied grows twofold, so a long pinned burst leaves few extents behind.
 */
static bool grow(struct pm_table *table)
{
    const uint64_t capacity = table->newest.capacity;
    struct pm_table_extent *older = malloc(sizeof *older);
    struct pm_table_extent fresh;

    if (older == NULL)
        return false;
    if (!open_extent(table, &fresh,
                     table->newest.older != NULL ? capacity * 2 : next_capacity(capacity))) {
        free(older);
        return false;
    }
    *older = table->newest;
    fresh.older = older;
    table->newest = fresh;
    table->touched = 0; /* only look-ups from now on pay for moving */
    table->removed = 0; /* what was deleted in an older extent is never looked at again */
    return true;
}

/* The first slot from home on that is free for @p key: empty, or emptied of the same key. */
static struct pm_slot *free_slot(const struct pm_table *table, uint64_t key, uint64_t order)
{
    const struct pm_table_extent *extent = &table->newest;

    for (uint64_t i = home_of(extent, order);; i = i + 1 == extent->capacity ? 0 : i + 1) {
        struct pm_slot *slot = slot_at(extent, i, table->slot_size);
        if (slot->mark == PM_SLOT_EMPTY || (slot->mark == PM_SLOT_REMOVED && slot->key == key))
            return slot;
    }
}

void *pm_table_add(struct pm_table *table, uint64_t key, uint64_t order)
{
    if (table->keys + table->removed >= table->newest.limit && !grow(table))
        return NULL;
    struct pm_slot *slot = free_slot(table, key, order);
    if (slot->mark == PM_SLOT_REMOVED)
        table->removed--;
    slot->key = key;
    slot->mark = PM_SLOT_FULL;
    memset(slot + 1, 0, table->value_size);
    table->keys++;
    return slot + 1;
}

/*
 * The slots below the cursor are gone, so a probe that would begin there begins at the cursor, and
 * one that comes to the end goes on there; a key that is left was never separated from it by an
 * empty slot.
 */
static void *find_in_older(const struct pm_table_extent *extent, uint64_t key, uint64_t order,
                           uint32_t slot_size)
{
    const uint64_t home = home_of(extent, order);
    uint64_t i = home < extent->cursor ? extent->cursor : home;

    for (uint64_t left = extent->capacity - extent->cursor; left > 0; left--) {
        struct pm_slot *slot = slot_at(extent, i, slot_size);
        if (slot->key == key && slot->mark == PM_SLOT_FULL)
            return slot + 1;
        if (slot->mark == PM_SLOT_EMPTY)
            return NULL;
        i = i + 1 == extent->capacity ? extent->cursor : i + 1;
    }
    return NULL;
}

void *pm_table_find_older(const struct pm_table *table, uint64_t key, uint64_t order)
{
    void *value = NULL;

    for (const struct pm_table_extent *extent = table->newest.older;
         extent != NULL && value == NULL; extent = extent->older)
        value = find_in_older(extent, key, order, table->slot_size);
    return value;
}

static bool note_removal(struct pm_table *table, struct pm_slot *slot)
{
    if (table->removal_count == table->removal_room) {
        const uint64_t room = table->removal_room == 0 ? 64 : table->removal_room * 2;
        struct pm_slot **removals = realloc(table->removals, room * sizeof *removals);
        if (removals == NULL)
            return false; /* the slot stays taken, and counted, until the table grows */
        table->removals = removals;
        table->removal_room = room;
    }
    table->removals[table->removal_count++] = slot;
    return true;
}

bool pm_table_delete(struct pm_table *table, uint64_t key)
{
    const uint64_t order = pm_table_order(table, key);
    struct pm_slot *slot = pm_table_find_newest(table, key, order);

    table->touched++;
    table->held = NULL;
    if (slot != NULL) {
        slot--;
        note_removal(table, slot);
        table->removed++;
    } else {
        slot = pm_table_find_older(table, key, order);
        if (slot == NULL)
            return false;
        slot--;
    }
    slot->mark = PM_SLOT_REMOVED;
    table->keys--;
    return true;
}

/* Close the gap at slot @p gap by moving back what probed past it; other gaps stay for their turn.
 */
static void shift_back(struct pm_table *table, uint64_t gap)
{
    const struct pm_table_extent *extent = &table->newest;
    const uint64_t capacity = extent->capacity;

    for (uint64_t i = gap + 1 == capacity ? 0 : gap + 1;; i = i + 1 == capacity ? 0 : i + 1) {
        struct pm_slot *slot = slot_at(extent, i, table->slot_size);
        if (slot->mark == PM_SLOT_EMPTY)
            break;
        if (slot->mark == PM_SLOT_REMOVED)
            continue;
        const uint64_t home = home_of(extent, pm_table_order(table, slot->key));
        const uint64_t from_home = i >= home ? i - home : i + capacity - home;
        const uint64_t from_gap = i >= gap ? i - gap : i + capacity - gap;
        if (from_home < from_gap)
            continue;
        memcpy(slot_at(extent, gap, table->slot_size), slot, table->slot_size);
        gap = i;
    }
    slot_at(extent, gap, table->slot_size)->mark = PM_SLOT_EMPTY;
}

void pm_table_drop(struct pm_table *table, uint64_t key)
{
    const uint64_t order = pm_table_order(table, key);
    struct pm_slot *slot = pm_table_find_newest(table, key, order);
    const bool in_newest = slot != NULL;

    if (!in_newest)
        slot = pm_table_find_older(table, key, order);
    if (slot == NULL)
        return;
    slot--;
    slot->mark = PM_SLOT_REMOVED;
    table->touched++;
    table->held = NULL;
    table->keys--;
    if (in_newest)
        shift_back(table, (uint64_t)((uint8_t *)slot - table->newest.slots) / table->slot_size);
}

static void clean_removals(struct pm_table *table)
{
    const struct pm_table_extent *extent = &table->newest;

    for (uint64_t i = 0; i < table->removal_count; i++) {
        const uint64_t offset =
            (uint64_t)((uintptr_t)table->removals[i] - (uintptr_t)extent->slots);
        if (offset >= extent->bytes) /* it lies in an extent that is being emptied */
            continue;
        if (table->removals[i]->mark != PM_SLOT_REMOVED) /* made again */
            continue;
        shift_back(table, offset / table->slot_size);
        table->removed--;
    }
    table->removal_count = 0;
}

/* Give the stretch that the cursor has passed back to the system, in whole steps. */
static void release_passed(const struct pm_table *table, const struct pm_table_extent *extent,
                           uint64_t before)
{
    const uint64_t from = before * table->slot_size / RELEASE_STEP * RELEASE_STEP;
    const uint64_t to = extent->cursor * table->slot_size / RELEASE_STEP * RELEASE_STEP;

    if (extent->bytes >= MAP_FROM && to > from)
        madvise(extent->slots + from, to - from, MADV_DONTNEED);
}

/* Move up to @p moves slots of the extent behind the newest one into it. */
static void empty_older(struct pm_table *table, uint64_t moves)
{
    struct pm_table_extent *extent = table->newest.older;
    const uint64_t before = extent->cursor;
    const uint64_t left = extent->capacity - before;
    const uint64_t end = before + (moves < left ? moves : left);

    for (uint64_t i = before; i < end; i++) {
        const struct pm_slot *from = slot_at(extent, i, table->slot_size);
        if (from->mark != PM_SLOT_FULL)
            continue;
        struct pm_slot *to = free_slot(table, from->key, pm_table_order(table, from->key));
        memcpy(to, from, table->slot_size);
    }
    extent->cursor = end;
    if (end < extent->capacity) {
        release_passed(table, extent, before);
        return;
    }
    table->newest.older = extent->older;
    close_extent(table, extent);
    free(extent);
}

void pm_table_settle(struct pm_table *table)
{
    const uint64_t moves = MOVES_A_TOUCH * (table->touched != 0 ? table->touched : 1);

    table->touched = 0;
    table->held = NULL;
    if (table->removal_count != 0)
        clean_removals(table);
    if (table->newest.older != NULL)
        empty_older(table, moves);
}
