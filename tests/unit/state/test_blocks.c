/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: sizes, reuse, large ones that go back to the system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_blocks.h"

static void a_block_holds_what_was_asked_and_at_most_half_as_much_again(void **state)
{
    struct pm_blocks blocks = {0};

    (void)state;
    for (uint64_t asked = 1; asked < 600000; asked = asked * 9 / 8 + 1) {
        uint64_t size = asked;
        const pm_block block = pm_blocks_take(&blocks, &size);
        assert_true(block != 0 && size >= asked);
        assert_true(size <= 16 || size <= asked + asked / 2);
        assert_int_equal((uintptr_t)pm_blocks_at(&blocks, block) % 8, 0);
        memset(pm_blocks_at(&blocks, block), 0xee, size);
    }
    pm_blocks_close(&blocks);
    assert_int_equal(blocks.bytes, 0);
}

static void blocks_do_not_overlap(void **state)
{
    struct pm_blocks blocks = {0};
    pm_block taken[2000];
    uint64_t sizes[2000];

    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        sizes[i] = 8 + i % 700;
        taken[i] = pm_blocks_take(&blocks, &sizes[i]);
        memset(pm_blocks_at(&blocks, taken[i]), (int)(i & 0xff), sizes[i]);
        if (i % 3 == 2) {
            pm_blocks_give(&blocks, taken[i - 1], sizes[i - 1]);
            taken[i - 1] = 0;
        }
    }
    for (unsigned i = 0; i < 2000; i++) {
        const uint8_t *at = taken[i] != 0 ? pm_blocks_at(&blocks, taken[i]) : NULL;
        for (uint64_t j = 0; at != NULL && j < sizes[i]; j++)
            assert_int_equal(at[j], i & 0xff);
    }
    pm_blocks_close(&blocks);
}

static void a_left_block_is_used_again_after_settle_only(void **state)
{
    struct pm_blocks blocks = {0};
    uint64_t size = 40;
    const pm_block first = pm_blocks_take(&blocks, &size);

    (void)state;
    pm_blocks_leave(&blocks, first, size);
    assert_true(pm_blocks_take(&blocks, &size) != first);
    pm_blocks_settle(&blocks);
    assert_true(pm_blocks_take(&blocks, &size) == first);
    pm_blocks_close(&blocks);
}

static void a_large_block_goes_back_to_the_system(void **state)
{
    struct pm_blocks blocks = {0};
    uint64_t size = 100;

    (void)state;
    assert_true(pm_blocks_take(&blocks, &size) != 0);
    const uint64_t before = blocks.bytes;
    for (unsigned i = 0; i < 3; i++) {
        size = 5 << 20;
        const pm_block large = pm_blocks_take(&blocks, &size);
        memset(pm_blocks_at(&blocks, large), 1, size);
        assert_int_equal(blocks.bytes, before + size);
        pm_blocks_give(&blocks, large, size);
        assert_int_equal(blocks.bytes, before);
        assert_int_equal(blocks.count, 2); /* the row is used again */
    }
    pm_blocks_close(&blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_holds_what_was_asked_and_at_most_half_as_much_again),
        cmocka_unit_test(blocks_do_not_overlap),
        cmocka_unit_test(a_left_block_is_used_again_after_settle_only),
        cmocka_unit_test(a_large_block_goes_back_to_the_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
