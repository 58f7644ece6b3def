/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded log's limits: frames written, frames read, rows published, a hop between processes.
 * Usage: bench_log [FOLDER] -- the log is made below it, /dev/shm by default. The hop needs two
 * idle cores: where others run, it measures the scheduler's time slices. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_log.h"
#include "pm_sink.h"

#define FRAME_ROWS  64u
#define CAPACITY    (256ull << 20)
#define RUNS        5u
#define PUBLISHES   400000u
#define HOP_RATE    1000000
#define HOP_RECORDS 2000000u
#define HOP_WARM_UP 200000u
#define NS_PER_HOP  (PM_NS_PER_S / HOP_RATE)

static char folder[128];
static char path[160];

static void die(const char *what, int code)
{
    if (code == 0)
        return;
    fprintf(stderr, "bench_log: %s: %s\n", what, pm_error_name(code));
    pm_publish_remove(folder, NULL);
    exit(1);
}

static void create(uint64_t capacity)
{
    const struct pm_log_config config = {.partitions = 1, .capacity = capacity, .run = 1};
    struct pm_error error = {0};

    pm_publish_remove(path, NULL);
    if (pm_log_create(path, &config, &error) != 0) {
        fprintf(stderr, "bench_log: %s\n", error.text);
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    const int64_t left = *(const int64_t *)a;
    const int64_t right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

static int64_t quantile(const int64_t *sorted, size_t count, double q)
{
    return sorted[(size_t)((double)(count - 1) * q)];
}

/* Fill the log as far as it goes; returns the records written. */
static uint64_t write_log(int64_t *took_ns)
{
    struct pm_log_writer *writer = NULL;
    struct pm_record record = {.key = 1};

    die("writer", pm_log_writer_open(&writer, path, 0, NULL, NULL));
    const int64_t start = pm_clock_ns();
    while (pm_log_begin(writer, FRAME_ROWS, 0) == 0) {
        for (unsigned i = 0; i < FRAME_ROWS; i++) {
            record.event_time_ns++;
            pm_log_append(writer, &record, NULL);
        }
        die("publish", pm_log_publish(writer, PM_LOG_RECORDS, 0));
    }
    *took_ns = pm_clock_ns() - start;
    const uint64_t records = pm_log_next_sequence(writer);
    pm_log_writer_close(writer);
    return records;
}

static uint64_t read_log(int64_t *took_ns)
{
    struct pm_log_reader *reader = NULL;
    const struct pm_log_frame *frame;
    uint64_t records = 0;

    die("reader", pm_log_reader_open(&reader, path, PM_LOG_CONSUMERS_MAX, 0, NULL));
    const int64_t start = pm_clock_ns();
    while (pm_log_next_frame(reader, 0, &frame) == 1)
        records += frame->count;
    *took_ns = pm_clock_ns() - start;
    pm_log_reader_close(reader);
    return records;
}

static void bench_alone(void)
{
    int64_t write_ns[RUNS];
    int64_t read_ns[RUNS];
    uint64_t records = 0;

    for (unsigned run = 0; run < RUNS; run++) {
        create(CAPACITY);
        records = write_log(&write_ns[run]);
        if (read_log(&read_ns[run]) != records)
            die("the reader's count", PM_EWRONG);
    }
    qsort(write_ns, RUNS, sizeof *write_ns, by_value);
    qsort(read_ns, RUNS, sizeof *read_ns, by_value);
    printf("write, %u records a frame  median %6.1f M/s  (%.1f to %.1f)\n", FRAME_ROWS,
           (double)records * 1e3 / (double)write_ns[RUNS / 2],
           (double)records * 1e3 / (double)write_ns[RUNS - 1],
           (double)records * 1e3 / (double)write_ns[0]);
    printf("read and verify           median %6.1f M/s  (%.1f to %.1f)\n",
           (double)records * 1e3 / (double)read_ns[RUNS / 2],
           (double)records * 1e3 / (double)read_ns[RUNS - 1],
           (double)records * 1e3 / (double)read_ns[0]);
}

static void bench_publish(enum pm_guarantee guarantee, const char *name)
{
    const struct pm_sink_config config = {.place = path,
                                          .writers = 1,
                                          .run = 1,
                                          .incarnation = 1,
                                          .capacity = CAPACITY,
                                          .guarantee = guarantee};
    struct pm_sink *sink = NULL;
    const struct pm_record record = {.key = 1};
    uint64_t epoch = 1;

    create(CAPACITY);
    die("sink", pm_sink_log.open(&sink, &config, NULL));
    sink->ops->begin(sink, epoch);
    const int64_t start = pm_clock_ns();
    for (unsigned i = 0; i < PUBLISHES; i++) {
        die("write", pm_sink_write(sink, &record, NULL));
        die("publish", pm_sink_publish(sink, &epoch));
    }
    const int64_t took = pm_clock_ns() - start;
    sink->ops->close(sink);
    printf("publish one row, %-14s %6.1f ns\n", name, (double)took / PUBLISHES);
}

/* What is due is written; the schedule never waits. */
static void write_on_schedule(int64_t start)
{
    struct pm_log_writer *writer = NULL;
    uint64_t next = 0;

    if (pm_log_writer_open(&writer, path, 0, NULL, NULL) != 0)
        _exit(1);
    while (next < HOP_RECORDS) {
        const int64_t behind = pm_clock_ns() - start;
        uint64_t due = behind < 0 ? 0 : (uint64_t)(behind / NS_PER_HOP) + 1;
        due = due < HOP_RECORDS ? due : HOP_RECORDS;
        const uint32_t count = (uint32_t)(due - next < FRAME_ROWS ? due - next : FRAME_ROWS);
        if (count == 0 || pm_log_begin(writer, count, 0) != 0) {
            pm_clock_pause();
            continue;
        }
        for (uint32_t i = 0; i < count; i++, next++) {
            const struct pm_record record = {.stamp_ns = start + (int64_t)next * NS_PER_HOP};
            pm_log_append(writer, &record, NULL);
        }
        if (pm_log_publish(writer, PM_LOG_RECORDS, 0) != 0)
            _exit(1);
    }
    _exit(0);
}

static void read_hops(int64_t *latency)
{
    struct pm_log_reader *reader = NULL;
    const struct pm_log_frame *frame;
    struct pm_bytes bytes;
    uint64_t seen = 0;

    die("reader", pm_log_reader_open(&reader, path, 0, 0, NULL));
    while (seen < HOP_RECORDS) {
        const int found = pm_log_next_frame(reader, 0, &frame);
        if (found == 0) {
            pm_clock_pause();
            continue;
        }
        die("frame", found < 0 ? found : 0);
        const struct pm_record *rows = pm_log_frame_rows(frame, &bytes);
        const int64_t now = pm_clock_ns();
        for (uint32_t i = 0; i < frame->count; i++)
            latency[seen++] = now - rows[i].stamp_ns;
        pm_log_reader_release(reader, 0);
    }
    pm_log_reader_close(reader);
}

static void bench_hop(void)
{
    int64_t *latency = calloc(HOP_RECORDS, sizeof *latency);
    int status = 0;

    create(16ull << 20);
    if (latency == NULL)
        die("latencies", PM_ENOMEM);
    memset(latency, 1, HOP_RECORDS * sizeof *latency);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0)
        write_on_schedule(pm_clock_ns() + 200 * PM_NS_PER_MS);
    read_hops(latency);
    if (waitpid(child, &status, 0) != child || status != 0)
        die("the writing process", PM_EFAIL);
    int64_t *kept = latency + HOP_WARM_UP;
    const size_t count = HOP_RECORDS - HOP_WARM_UP;
    qsort(kept, count, sizeof *kept, by_value);
    printf("hop at 1 M/s, spinning    p50 %.2f us  p90 %.2f us  p99 %.2f us  p99.9 %.2f us\n",
           (double)quantile(kept, count, 0.50) / 1e3, (double)quantile(kept, count, 0.90) / 1e3,
           (double)quantile(kept, count, 0.99) / 1e3, (double)quantile(kept, count, 0.999) / 1e3);
    free(latency);
}

int main(int argc, char **argv)
{
    snprintf(folder, sizeof folder, "%.100s/bench-log-XXXXXX", argc > 1 ? argv[1] : "/dev/shm");
    if (mkdtemp(folder) == NULL) {
        fprintf(stderr, "bench_log: no folder can be made in %s\n",
                argc > 1 ? argv[1] : "/dev/shm");
        return 1;
    }
    snprintf(path, sizeof path, "%s/log", folder);
    bench_alone();
    bench_publish(PM_AT_MOST_ONCE, "one frame");
    bench_publish(PM_AT_LEAST_ONCE, "with a commit");
    bench_hop();
    return pm_publish_remove(folder, NULL) == 0 ? 0 : 1;
}
