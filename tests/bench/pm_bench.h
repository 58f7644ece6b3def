/* SPDX-License-Identifier: Apache-2.0 */
/* Benchmarks in pairs: a figure and its yardstick, interleaved in one process, as a ratio. */
#ifndef PM_BENCH_H
#define PM_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#define PM_BENCH_PAIRS 7u

/** Keep the compiler from dropping a result. */
#define PM_BENCH_USE(value_) __asm__ volatile("" : : "g"(value_) : "memory")

/** One row of the table. A smaller figure is better unless larger_is_better. */
struct pm_bench_goal {
    const char *row;  /* "E1" */
    const char *what; /* "event: one more operator hop" */
    const char *unit; /* "ns" */
    double goal;      /* bound of figure / yardstick; 0: a row for information, no verdict */
    bool larger_is_better;
};

/**
 * Whether one of @p rows ("E2 B1", a blank between) is asked for: PM_BENCH_ONLY in the environment
 * holds rows in the same form, and none means all. Rows that are not asked for are never printed,
 * and pm_bench_compare does not measure them; a program whose measuring or set-up lies elsewhere
 * asks here first.
 */
bool pm_bench_asked(const char *rows);

/** Measure once: ns per event, events per second, whatever the row's unit says. */
typedef double (*pm_bench_measure)(void *payload);

/**
 * One pair to warm up, then PM_BENCH_PAIRS pairs A B A B; prints row, median figure, median
 * yardstick, median ratio with its least and largest, the goal, and "met" or "not met", separated
 * by tabs. Returns the median ratio, or 0 for a row that is not asked for.
 */
double pm_bench_compare(const struct pm_bench_goal *goal, pm_bench_measure figure,
                        void *figure_payload, pm_bench_measure yardstick, void *yardstick_payload);

/**
 * Print a row from pairs measured elsewhere: count of them, odd. Where the yardstick itself moved
 * by more than 2 (but for its least and largest) the verdict is "cannot tell here".
 */
void pm_bench_report(const struct pm_bench_goal *goal, unsigned count, const double *figures,
                     const double *yardsticks);

/** As pm_bench_report, where the yardstick against itself differs by more than the goal allows. */
void pm_bench_cannot_tell(const struct pm_bench_goal *goal, unsigned count, const double *figures,
                          const double *yardsticks);

/** Print a row that is not measured here: why, and what to do. */
void pm_bench_skip(const char *row, const char *what, const char *why);

/** CLOCK_MONOTONIC in seconds. */
double pm_bench_seconds(void);

/** CPU time of this thread in seconds: for loops of one thread, where the time slices of others
 * would count as the loop's. Cost: a system call. */
double pm_bench_cpu_seconds(void);

/** Abort with a sentence when a benchmark's own count is wrong. */
void pm_bench_check(bool right, const char *what);

#endif
