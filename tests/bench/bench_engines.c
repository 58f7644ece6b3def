/* SPDX-License-Identifier: Apache-2.0 */
/* Whole engines over real logs: scan (B3), two workers (B5), micro-batches (M1, M4). */
#include "pm_bench.h"
#include "pm_bench_job.h"

#include "pm_clock.h"
#include "pm_hash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCANNED     (4u << 20) /* records: 256 MiB, more than any cache */
#define KEYS        10000u
#define FRAME       64u
#define WORKED      (1u << 20) /* records of B5 and M4 */
#define SINGLES     20000u     /* batches of one record */
#define RANGE_NS    PM_NS_PER_MS
#define HAND_PASSES 40u
#define TELLING     1.7

static int64_t no_stamp(void *payload, uint64_t sequence)
{
    (void)payload, (void)sequence;
    return 0;
}

/* A job whose log holds all its input, spread over the partitions. */
static void preload(struct pm_bench_job *job, const struct pm_bench_job_config *config)
{
    pm_bench_job_open(job, config);
    for (uint64_t i = 0; i < config->records / FRAME; i++)
        pm_bench_job_feed(job, (unsigned)(i % config->partitions), FRAME, KEYS, no_stamp, NULL);
    pm_bench_job_flush(job);
}

/* Seconds of one run of the job by @p parallelism workers, by @p clock. */
static double run_again(struct pm_bench_job *job, unsigned parallelism, double (*clock)(void))
{
    pm_bench_job_again(job, parallelism);
    const double begin = clock();
    pm_bench_job_run(job);
    const double seconds = clock() - begin;
    pm_bench_check(job->stats.records_read == job->config.records + job->config.partitions ||
                       job->stats.records_read == job->config.records,
                   "every record is read once");
    return seconds;
}

/* --- B3: bytes a second against reading memory ------------------------------------------------ */

typedef uint64_t lane __attribute__((vector_size(64)));

/* Eight independent sums keep enough lines in flight. The compiler splits a lane into what the
 * target has. */
#define READ_LOOP(NAME, ATTRIBUTES)                                                                \
    ATTRIBUTES static uint64_t NAME(const lane *from, size_t count)                                \
    {                                                                                              \
        lane sum[4] = {{0}};                                                                       \
        uint64_t all = 0;                                                                          \
        for (size_t i = 0; i < count; i += 4) {                                                    \
            for (unsigned k = 0; k < 4; k++)                                                       \
                sum[k] += from[i + k];                                                             \
        }                                                                                          \
        for (unsigned k = 0; k < 4; k++) {                                                         \
            for (unsigned j = 0; j < 8; j++)                                                       \
                all += sum[k][j];                                                                  \
        }                                                                                          \
        return all;                                                                                \
    }

READ_LOOP(read_plain, )
#if defined(__x86_64__)
READ_LOOP(read_avx2, __attribute__((target("avx2"))))
READ_LOOP(read_avx512, __attribute__((target("avx512f"))))
#endif

typedef uint64_t (*read_fn)(const lane *from, size_t count);

static read_fn widest_read(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return read_avx512;
    if (__builtin_cpu_supports("avx2"))
        return read_avx2;
#endif
    return read_plain;
}

static double bandwidth_of_reading(void *payload)
{
    const double begin = pm_bench_cpu_seconds();
    const uint64_t sum = widest_read()(payload, SCANNED);
    const double seconds = pm_bench_cpu_seconds() - begin;

    pm_bench_check(sum == SCANNED * 8ull, "every word is read once");
    return SCANNED * 64.0 / seconds / 1e9;
}

static double bandwidth_of_scan(void *payload)
{
    return SCANNED * 64.0 / run_again(payload, 1, pm_bench_cpu_seconds) / 1e9;
}

static void bench_b3(void)
{
    static const struct pm_bench_goal goal = {
        "B3", "batch: scan of 256 MiB that keeps nothing, reading memory as yardstick", "GB/s",
        0.55, true};
    const struct pm_bench_job_config config = {.plan = PM_BENCH_NOTHING,
                                               .engine = "batch",
                                               .records = SCANNED,
                                               .partitions = 1,
                                               .parallelism = 1,
                                               .forgets = true};
    struct pm_bench_job job;
    uint64_t *memory = aligned_alloc(64, SCANNED * 64ull);

    pm_bench_check(memory != NULL, "256 MiB of memory");
    for (size_t i = 0; i < SCANNED * 8ull; i++)
        memory[i] = 1;
    preload(&job, &config);
    pm_bench_compare(&goal, bandwidth_of_scan, &job, bandwidth_of_reading, memory);
    pm_bench_job_close(&job);
    free(memory);
}

/* --- B5: the second worker -------------------------------------------------------------------- */

struct hand {
    const struct pm_record *rows;
    uint64_t count;
    _Alignas(128) uint64_t sums[KEYS * 2];
};

static void *add_up(void *payload)
{
    struct hand *self = payload;

    for (unsigned pass = 0; pass < HAND_PASSES; pass++) {
        for (uint64_t i = 0; i < self->count; i++)
            self->sums[pm_hash_u64(self->rows[i].key) % (KEYS * 2)] +=
                self->rows[i].payload[0] * 3 + 1;
        PM_BENCH_USE(self->sums);
    }
    return NULL;
}

