/* SPDX-License-Identifier: Apache-2.0 */
/* The value table: bytes a key, growth in small steps, deletion, key groups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "pm_table.h"

static uint64_t *pin(struct pm_table *table, uint64_t key)
{
    return pm_table_pin(table, key);
}

static uint64_t *find(const struct pm_table *table, uint64_t key)
{
    return pm_table_find(table, key, pm_table_order(table, key));
}

static void a_key_takes_at_most_64_bytes(void **state)
{
    struct pm_table table;

    (void)state;
    assert_int_equal(pm_table_open(&table, 16, 0, PM_KEY_GROUPS, 0), 0);
    for (uint64_t key = 0; key < 1000000; key++) {
        pin(&table, key)[1] = key;
        pm_table_settle(&table);
        const uint64_t transit = table.newest.older != NULL ? 44 : 0;
        if (key >= 30000) /* from 1 MiB on */
            assert_true(table.bytes <= (64 + transit) * (key + 1));
    }
    for (uint64_t key = 0; key < 1000000; key++)
        assert_int_equal(find(&table, key)[1], key);
    assert_int_equal(table.keys, 1000000);
    pm_table_close(&table);
}

/* Nobody asks for settle: gaps close at once, in full extents and in those that are emptied. */
static void dropped_keys_leave_no_gap(void **state)
{
    struct pm_table table;

    (void)state;
    assert_int_equal(pm_table_open(&table, 8, 0, PM_KEY_GROUPS, 0), 0);
    for (uint64_t key = 0; key < 20000; key++) {
        *pin(&table, key) = key;
        if (key % 7 == 0)
            pm_table_settle(&table);
        if (key < 50)
            continue;
        pm_table_drop(&table, key - 50);
        pm_table_drop(&table, key - 50);
        assert_null(pm_table_find_again(&table, key - 50));
        assert_int_equal(*(uint64_t *)pm_table_find_again(&table, key - 20), key - 20);
        for (uint64_t k = key - 49; key % 64 == 0 && k <= key; k++)
            assert_int_equal(*find(&table, k), k);
    }
    assert_int_equal(table.keys, 50);
    assert_int_equal(table.removal_count, 0);
    assert_true(table.newest.capacity <= 256);
    pm_table_close(&table);
}

static void growth_moves_a_few_slots_at_a_time(void **state)
{
    struct pm_table table;
    uint64_t longest_chain = 0;

    (void)state;
    assert_int_equal(pm_table_open(&table, 16, 0, PM_KEY_GROUPS, 0), 0);
    for (uint64_t key = 0; key < 200000; key++) {
        const struct pm_table_extent *older = table.newest.older;
        const uint64_t before = older != NULL ? older->cursor : 0;
        pin(&table, key);
        pm_table_settle(&table);
        if (older != NULL && table.newest.older == older)
            assert_true(older->cursor - before <= 8);
        uint64_t chain = 0;
        for (older = table.newest.older; older != NULL; older = older->older)
            chain++;
        longest_chain = chain > longest_chain ? chain : longest_chain;
    }
    assert_int_equal(longest_chain, 1); /* each extent was empty before the next was begun */
    pm_table_close(&table);
}

static void nothing_moves_between_two_settles(void **state)
{
    enum { KEYS = 20000 };
    struct pm_table table;
    uint64_t **pins = calloc(KEYS, sizeof *pins);

    (void)state;
    assert_int_equal(pm_table_open(&table, 8, 0, PM_KEY_GROUPS, 0), 0);
    for (uint64_t key = 0; key < KEYS; key++) {
        pins[key] = pin(&table, key);
        *pins[key] = key + 7;
    }
    for (uint64_t key = 0; key < KEYS; key++) {
        assert_ptr_equal(pin(&table, key), pins[key]);
        assert_int_equal(*pins[key], key + 7);
    }
    while (table.newest.older != NULL)
        pm_table_settle(&table);
    for (uint64_t key = 0; key < KEYS; key++)
        assert_int_equal(*find(&table, key), key + 7);
    free(pins);
    pm_table_close(&table);
}

