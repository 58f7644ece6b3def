/* SPDX-License-Identifier: Apache-2.0 */
/* One watermark closes a window of a million keys while records go on coming: the longest turn, and
 * what those records wait (F1, F2); whole jobs beside (F4). */
#include "pm_bench.h"
#include "pm_bench_job.h"

#include "pm_histogram.h"

#include <stdio.h>
#include <stdlib.h>

#define KEYS      1000000u /* whole frames */
#define SCATTER   7368787u /* prime: keys come in an order that no table has */
#define FRAME     64u
#define FLOW      400000u /* records that come while the window closes, and longer */
#define PERIOD_NS 2000    /* from one of them to the next */
#define ROUNDS    8u      /* closings a measurement: they give 1,000 samples above p99.9 */
#define PAIRS     3u

static uint64_t key_at(uint64_t number)
{
    return number * SCATTER % KEYS;
}

/* --- a job whose window waits to be closed ---------------------------------------------------- */

struct flow {
    struct pm_bench_job job;
    bool closes; /* the records of the flow belong to the next window */
    uint32_t sent, taken;
};

static void feed(struct flow *self, uint32_t count)
{
    struct pm_log_writer *writer = self->job.writer[0];
    const struct pm_bytes none = {0};

    pm_bench_check(pm_log_begin(writer, count, 0) == 0, "the source log has room");
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t number = pm_log_next_sequence(writer) + i;
        const bool loads = number < KEYS;
        const struct pm_record record = {.event_time_ns = loads ? (int64_t)number
                                                                : KEYS - 1 + (self->closes ? 1 : 0),
                                         .key = key_at(number),
                                         .payload = {loads ? 0 : 1}};
        pm_log_append(writer, &record, &none);
    }
    pm_bench_check(pm_log_publish(writer, PM_LOG_RECORDS, 0) == 0, "a frame goes out");
}

static void open_job(struct flow *self, const char *engine, const char *setting)
{
    const struct pm_bench_job_config config = {.plan = PM_BENCH_CLOSING,
                                               .engine = engine,
                                               .setting = setting,
                                               .records = KEYS,
                                               .partitions = 1,
                                               .parallelism = 1,
                                               .window_ns = KEYS};

    pm_bench_job_open(&self->job, &config);
}

static void load(struct flow *self)
{
    for (uint32_t i = 0; i < KEYS / FRAME; i++) {
        feed(self, FRAME);
        pm_bench_job_step(&self->job);
    }
}

/* --- a closing, turn by turn ------------------------------------------------------------------ */

enum {
    PAUSE_US,  /* the longest turn: nothing else is taken or published meanwhile */
    FIRING_MS, /* from the record that closes to the last window's row */
    TAIL_US,   /* p99.9 of the records that came in that time; of all where nothing closes */
    METRICS
};

/* All in CPU time of this thread, in which generator and engine take turns: what others take of the
 * core is nobody's pause here. */
struct shown {
    double value[METRICS];
    bool carries; /* enough records lie above the tail */
};

/* Feed what is due @p ahead_ns after the start. */
static void feed_due(struct flow *self, int64_t ahead_ns)
{
    const uint64_t due = (uint64_t)(ahead_ns / PERIOD_NS) + 1;
    const uint32_t whole = due < FLOW ? (uint32_t)due : FLOW;

    while (self->sent < whole) {
        const uint32_t left = whole - self->sent;
        const uint32_t count = left < FRAME ? left : FRAME;
        feed(self, count);
        self->sent += count;
    }
}

/* A turn passes on all that it takes: records up to the count that is taken by now. */
static void sample(struct flow *self, struct pm_histogram *histogram, int64_t ahead_ns)
{
    const uint64_t taken = self->job.stats.records_read - KEYS;

    for (; self->taken < taken; self->taken++)
        pm_histogram_record(histogram, ahead_ns - (int64_t)self->taken * PERIOD_NS);
}

static bool has_fired(const struct flow *self)
{
    return self->job.stats.rows_published == self->taken + KEYS;
}

/* The longest turn and the duration; what the records waited goes to @p histogram. */
static struct shown run_flow(struct flow *self, struct pm_histogram *histogram)
{
    const int64_t start_ns = pm_clock_thread_cpu_ns();
    int64_t begin_ns = 0, end_ns = 0, longest_ns = 0, fired_ns = 0;
    struct pm_error error = {0};
    int done = 1;

    while (self->sent < FLOW || done > 0) {
        feed_due(self, end_ns);
        begin_ns = pm_clock_thread_cpu_ns() - start_ns;
        done = pm_engine_step(self->job.engine, &error);
        end_ns = pm_clock_thread_cpu_ns() - start_ns;
        pm_bench_check(done >= 0, error.text);
        if (fired_ns == 0)
            sample(self, histogram, end_ns);
        if (fired_ns == 0 && end_ns - begin_ns > longest_ns)
            longest_ns = end_ns - begin_ns;
        if (fired_ns == 0 && has_fired(self))
            fired_ns = end_ns;
    }
    pm_bench_check(self->closes == (fired_ns != 0), "all windows close, or none");
    return (struct shown){{(double)longest_ns / 1e3, (double)fired_ns / 1e6, 0}, false};
}

