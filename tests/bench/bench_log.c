/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded log for information (L1): frames written and read, a hop between processes.
 * Usage: bench_log [FOLDER] -- the log is made below it, /dev/shm by default. The hop needs two
 * idle cores: where others run, it measures the scheduler's time slices. */
#include "pm_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_log.h"

#define FRAME_ROWS  64u
#define CAPACITY    (256ull << 20)
#define HOP_RATE    1000000
#define HOPS        3u
#define HOP_RECORDS 1000000u
#define HOP_WARM_UP 100000u
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

static uint64_t written; /* records that fill the log */

/* Fill a new log as far as it goes: M records a second. */
static double write_speed(void *payload)
{
    struct pm_log_writer *writer = NULL;
    struct pm_record record = {.key = 1};

    (void)payload;
    create(CAPACITY);
    die("writer", pm_log_writer_open(&writer, path, 0, NULL, NULL));
    const double begin = pm_bench_seconds();
    while (pm_log_begin(writer, FRAME_ROWS, 0) == 0) {
        for (unsigned i = 0; i < FRAME_ROWS; i++) {
            record.event_time_ns++;
            pm_log_append(writer, &record, NULL);
        }
        die("publish", pm_log_publish(writer, PM_LOG_RECORDS, 0));
    }
    const double seconds = pm_bench_seconds() - begin;
    written = pm_log_next_sequence(writer);
    pm_log_writer_close(writer);
    return (double)written / seconds / 1e6;
}

static double copy_speed(void *payload)
{
    struct pm_record *memory = payload;
    struct pm_record record = {.key = 1};
    const double begin = pm_bench_seconds();

    for (uint64_t i = 0; i < CAPACITY / sizeof *memory; i++) {
        record.event_time_ns++;
        memory[i] = record;
        PM_BENCH_USE(memory);
    }
    return (double)(CAPACITY / sizeof *memory) / (pm_bench_seconds() - begin) / 1e6;
}

static double verify_speed(void *payload)
{
    struct pm_log_reader *reader = NULL;
    const struct pm_log_frame *frame;
    uint64_t records = 0;

    (void)payload;
    die("reader", pm_log_reader_open(&reader, path, PM_LOG_CONSUMERS_MAX, 0, NULL));
    const double begin = pm_bench_seconds();
    while (pm_log_next_frame(reader, 0, &frame) == 1)
        records += frame->count;
    const double seconds = pm_bench_seconds() - begin;
    pm_log_reader_close(reader);
    if (records != written)
        die("the reader's count", PM_EWRONG);
    return (double)records / seconds / 1e6;
}

static double sum_speed(void *payload)
{
    const uint64_t *words = payload;
    uint64_t sum = 0;
    const double begin = pm_bench_seconds();

    for (uint64_t i = 0; i < CAPACITY / sizeof *words; i++)
        sum += words[i];
    PM_BENCH_USE(sum);
    return (double)(CAPACITY / sizeof(struct pm_record)) / (pm_bench_seconds() - begin) / 1e6;
}

static void bench_alone(void)
{
    static const struct pm_bench_goal
        writes = {"L1", "log: frames of 64 written, plain copy as yardstick", "M/s", 0, true},
        reads = {"L1", "log: frames read and verified, plain sum as yardstick", "M/s", 0, true};
    struct pm_record *memory = aligned_alloc(sizeof *memory, CAPACITY);

    if (memory == NULL)
        die("memory", PM_ENOMEM);
    memset(memory, 1, CAPACITY);
    pm_bench_compare(&writes, write_speed, NULL, copy_speed, memory);
    pm_bench_compare(&reads, verify_speed, NULL, sum_speed, memory);
    free(memory);
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

static void hop(int64_t *latency)
{
    int status = 0;

    create(16ull << 20);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0)
        write_on_schedule(pm_clock_ns() + 50 * PM_NS_PER_MS);
    read_hops(latency);
    if (waitpid(child, &status, 0) != child || status != 0)
        die("the writing process", PM_EFAIL);
}

/* Against what two bare processes over a mapped ring took on the machine of the goals. */
static void bench_hop(void)
{
    static const struct pm_bench_goal
        middle = {"L1", "log: hop between processes at 1 M/s, p50 against 0.4 us", "us", 0, false},
        tail = {"L1", "log: hop between processes at 1 M/s, p99 against 40 us", "us", 0, false};
    const size_t count = HOP_RECORDS - HOP_WARM_UP;
    int64_t *latency = calloc(HOP_RECORDS, sizeof *latency);
    double p50[HOPS], p99[HOPS], known50[HOPS], known99[HOPS];

    if (latency == NULL)
        die("latencies", PM_ENOMEM);
    memset(latency, 1, HOP_RECORDS * sizeof *latency);
    for (unsigned i = 0; i < HOPS; i++) {
        hop(latency);
        int64_t *kept = latency + HOP_WARM_UP;
        qsort(kept, count, sizeof *kept, by_value);
        p50[i] = (double)quantile(kept, count, 0.50) / 1e3;
        p99[i] = (double)quantile(kept, count, 0.99) / 1e3;
        known50[i] = 0.4;
        known99[i] = 40;
    }
    pm_bench_report(&middle, HOPS, p50, known50);
    pm_bench_report(&tail, HOPS, p99, known99);
    free(latency);
}

int main(int argc, char **argv)
{
    if (!pm_bench_asked("L1"))
        return 0;
    snprintf(folder, sizeof folder, "%.100s/bench-log-XXXXXX", argc > 1 ? argv[1] : "/dev/shm");
    if (mkdtemp(folder) == NULL) {
        fprintf(stderr, "bench_log: no folder can be made in %s\n",
                argc > 1 ? argv[1] : "/dev/shm");
        return 1;
    }
    snprintf(path, sizeof path, "%s/log", folder);
    bench_alone();
    bench_hop();
    return pm_publish_remove(folder, NULL) == 0 ? 0 : 1;
}
