/* SPDX-License-Identifier: Apache-2.0 */
/* Hot keys: their share, where they lie, when they move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "pm_hot_keys.h"

#define COUNT 100
#define DRAWS 100000

static struct pm_generator_settings settings_of(enum pm_key_shape shape)
{
    struct pm_generator_settings settings;

    pm_option_defaults(pm_generator_options, &settings);
    settings.keys_shape = (int)shape;
    settings.keys = COUNT;
    settings.hot_keys = 4;
    settings.hot_percent = 60;
    settings.hot_period_ns = PM_NS_PER_S;
    return settings;
}

/* Draws at @p due_ns; each hot key must have 15 %, the 96 others must share the rest. */
static unsigned check_counts(struct pm_hot_keys *keys, int64_t due_ns)
{
    unsigned count[COUNT] = {0};
    unsigned first = COUNT;

    for (unsigned i = 0; i < DRAWS; i++) {
        const uint64_t key = pm_hot_keys_next(keys, due_ns);
        assert_true(key < COUNT);
        count[key]++;
    }
    for (unsigned i = 0; i < COUNT; i++) {
        const double expected = count[i] > DRAWS / 20 ? DRAWS * 0.15 : DRAWS * 0.4 / 96;
        assert_true(fabs(count[i] - expected) < 6 * sqrt(expected));
        if (count[i] > DRAWS / 20 && count[(i + COUNT - 1) % COUNT] <= DRAWS / 20)
            first = i;
    }
    for (unsigned i = 0; i < 4; i++)
        assert_true(count[(first + i) % COUNT] > DRAWS / 20);
    return first;
}

static void a_hot_set_has_its_share_and_stays(void **state)
{
    const struct pm_generator_settings settings = settings_of(PM_KEYS_HOT_SET);
    struct pm_hot_keys keys;

    (void)state;
    pm_hot_keys_open(&keys, &settings, pm_random_open(7, 2));
    for (int64_t s = 0; s < 3; s++)
        assert_int_equal(check_counts(&keys, s * PM_NS_PER_S), 0);
}

static void a_moving_set_is_elsewhere_after_a_period(void **state)
{
    const struct pm_generator_settings settings = settings_of(PM_KEYS_HOT_MOVING);
    struct pm_hot_keys keys;
    unsigned first[6];
    unsigned moves = 0;

    (void)state;
    pm_hot_keys_open(&keys, &settings, pm_random_open(7, 2));
    for (int64_t s = 0; s < 6; s++) {
        first[s] = check_counts(&keys, s * PM_NS_PER_S);
        assert_int_equal(check_counts(&keys, (s + 1) * PM_NS_PER_S - 1), first[s]);
        moves += s > 0 && first[s] != first[s - 1] ? 1 : 0;
    }
    assert_true(moves >= 4);
}

static void one_seed_gives_one_sequence(void **state)
{
    const struct pm_generator_settings settings = settings_of(PM_KEYS_HOT_MOVING);
    struct pm_hot_keys a, b;

    (void)state;
    pm_hot_keys_open(&a, &settings, pm_random_open(3, 2));
    pm_hot_keys_open(&b, &settings, pm_random_open(3, 2));
    for (int64_t i = 0; i < 10000; i++)
        assert_true(pm_hot_keys_next(&a, i * 1000000) == pm_hot_keys_next(&b, i * 1000000));
}

static void every_key_may_be_hot(void **state)
{
    struct pm_generator_settings settings = settings_of(PM_KEYS_HOT_SET);
    struct pm_hot_keys keys;

    (void)state;
    settings.keys = settings.hot_keys = 1;
    settings.hot_percent = 0;
    pm_hot_keys_open(&keys, &settings, pm_random_open(3, 2));
    for (int64_t i = 0; i < 100; i++)
        assert_true(pm_hot_keys_next(&keys, i) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hot_set_has_its_share_and_stays),
        cmocka_unit_test(a_moving_set_is_elsewhere_after_a_period),
        cmocka_unit_test(one_seed_gives_one_sequence),
        cmocka_unit_test(every_key_may_be_hot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
