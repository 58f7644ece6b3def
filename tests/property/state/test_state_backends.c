/* SPDX-License-Identifier: Apache-2.0 */
/* Both backends and a naive model under the same random operations: equal answers, stable pins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_random.h"
#include "pm_state.h"

#define WORDS    3u
#define SIZE     (WORDS * 8u)
#define KEYS_MAX 4000u
#define BACKENDS 2u
#define PINS_MAX 4096u

enum kind { VALUES, LISTS, MAPS, KINDS };

static const struct pm_state_ops *const backends[BACKENDS] = {&pm_state_memory, &pm_state_copying};

struct item {
    uint64_t id; /* never used again, so that a pin knows whether it is still the same item */
    int64_t order;
    uint64_t words[WORDS];
};

struct items {
    struct item *at;
    uint32_t count, room;
};

struct timer_row {
    struct pm_timer timer;
    uint64_t serial;
};

/* An address that both backends handed out and what must be read there until unpin. */
struct pinned {
    uint64_t id;
    uint64_t *at[BACKENDS];
    uint64_t words[WORDS];
    const struct items *deleted_from; /* once the item is deleted */
};

struct world {
    struct pm_random random;
    struct pm_state *states[BACKENDS];
    struct pm_cell *cells[BACKENDS][KINDS];
    struct pm_cell *timers[BACKENDS];
    uint64_t keys[KEYS_MAX];
    uint32_t key_count;
    struct items model[KINDS][KEYS_MAX];
    struct timer_row *timer_rows;
    uint32_t timer_count, timer_room;
    struct pinned pins[PINS_MAX];
    uint32_t pin_count;
    uint64_t next_id;
};

static uint64_t seed;

static uint32_t draw(struct world *world, uint32_t bound)
{
    return (uint32_t)pm_random_below(&world->random, bound);
}

/* --- the model ------------------------------------------------------------------------------- */

static struct item *model_find(struct items *items, int64_t order)
{
    for (uint32_t i = 0; i < items->count; i++) {
        if (items->at[i].order == order)
            return &items->at[i];
    }
    return NULL;
}

static struct item *model_add(struct world *world, struct items *items, int64_t order)
{
    if (items->count == items->room) {
        items->room = items->room == 0 ? 4 : 2 * items->room;
        items->at = realloc(items->at, items->room * sizeof *items->at);
        assert_non_null(items->at);
    }
    items->at[items->count] = (struct item){.id = ++world->next_id, .order = order};
    return &items->at[items->count++];
}

static void model_delete(struct world *world, struct items *items, uint32_t i)
{
    for (uint32_t p = 0; p < world->pin_count; p++) {
        if (world->pins[p].id == items->at[i].id)
            world->pins[p].deleted_from = items;
    }
    items->count--;
    memmove(items->at + i, items->at + i + 1, (items->count - i) * sizeof *items->at);
}

/* The item with the smallest order >= @p order, or with the largest <= @p order. */
static struct item *model_near(struct items *items, int64_t order, bool above)
{
    struct item *best = NULL;

    for (uint32_t i = 0; i < items->count; i++) {
        struct item *item = &items->at[i];
        if (above ? item->order < order : item->order > order)
            continue;
        if (best == NULL || (above ? item->order < best->order : item->order > best->order))
            best = item;
    }
    return best;
}

/* --- pins ------------------------------------------------------------------------------------ */

static void check_words(const uint64_t *words, const uint64_t *expected)
{
    assert_non_null(words);
    assert_memory_equal(words, expected, SIZE);
}

static void check_pins(const struct world *world)
{
    for (uint32_t p = 0; p < world->pin_count; p++) {
        for (unsigned b = 0; b < BACKENDS; b++)
            check_words(world->pins[p].at[b], world->pins[p].words);
    }
}

static void unpin(struct world *world)
{
    check_pins(world);
    for (unsigned b = 0; b < BACKENDS; b++) {
        pm_state_unpin(world->states[b]);
        assert_false(pm_state_failed(world->states[b]));
    }
    world->pin_count = 0;
}

