/* SPDX-License-Identifier: Apache-2.0 */
/* Due to visible: the event engine against the null engine (E4, E5), micro-batches against their
 * interval (M5). Latency is measured as the collector does: from the due time to the frame. */
#include "pm_bench.h"
#include "pm_bench_job.h"

#include "pm_clock.h"
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
        pm_bench_job_feed(load->job, 0, count, KEYS, due_of, load);
    *sent += count;
    return count;
}

static void open_job(struct pm_bench_job *job, const char *engine, const char *setting,
                     uint64_t records)
{
    const struct pm_bench_job_config config = {.engine = engine,
                                               .setting = setting,
                                               .records = records,
                                               .partitions = 1,
                                               .parallelism = 1};

    pm_bench_job_open(job, &config);
}

/* --- what a run showed -------------------------------------------------------------------------
 */

#define QUANTILES 3u
#define QUIET_US  100.0
#define STALLS    30u /* above a quantile: with fewer, one hiccup decides */

static const double quantiles[QUANTILES] = {50.0, 99.0, 99.9};

struct shown {
    double us[QUANTILES];
    bool carries[QUANTILES]; /* enough samples and stalls lie above it */
};

struct sampling {
    const struct load *load;
    struct pm_histogram *histogram;
    uint64_t rows;
    int64_t limit_ns[QUANTILES];
    bool above[QUANTILES];
    uint64_t stalls[QUANTILES]; /* stretches of rows above the limit */
};

static int64_t latency_of(const struct load *load, uint64_t sequence, int64_t visible_ns)
{
    return visible_ns - due_of((void *)(uintptr_t)load, sequence);
}

static void sample(void *payload, uint64_t sequence, int64_t visible_ns)
{
    struct sampling *self = payload;

    self->rows++;
    if ((double)sequence >= WARM_UP * (double)self->load->records)
        pm_histogram_record(self->histogram, latency_of(self->load, sequence, visible_ns));
}

static void count_stalls(void *payload, uint64_t sequence, int64_t visible_ns)
{
    struct sampling *self = payload;
    const int64_t latency_ns = latency_of(self->load, sequence, visible_ns);

    if ((double)sequence < WARM_UP * (double)self->load->records)
        return;
    for (unsigned q = 0; q < QUANTILES; q++) {
        const bool above = latency_ns > self->limit_ns[q];
        self->stalls[q] += above && !self->above[q];
        self->above[q] = above;
    }
}

static struct shown measure(struct load *load)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct sampling sampling = {.load = load};
    struct shown shown;

    pm_bench_check(pm_histogram_open(&sampling.histogram, &config, NULL) == 0, "a histogram");
    pm_bench_job_rows(load->job, sample, &sampling);
    pm_bench_check(sampling.rows == load->records, "one row an input");
    for (unsigned q = 0; q < QUANTILES; q++)
        sampling.limit_ns[q] = pm_histogram_percentile(sampling.histogram, quantiles[q]);
    pm_bench_job_rows(load->job, count_stalls, &sampling);
    for (unsigned q = 0; q < QUANTILES; q++) {
        shown.us[q] = (double)sampling.limit_ns[q] / 1e3;
        shown.carries[q] =
            sampling.stalls[q] >= STALLS &&
            pm_histogram_samples_above(sampling.histogram, quantiles[q]) >= PM_SAMPLES_TO_JUDGE;
    }
    pm_histogram_close(sampling.histogram);
    return shown;
}

