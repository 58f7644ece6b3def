/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine books as waiting is CPU time that it burnt, whatever else runs on its core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "pm_clock.h"
#include "pm_engine.h"

#define LENGTH_NS (200 * PM_NS_PER_MS)

static atomic_bool done;

static void *burn(void *unused)
{
    while (!atomic_load_explicit(&done, memory_order_relaxed))
        pm_clock_pause();
    return unused;
}

/* Share one core: the thread that waits then has about half of it. */
static void pin(void)
{
    cpu_set_t cores;

    CPU_ZERO(&cores);
    CPU_SET((size_t)sched_getcpu(), &cores);
    assert_int_equal(pthread_setaffinity_np(pthread_self(), sizeof cores, &cores), 0);
}

static void waits_once(struct pm_engine *engine, int64_t until_ns)
{
    int64_t since_ns = pm_clock_ns();

    while (since_ns < until_ns)
        pm_engine_wait(engine, &since_ns);
}

static void waiting_is_booked_as_the_cpu_time_it_took(void **state)
{
    static const struct {
        enum pm_wait wait;
        void (*pass)(struct pm_engine *engine, int64_t until_ns);
        double least; /* of the CPU time that the thread burnt; the rest is the loop around it */
    } cases[] = {
        {PM_WAIT_SPIN, waits_once, 0.5},
        {PM_WAIT_SPIN, pm_engine_wait_until, 0.5},
        {PM_WAIT_NAP, waits_once, 0.0},
        {PM_WAIT_NAP, pm_engine_wait_until, 0.0},
    };
    cpu_set_t before;
    pthread_t other;

    (void)state;
    assert_int_equal(pthread_getaffinity_np(pthread_self(), sizeof before, &before), 0);
    pin();
    assert_int_equal(pthread_create(&other, NULL, burn, NULL), 0);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_engine_stats stats = {0};
        const struct pm_job job = {.wait = cases[i].wait};
        struct pm_engine engine = {.job = &job, .stats = &stats};
        const int64_t start_ns = pm_clock_thread_cpu_ns();

        cases[i].pass(&engine, pm_clock_ns() + LENGTH_NS);
        const double burnt_ns = (double)(pm_clock_thread_cpu_ns() - start_ns);
        const double booked_ns = (double)atomic_load(&stats.wait_cpu_ns);
        if (booked_ns <= 0 || booked_ns > 1.2 * burnt_ns || booked_ns < cases[i].least * burnt_ns)
            fail_msg("case %u: booked %.0f ns, burnt %.0f ns", i, booked_ns, burnt_ns);
    }
    atomic_store(&done, true);
    pthread_join(other, NULL);
    pthread_setaffinity_np(pthread_self(), sizeof before, &before);
}

static void a_wait_ends_at_once_when_a_stop_is_asked(void **state)
{
    struct pm_engine_stats stats = {0};
    const struct pm_job job = {.wait = PM_WAIT_NAP};
    struct pm_engine engine = {.job = &job, .stats = &stats, .stop_asked = 1};
    const int64_t start_ns = pm_clock_ns();

    (void)state;
    pm_engine_wait_until(&engine, start_ns + 60 * PM_NS_PER_S);
    assert_true(pm_clock_ns() - start_ns < 10 * PM_NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_is_booked_as_the_cpu_time_it_took),
        cmocka_unit_test(a_wait_ends_at_once_when_a_stop_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