/* Take note of a pinned item: same words as the model's, same address as the last time. */
static void pin(struct world *world, struct item *item, void *const at[BACKENDS])
{
    struct pinned fresh = {.id = item->id};

    for (unsigned b = 0; b < BACKENDS; b++) {
        fresh.at[b] = at[b];
        check_words(fresh.at[b], item->words);
    }
    memcpy(fresh.words, item->words, SIZE);
    for (uint32_t p = 0; p < world->pin_count; p++) {
        const struct pinned *known = &world->pins[p];
        if (known->id == item->id) {
            assert_ptr_equal(known->at[0], at[0]);
            assert_ptr_equal(known->at[1], at[1]);
            return;
        }
    }
    assert_true(world->pin_count < PINS_MAX);
    world->pins[world->pin_count++] = fresh;
}

/* Write one word of an item that was pinned in both backends. */
static void write_item(struct world *world, struct item *item, void *const at[BACKENDS])
{
    const uint32_t word = draw(world, WORDS);
    const uint64_t value = pm_random_u64(&world->random);

    pin(world, item, at);
    item->words[word] = value;
    for (unsigned b = 0; b < BACKENDS; b++)
        ((uint64_t *)at[b])[word] = value;
    for (uint32_t p = 0; p < world->pin_count; p++) {
        if (world->pins[p].id == item->id)
            world->pins[p].words[word] = value;
    }
}

/* --- operations, each on one random key ------------------------------------------------------ */

/* The value's item. One that is made again may lie where the deleted one lay: forget its pin. */
static struct item *value_item(struct world *world, uint32_t k)
{
    struct items *items = &world->model[VALUES][k];

    if (items->count > 0)
        return &items->at[0];
    for (uint32_t p = 0; p < world->pin_count; p++) {
        if (world->pins[p].deleted_from == items)
            world->pins[p--] = world->pins[--world->pin_count];
    }
    return model_add(world, items, 0);
}

static void do_value_pin(struct world *world, uint32_t k)
{
    struct item *item = value_item(world, k);
    void *at[BACKENDS];

    for (unsigned b = 0; b < BACKENDS; b++)
        at[b] = pm_value_pin(world->cells[b][VALUES], world->keys[k]);
    write_item(world, item, at);
}

static void do_value_pin_many(struct world *world, uint32_t k)
{
    const uint32_t n = 1 + draw(world, 64);
    uint32_t picks[64];
    uint64_t keys[64];
    void *slots[BACKENDS][64];

    for (uint32_t i = 0; i < n; i++) {
        picks[i] = draw(world, 4) == 0 ? k : draw(world, world->key_count);
        keys[i] = world->keys[picks[i]];
    }
    for (unsigned b = 0; b < BACKENDS; b++)
        pm_value_pin_many(world->cells[b][VALUES], n, keys, slots[b]);
    for (uint32_t i = 0; i < n; i++) {
        write_item(world, value_item(world, picks[i]), (void *[]){slots[0][i], slots[1][i]});
    }
}

static void do_value_peek(struct world *world, uint32_t k)
{
    const struct items *items = &world->model[VALUES][k];

    for (unsigned b = 0; b < BACKENDS; b++) {
        const uint64_t *words = pm_value_peek(world->cells[b][VALUES], world->keys[k]);
        if (items->count == 0)
            assert_null(words);
        else
            check_words(words, items->at[0].words);
    }
}

static void do_value_delete(struct world *world, uint32_t k)
{
    for (unsigned b = 0; b < BACKENDS; b++)
        pm_value_delete(world->cells[b][VALUES], world->keys[k]);
    if (world->model[VALUES][k].count > 0)
        model_delete(world, &world->model[VALUES][k], 0);
}

