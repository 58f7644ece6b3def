/* SPDX-License-Identifier: Apache-2.0 */
/* Closing due times against a search record by record. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pm_closing.h"
#include "pm_random.h"
#include "pm_record.h"

#define PARTITIONS 5u
#define RECORDS    40u
#define STREAMS    2u

/** A small input in the open: what the brute force walks through. */
struct world {
    int64_t time_ns[PARTITIONS][RECORDS];
    int64_t due_ns[PARTITIONS][RECORDS];
    unsigned count[PARTITIONS];
    unsigned stream[PARTITIONS];
    int64_t delay_ns[STREAMS];
    struct pm_rises rises[PARTITIONS];
};

static void make_world(struct world *world, struct pm_random *random)
{
    memset(world, 0, sizeof *world);
    for (unsigned s = 0; s < STREAMS; s++)
        world->delay_ns[s] = pm_random_between(random, 0, 15);
    for (unsigned p = 0; p < PARTITIONS; p++) {
        int64_t due_ns = 0;

        world->stream[p] = (unsigned)pm_random_below(random, STREAMS);
        world->rises[p].stream = world->stream[p];
        world->count[p] = (unsigned)pm_random_below(random, RECORDS + 1);
        for (unsigned i = 0; i < world->count[p]; i++) {
            due_ns += pm_random_between(random, 0, 5);
            world->due_ns[p][i] = due_ns;
            world->time_ns[p][i] = due_ns * 2 - pm_random_between(random, 0, 30);
            assert_int_equal(pm_rises_add(&world->rises[p], world->time_ns[p][i], due_ns), 0);
        }
    }
}

/* The rule in words, one record at a time. */
static bool slow_due(const struct world *world, unsigned streams, int64_t mark_ns, int64_t *due_ns)
{
    bool any = false;

    for (unsigned p = 0; p < PARTITIONS; p++) {
        unsigned i = 0;

        if ((streams >> world->stream[p] & 1u) == 0)
            continue;
        while (i < world->count[p] &&
               world->time_ns[p][i] < mark_ns + world->delay_ns[world->stream[p]])
            i++;
        if (i == world->count[p])
            return false;
        if (!any || world->due_ns[p][i] > *due_ns)
            *due_ns = world->due_ns[p][i];
        any = true;
    }
    return any;
}

static void a_closing_due_is_what_a_walk_through_all_records_finds(void **state)
{
    const uint64_t seed = 20261121;
    struct pm_random random = pm_random_open(seed, 0);
    unsigned known = 0;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        struct world world;

        make_world(&world, &random);
        const struct pm_closing closing = {PARTITIONS, world.rises, world.delay_ns};
        for (int64_t mark_ns = -40; mark_ns < 220; mark_ns += 7) {
            const unsigned streams = 1u + (unsigned)pm_random_below(&random, 3);
            int64_t fast_ns = -1;
            int64_t slow_ns = -1;
            const bool fast = pm_closing_due(&closing, streams, mark_ns, &fast_ns);

            if (fast != slow_due(&world, streams, mark_ns, &slow_ns) ||
                (fast && fast_ns != slow_ns))
                fail_msg("seed %llu, round %u: mark %lld: %lld, expected %lld",
                         (unsigned long long)seed, round, (long long)mark_ns, (long long)fast_ns,
                         (long long)slow_ns);
            known += fast ? 1u : 0u;
        }
        for (unsigned p = 0; p < PARTITIONS; p++)
            pm_rises_close(&world.rises[p]);
    }
    assert_true(known > 1000);
}

static void a_mark_beyond_all_time_is_reached_by_no_record(void **state)
{
    struct pm_rises rises = {0};
    const int64_t delay_ns = 10;
    const struct pm_closing closing = {1, &rises, &delay_ns};
    int64_t due_ns = 0;

    (void)state;
    assert_int_equal(pm_rises_add(&rises, INT64_MAX - 1, 3), 0);
    assert_false(pm_closing_due(&closing, 1, PM_TIME_MAX, &due_ns));
    assert_true(pm_closing_due(&closing, 1, INT64_MAX - 11, &due_ns));
    assert_int_equal(due_ns, 3);
    assert_false(pm_closing_due(&closing, 2, 0, &due_ns));
    pm_rises_close(&rises);
}

static void only_rises_are_kept(void **state)
{
    struct pm_rises rises = {0};
    const int64_t times[] = {5, 5, 4, 9, 8, 10};

    (void)state;
    for (unsigned i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_int_equal(pm_rises_add(&rises, times[i], (int64_t)i), 0);
    assert_int_equal(rises.count, 3);
    assert_int_equal(rises.due_ns[1], 3);
    pm_rises_close(&rises);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closing_due_is_what_a_walk_through_all_records_finds),
        cmocka_unit_test(a_mark_beyond_all_time_is_reached_by_no_record),
        cmocka_unit_test(only_rises_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
