/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to time, waiting and prefetching; each has a portable twin. */
#ifndef PM_CLOCK_H
#define PM_CLOCK_H

#include <stdint.h>
#include <time.h>

#define PM_NS_PER_US 1000LL
#define PM_NS_PER_MS 1000000LL
#define PM_NS_PER_S  1000000000LL

/** How a loop waits when it finds nothing to do: burn the core, or sleep for a short nap. */
enum pm_wait {
    PM_WAIT_SPIN, /* lowest latency, one core each */
    PM_WAIT_NAP,  /* sleeps PM_NAP_NS at a time: about 40 us more, hardly any CPU */
};

#define PM_NAP_NS 50000LL

/** CLOCK_MONOTONIC in ns: comparable between the processes of one machine. Cost: about 20 ns. */
static inline int64_t pm_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * PM_NS_PER_S + now.tv_nsec;
}

/** CLOCK_REALTIME in ns since the epoch, for labels only, never for a duration. */
int64_t pm_clock_wall_ns(void);

/** CPU time of the calling thread in ns. */
int64_t pm_clock_thread_cpu_ns(void);

/** Let the other hyper-thread run for a moment; a spin loop calls it once a turn. */
static inline void pm_clock_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#else
    __asm__ volatile("" ::: "memory");
#endif
}

/**
 * Ask for the cache line of @p address to be written soon, taken from whichever core holds it; any
 * address will do, mapped or not. x86's instruction is named because compilers use it only for
 * processors that they are told of; those that lack it pass over it.
 */
static inline void pm_clock_prefetch(const void *address)
{
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1, 3);
#endif
}

/** Ask for the cache line of @p address to be read soon; any address will do, mapped or not. */
static inline void pm_clock_prefetch_read(const void *address)
{
    __builtin_prefetch(address, 0, 3);
}

/** Make short sleeps of the calling thread exact (timer slack 1 ns). Call once a thread. */
void pm_clock_exact_sleep(void);

/** Wait once as @p how says: one pause or one nap. Thread: any. */
void pm_clock_wait(enum pm_wait how);

/** Sleep until CLOCK_MONOTONIC reaches @p when_ns (returns at once when it has). */
void pm_clock_sleep_until(int64_t when_ns);

#endif
