/* SPDX-License-Identifier: Apache-2.0 */
/* The memory backend: cells over tables, lists, maps and timers of one state. */
#include "pm_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_lists.h"
#include "pm_maps.h"
#include "pm_scratch.h"
#include "pm_timers.h"

#define CELLS_MAX     16u
#define NAME_SIZE     64u
#define SIZE_MAX_CELL 4096u
#define ROUND         32u /* more misses than a core keeps in flight */
#define LINE          64u /* of a cache */
#define CACHED_BELOW  (1u << 20)
#define AHEAD         8u /* timers from one that fires to the one whose key is fetched */

struct memory_cell {
    struct pm_cell base;
    enum pm_cell_kind kind;
    char name[NAME_SIZE];
    union {
        struct pm_table values;
        struct pm_lists lists;
        struct pm_maps maps;
        struct pm_timers timers;
    } of;
};

struct memory_state {
    struct pm_state base;
    struct pm_state_config config;
    struct pm_blocks blocks;
    bool failed;
    bool unsettled; /* a table has something to do at unpin */
    unsigned count;
    struct memory_cell *cells[CELLS_MAX];
    uint64_t scratch[SIZE_MAX_CELL / 8]; /* what a failed look-up returns */
};

static struct memory_state *state_of(const struct pm_cell *cell)
{
    return (struct memory_state *)cell->state;
}

static struct memory_cell *cell_of(const struct pm_cell *cell)
{
    return (struct memory_cell *)cell;
}

/* The table that every kind but timers has at its base. */
static struct pm_table *table_of(struct memory_cell *cell)
{
    switch (cell->kind) {
    case PM_CELL_VALUE:
        break;
    case PM_CELL_LIST:
        return &cell->of.lists.table;
    case PM_CELL_MAP:
        return &cell->of.maps.table;
    case PM_CELL_TIMERS:
        return NULL;
    }
    return &cell->of.values;
}

static void *fail(struct memory_state *state)
{
    state->failed = true;
    return memset(state->scratch, 0, sizeof state->scratch);
}

static int memory_open(struct pm_state **out, const struct pm_state_config *config,
                       struct pm_error *error)
{
    struct memory_state *state = NULL;

    state = calloc(1, sizeof *state);
    if (state == NULL)
        return pm_error_set(error, PM_ENOMEM, "no memory for a state");
    state->base.ops = &pm_state_memory;
    state->config = *config;
    *out = &state->base;
    return 0;
}

static void close_cell(struct memory_cell *cell)
{
    if (cell->kind == PM_CELL_TIMERS)
        pm_timers_close(&cell->of.timers);
    else
        pm_table_close(table_of(cell));
    free(cell);
}

static void memory_close(struct pm_state *base)
{
    struct memory_state *state = (struct memory_state *)base;

    if (state == NULL)
        return;
    for (unsigned i = 0; i < state->count; i++)
        close_cell(state->cells[i]);
    pm_blocks_close(&state->blocks);
    free(state);
}

static int open_cell(struct memory_state *state, struct memory_cell *cell, uint32_t size)
{
    const unsigned first = state->config.first_key_group;
    const unsigned groups = state->config.key_groups;
    const uint64_t expected = state->config.expected_keys;

    switch (cell->kind) {
    case PM_CELL_VALUE:
        return pm_table_open(&cell->of.values, size, first, groups, expected);
    case PM_CELL_LIST:
        return pm_lists_open(&cell->of.lists, &state->blocks, size, first, groups, expected);
    case PM_CELL_MAP:
        return pm_maps_open(&cell->of.maps, &state->blocks, size, first, groups, expected);
    case PM_CELL_TIMERS:
        pm_timers_open(&cell->of.timers, &state->blocks);
        return 0;
    }
    return PM_EINTERNAL;
}

static int check_cell(const struct memory_state *state, const char *name, enum pm_cell_kind kind,
                      uint32_t size, struct pm_error *error)
{
    if (state->count == CELLS_MAX || strlen(name) >= NAME_SIZE)
        return pm_error_set(error, PM_EINTERNAL, "cell %s: at most %u cells, names below %u bytes",
                            name, CELLS_MAX, NAME_SIZE);
    if (kind == PM_CELL_TIMERS ? size != 0 : size == 0 || size % 8 != 0 || size > SIZE_MAX_CELL)
        return pm_error_set(error, PM_EINTERNAL,
                            "cell %s: %u bytes: expected a multiple of 8 to %u", name, size,
                            SIZE_MAX_CELL);
    for (unsigned i = 0; i < state->count; i++) {
        if (strcmp(state->cells[i]->name, name) == 0)
            return pm_error_set(error, PM_EINTERNAL, "cell %s: declared twice", name);
    }
    return 0;
}