static double seconds_by_hand(const struct pm_record *rows, unsigned threads)
{
    static struct hand hands[2];
    pthread_t thread[2];

    const double begin = pm_bench_seconds();
    for (unsigned i = 0; i < threads; i++) {
        hands[i].rows = rows + WORKED / threads * i;
        hands[i].count = WORKED / threads;
        pthread_create(&thread[i], NULL, add_up, &hands[i]);
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    return pm_bench_seconds() - begin;
}

static double scaling_by_hand(void *payload)
{
    return seconds_by_hand(payload, 1) / seconds_by_hand(payload, 2);
}

static double scaling_of_engine(void *payload)
{
    return run_again(payload, 1, pm_bench_seconds) / run_again(payload, 2, pm_bench_seconds);
}

/* Where two threads by hand gain less than TELLING, the second core is somebody else's. */
static void compare_scaling(const struct pm_bench_goal *goal, struct pm_bench_job *job,
                            struct pm_record *rows)
{
    double engine[PM_BENCH_PAIRS], hand[PM_BENCH_PAIRS];
    unsigned alone = 0;

    for (unsigned i = 0; i < PM_BENCH_PAIRS; i++) {
        engine[i] = scaling_of_engine(job);
        hand[i] = scaling_by_hand(rows);
        alone += hand[i] >= TELLING && hand[i] <= 2 * 2 / TELLING;
    }
    if (alone + 1 >= PM_BENCH_PAIRS)
        pm_bench_report(goal, PM_BENCH_PAIRS, engine, hand);
    else
        pm_bench_cannot_tell(goal, PM_BENCH_PAIRS, engine, hand);
}

static void bench_b5(void)
{
    static const struct pm_bench_goal goal = {
        "B5", "batch: two workers over one, two threads by hand over one as yardstick", "x", 0.9,
        true};
    const struct pm_bench_job_config config = {
        .engine = "batch", .records = WORKED, .partitions = 2, .parallelism = 1, .forgets = true};
    struct pm_record *rows = aligned_alloc(64, WORKED * sizeof *rows);
    struct pm_bench_job job;

    pm_bench_check(rows != NULL, "memory");
    for (uint64_t i = 0; i < WORKED; i++)
        rows[i] = (struct pm_record){.key = pm_hash_u64(i) % KEYS, .payload = {i}};
    preload(&job, &config);
    compare_scaling(&goal, &job, rows);
    pm_bench_job_close(&job);
    free(rows);
}

/* --- M1, M4: micro-batches -------------------------------------------------------------------- */

static double five_us(void *payload)
{
    (void)payload;
    return 5.0;
}

/* Microseconds of a batch of one record, by the step alone. */
static double single(void *payload)
{
    const struct pm_bench_job_config config = {.engine = "microbatch",
                                               .setting = "trigger=asap",
                                               .records = SINGLES,
                                               .partitions = 1,
                                               .parallelism = 1};
    struct pm_bench_job job;
    int64_t spent_ns = 0;

    (void)payload;
    pm_bench_job_open(&job, &config);
    for (unsigned i = 0; i < SINGLES; i++) {
        pm_bench_job_feed(&job, 0, 1, KEYS, no_stamp, NULL);
        const int64_t begin_ns = pm_clock_ns();
        pm_bench_job_step(&job);
        spent_ns += pm_clock_ns() - begin_ns;
    }
    pm_bench_check(job.stats.units == SINGLES, "a batch a record");
    pm_bench_job_close(&job);
    return (double)spent_ns / 1e3 / SINGLES;
}

static const struct pm_bench_job_config micro = {.engine = "microbatch",
                                                 .setting = "trigger=asap",
                                                 .records = WORKED,
                                                 .partitions = 1,
                                                 .parallelism = 1};

/* M records a second in batches of *range records, by the steps alone. */
static double speed_of_ranges(void *payload)
{
    const uint64_t range = *(const uint64_t *)payload;
    struct pm_bench_job job;
    int64_t spent_ns = 0;
    uint64_t fed = 0;

    pm_bench_job_open(&job, &micro);
    while (fed < WORKED) {
        for (uint64_t end = fed + range; fed < end && fed < WORKED; fed += FRAME)
            pm_bench_job_feed(&job, 0, FRAME, KEYS, no_stamp, NULL);
        const int64_t begin_ns = pm_clock_ns();
        pm_bench_job_step(&job);
        spent_ns += pm_clock_ns() - begin_ns;
    }
    pm_bench_check(job.stats.records_read == WORKED, "every record is read once");
    pm_bench_job_close(&job);
    return WORKED * 1e3 / (double)spent_ns;
}

static double speed_of_batch(void *payload)
{
    return WORKED / run_again(payload, 1, pm_bench_seconds) / 1e6;
}

static void bench_single(void)
{
    static const struct pm_bench_goal one = {
        "M1", "micro-batch: a batch of one record, against 5 us", "us", 1.0, false};

    pm_bench_compare(&one, single, NULL, five_us, NULL);
}

static void bench_ranges(void)
{
    static const struct pm_bench_goal ranges = {
        "M4", "micro-batch: ranges of 1 ms of work, the batch engine as yardstick", "M/s", 0.85,
        true};
    struct pm_bench_job_config config = micro;
    struct pm_bench_job job;

    config.engine = "batch";
    config.setting = NULL;
    preload(&job, &config);
    uint64_t range = (uint64_t)(speed_of_batch(&job) * RANGE_NS / 1e3);
    pm_bench_compare(&ranges, speed_of_ranges, &range, speed_of_batch, &job);
    pm_bench_job_close(&job);
}

int main(void)
{
    if (pm_bench_asked("B3"))
        bench_b3();
    if (pm_bench_asked("B5"))
        bench_b5();
    if (pm_bench_asked("M1"))
        bench_single();
    if (pm_bench_asked("M4"))
        bench_ranges();
    return 0;
}