/* Generator and engine take turns in this thread; the other core is left alone. */
static struct shown in_one_thread(const char *engine, const char *setting, int64_t period_ns,
                                  double seconds)
{
    struct pm_bench_job job;
    struct load load = {.period_ns = period_ns,
                        .records = (uint64_t)(seconds * 1e9 / (double)period_ns),
                        .job = &job};
    uint64_t sent = 0;

    open_job(&job, engine, setting, load.records);
    load.start_ns = pm_clock_ns() + PM_NS_PER_MS;
    while (sent < load.records) {
        feed_due(&load, &sent);
        pm_bench_job_step(&job);
    }
    pm_bench_job_flush(&job);
    while (!pm_bench_job_step(&job))
        pm_clock_pause();
    const struct shown shown = measure(&load);
    pm_bench_job_close(&job);
    return shown;
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
static struct shown in_two_threads(const char *engine, int64_t period_ns, double seconds)
{
    struct pm_bench_job job;
    struct load load = {.period_ns = period_ns,
                        .records = (uint64_t)(seconds * 1e9 / (double)period_ns),
                        .job = &job};
    pthread_t thread;

    open_job(&job, engine, NULL, load.records);
    load.start_ns = pm_clock_ns() + PM_NS_PER_MS;
    pthread_create(&thread, NULL, nap_and_feed, &load);
    while (!pm_bench_job_step(&job))
        pm_clock_pause();
    pthread_join(thread, NULL);
    const struct shown shown = measure(&load);
    pm_bench_job_close(&job);
    return shown;
}

/* --- the rows ----------------------------------------------------------------------------------
 */

/* Runs in the order null, event, null, event, ..., null: the null runs around a pair tell what the
 * platform alone changes between two of them. */
struct pairs {
    unsigned count;
    struct shown event[PM_BENCH_PAIRS], null[PM_BENCH_PAIRS + 1];
};

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Null against null: a row can only be told where their ratios lie inside the goal's margin, but
 * for the least and the largest, and where every run has enough above the quantile. */
static bool can_tell(const struct pairs *pairs, unsigned q, double goal)
{
    double ratios[PM_BENCH_PAIRS];

    for (unsigned i = 0; i < pairs->count; i++) {
        ratios[i] = pairs->null[i].us[q] / pairs->null[i + 1].us[q];
        if (!pairs->event[i].carries[q] || !pairs->null[i].carries[q])
            return false;
    }
    qsort(ratios, pairs->count, sizeof *ratios, ascending);
    return ratios[1] >= 1.0 / goal && ratios[pairs->count - 2] <= goal;
}

static void report(const char *row, const char *what, const double goals[QUANTILES],
                   const struct pairs *pairs)
{
    static const char *const names[QUANTILES] = {"p50", "p99", "p99.9"};
    double event[PM_BENCH_PAIRS], null[PM_BENCH_PAIRS];

    for (unsigned q = 0; q < QUANTILES; q++) {
        char text[96];
        snprintf(text, sizeof text, "%s, %s", what, names[q]);
        const struct pm_bench_goal goal = {row, text, "us", goals[q], false};
        for (unsigned i = 0; i < pairs->count; i++) {
            event[i] = pairs->event[i].us[q];
            null[i] = (pairs->null[i].us[q] + pairs->null[i + 1].us[q]) / 2;
        }
        if (can_tell(pairs, q, goals[q]))
            pm_bench_report(&goal, pairs->count, event, null);
        else
            pm_bench_cannot_tell(&goal, pairs->count, event, null);
    }
}

static void bench_e4(void)
{
    static const double goals[QUANTILES] = {3.0, 1.5, 1.5};
    struct pairs pairs = {.count = PM_BENCH_PAIRS};

    pairs.null[0] = in_one_thread("null", NULL, 1000, 1.3);
    for (unsigned i = 0; i < pairs.count; i++) {
        pairs.event[i] = in_one_thread("event", NULL, 1000, 1.3);
        pairs.null[i + 1] = in_one_thread("null", NULL, 1000, 1.3);
    }
    report("E4", "event against null at 1 M/s, one thread", goals, &pairs);
}

/* A run takes 1,000 samples above p99.9, so there are five pairs and no more. */
static void bench_e5(void)
{
    static const double goals[QUANTILES] = {1.2, 1.3, 1.25};
    struct pairs pairs = {.count = 5};

    pairs.null[0] = in_two_threads("null", 10000, 12.6);
    for (unsigned i = 0; i < pairs.count; i++) {
        pairs.event[i] = in_two_threads("event", 10000, 12.6);
        pairs.null[i + 1] = in_two_threads("null", 10000, 12.6);
    }
    report("E5", "event against null at 100 k/s, napping generator", goals, &pairs);
}

/* A record waits half an interval in the middle and a whole one at the end. Where the null engine's
 * p99 alone exceeds the goal's tenth of an interval, the platform decides. */
static void bench_m5(void)
{
    static const char *const texts[2] = {"micro-batch of 1 ms: p50 against T/2, 500 us",
                                         "micro-batch of 1 ms: p99 against T, 990 us"};
    static const double ideals[2] = {500.0, 990.0};
    double us[2][PM_BENCH_PAIRS], ideal[2][PM_BENCH_PAIRS];
    unsigned quiet = 0;

    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++) {
        const struct shown floor = in_one_thread("null", NULL, 10000, 0.5);
        quiet += floor.us[1] <= QUIET_US;
        const struct shown shown = in_one_thread("microbatch", "trigger=fixed:1ms", 10000, 1.3);
        for (unsigned q = 0; q < 2; q++) {
            us[q][i] = shown.us[q];
            ideal[q][i] = ideals[q];
        }
    }
    for (unsigned q = 0; q < 2; q++) {
        const struct pm_bench_goal goal = {"M5", texts[q], "us", 1.1, false};
        if (quiet + 1 >= PM_BENCH_PAIRS)
            pm_bench_report(&goal, PM_BENCH_PAIRS, us[q], ideal[q]);
        else
            pm_bench_cannot_tell(&goal, PM_BENCH_PAIRS, us[q], ideal[q]);
    }
}

int main(void)
{
    bench_e4();
    bench_e5();
    bench_m5();
    return 0;
}
