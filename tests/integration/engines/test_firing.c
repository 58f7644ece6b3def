/* SPDX-License-Identifier: Apache-2.0 */
/* What the event engine's task does while one watermark closes many windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_bench_job.h"

#define FRAME  64u
#define FRAMES 10u /* of keys that the window holds */
#define SLICE  10u
#define READY  1000u /* frames a partition: a hundred windows' keys */

static int64_t no_stamp(void *payload, uint64_t sequence)
{
    (void)payload, (void)sequence;
    return 0;
}

/* A job whose window holds FRAMES * FRAME keys; all but the first record, of amount 0, were passed
 * on beside it. */
static void open_job(struct pm_bench_job *job, const char *firing)
{
    const struct pm_bench_job_config config = {.plan = PM_BENCH_CLOSING,
                                               .engine = "event",
                                               .setting = firing,
                                               .records = 100 * FRAME,
                                               .partitions = 1,
                                               .parallelism = 1,
                                               .window_ns = FRAMES * FRAME};

    pm_bench_job_open(job, &config);
    for (unsigned i = 0; i < FRAMES; i++)
        pm_bench_job_feed(job, 0, FRAME, UINT64_MAX, no_stamp, NULL);
    pm_bench_job_step(job);
    assert_int_equal(job->stats.rows_published, FRAMES * FRAME - 1);
}

static void records_pass_while_a_window_closes_slice_by_slice(void **state)
{
    const uint64_t before = FRAMES * FRAME - 1;
    struct pm_bench_job job;

    (void)state;
    open_job(&job, "firing=10");
    for (unsigned i = 1; i <= 5; i++) {
        pm_bench_job_feed(&job, 0, FRAME, UINT64_MAX, no_stamp, NULL);
        assert_true(pm_engine_step(job.engine, NULL) > 0);
        assert_int_equal(job.stats.rows_published, before + i * (FRAME + SLICE));
    }
    assert_true(pm_engine_step(job.engine, NULL) > 0); /* without input it goes on, too */
    assert_int_equal(job.stats.rows_published, before + 5 * FRAME + 6 * SLICE);
    pm_bench_job_step(&job);
    assert_int_equal(job.stats.rows_published, before + 5 * FRAME + FRAMES * FRAME);
    pm_bench_job_close(&job);
}

static void without_slices_a_window_closes_in_the_turn_of_its_mark(void **state)
{
    struct pm_bench_job job;

    (void)state;
    open_job(&job, "firing=0");
    pm_bench_job_feed(&job, 0, FRAME, UINT64_MAX, no_stamp, NULL);
    assert_true(pm_engine_step(job.engine, NULL) > 0);
    assert_int_equal(job.stats.rows_published, 2 * FRAMES * FRAME - 1 + FRAME);
    pm_bench_job_close(&job);
}

/* A drain reads no more, but finishes what has begun. */
static void a_drain_finishes_the_firing_that_has_begun(void **state)
{
    struct pm_bench_job job;

    (void)state;
    open_job(&job, "firing=10");
    pm_bench_job_feed(&job, 0, FRAME, UINT64_MAX, no_stamp, NULL);
    assert_true(pm_engine_step(job.engine, NULL) > 0);
    pm_engine_stop(job.engine, PM_STOP_DRAIN);
    assert_true(pm_bench_job_step(&job));
    assert_int_equal(job.stats.rows_published, 2 * FRAMES * FRAME - 1 + FRAME);
    pm_bench_job_close(&job);
}

/* The most windows that the job ever held open while its whole input lay ready: each has a record
 * of either partition, and every record is passed on beside it. */
static uint64_t most_open(const char *firing)
{
    const struct pm_bench_job_config config = {.plan = PM_BENCH_CLOSING,
                                               .engine = "event",
                                               .setting = firing,
                                               .records = 2 * READY * FRAME,
                                               .partitions = 2,
                                               .parallelism = 1,
                                               .window_ns = FRAMES * FRAME};
    struct pm_bench_job job;
    uint64_t most = 0;

    pm_bench_job_open(&job, &config);
    for (unsigned i = 0; i < 2 * READY; i++)
        pm_bench_job_feed(&job, i % 2, FRAME, UINT64_MAX, no_stamp, NULL);
    while (pm_engine_step(job.engine, NULL) > 0) {
        const uint64_t read = job.stats.records_read;
        const uint64_t open = read + read / 2 - job.stats.rows_published;
        most = open > most ? open : most;
    }
    pm_bench_job_close(&job);
    return most;
}

static void open_windows_stay_few_however_much_input_is_ready(void **state)
{
    (void)state;
    assert_true(most_open("firing=64") < 10 * most_open("firing=0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_pass_while_a_window_closes_slice_by_slice),
        cmocka_unit_test(without_slices_a_window_closes_in_the_turn_of_its_mark),
        cmocka_unit_test(a_drain_finishes_the_firing_that_has_begun),
        cmocka_unit_test(open_windows_stay_few_however_much_input_is_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
