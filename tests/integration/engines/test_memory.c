/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of engines: nothing is allocated in steady state, and an idle engine owns little. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "pm_bench_job.h"

#define KEYS   1000u
#define FRAME  64u
#define ROUNDS 400u /* of FRAME records; each half of the test */

/* The linker leads every call of our code here (--wrap); each is counted and passed on. */
static uint64_t calls;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__real_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);

void *__wrap_malloc(size_t size)
{
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    calls++;
    return __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    calls++;
    return __real_aligned_alloc(alignment, size);
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    calls++;
    return __real_mmap(address, size, protection, flags, fd, offset);
}

static int64_t no_stamp(void *payload, uint64_t sequence)
{
    (void)payload, (void)sequence;
    return 0;
}

static void feed_half(struct pm_bench_job *job)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        pm_bench_job_feed(job, 0, FRAME, KEYS, no_stamp, NULL);
        pm_bench_job_step(job);
    }
}

static void nothing_is_allocated_in_steady_state(void **state)
{
    static const struct {
        const char *engine, *setting;
    } cases[] = {{"event", NULL}, {"microbatch", "trigger=asap"}, {"null", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pm_bench_job_config config = {.engine = cases[i].engine,
                                                   .setting = cases[i].setting,
                                                   .records = 2 * ROUNDS * FRAME,
                                                   .partitions = 1,
                                                   .parallelism = 1};
        struct pm_bench_job job;
        pm_bench_job_open(&job, &config);
        feed_half(&job);
        const uint64_t before = calls;
        assert_true(before > 0);
        feed_half(&job);
        if (calls != before)
            print_message("engine %s\n", cases[i].engine);
        assert_int_equal(calls, before);
        assert_int_equal(job.stats.records_read, 2 * ROUNDS * FRAME);
        pm_bench_job_close(&job);
    }
}

/* Anonymous pages and those of files; what lies in shared memory is the log's. */
static uint64_t own_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    uint64_t sum = 0;

    assert_non_null(status);
    while (fgets(line, sizeof line, status) != NULL) {
        unsigned long long kib;
        if (sscanf(line, "RssAnon: %llu kB", &kib) == 1 ||
            sscanf(line, "RssFile: %llu kB", &kib) == 1)
            sum += kib;
    }
    fclose(status);
    assert_true(sum > 0);
    return sum;
}

static void an_idle_engine_owns_at_most_64_mib(void **state)
{
    (void)state;
    for (unsigned i = 0; pm_engines[i] != NULL; i++) {
        const struct pm_engine_ops *ops = pm_engines[i];
        const struct pm_bench_job_config config = {
            .engine = ops->name, .records = FRAME, .partitions = 1, .parallelism = 1};
        struct pm_bench_job job;
        if ((ops->caps & (PM_CAP_EXTERNAL | PM_CAP_KAFKA_ONLY)) != 0)
            continue;
        pm_bench_job_open(&job, &config);
        if (ops->step != NULL)
            pm_bench_job_step(&job);
        assert_in_range(own_kib(), 1, 64 << 10);
        pm_bench_job_close(&job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_engine_owns_at_most_64_mib),
        cmocka_unit_test(nothing_is_allocated_in_steady_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