static void do_list_append(struct world *world, uint32_t k)
{
    struct item *item = model_add(world, &world->model[LISTS][k], 0);
    void *at[BACKENDS];

    for (unsigned b = 0; b < BACKENDS; b++)
        at[b] = pm_list_append(world->cells[b][LISTS], world->keys[k]);
    write_item(world, item, at);
}

static void do_list_at(struct world *world, uint32_t k)
{
    struct items *items = &world->model[LISTS][k];
    void *at[BACKENDS];

    for (unsigned b = 0; b < BACKENDS; b++)
        assert_int_equal(pm_list_length(world->cells[b][LISTS], world->keys[k]), items->count);
    if (items->count == 0)
        return;
    const uint32_t i = draw(world, items->count);
    for (unsigned b = 0; b < BACKENDS; b++)
        at[b] = pm_list_at(world->cells[b][LISTS], world->keys[k], i);
    write_item(world, &items->at[i], at);
}

static void do_list_drop(struct world *world, uint32_t k)
{
    struct items *items = &world->model[LISTS][k];
    const uint32_t count = draw(world, 4) == 0 ? items->count : draw(world, items->count / 2 + 1);

    for (unsigned b = 0; b < BACKENDS; b++)
        pm_list_drop_front(world->cells[b][LISTS], world->keys[k], count);
    for (uint32_t i = 0; i < count; i++)
        model_delete(world, items, 0);
}

static int64_t draw_order(struct world *world)
{
    const uint32_t pick = draw(world, 100);

    if (pick < 2)
        return pick == 0 ? INT64_MIN : INT64_MAX;
    return pm_random_between(&world->random, -100, pick < 50 ? 100 : 2000);
}

static void do_map_put(struct world *world, uint32_t k)
{
    struct items *items = &world->model[MAPS][k];
    const int64_t order = draw_order(world);
    struct item *item = model_find(items, order);
    const bool expected = item == NULL;
    void *at[BACKENDS];

    for (unsigned b = 0; b < BACKENDS; b++) {
        bool fresh = !expected;
        at[b] = pm_map_put(world->cells[b][MAPS], world->keys[k], order, &fresh);
        assert_true(fresh == expected);
        assert_ptr_equal(pm_map_put(world->cells[b][MAPS], world->keys[k], order, NULL), at[b]);
    }
    write_item(world, expected ? model_add(world, items, order) : item, at);
}

static void do_map_get(struct world *world, uint32_t k)
{
    const int64_t order = draw_order(world);
    struct item *item = model_find(&world->model[MAPS][k], order);
    void *at[BACKENDS];

    for (unsigned b = 0; b < BACKENDS; b++) {
        at[b] = pm_map_get(world->cells[b][MAPS], world->keys[k], order);
        assert_true((at[b] == NULL) == (item == NULL));
    }
    if (item != NULL)
        write_item(world, item, at);
}

static void do_map_near(struct world *world, uint32_t k)
{
    const int64_t order = draw_order(world);

    for (unsigned above = 0; above < 2; above++) {
        const struct item *item = model_near(&world->model[MAPS][k], order, above == 1);
        for (unsigned b = 0; b < BACKENDS; b++) {
            struct pm_state_entry entry = {0};
            struct pm_cell *cell = world->cells[b][MAPS];
            const bool found = above ? pm_map_at_least(cell, world->keys[k], order, &entry)
                                     : pm_map_at_most(cell, world->keys[k], order, &entry);
            assert_int_equal(found, item != NULL);
            if (item == NULL)
                continue;
            assert_true(entry.order == item->order);
            check_words(entry.value, item->words);
        }
    }
}

static void do_map_scan(struct world *world, uint32_t k)
{
    const uint32_t room = 1 + (uint32_t)draw(world, 5);
    const int64_t first = draw_order(world);

    for (unsigned b = 0; b < BACKENDS; b++) {
        struct pm_state_entry entries[6];
        const uint32_t count =
            pm_map_scan(world->cells[b][MAPS], world->keys[k], first, entries, room);
        int64_t order = first;
        for (uint32_t i = 0; i < room; i++) {
            const struct item *item = model_near(&world->model[MAPS][k], order, true);
            assert_true((i < count) == (item != NULL));
            if (item == NULL)
                break;
            assert_true(entries[i].order == item->order);
            check_words(entries[i].value, item->words);
            if (item->order == INT64_MAX) {
                assert_int_equal(count, i + 1);
                break;
            }
            order = item->order + 1;
        }
    }
}

