/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks and waits by clock_gettime and clock_nanosleep. */
#include "pm_clock.h"

#include <sys/prctl.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * PM_NS_PER_S + now.tv_nsec;
}

int64_t pm_clock_wall_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t pm_clock_thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void pm_clock_exact_sleep(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

void pm_clock_wait(enum pm_wait how)
{
    if (how == PM_WAIT_SPIN) {
        pm_clock_pause();
        return;
    }
    const struct timespec nap = {.tv_sec = 0, .tv_nsec = PM_NAP_NS};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
}

void pm_clock_sleep_until(int64_t when_ns)
{
    const struct timespec when = {.tv_sec = (time_t)(when_ns / PM_NS_PER_S),
                                  .tv_nsec = (long)(when_ns % PM_NS_PER_S)};

    if (when_ns > 0)
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
}
