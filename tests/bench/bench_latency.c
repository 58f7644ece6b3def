/* SPDX-License-Identifier: Apache-2.0 */
/* Due to visible: the event engine against the null engine (E4, E5), micro-batches against their
 * interval (M5). Latency is measured as the collector does: from the due time to the frame. */
#include "pm_bench.h"
#include "pm_bench_job.h"

#include "pm_histogram.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS    10000u
#define WARM_UP 0.2 /* of the records: not sampled */

struct load {
    int64_t start_ns;
    int64_t period_ns;
    uint64_t records;
    struct pm_bench_job *job;
};

static int64_t due_of(void *payload, uint64_t sequence)
{
    const struct load *load = payload;

    return load->start_ns + (int64_t)sequence * load->period_ns;
}

/* Feed what is due by now, at most a frame; returns records fed. */
static uint32_t feed_due(struct load *load, uint64_t *sent)
{
    const int64_t ahead_ns = pm_clock_ns() - load->start_ns;
    const uint64_t due = ahead_ns < 0 ? 0 : (uint64_t)(ahead_ns / load->period_ns) + 1;
    const uint64_t whole = due < load->records ? due : load->records;
    const uint32_t count = whole - *sent > 64 ? 64 : (uint32_t)(whole - *sent);

    if (count != 0)
        pm_bench_job_feed(load->job, count, KEYS, due_of, load);
    *sent += count;
    return count;
}

struct sampling {
    const struct load *load;
    struct pm_histogram *histogram;
    uint64_t rows;
};

static void sample(void *payload, uint64_t sequence, int64_t visible_ns)
{
    struct sampling *self = payload;

    self->rows++;
    if ((double)sequence >= WARM_UP * (double)self->load->records)
        pm_histogram_record(self->histogram,
                            visible_ns - due_of((void *)(uintptr_t)self->load, sequence));
}

static struct pm_histogram *measure(struct load *load)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct sampling sampling = {.load = load};

    pm_bench_check(pm_histogram_open(&sampling.histogram, &config, NULL) == 0, "a histogram");
    pm_bench_job_rows(load->job, sample, &sampling);
    pm_bench_check(sampling.rows == load->records, "one row an input");
    return sampling.histogram;
}

/* Generator and engine take turns in this thread; the other core is left alone. */
static struct pm_histogram *in_one_thread(const char *engine, const char *setting,
                                          int64_t period_ns, double seconds)
{
    struct pm_bench_job job;
    struct load load = {.period_ns = period_ns,
                        .records = (uint64_t)(seconds * 1e9 / (double)period_ns),
                        .job = &job};
    uint64_t sent = 0;

    pm_bench_job_open(&job, engine, load.records, setting, 1, PM_WAIT_SPIN);
    load.start_ns = pm_clock_ns() + PM_NS_PER_MS;
    while (sent < load.records) {
        feed_due(&load, &sent);
        pm_bench_job_step(&job);
    }
    pm_bench_job_flush(&job);
    while (!pm_bench_job_step(&job))
        pm_clock_pause();
    struct pm_histogram *histogram = measure(&load);
    pm_bench_job_close(&job);
    return histogram;
}

static void *nap_and_feed(void *payload)
{
    struct load *load = payload;
    uint64_t sent = 0;

    pm_clock_exact_sleep();
    while (sent < load->records) {
        if (feed_due(load, &sent) == 0)
            pm_clock_wait(PM_WAIT_NAP);
    }
    pm_bench_job_flush(load->job);
    return NULL;
}

/* The generator naps in a thread of its own, the engine spins. */
static struct pm_histogram *in_two_threads(const char *engine, int64_t period_ns, double seconds)
{
    struct pm_bench_job job;
    struct load load = {.period_ns = period_ns,
                        .records = (uint64_t)(seconds * 1e9 / (double)period_ns),
                        .job = &job};
    pthread_t thread;

