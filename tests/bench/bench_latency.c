/* SPDX-License-Identifier: Apache-2.0 */
/* Due to visible: the event engine against the null engine (E4, E5), micro-batches against their
 * interval (M5). Latency is measured as the collector does: from the due time to the frame. */
#include "pm_bench.h"
#include "pm_bench_job.h"
#include "pm_bench_tail.h"

#include "pm_clock.h"

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

/* --- what a run showed ------------------------------------------------------------------------ */

#define QUIET_US 100.0

struct sampling {
    const struct load *load;
    uint64_t rows;
    int64_t *latency_ns; /* behind the warm-up */
    size_t count;
};

static void sample(void *payload, uint64_t sequence, int64_t visible_ns)
{
    struct sampling *self = payload;
    const struct load *load = self->load;

    pm_bench_check(self->rows++ < load->records, "one row an input");
    if ((double)sequence >= WARM_UP * (double)load->records)
        self->latency_ns[self->count++] = visible_ns - due_of((void *)(uintptr_t)load, sequence);
}

static struct pm_bench_tail measure(struct load *load)
{
    struct sampling sampling = {.load = load};
    struct pm_bench_tail shown;

    sampling.latency_ns = calloc(load->records, sizeof *sampling.latency_ns);
    pm_bench_check(sampling.latency_ns != NULL, "memory");
    pm_bench_job_rows(load->job, sample, &sampling);
    pm_bench_check(sampling.rows == load->records, "one row an input");
    pm_bench_tail_measure(&shown, sampling.latency_ns, sampling.count);
    free(sampling.latency_ns);
    return shown;
}

/* Generator and engine take turns in this thread; the other core is left alone. */
static struct pm_bench_tail in_one_thread(const char *engine, const char *setting,
                                          int64_t period_ns, double seconds)
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
    const struct pm_bench_tail shown = measure(&load);
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
static struct pm_bench_tail in_two_threads(const char *engine, int64_t period_ns, double seconds)
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
    const struct pm_bench_tail shown = measure(&load);
    pm_bench_job_close(&job);
    return shown;
}

/* --- the rows --------------------------------------------------------------------------------- */

static void bench_e4(void)
{
    static const double goals[PM_BENCH_QUANTILES] = {3.0, 1.5, 1.5};
    struct pm_bench_tails tails = {.count = PM_BENCH_PAIRS};

    tails.yardstick[0] = in_one_thread("null", NULL, 1000, 1.3);
    for (unsigned i = 0; i < tails.count; i++) {
        tails.figure[i] = in_one_thread("event", NULL, 1000, 1.3);
        tails.yardstick[i + 1] = in_one_thread("null", NULL, 1000, 1.3);
    }
    pm_bench_tails_report("E4", "event against null at 1 M/s, one thread", goals, &tails);
}

/* A run takes 1,000 samples above p99.9, so there are five pairs and no more. */
static void bench_e5(void)
{
    static const double goals[PM_BENCH_QUANTILES] = {1.2, 1.3, 1.25};
    struct pm_bench_tails tails = {.count = 5};

    tails.yardstick[0] = in_two_threads("null", 10000, 12.6);
    for (unsigned i = 0; i < tails.count; i++) {
        tails.figure[i] = in_two_threads("event", 10000, 12.6);
        tails.yardstick[i + 1] = in_two_threads("null", 10000, 12.6);
    }
    pm_bench_tails_report("E5", "event against null at 100 k/s, napping generator", goals, &tails);
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
        const struct pm_bench_tail floor = in_one_thread("null", NULL, 10000, 0.5);
        quiet += floor.us[1] <= QUIET_US;
        const struct pm_bench_tail shown =
            in_one_thread("microbatch", "trigger=fixed:1ms", 10000, 1.3);
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
    if (pm_bench_asked("E4"))
        bench_e4();
    if (pm_bench_asked("E5"))
        bench_e5();
    if (pm_bench_asked("M5"))
        bench_m5();
    return 0;
}
