/* SPDX-License-Identifier: Apache-2.0 */
/* The value table: open addressing in hash order, so that a key group is one stretch of slots. */
#ifndef PM_TABLE_H
#define PM_TABLE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pm_hash.h"

#define PM_TABLE_WINDOW 4u /* a look-up compares so many slots at once; as many follow the last */

enum pm_slot_mark { PM_SLOT_EMPTY, PM_SLOT_FULL, PM_SLOT_REMOVED };

/** A slot; the value follows. A key of 0 is as good as any, so the mark is a word of its own. */
struct pm_slot {
    uint64_t key;
    uint64_t mark; /* enum pm_slot_mark */
};

/** One array of slots. cursor: the slots below it have been emptied into a newer extent. */
struct pm_table_extent {
    uint8_t *slots;
    uint64_t bytes;
    uint64_t scale; /* home slot = high word of (hash - first hash) * scale */
    uint64_t capacity;
    uint64_t limit; /* keys that it takes before a larger one is started */
    uint64_t cursor;
    struct pm_table_extent *older;
};

/**
 * Keys lie in the order of their hashes, whose topmost bits are the key group: a table covers the
 * key groups that its owner has, and each of them is one stretch. The home slot comes from a
 * multiplication instead of a mask, which allows capacities of 2^k and 3 * 2^(k-1): a load between
 * 1/2 and 3/4 (below 1 MiB between 1/3 and 1/2), where doubling would begin at 3/8. Linear probing.
 * Bytes for a key: at most twice its slot of 16 + value_size, and at most 3/4 of that on top while
 * an older extent is emptied.
 *
 * Pinning: find, pin and delete move nothing. A full table starts a newer extent, and settle, when
 * nothing is pinned, cleans deleted slots and moves a bounded number of slots into the newest
 * extent: slots in the same order, so both sides are walked in sequence. Growth never stops the
 * world. Source: ours; the reduction by multiplication is Lemire's (2019).
 */
struct pm_table {
    struct pm_table_extent newest;
    uint64_t first_hash, last_hash;
    uint32_t slot_size, value_size;
    uint64_t keys;
    uint64_t removed; /* deleted slots of the newest extent that wait for settle */
    uint64_t touched; /* look-ups since the last settle: what pays for moving */
    uint64_t bytes;
    struct pm_slot **removals;
    uint64_t removal_count, removal_room;
    uint64_t held_key; /* whose value was found last: see pm_table_find_again */
    void *held;        /* NULL once slots may have moved */
};

/**
 * Open a table of values of @p value_size bytes (a multiple of 8) for @p key_groups groups from
 * @p first_key_group on, with room for @p expected keys. Errors: PM_ENOMEM, nothing to close.
 */
int pm_table_open(struct pm_table *table, uint32_t value_size, unsigned first_key_group,
                  unsigned key_groups, uint64_t expected);
void pm_table_close(struct pm_table *table);

/** Make @p key, which the newest extent does not hold or holds no more; NULL: memory ran out. */
void *pm_table_add(struct pm_table *table, uint64_t key, uint64_t order);

/** The value of @p key in the extents behind the newest; NULL when it is in none. */
void *pm_table_find_older(const struct pm_table *table, uint64_t key, uint64_t order);

/** Empty the slot of @p key; its bytes stay until settle. False when there was none. */
bool pm_table_delete(struct pm_table *table, uint64_t key);

/** As delete where no value of the table is pinned: cleans up at once. */
void pm_table_drop(struct pm_table *table, uint64_t key);

/** Nothing is pinned: clean up deletions and move a few slots for each look-up since. */
void pm_table_settle(struct pm_table *table);

/** True when settle has something to do. */
static inline bool pm_table_is_restless(const struct pm_table *table)
{
    return table->newest.older != NULL || table->removal_count != 0;
}

/** The place of @p key in hash order, from the first hash of the table's key groups on. */
static inline uint64_t pm_table_order(const struct pm_table *table, uint64_t key)
{
    const uint64_t order = pm_hash_u64(key) - table->first_hash;

    assert(order <= table->last_hash && "the key belongs to another subtask");
    return order;
}

static inline uint8_t *pm_table_home(const struct pm_table_extent *extent, uint64_t order,
                                     uint32_t slot_size)
{
    return extent->slots + (uint64_t)(((unsigned __int128)order * extent->scale) >> 64) * slot_size;
}

static inline unsigned pm_table_match(const uint8_t *at, uint64_t key)
{
    return ((const struct pm_slot *)(const void *)at)->key == key ? 1u : 0u;
}

/** The value of @p key in the newest extent, or NULL, by following the probe slot by slot. */
void *pm_table_probe(const struct pm_table *table, uint64_t key, uint64_t order);

/**
 * The value of @p key when it is full in one of the PM_TABLE_WINDOW slots from @p home on, or NULL.
 * Where among them the key lies is a guess that no branch predictor wins, so all are compared at
 * once. A full slot with the key is the one, wherever the probe would end.
 */
static inline void *pm_table_glance(uint8_t *home, uint64_t key, uint64_t slot_size)
{
    const unsigned matches = pm_table_match(home, key) |
                             pm_table_match(home + slot_size, key) << 1 |
                             pm_table_match(home + 2 * slot_size, key) << 2 |
                             pm_table_match(home + 3 * slot_size, key) << 3;

    if (__builtin_expect(matches == 0, 0))
        return NULL;
    uint8_t *at = home + (unsigned)__builtin_ctz(matches) * slot_size;
    struct pm_slot *slot = (struct pm_slot *)(void *)at;
    return __builtin_expect(slot->mark == PM_SLOT_FULL, 1) ? slot + 1 : NULL;
}

/** The value of @p key in the newest extent, or NULL. @p order: of pm_table_order. */
static inline void *pm_table_find_newest(const struct pm_table *table, uint64_t key, uint64_t order)
{
    uint8_t *home = pm_table_home(&table->newest, order, table->slot_size);
    void *value = pm_table_glance(home, key, table->slot_size);

    return value != NULL ? value : pm_table_probe(table, key, order);
}

/** The value of @p key, or NULL. */
static inline void *pm_table_find(const struct pm_table *table, uint64_t key, uint64_t order)
{
    void *value = pm_table_find_newest(table, key, order);

    if (value == NULL && table->newest.older != NULL)
        value = pm_table_find_older(table, key, order);
    return value;
}

/**
 * The value of @p key, or NULL. A kernel asks a map or list for its record's key several times in a
 * row: the answer before is remembered, and saves the hash and the probe. Values are mostly asked
 * for once, where remembering costs more than it saves.
 */
static inline void *pm_table_find_again(struct pm_table *table, uint64_t key)
{
    if (table->held_key == key && table->held != NULL)
        return table->held;
    void *value = pm_table_find(table, key, pm_table_order(table, key));

    table->held_key = key;
    table->held = value;
    return value;
}

/** The value of @p key, made zero when absent; NULL when memory ran out. */
static inline void *pm_table_pin(struct pm_table *table, uint64_t key)
{
    void *value = pm_table_find_again(table, key);

    table->touched++;
    if (value == NULL)
        value = table->held = pm_table_add(table, key, pm_table_order(table, key));
    return value;
}

#endif