    pm_bench_job_open(&job, engine, load.records, NULL, 1, PM_WAIT_SPIN);
    load.start_ns = pm_clock_ns() + PM_NS_PER_MS;
    pthread_create(&thread, NULL, nap_and_feed, &load);
    while (!pm_bench_job_step(&job))
        pm_clock_pause();
    pthread_join(thread, NULL);
    struct pm_histogram *histogram = measure(&load);
    pm_bench_job_close(&job);
    return histogram;
}

/* --- the rows ----------------------------------------------------------------------------------
 */

static const double quantiles[3] = {50.0, 99.0, 99.9};

struct pairs {
    double event[3][PM_BENCH_PAIRS], null[3][PM_BENCH_PAIRS], other_null[3][PM_BENCH_PAIRS];
};

static void keep(double to[3][PM_BENCH_PAIRS], unsigned pair, struct pm_histogram *histogram)
{
    for (unsigned q = 0; q < 3; q++)
        to[q][pair] = (double)pm_histogram_percentile(histogram, quantiles[q]) / 1e3;
    pm_histogram_close(histogram);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Null against null: a row can only be told where their ratios lie inside the goal's margin. */
static bool can_tell(const double *a, const double *b, double goal)
{
    double ratios[PM_BENCH_PAIRS];

    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++)
        ratios[i] = a[i] / b[i];
    qsort(ratios, PM_BENCH_PAIRS, sizeof *ratios, ascending);
    return ratios[1] >= 1.0 / goal && ratios[PM_BENCH_PAIRS - 2] <= goal;
}

static void report(const char *row, const char *what, const double goals[3],
                   const struct pairs *pairs)
{
    static const char *const names[3] = {"p50", "p99", "p99.9"};

    for (unsigned q = 0; q < 3; q++) {
        char text[96];
        snprintf(text, sizeof text, "%s, %s", what, names[q]);
        const struct pm_bench_goal goal = {row, text, "us", goals[q], false};
        if (can_tell(pairs->null[q], pairs->other_null[q], goals[q]))
            pm_bench_report(&goal, PM_BENCH_PAIRS, pairs->event[q], pairs->null[q]);
        else
            pm_bench_cannot_tell(&goal, PM_BENCH_PAIRS, pairs->event[q], pairs->null[q]);
    }
}

static void bench_e4(void)
{
    static const double goals[3] = {3.0, 1.5, 1.5};
    struct pairs pairs;

    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++) {
        keep(pairs.null, i, in_one_thread("null", NULL, 1000, 1.3));
        keep(pairs.event, i, in_one_thread("event", NULL, 1000, 1.3));
        keep(pairs.other_null, i, in_one_thread("null", NULL, 1000, 1.3));
    }
    report("E4", "event against null at 1 M/s, one thread", goals, &pairs);
}

static void bench_e5(void)
{
    static const double goals[3] = {1.2, 1.3, 1.25};
    struct pairs pairs;

    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++) {
        keep(pairs.null, i, in_two_threads("null", 10000, 3.0));
        keep(pairs.event, i, in_two_threads("event", 10000, 3.0));
        keep(pairs.other_null, i, in_two_threads("null", 10000, 3.0));
    }
    report("E5", "event against null at 100 k/s, napping generator", goals, &pairs);
}

/* A record waits half an interval in the middle and a whole one at the end. */
static void bench_m5(void)
{
    const double ideal[2] = {500.0, 990.0};
    double p[3][PM_BENCH_PAIRS], yardstick[2][PM_BENCH_PAIRS];

    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++) {
        keep(p, i, in_one_thread("microbatch", "trigger=fixed:1ms", 10000, 1.0));
        yardstick[0][i] = ideal[0];
        yardstick[1][i] = ideal[1];
    }
    const struct pm_bench_goal half = {"M5", "micro-batch of 1 ms: p50 against T/2", "us", 1.1,
                                       false};
    const struct pm_bench_goal whole = {"M5", "micro-batch of 1 ms: p99 against T", "us", 1.1,
                                        false};
    pm_bench_report(&half, PM_BENCH_PAIRS, p[0], yardstick[0]);
    pm_bench_report(&whole, PM_BENCH_PAIRS, p[1], yardstick[1]);
}

int main(void)
{
    bench_e4();
    bench_e5();
    bench_m5();
    return 0;
}
