/* SPDX-License-Identifier: Apache-2.0 */
/* The crew: every share once, a barrier behind each round, the error of any share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>

#include "pm_crew.h"

#define SHARES 7u

static _Atomic int64_t wait_cpu_ns;

struct round {
    _Atomic unsigned done[SHARES];
    _Atomic unsigned finished;
    unsigned failing; /* SHARES: none */
};

static int note(void *payload, unsigned index)
{
    struct round *round = payload;

    atomic_fetch_add(&round->done[index], 1);
    if (index % 2 == 1)
        pm_clock_sleep_until(pm_clock_ns() + 200000);
    atomic_fetch_add(&round->finished, 1);
    return index == round->failing ? PM_EFAIL : 0;
}

static void every_share_is_done_once_before_the_round_ends(void **state)
{
    (void)state;
    for (unsigned workers = 1; workers <= 3; workers++) {
        struct pm_crew *crew;
        assert_int_equal(pm_crew_open(&crew, workers, PM_WAIT_NAP, &wait_cpu_ns, NULL), 0);
        for (unsigned shares = 0; shares <= SHARES; shares++) {
            struct round round = {.failing = SHARES};
            assert_int_equal(pm_crew_run(crew, note, &round, shares), 0);
            assert_int_equal(round.finished, shares);
            for (unsigned i = 0; i < SHARES; i++)
                assert_int_equal(round.done[i], i < shares ? 1 : 0);
        }
        pm_crew_close(crew);
    }
}

static void a_failed_share_fails_its_round_and_no_other(void **state)
{
    struct pm_crew *crew;

    (void)state;
    assert_int_equal(pm_crew_open(&crew, 2, PM_WAIT_NAP, &wait_cpu_ns, NULL), 0);
    for (unsigned failing = 0; failing <= SHARES; failing++) {
        struct round round = {.failing = failing};
        assert_int_equal(pm_crew_run(crew, note, &round, SHARES), failing < SHARES ? PM_EFAIL : 0);
        assert_int_equal(round.finished, SHARES);
    }
    pm_crew_close(crew);
    pm_crew_close(NULL);
}

static int sleep_in_the_second_share(void *payload, unsigned index)
{
    (void)payload;
    if (index == 1)
        pm_clock_sleep_until(pm_clock_ns() + 20 * PM_NS_PER_MS);
    return 0;
}

/* The caller spins at the barrier, the thread between the rounds: neither is work. */
static void waiting_is_booked(void **state)
{
    struct pm_crew *crew;

    (void)state;
    assert_int_equal(pm_crew_open(&crew, 2, PM_WAIT_SPIN, &wait_cpu_ns, NULL), 0);
    atomic_store(&wait_cpu_ns, 0);
    const int64_t start_ns = pm_clock_thread_cpu_ns();
    assert_int_equal(pm_crew_run(crew, sleep_in_the_second_share, NULL, 2), 0);
    const int64_t barrier_ns = pm_clock_thread_cpu_ns() - start_ns;
    assert_true(atomic_load(&wait_cpu_ns) > barrier_ns / 5);
    atomic_store(&wait_cpu_ns, 0);
    pm_clock_sleep_until(pm_clock_ns() + 20 * PM_NS_PER_MS);
    pm_crew_close(crew);
    assert_true(atomic_load(&wait_cpu_ns) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_share_is_done_once_before_the_round_ends),
        cmocka_unit_test(a_failed_share_fails_its_round_and_no_other),
        cmocka_unit_test(waiting_is_booked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
