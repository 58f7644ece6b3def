/* SPDX-License-Identifier: Apache-2.0 */
/* Timers: order of time, then of setting; keys that share a time share its entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_timers.h"

static void set(struct pm_timers *timers, int64_t time_ns, uint64_t key, int64_t tag)
{
    const struct pm_timer timer = {time_ns, key, tag};

    assert_true(pm_timers_set(timers, &timer));
}

static void they_fire_by_time_then_by_setting(void **state)
{
    static const struct pm_timer expected[] = {{INT64_MIN, 9, 0}, {-5, 2, 0}, {-5, 1, 0},
                                               {10, 1, 0},        {10, 1, 0}, {10, 3, 7}};
    struct pm_blocks blocks = {0};
    struct pm_timers timers;
    struct pm_timer timer;

    (void)state;
    pm_timers_open(&timers, &blocks);
    set(&timers, 10, 1, 0);
    set(&timers, -5, 2, 0);
    set(&timers, INT64_MAX, 4, 0);
    set(&timers, 10, 1, 0);
    set(&timers, -5, 1, 0);
    set(&timers, INT64_MIN, 9, 0);
    set(&timers, 10, 3, 7);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(pm_timers_pop(&timers, i == 0 ? INT64_MIN : 10, &timer));
        assert_memory_equal(&timer, &expected[i], sizeof timer);
    }
    assert_false(pm_timers_pop(&timers, INT64_MAX - 1, &timer));
    assert_true(pm_timers_pop(&timers, INT64_MAX, &timer));
    assert_int_equal(timer.key, 4);
    pm_timers_close(&timers);
    pm_blocks_close(&blocks);
}

static void a_window_end_of_many_keys_is_one_entry(void **state)
{
    struct pm_blocks blocks = {0};
    struct pm_timers timers;
    struct pm_timer timer;

    (void)state;
    pm_timers_open(&timers, &blocks);
    for (uint64_t key = 0; key < 30000; key++)
        set(&timers, (int64_t)(key % 3) * 1000, key, 0);
    assert_int_equal(timers.count, 3);
    for (uint64_t i = 0; i < 30000; i++) {
        assert_true(pm_timers_pop(&timers, 5000, &timer));
        assert_int_equal(timer.key, i % 10000 * 3 + i / 10000);
    }
    assert_int_equal(timers.count, 0);
    pm_timers_close(&timers);
    pm_blocks_close(&blocks);
}

static void the_keys_that_come_next_are_known_as_far_as_their_time_reaches(void **state)
{
    struct pm_blocks blocks = {0};
    struct pm_timers timers;
    struct pm_timer timer;
    uint64_t key = 0;

    (void)state;
    pm_timers_open(&timers, &blocks);
    assert_false(pm_timers_ahead(&timers, 0, &key));
    for (uint64_t i = 0; i < 1000; i++)
        set(&timers, (int64_t)(i / 500), i * 7, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(pm_timers_pop(&timers, 1, &timer));
        const uint64_t next = i + 1, ahead = next + 8;
        const bool same = next / 500 == ahead / 500 && ahead < 1000;
        assert_int_equal(pm_timers_ahead(&timers, 8, &key), same);
        if (same)
            assert_int_equal(key, ahead * 7);
    }
    pm_timers_close(&timers);
    pm_blocks_close(&blocks);
}

static void a_timer_set_while_its_time_fires_comes_last(void **state)
{
    struct pm_blocks blocks = {0};
    struct pm_timers timers;
    struct pm_timer timer;

    (void)state;
    pm_timers_open(&timers, &blocks);
    set(&timers, 1, 1, 0);
    set(&timers, 1, 2, 0);
    assert_true(pm_timers_pop(&timers, 1, &timer));
    set(&timers, 1, 3, 0);
    set(&timers, 0, 4, 0);
    for (unsigned i = 0; i < 3; i++) {
        static const uint64_t keys[] = {4, 2, 3};
        assert_true(pm_timers_pop(&timers, 1, &timer));
        assert_int_equal(timer.key, keys[i]);
    }
    set(&timers, 1, 5, 0); /* the time was gone and comes back */
    assert_true(pm_timers_pop(&timers, 1, &timer));
    assert_int_equal(timer.key, 5);
    pm_timers_close(&timers);
    pm_blocks_close(&blocks);
}

/* More times in turns than are recent: a time then has several runs, and others in between. */
static void many_times_in_turns_keep_the_order_of_setting(void **state)
{
    enum { TIMES = 4 * PM_TIMERS_RECENT, EACH = 9 };
    struct pm_blocks blocks = {0};
    struct pm_timers timers;
    struct pm_timer timer;

    (void)state;
    pm_timers_open(&timers, &blocks);
    for (unsigned i = 0; i < TIMES * EACH; i++) {
        const unsigned time = i * 7919u % TIMES; /* odd: every time comes once in TIMES */
        set(&timers, time, i, 0);
        if (time % 8 == 0)
            set(&timers, time, i, 1); /* joins the one before */
    }
    for (unsigned time = 0; time < TIMES; time++) {
        uint64_t next = 0;
        for (unsigned k = 0; k < (time % 8 == 0 ? 2 * EACH : EACH); k++) {
            const int64_t tag = time % 8 == 0 ? k % 2 : 0;
            assert_true(pm_timers_pop(&timers, (int64_t)time, &timer));
            assert_int_equal(timer.time_ns, time);
            assert_int_equal(timer.tag, tag);
            assert_true(timer.key >= next && timer.key * 7919u % TIMES == time);
            next = timer.key + (uint64_t)tag;
        }
        assert_false(pm_timers_pop(&timers, (int64_t)time, &timer));
    }
    assert_int_equal(timers.count, 0);
    pm_timers_close(&timers);
    pm_blocks_close(&blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_fire_by_time_then_by_setting),
        cmocka_unit_test(a_window_end_of_many_keys_is_one_entry),
        cmocka_unit_test(the_keys_that_come_next_are_known_as_far_as_their_time_reaches),
        cmocka_unit_test(a_timer_set_while_its_time_fires_comes_last),
        cmocka_unit_test(many_times_in_turns_keep_the_order_of_setting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