struct variant {
    const char *engine, *setting;
    bool closes;
    unsigned rounds;
};

static struct shown measure(const struct variant *variant)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram;
    struct shown all = {0};

    pm_bench_check(pm_histogram_open(&histogram, &config, NULL) == 0, "a histogram");
    for (unsigned i = 0; i < variant->rounds; i++) {
        struct flow flow = {.closes = variant->closes};
        open_job(&flow, variant->engine, variant->setting);
        load(&flow);
        const struct shown one = run_flow(&flow, histogram);
        if (one.value[PAUSE_US] > all.value[PAUSE_US])
            all.value[PAUSE_US] = one.value[PAUSE_US];
        all.value[FIRING_MS] += one.value[FIRING_MS] / variant->rounds;
        pm_bench_job_close(&flow.job);
    }
    all.value[TAIL_US] = (double)pm_histogram_percentile(histogram, 99.9) / 1e3;
    all.carries = pm_histogram_samples_above(histogram, 99.9) >= PM_SAMPLES_TO_JUDGE;
    pm_histogram_close(histogram);
    return all;
}

enum { SLICES, NONE, AT_ONCE, MICROBATCH, VARIANTS };

static const struct variant variants[VARIANTS] = {
    [SLICES] = {"event", NULL, true, ROUNDS},
    [NONE] = {"event", NULL, false, ROUNDS},
    [AT_ONCE] = {"event", "firing=0", true, 1},
    [MICROBATCH] = {"microbatch", "trigger=asap", true, 1},
};

static const struct row {
    struct pm_bench_goal goal;
    unsigned metric, figure, yardstick;
    bool judged; /* by a tail, which both sides must carry */
} rows[] = {
    {{"F1", "longest turn while 1 M windows close, slices against all at once", "us", 0.01, false},
     PAUSE_US,
     SLICES,
     AT_ONCE,
     false},
    {{"F1", "longest turn while 1 M windows close, against none closing", "us", 0, false},
     PAUSE_US,
     SLICES,
     NONE,
     false},
    {{"F1", "longest turn while 1 M windows close, micro-batch against event", "us", 0, false},
     PAUSE_US,
     MICROBATCH,
     SLICES,
     false},
    {{"F2", "p99.9 of 500 k/s that come meanwhile, against none closing", "us", 2.0, false},
     TAIL_US,
     SLICES,
     NONE,
     true},
    {{"F2", "p99.9 of 500 k/s that come meanwhile, slices against at once", "us", 0, false},
     TAIL_US,
     SLICES,
     AT_ONCE,
     false},
    {{"F2", "until 1 M windows are out, slices and input against at once", "ms", 0, false},
     FIRING_MS,
     SLICES,
     AT_ONCE,
     false},
    {{"F2", "until 1 M windows are out, micro-batch against event", "ms", 0, false},
     FIRING_MS,
     MICROBATCH,
     SLICES,
     false},
};

static void report(const struct row *row, struct shown shown[VARIANTS][PAIRS])
{
    double figures[PAIRS], yardsticks[PAIRS];
    bool carries = true;

    for (unsigned i = 0; i < PAIRS; i++) {
        const struct shown *figure = &shown[row->figure][i], *yardstick = &shown[row->yardstick][i];
        figures[i] = figure->value[row->metric];
        yardsticks[i] = yardstick->value[row->metric];
        carries = carries && figure->carries && yardstick->carries;
    }
    if (carries || !row->judged)
        pm_bench_report(&row->goal, PAIRS, figures, yardsticks);
    else
        pm_bench_cannot_tell(&row->goal, PAIRS, figures, yardsticks);
}

static void bench_closing(void)
{
    struct shown shown[VARIANTS][PAIRS];

    for (unsigned i = 0; i < PAIRS; i++) {
        for (unsigned v = 0; v < VARIANTS; v++)
            shown[v][i] = measure(&variants[v]);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        report(&rows[i], shown);
}

/* --- whole jobs ------------------------------------------------------------------------------- */

/* ns a key of a job that reads them all and closes their window at its end. */
static double run_job(void *payload)
{
    struct flow flow = {.closes = true};

    open_job(&flow, payload, NULL);
    for (uint32_t i = 0; i < KEYS / FRAME; i++)
        feed(&flow, FRAME);
    pm_bench_job_flush(&flow.job);
    const double begin = pm_bench_cpu_seconds();
    pm_bench_job_run(&flow.job);
    const double seconds = pm_bench_cpu_seconds() - begin;
    pm_bench_check(flow.job.stats.rows_published == KEYS, "each window gives its row");
    pm_bench_job_close(&flow.job);
    return seconds * 1e9 / KEYS;
}

static void bench_jobs(void)
{
    static const char *const engines[] = {"microbatch", "batch"};

    for (unsigned i = 0; i < 2; i++) {
        char text[80];
        snprintf(text, sizeof text, "a job of 1 M keys and their windows, %s against event",
                 engines[i]);
        const struct pm_bench_goal goal = {"F4", text, "ns/key", 0, false};
        pm_bench_compare(&goal, run_job, (void *)(uintptr_t)engines[i], run_job, "event");
    }
}

int main(void)
{
    if (pm_bench_asked("F1 F2"))
        bench_closing();
    bench_jobs();
    return 0;
}
