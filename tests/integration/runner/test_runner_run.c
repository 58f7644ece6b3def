/* SPDX-License-Identifier: Apache-2.0 */
/* Whole comparisons with real processes: rows that add up, files, and nothing left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_heap.h"
#include "pm_runner_rig.h"

static void check_file(const char *directory, const char *name)
{
    char path[640];
    struct stat status;

    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (stat(path, &status) != 0 || status.st_size == 0)
        fail_msg("%s is missing or empty", path);
}

/* Known where the allocator tells: then it lies within the process. */
static void check_heap(const struct pm_row *row)
{
    struct pm_heap_figures own;

    if (!pm_heap_figures(&own)) {
        assert_non_null(row->memory_heap_allocated_bytes.unknown);
        return;
    }
    assert_null(row->memory_heap_allocated_bytes.unknown);
    assert_true(row->memory_heap_allocated_bytes.value > 0);
    assert_true(row->memory_heap_allocated_bytes.value <= row->memory_heap_resident_bytes.value);
}

static void every_committed_row_is_counted_once(const struct pm_row *row)
{
    assert_int_equal(row->latency.count + row->warmup_rows + row->flush_rows + row->early_rows,
                     row->outputs);
}

static void engines_beside_the_floor_equal_the_oracle_and_leave_their_files(void **state)
{
    static const char *const settings[] = {"duration=1s", "rate=20k", NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    char latest[128];
    struct stat status;

    (void)state;
    pm_runner_rig_open(&rig, "spend", settings);
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    assert_int_equal(outcome.rows, rig.config.instances + 1);
    assert_int_equal(outcome.summaries, outcome.rows);
    for (unsigned i = 0; i < outcome.rows; i++) {
        const struct pm_row *const row = &outcome.row[i];

        assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
        assert_int_equal(row->early_rows, 0);
        assert_true(row->latency.count > 0);
        assert_true(row->memory_peak_bytes.unknown == NULL);
        assert_true(row->memory_peak_bytes.value < 64 * 1048576);
        check_heap(row);
        assert_int_equal(row->is_floor, strcmp(row->engine, "null") == 0);
        every_committed_row_is_counted_once(row);
    }
    check_file(outcome.directory, "result.json");
    check_file(outcome.directory, "timeseries.csv");
    check_file(outcome.directory, "latency.hlog");
    check_file(outcome.directory, "scenario.yaml");
    check_file(outcome.directory, "log.txt");
    check_file(outcome.directory,
               outcome.summary[0].runs != 0 ? "batch.hgrm" : "batch.invalid.hgrm");
    snprintf(latest, sizeof latest, "%s/latest", rig.results);
    assert_int_equal(stat(latest, &status), 0);
    assert_true(pm_runner_rig_is_childless());
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

static void at_the_largest_pace_there_is_throughput_and_no_latency(void **state)
{
    static const char *const settings[] = {"duration=1s", "rate=50k", "engines=event", NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};

    (void)state;
    pm_runner_rig_open(&rig, "route", settings);
    rig.config.pace = PM_PACE_MAX;
    rig.config.floor = false;
    if (pm_runner_run(&outcome, &rig.config, NULL, NULL, &error) != 0)
        fail_msg("%s", error.text);
    const struct pm_row *const row = pm_runner_rig_row(&outcome, "event");
    assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
    assert_int_equal(row->latency.count, 0);
    assert_non_null(row->latency.max.unknown);
    assert_true(row->throughput_per_s.unknown == NULL);
    assert_non_null(strstr(outcome.document, "\"rate_per_s\": null"));
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

/* Rows that leave every 200 ms make an input wait 100 ms in the middle, whatever the newest waits.
 */
static void a_coalesced_row_hides_no_input(void **state)
{
    static const char *const settings[] = {"duration=1s",
                                           "rate=10k",
                                           "engines=event",
                                           "update.interval=200ms",
                                           "warmup.rule=fixed",
                                           "warmup.time=0ns",
                                           NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    (void)state;
    pm_runner_rig_open(&rig, "dashboard", settings);
    rig.config.floor = false;
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    const struct pm_row *const row = pm_runner_rig_row(&outcome, "event");
    assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
    assert_true(row->latency.count >= row->inputs); /* each changes its product, some the top too */
    assert_true(row->latency.percentile[PM_P50].value > 50e6);
    assert_non_null(strstr(outcome.document, "\"output_mode\": \"update\""));
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

static void the_output_has_room_for_rows_that_are_published_one_by_one(void **state)
{
    static const char *const settings[] = {"duration=500ms", "rate=50k", "wait=spin",
                                           "engines=null", NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    (void)state;
    pm_runner_rig_open(&rig, "sessions", settings);
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    assert_int_equal(outcome.rows, 1);
    assert_int_equal(outcome.row[0].oracle, PM_ORACLE_EQUAL);
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

static void late_include_counts_every_record_in_the_batch_engine_alone(void **state)
{
    static const struct {
        const char *late, *engines, *cadence;
        int code;
        const char *text;
    } cases[] = {
        {"late=drop", "engines=batch", "cadence=0", 0, NULL},
        {"late=include", "engines=batch", "cadence=0", 0, NULL},
        {"late=include", "engines=batch", "cadence=100ms", PM_EINPUT, "cadence: 0"},
        {"late=include", "engines=batch,event", "cadence=0", PM_EINPUT, "engine event"},
        {"late=include", "engines=microbatch", "cadence=0", PM_EINPUT, "engine microbatch"},
    };
    uint64_t rows[2] = {0};

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const settings[] = {"duration=300ms", "stragglers=20000", cases[i].late,
                                        cases[i].engines, cases[i].cadence,   NULL};
        struct pm_runner_rig rig;
        struct pm_outcome outcome;
        struct pm_error error = {0};

        pm_runner_rig_open(&rig, "spend", settings);
        rig.config.floor = false;
        const int code = pm_runner_run(&outcome, &rig.config, NULL, NULL, &error);
        if (cases[i].code != 0) {
            assert_int_equal(code, cases[i].code);
            assert_non_null(strstr(error.text, cases[i].text));
            assert_int_equal(outcome.rows, 0);
        } else {
            const struct pm_row *const row = pm_runner_rig_row(&outcome, "batch");

            assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
            assert_int_equal(row->late == 0, i == 1);
            rows[i] = row->outputs - row->late;
            if (i == 1) { /* nothing closes before the end: no origin, no sample */
                assert_int_equal(row->flush_rows, row->outputs);
                assert_int_equal(row->latency.count, 0);
            }
        }
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
    assert_true(rows[1] >= rows[0]);
}

static void a_medium_that_is_too_small_is_refused_before_the_start(void **state)
{
    static const char *const settings[] = {"duration=1s", "rate=20k", "max-disk=1MiB", NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};

    (void)state;
    pm_runner_rig_open(&rig, "spend", settings);
    assert_int_equal(pm_runner_run(&outcome, &rig.config, NULL, NULL, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "max-disk"));
    assert_int_equal(outcome.rows, 0);
    assert_string_equal(outcome.directory, "");
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

/* Years of records: what would take minutes to count is refused at once. */
static void a_hopeless_size_is_refused_before_the_input_is_made(void **state)
{
    static const struct {
        const char *max_disk;
        int code;
        const char *text;
    } cases[] = {{"max-disk=4GiB", PM_EINPUT, "max-disk"},
                 {"max-disk=16384GiB", PM_EIO, "/dev/shm"}};

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const settings[] = {"duration=365d", "rate=8k", "time-scale=1",
                                        cases[i].max_disk, NULL};
        struct pm_runner_estimate estimate;
        struct pm_runner_rig rig;
        struct pm_error error = {0};
        const int64_t from_ns = pm_clock_ns();

        pm_runner_rig_open(&rig, "route", settings);
        assert_int_equal(pm_runner_estimate(&estimate, &rig.config, &error), cases[i].code);
        assert_non_null(strstr(error.text, cases[i].text));
        assert_true(pm_clock_ns() - from_ns < PM_NS_PER_S);
        pm_runner_rig_close(&rig);
    }
}

static void a_rate_without_headroom_is_refused_unless_forced(void **state)
{
    static const char *const settings[] = {"duration=1ms", "rate=100M", "engines=event", "wait=nap",
                                           NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};

    (void)state;
    pm_runner_rig_open(&rig, "spend", settings);
    rig.config.force = false;
    assert_int_equal(pm_runner_run(&outcome, &rig.config, NULL, NULL, &error), PM_EINVALID);
    assert_non_null(strstr(error.text, "headroom"));
    assert_int_equal(outcome.rows, 0);
    pm_outcome_close(&outcome);

    rig.config.force = true; /* then the result says so */
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    assert_non_null(strstr(outcome.document, "forced: the rate is above a third"));
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

/* A line a millisecond of the log's time, squeezed into as good as no time. */
static void a_trace_without_headroom_is_refused_too(void **state)
{
    static const char *const settings[] = {
        "schedule=trace", "engines=event", "wait=nap", "", "duration=1ms", NULL};
    char path[] = "/tmp/pm-trace-XXXXXX";
    char trace[64];
    const char *all[6];
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};
    FILE *const stream = fdopen(mkstemp(path), "w");

    (void)state;
    for (unsigned i = 0; i < 200000; i++)
        fprintf(stream,
                "10.0.0.1 - - [17/May/2015:10:%02u:%02u +0000] \"GET / HTTP/1.1\" 200 9 "
                "\"-\" \"-\"\n",
                i / 60000, i / 1000 % 60);
    fclose(stream);
    snprintf(trace, sizeof trace, "trace=%s", path);
    memcpy(all, settings, sizeof settings);
    all[3] = trace;
    pm_runner_rig_open(&rig, "log-etl", all);
    rig.config.force = false;
    assert_int_equal(pm_runner_run(&outcome, &rig.config, NULL, NULL, &error), PM_EINVALID);
    if (strstr(error.text, "headroom") == NULL)
        fail_msg("%s", error.text);
    assert_int_equal(outcome.rows, 0);
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
    unlink(path);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engines_beside_the_floor_equal_the_oracle_and_leave_their_files),
        cmocka_unit_test(at_the_largest_pace_there_is_throughput_and_no_latency),
        cmocka_unit_test(a_coalesced_row_hides_no_input),
        cmocka_unit_test(the_output_has_room_for_rows_that_are_published_one_by_one),
        cmocka_unit_test(late_include_counts_every_record_in_the_batch_engine_alone),
        cmocka_unit_test(a_medium_that_is_too_small_is_refused_before_the_start),
        cmocka_unit_test(a_hopeless_size_is_refused_before_the_input_is_made),
        cmocka_unit_test(a_rate_without_headroom_is_refused_unless_forced),
        cmocka_unit_test(a_trace_without_headroom_is_refused_too),
    };
    const int child = pm_runner_child(argc, argv);

    return child >= 0 ? child : cmocka_run_group_tests(tests, NULL, NULL);
}