static int memory_declare(struct pm_cell **out, struct pm_state *base, const char *name,
                          enum pm_cell_kind kind, uint32_t size, struct pm_error *error)
{
    struct memory_state *state = (struct memory_state *)base;
    int rc = check_cell(state, name, kind, size, error);

    if (rc != 0)
        return rc;
    struct memory_cell *cell = calloc(1, sizeof *cell);
    if (cell != NULL) {
        cell->base.state = base;
        cell->kind = kind;
        memcpy(cell->name, name, strlen(name));
        rc = open_cell(state, cell, size);
    }
    if (cell == NULL || rc != 0) {
        free(cell);
        return pm_error_set(error, PM_ENOMEM, "cell %s: no memory for its table", name);
    }
    state->cells[state->count++] = cell;
    *out = &cell->base;
    return 0;
}

/* Remember whether @p table, or a block that was left, gives unpin something to do. */
static void note_work(struct memory_state *state, const struct pm_table *table)
{
    state->unsettled |= pm_table_is_restless(table);
    state->base.restless |= state->unsettled || state->blocks.left_count != 0;
}

static void settle_tables(struct memory_state *state)
{
    state->unsettled = false;
    for (unsigned i = 0; i < state->count; i++) {
        struct pm_table *table = table_of(state->cells[i]);
        if (table == NULL || !pm_table_is_restless(table))
            continue;
        pm_table_settle(table);
        state->unsettled |= pm_table_is_restless(table);
    }
}

static void memory_unpin(struct pm_state *base)
{
    struct memory_state *state = (struct memory_state *)base;

    pm_blocks_settle(&state->blocks);
    if (state->unsettled)
        settle_tables(state);
    base->restless = state->unsettled;
}

static bool memory_failed(const struct pm_state *base)
{
    return ((const struct memory_state *)base)->failed;
}

static uint64_t memory_bytes(const struct pm_state *base)
{
    const struct memory_state *state = (const struct memory_state *)base;
    uint64_t bytes = sizeof *state + state->blocks.bytes;

    for (unsigned i = 0; i < state->count; i++) {
        struct memory_cell *cell = state->cells[i];
        bytes += sizeof *cell + (cell->kind == PM_CELL_TIMERS ? pm_timers_bytes(&cell->of.timers)
                                                              : table_of(cell)->bytes);
    }
    return bytes;
}

/* --- value ----------------------------------------------------------------------------------- */

static void *add_value(struct pm_cell *cell, uint64_t key, uint64_t order)
{
    void *value = pm_table_add(&cell_of(cell)->of.values, key, order);

    note_work(state_of(cell), &cell_of(cell)->of.values);
    return value != NULL ? value : fail(state_of(cell));
}

static inline void *pin_ordered(struct pm_cell *cell, uint64_t key, uint64_t order)
{
    void *value = pm_table_find(&cell_of(cell)->of.values, key, order);

    return value != NULL ? value : add_value(cell, key, order);
}

static void *value_pin(struct pm_cell *cell, uint64_t key)
{
    struct pm_table *table = &cell_of(cell)->of.values;

    table->touched++;
    return pin_ordered(cell, key, pm_table_order(table, key));
}

/* The slow half of a look-up among many, kept out of the loop's registers. */
static __attribute__((noinline)) void *pin_missed(struct pm_cell *cell, uint64_t key)
{
    return pin_ordered(cell, key, pm_table_order(&cell_of(cell)->of.values, key));
}