static void do_map_delete(struct world *world, uint32_t k)
{
    struct items *items = &world->model[MAPS][k];
    const bool known = items->count > 0 && draw(world, 2) == 0;
    const int64_t order = known ? items->at[draw(world, items->count)].order : draw_order(world);
    const struct item *item = model_find(items, order);

    for (unsigned b = 0; b < BACKENDS; b++)
        pm_map_delete(world->cells[b][MAPS], world->keys[k], order);
    if (item != NULL)
        model_delete(world, items, (uint32_t)(item - items->at));
}

static void do_timer_set(struct world *world, uint32_t k)
{
    const int64_t spread = draw(world, 2) == 0 ? 5 : 100000;
    const struct timer_row row = {
        {pm_random_between(&world->random, -spread, spread), world->keys[k],
         (int64_t)pm_random_u64(&world->random)},
        ++world->next_id,
    };

    if (world->timer_count == world->timer_room) {
        world->timer_room = world->timer_room == 0 ? 64 : 2 * world->timer_room;
        world->timer_rows =
            realloc(world->timer_rows, world->timer_room * sizeof *world->timer_rows);
        assert_non_null(world->timer_rows);
    }
    world->timer_rows[world->timer_count++] = row;
    for (unsigned b = 0; b < BACKENDS; b++)
        pm_timer_set(world->timers[b], row.timer.time_ns, row.timer.key, row.timer.tag);
}

static void pop_one(struct world *world, int64_t watermark_ns)
{
    struct timer_row *first = NULL;
    struct pm_timer timer;

    for (uint32_t i = 0; i < world->timer_count; i++) {
        struct timer_row *row = &world->timer_rows[i];
        if (row->timer.time_ns <= watermark_ns &&
            (first == NULL || row->timer.time_ns < first->timer.time_ns ||
             (row->timer.time_ns == first->timer.time_ns && row->serial < first->serial)))
            first = row;
    }
    for (unsigned b = 0; b < BACKENDS; b++) {
        assert_int_equal(pm_timer_pop(world->timers[b], watermark_ns, &timer), first != NULL);
        if (first != NULL)
            assert_memory_equal(&timer, &first->timer, sizeof timer);
    }
    if (first != NULL)
        *first = world->timer_rows[--world->timer_count];
}

static void do_timer_pop(struct world *world, uint32_t k)
{
    const int64_t watermark_ns = pm_random_between(&world->random, -1000, 1000);

    (void)k;
    for (uint32_t i = draw(world, 4); i > 0; i--)
        pop_one(world, watermark_ns);
}

/* --- rounds ---------------------------------------------------------------------------------- */

static const struct {
    void (*run)(struct world *world, uint32_t k);
    uint32_t weight;
} operations[] = {
    {do_value_pin, 30},   {do_value_pin_many, 3}, {do_value_peek, 10}, {do_value_delete, 12},
    {do_list_append, 20}, {do_list_at, 10},       {do_list_drop, 5},   {do_map_put, 20},
    {do_map_get, 10},     {do_map_near, 10},      {do_map_delete, 8},  {do_map_scan, 5},
    {do_timer_set, 12},   {do_timer_pop, 5},
};

static void do_any(struct world *world)
{
    uint32_t pick = draw(world, 161);

    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (pick < operations[i].weight) {
            operations[i].run(world, draw(world, world->key_count));
            return;
        }
        pick -= operations[i].weight;
    }
}

