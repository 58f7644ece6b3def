/* SPDX-License-Identifier: Apache-2.0 */
/* Interleaved pairs, medians, and one line a row. */
#include "pm_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT_MAX 64u

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double pm_bench_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double pm_bench_cpu_seconds(void)
{
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

void pm_bench_check(bool right, const char *what)
{
    if (right)
        return;
    fprintf(stderr, "benchmark: wrong result: %s\n", what);
    exit(70);
}

/* Whether the @p size bytes at @p word are one of the words of @p list. */
static bool is_word_of(const char *list, const char *word, size_t size)
{
    while (*list != '\0') {
        const size_t length = strcspn(list, " ");
        if (length == size && memcmp(list, word, size) == 0)
            return true;
        list += length + strspn(list + length, " ");
    }
    return false;
}

bool pm_bench_asked(const char *rows)
{
    const char *const only = getenv("PM_BENCH_ONLY");

    if (only == NULL || only[0] == '\0')
        return true;
    while (*rows != '\0') {
        const size_t size = strcspn(rows, " ");
        if (is_word_of(only, rows, size))
            return true;
        rows += size + strspn(rows + size, " ");
    }
    return false;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(unsigned count, const double *values)
{
    double sorted[COUNT_MAX];

    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, ascending);
    return sorted[count / 2];
}

static void print_row(const struct pm_bench_goal *goal, unsigned count, const double *figures,
                      const double *yardsticks, const char *verdict)
{
    double ratios[COUNT_MAX];

    if (!pm_bench_asked(goal->row))
        return;
    for (unsigned i = 0; i < count; i++)
        ratios[i] = figures[i] / yardsticks[i];
    qsort(ratios, count, sizeof *ratios, ascending);
    const double ratio = ratios[count / 2];
    const bool met = goal->larger_is_better ? ratio >= goal->goal : ratio <= goal->goal;
    char bound[32] = "none";
    if (goal->goal != 0)
        snprintf(bound, sizeof bound, "%s %.2f", goal->larger_is_better ? ">=" : "<=", goal->goal);
    else
        verdict = "for information";
    printf("%s\t%s\t%.4g%s%s\t%.4g\t%.3f\t%.3f-%.3f\t%s\t%s\n", goal->row, goal->what,
           median(count, figures), goal->unit[0] != '\0' ? " " : "", goal->unit,
           median(count, yardsticks), ratio, ratios[0], ratios[count - 1], bound,
           verdict != NULL ? verdict
           : met           ? "met"
                           : "not met");
    fflush(stdout);
}

/* Whether the yardstick itself moved by less than 2, but for its least and largest. */
static bool is_steady(unsigned count, const double *yardsticks)
{
    double sorted[COUNT_MAX];

    memcpy(sorted, yardsticks, count * sizeof *yardsticks);
    qsort(sorted, count, sizeof *sorted, ascending);
    return count < 3 || sorted[count - 2] <= 2 * sorted[1];
}

void pm_bench_report(const struct pm_bench_goal *goal, unsigned count, const double *figures,
                     const double *yardsticks)
{
    print_row(goal, count, figures, yardsticks,
              is_steady(count, yardsticks) ? NULL : "cannot tell here");
}

void pm_bench_cannot_tell(const struct pm_bench_goal *goal, unsigned count, const double *figures,
                          const double *yardsticks)
{
    print_row(goal, count, figures, yardsticks, "cannot tell here");
}

void pm_bench_skip(const char *row, const char *what, const char *why)
{
    if (!pm_bench_asked(row))
        return;
    printf("%s\t%s\t-\t-\t-\t-\t-\tskipped: %s\n", row, what, why);
    fflush(stdout);
}

double pm_bench_compare(const struct pm_bench_goal *goal, pm_bench_measure figure,
                        void *figure_payload, pm_bench_measure yardstick, void *yardstick_payload)
{
    double figures[PM_BENCH_PAIRS], yardsticks[PM_BENCH_PAIRS], ratios[PM_BENCH_PAIRS];

    if (!pm_bench_asked(goal->row))
        return 0;
    figure(figure_payload);
    yardstick(yardstick_payload);
    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++) {
        figures[i] = figure(figure_payload);
        yardsticks[i] = yardstick(yardstick_payload);
        ratios[i] = figures[i] / yardsticks[i];
    }
    pm_bench_report(goal, PM_BENCH_PAIRS, figures, yardsticks);
    return median(PM_BENCH_PAIRS, ratios);
}