/* One round: all addresses first, then all look-ups, so that their misses overlap. */
static void pin_round(struct pm_cell *cell, uint32_t n, const uint64_t *keys, void **slots)
{
    const struct pm_table *table = &cell_of(cell)->of.values;
    const struct pm_table_extent extent = table->newest; /* a copy stays in registers */
    const uint32_t slot_size = table->slot_size;
    PM_SCRATCH uint8_t *homes[ROUND];

    for (uint32_t i = 0; i < n; i++) {
        homes[i] = pm_table_home(&extent, pm_table_order(table, keys[i]), slot_size);
        pm_clock_prefetch(homes[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        /* A key that is full in this extent is so even where a miss has begun a newer one. */
        void *value = pm_table_glance(homes[i], keys[i], slot_size);
        slots[i] = value != NULL ? value : pin_missed(cell, keys[i]);
    }
}

static void value_pin_many(struct pm_cell *cell, uint32_t n, const uint64_t *keys, void **slots)
{
    cell_of(cell)->of.values.touched += n;
    for (uint32_t i = 0; i < n; i += ROUND)
        pin_round(cell, n - i < ROUND ? n - i : ROUND, keys + i, slots + i);
}

static void *value_peek(struct pm_cell *cell, uint64_t key)
{
    const struct pm_table *table = &cell_of(cell)->of.values;

    return pm_table_find(table, key, pm_table_order(table, key));
}

static void value_delete(struct pm_cell *cell, uint64_t key)
{
    if (pm_table_delete(&cell_of(cell)->of.values, key))
        state_of(cell)->unsettled = state_of(cell)->base.restless = true;
}

/* --- list, map, timers ----------------------------------------------------------------------- */

static void *list_append(struct pm_cell *cell, uint64_t key)
{
    void *element = pm_lists_append(&cell_of(cell)->of.lists, key);

    note_work(state_of(cell), &cell_of(cell)->of.lists.table);
    return element != NULL ? element : fail(state_of(cell));
}

static uint32_t list_length(struct pm_cell *cell, uint64_t key)
{
    return pm_lists_length(&cell_of(cell)->of.lists, key);
}

static void *list_at(struct pm_cell *cell, uint64_t key, uint32_t index)
{
    return pm_lists_at(&cell_of(cell)->of.lists, key, index);
}

static void list_drop_front(struct pm_cell *cell, uint64_t key, uint32_t count)
{
    pm_lists_drop_front(&cell_of(cell)->of.lists, key, count);
    note_work(state_of(cell), &cell_of(cell)->of.lists.table);
}

static void *map_get(struct pm_cell *cell, uint64_t key, int64_t order)
{
    return pm_maps_get(&cell_of(cell)->of.maps, key, order);
}

static void *map_put(struct pm_cell *cell, uint64_t key, int64_t order, bool *fresh)
{
    bool made = false;
    void *value = pm_maps_put(&cell_of(cell)->of.maps, key, order, &made);

    if (fresh != NULL)
        *fresh = made;
    note_work(state_of(cell), &cell_of(cell)->of.maps.table);
    return value != NULL ? value : fail(state_of(cell));
}

static bool map_at_least(struct pm_cell *cell, uint64_t key, int64_t order,
                         struct pm_state_entry *entry)
{
    entry->order = order;
    entry->value = pm_maps_at_least(&cell_of(cell)->of.maps, key, &entry->order);
    return entry->value != NULL;
}

static bool map_at_most(struct pm_cell *cell, uint64_t key, int64_t order,
                        struct pm_state_entry *entry)
{
    entry->order = order;
    entry->value = pm_maps_at_most(&cell_of(cell)->of.maps, key, &entry->order);
    return entry->value != NULL;
}

static uint32_t map_scan(struct pm_cell *cell, uint64_t key, int64_t order,
                         struct pm_state_entry *entries, uint32_t room)
{
    return pm_maps_scan(&cell_of(cell)->of.maps, key, order, entries, room);
}

static void map_delete(struct pm_cell *cell, uint64_t key, int64_t order)
{
    pm_maps_delete(&cell_of(cell)->of.maps, key, order);
    note_work(state_of(cell), &cell_of(cell)->of.maps.table);
}

static void timer_set(struct pm_cell *cell, const struct pm_timer *timer)
{
    if (!pm_timers_set(&cell_of(cell)->of.timers, timer))
        state_of(cell)->failed = true;
}

/* Ask for the slots of a key whose timer fires soon, in all tables that are larger than a cache:
 * keys fire in the order of their timers, which no table has, and each would wait for memory alone.
 */
static void expect_key(struct memory_state *state, const struct pm_timers *timers)
{
    uint64_t key;

    if (!pm_timers_ahead(timers, AHEAD, &key))
        return;
    for (unsigned i = 0; i < state->count; i++) {
        const struct pm_table *table = table_of(state->cells[i]);
        if (table == NULL || table->newest.bytes < CACHED_BELOW)
            continue;
        const uint8_t *home =
            pm_table_home(&table->newest, pm_table_order(table, key), table->slot_size);
        for (uint32_t at = 0; at < PM_TABLE_WINDOW * table->slot_size; at += LINE)
            pm_clock_prefetch(home + at);
    }
}

static bool timer_pop(struct pm_cell *cell, int64_t watermark_ns, struct pm_timer *timer)
{
    const bool popped = pm_timers_pop(&cell_of(cell)->of.timers, watermark_ns, timer);

    if (popped)
        expect_key(state_of(cell), &cell_of(cell)->of.timers);
    return popped;
}

const struct pm_state_ops pm_state_memory = {
    .name = "memory",
    .open = memory_open,
    .close = memory_close,
    .declare = memory_declare,
    .unpin = memory_unpin,
    .failed = memory_failed,
    .bytes = memory_bytes,
    .value_pin = value_pin,
    .value_pin_many = value_pin_many,
    .value_peek = value_peek,
    .value_delete = value_delete,
    .list_append = list_append,
    .list_length = list_length,
    .list_at = list_at,
    .list_drop_front = list_drop_front,
    .map_get = map_get,
    .map_put = map_put,
    .map_at_least = map_at_least,
    .map_at_most = map_at_most,
    .map_scan = map_scan,
    .map_delete = map_delete,
    .timer_set = timer_set,
    .timer_pop = timer_pop,
};