static void open_world(struct world *world, unsigned first, unsigned groups, uint32_t key_count)
{
    const struct pm_state_config config = {.first_key_group = first, .key_groups = groups};
    static const char *const names[KINDS] = {"values", "lists", "maps"};
    static const enum pm_cell_kind kinds[KINDS] = {PM_CELL_VALUE, PM_CELL_LIST, PM_CELL_MAP};

    for (unsigned b = 0; b < BACKENDS; b++) {
        assert_int_equal(pm_state_open(&world->states[b], backends[b], &config, NULL), 0);
        for (unsigned i = 0; i < KINDS; i++)
            assert_int_equal(pm_state_declare(&world->cells[b][i], world->states[b], names[i],
                                              kinds[i], SIZE, NULL),
                             0);
        assert_int_equal(pm_state_declare(&world->timers[b], world->states[b], "timers",
                                          PM_CELL_TIMERS, 0, NULL),
                         0);
    }
    for (uint64_t i = 0; world->key_count < key_count; i++) {
        const uint64_t key = i == 0   ? 0 /* a legal key like any other */
                             : i == 1 ? UINT64_MAX
                                      : pm_random_u64(&world->random);
        if (pm_hash_key_group(pm_hash_u64(key)) - first < groups)
            world->keys[world->key_count++] = key;
    }
}

static void close_world(struct world *world)
{
    for (unsigned b = 0; b < BACKENDS; b++)
        pm_state_close(world->states[b]);
    for (unsigned i = 0; i < KINDS; i++) {
        for (uint32_t k = 0; k < world->key_count; k++)
            free(world->model[i][k].at);
    }
    free(world->timer_rows);
    free(world);
}

static void check_all(struct world *world)
{
    unpin(world);
    for (uint32_t k = 0; k < world->key_count; k++) {
        do_value_peek(world, k);
        for (uint32_t i = 0; i < world->model[LISTS][k].count; i++) {
            for (unsigned b = 0; b < BACKENDS; b++)
                check_words(pm_list_at(world->cells[b][LISTS], world->keys[k], i),
                            world->model[LISTS][k].at[i].words);
        }
        for (uint32_t i = 0; i < world->model[MAPS][k].count; i++) {
            const struct item *item = &world->model[MAPS][k].at[i];
            for (unsigned b = 0; b < BACKENDS; b++)
                check_words(pm_map_get(world->cells[b][MAPS], world->keys[k], item->order),
                            item->words);
        }
        if (k % 16 == 0)
            unpin(world);
    }
    while (world->timer_count > 0)
        pop_one(world, INT64_MAX);
    pop_one(world, INT64_MAX);
}

static void backends_and_model_agree(void **state)
{
    static const struct {
        unsigned first, groups;
        uint32_t keys, operations, pinned; /* operations between two unpins, on average */
    } rounds[] = {
        {0, 128, 1, 4000, 4},     {0, 128, 30, 20000, 1},   {0, 128, 300, 20000, 20},
        {0, 128, 4000, 40000, 8}, {37, 5, 200, 20000, 30},  {127, 1, 500, 20000, 2},
        {0, 1, 2000, 20000, 100}, {64, 64, 12, 20000, 200},
    };

    (void)state;
    for (size_t r = 0; r < sizeof rounds / sizeof rounds[0]; r++) {
        struct world *world = calloc(1, sizeof *world);
        assert_non_null(world);
        world->random = pm_random_open(seed, r);
        open_world(world, rounds[r].first, rounds[r].groups, rounds[r].keys);
        for (uint32_t i = 0; i < rounds[r].operations; i++) {
            do_any(world);
            if (draw(world, rounds[r].pinned) == 0 || world->pin_count > PINS_MAX - 64)
                unpin(world);
        }
        check_all(world);
        close_world(world);
    }
}

int main(int argc, char **argv)
{
    const char *text = argc > 1 ? argv[1] : getenv("PM_SEED");
    const struct CMUnitTest tests[] = {cmocka_unit_test(backends_and_model_agree)};

    seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("seed %llu (PM_SEED or the first argument sets another)\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