static void an_expected_size_never_grows(void **state)
{
    struct pm_table table;

    (void)state;
    assert_int_equal(pm_table_open(&table, 16, 0, PM_KEY_GROUPS, 50000), 0);
    const uint8_t *slots = table.newest.slots;
    for (uint64_t key = 0; key < 50000; key++)
        pin(&table, key);
    assert_ptr_equal(table.newest.slots, slots);
    assert_null(table.newest.older);
    pm_table_close(&table);
}

static void deletion_leaves_no_trace(void **state)
{
    struct pm_table table;

    (void)state;
    assert_int_equal(pm_table_open(&table, 8, 0, PM_KEY_GROUPS, 100), 0);
    const uint64_t capacity = table.newest.capacity;
    for (uint64_t round = 0; round < 1000; round++) {
        for (uint64_t i = 0; i < 100; i++)
            *pin(&table, round * 50 + i) = round * 50 + i;
        for (uint64_t i = 0; i < 50; i++)
            assert_true(pm_table_delete(&table, round * 50 + i));
        assert_false(pm_table_delete(&table, round * 50));
        pm_table_settle(&table);
        for (uint64_t i = 0; i < 100; i++)
            assert_int_equal(find(&table, round * 50 + i) != NULL, i >= 50);
        assert_int_equal(table.keys, 50);
        assert_int_equal(table.removed, 0);
    }
    assert_int_equal(table.newest.capacity, capacity);
    pm_table_close(&table);
}

static void a_deleted_value_is_made_again_as_zero(void **state)
{
    struct pm_table table;

    (void)state;
    assert_int_equal(pm_table_open(&table, 8, 0, PM_KEY_GROUPS, 0), 0);
    *pin(&table, 0) = 5; /* key 0 is a key */
    uint64_t *pinned = find(&table, 0);
    assert_true(pm_table_delete(&table, 0));
    assert_int_equal(*pinned, 5);
    assert_null(find(&table, 0));
    assert_int_equal(*pin(&table, 0), 0);
    pm_table_settle(&table);
    assert_int_equal(*find(&table, 0), 0);
    assert_int_equal(table.keys, 1);
    pm_table_close(&table);
}

static void a_key_group_is_one_stretch(void **state)
{
    static const struct {
        unsigned first, groups;
    } ranges[] = {{0, 128}, {40, 3}, {127, 1}, {0, 1}};

    (void)state;
    for (unsigned r = 0; r < 4; r++) {
        struct pm_table table;
        unsigned before = 0;
        unsigned changes = 0;
        assert_int_equal(pm_table_open(&table, 8, ranges[r].first, ranges[r].groups, 4000), 0);
        for (uint64_t key = 0; table.keys < 4000; key++) {
            if (pm_hash_key_group(pm_hash_u64(key)) - ranges[r].first < ranges[r].groups)
                pin(&table, key);
        }
        for (uint64_t i = 0; i < table.newest.capacity; i++) {
            const struct pm_slot *slot =
                (const struct pm_slot *)(const void *)(table.newest.slots + i * table.slot_size);
            const unsigned group = pm_hash_key_group(pm_hash_u64(slot->key));
            if (slot->mark == PM_SLOT_EMPTY)
                continue;
            changes += group < before; /* out of order only near a border, by a probe */
            before = group;
        }
        assert_true(changes <= 2 * ranges[r].groups);
        assert_true(table.bytes <= 4000 * 24 * 3); /* the range fills the whole table */
        pm_table_close(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_takes_at_most_64_bytes),
        cmocka_unit_test(growth_moves_a_few_slots_at_a_time),
        cmocka_unit_test(dropped_keys_leave_no_gap),
        cmocka_unit_test(nothing_moves_between_two_settles),
        cmocka_unit_test(an_expected_size_never_grows),
        cmocka_unit_test(deletion_leaves_no_trace),
        cmocka_unit_test(a_deleted_value_is_made_again_as_zero),
        cmocka_unit_test(a_key_group_is_one_stretch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
