/* SPDX-License-Identifier: Apache-2.0 */
/* The index against a sorted array: orders of coming and going, both sides of a leaf's size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_index.h"
#include "pm_random.h"

#define MANY 20000u

struct model {
    struct pm_blocks blocks;
    struct pm_index index;
    int64_t orders[MANY];
    uint32_t count;
};

static uint32_t below(const struct model *model, int64_t order)
{
    uint32_t i = 0;

    while (i < model->count && model->orders[i] < order)
        i++;
    return i;
}

static void put(struct model *model, int64_t order)
{
    const uint32_t at = below(model, order);
    struct pm_index_place place = {0};
    const struct pm_index_entry *found =
        pm_index_at_least(&model->blocks, &model->index, order, &place);

    if (at < model->count)
        assert_int_equal(found->order, model->orders[at]);
    else
        assert_null(found);
    if (found != NULL && found->order == order)
        return;
    const struct pm_index_entry entry = {order, (pm_block)order};
    assert_true(pm_index_insert(&model->blocks, &model->index, place, entry));
    memmove(model->orders + at + 1, model->orders + at,
            (model->count++ - at) * sizeof *model->orders);
    model->orders[at] = order;
}

static void take(struct model *model, uint32_t at)
{
    struct pm_index_place place = {0};

    assert_non_null(pm_index_at_least(&model->blocks, &model->index, model->orders[at], &place));
    pm_index_delete(&model->blocks, &model->index, place);
    memmove(model->orders + at, model->orders + at + 1,
            (--model->count - at) * sizeof *model->orders);
}

/* Every entry in order, the last one, and what lies at or before each. */
static void assert_same(struct model *model)
{
    struct pm_index_place place = {0};
    const struct pm_index_entry *entry =
        pm_index_at_least(&model->blocks, &model->index, INT64_MIN, &place);

    assert_int_equal(model->index.count, model->count);
    for (uint32_t i = 0; i < model->count; i++) {
        assert_non_null(entry);
        assert_int_equal(entry->order, model->orders[i]);
        assert_int_equal(entry->value, (pm_block)model->orders[i]);
        entry = pm_index_next(&model->blocks, &model->index, &place);
        const struct pm_index_entry *most =
            pm_index_at_most(&model->blocks, &model->index, model->orders[i]);
        assert_int_equal(most->order, model->orders[i]);
        most = pm_index_at_most(&model->blocks, &model->index, model->orders[i] - 1);
        if (i == 0)
            assert_null(most);
        else
            assert_int_equal(most->order, model->orders[i - 1]);
    }
    assert_null(entry);
    if (model->count != 0)
        assert_int_equal(model->index.last.order, model->orders[model->count - 1]);
}

/* All gone: the blocks are handed out again before memory grows. */
static void empty(struct model *model, bool from_the_front)
{
    while (model->count != 0) {
        take(model, from_the_front ? 0 : model->count - 1);
        if (model->count % 977 == 0)
            assert_same(model);
    }
    assert_int_equal(model->index.block, 0);
}

static struct model *open_model(void)
{
    struct model *model = calloc(1, sizeof *model);

    assert_non_null(model);
    return model;
}

static void close_model(struct model *model)
{
    pm_blocks_close(&model->blocks);
    free(model);
}

static void entries_in_order_fill_their_leaves(void **state)
{
    struct model *model = open_model();

    (void)state;
    for (unsigned again = 0; again < 2; again++) {
        for (uint32_t i = 0; i < MANY; i++)
            put(model, 2 * (int64_t)i + 2);
        assert_same(model);
        empty(model, true);
    }
    assert_true(model->blocks.bytes < MANY * 16 * 2);
    close_model(model);
}

static void entries_against_the_order_split_leaves(void **state)
{
    struct model *model = open_model();

    (void)state;
    for (uint32_t i = MANY; i > 0; i--)
        put(model, 2 * (int64_t)i);
    assert_same(model);
    empty(model, false);
    close_model(model);
}

static void random_coming_and_going_is_as_in_an_array(void **state)
{
    const char *given = getenv("PM_SEED");
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    struct pm_random random = pm_random_open(seed, 1);
    struct model *model = open_model();

    (void)state;
    print_message("PM_SEED=%llu\n", (unsigned long long)seed);
    for (uint32_t round = 0; round < 40; round++) {
        const bool grows = pm_random_below(&random, 2) != 0;
        for (uint32_t i = 0; i < 2000; i++) {
            const bool comes = pm_random_below(&random, 4) < (grows ? 3u : 1u);
            if (comes && model->count < MANY)
                put(model, 1 + (int64_t)pm_random_below(&random, 40000));
            else if (model->count != 0)
                take(model, (uint32_t)pm_random_below(&random, model->count));
        }
        assert_same(model);
    }
    empty(model, true);
    close_model(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_in_order_fill_their_leaves),
        cmocka_unit_test(entries_against_the_order_split_leaves),
        cmocka_unit_test(random_coming_and_going_is_as_in_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
