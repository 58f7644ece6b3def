/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a result: invalid runs are marked in each, intervals suit the run's length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pm_artifacts.h"

static const struct pm_histogram_config layout = PM_HISTOGRAM_CONFIG_INIT;

static struct pm_histogram *histogram_of(int64_t latency_ns, uint64_t samples)
{
    struct pm_histogram *histogram = NULL;

    assert_int_equal(pm_histogram_open(&histogram, &layout, NULL), 0);
    pm_histogram_record_n(histogram, latency_ns, samples);
    return histogram;
}

/* A run of one interval whose @p samples latencies are all the same. */
static void add_run(struct pm_artifacts *artifacts, bool is_valid, int64_t latency_ns,
                    uint64_t samples)
{
    struct pm_histogram *interval = histogram_of(latency_ns, samples);
    struct pm_histogram *all = histogram_of(latency_ns, samples);
    uint64_t visible = samples;
    const struct pm_run run = {
        .start_ns = artifacts->opened_ns,
        .interval_ns = PM_NS_PER_S,
        .collection = {.intervals = 1,
                       .interval = &interval,
                       .visible = &visible,
                       .measure = {[PM_MEASURE_LATENCY] = all}},
    };
    const struct pm_row row = {
        .scenario = "spend", .instance = "event", .run = 1, .audit = {.reasons = is_valid ? 0 : 1}};

    assert_int_equal(pm_artifacts_add(artifacts, &run, &row, NULL), 0);
    pm_histogram_close(interval);
    pm_histogram_close(all);
}

static void invalid_runs_are_marked_and_give_way_to_valid_ones(void **state)
{
    static const struct {
        const char *runs; /* v(alid), i(nvalid) */
        uint64_t samples;
        int64_t first_ns;
    } cases[] = {{"i", 1000, 1000}, {"iv", 1000, 2000}, {"vi", 1000, 1000}, {"iivv", 2000, 3000}};

    (void)state;
    for (unsigned c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct pm_artifacts artifacts;

        assert_int_equal(pm_artifacts_open(&artifacts, NULL), 0);
        for (int i = 0; cases[c].runs[i] != '\0'; i++)
            add_run(&artifacts, cases[c].runs[i] == 'v', 1000 * (i + 1), 1000);
        fflush(artifacts.hlog);
        assert_non_null(strstr(artifacts.hlog_text, "\nTag=event:invalid,"));
        assert_non_null(strstr(artifacts.timeseries.text, ",0\n"));
        assert_int_equal(strstr(artifacts.hlog_text, "\nTag=event,") != NULL,
                         strchr(cases[c].runs, 'v') != NULL);
        assert_int_equal(pm_histogram_count(artifacts.latency[0]), cases[c].samples);
        assert_int_equal(pm_histogram_min(artifacts.latency[0]) / 1000, cases[c].first_ns / 1000);
        pm_artifacts_close(&artifacts);
    }
}

static void a_percentile_without_samples_enough_is_an_empty_field(void **state)
{
    static const struct {
        uint64_t samples;
        const char *line;
    } cases[] = {
        {100, "\nspend,event,1,0,100,,,1000,"},
        {200, "\nspend,event,1,0,200,1000,,1000,"},
        {10000, "\nspend,event,1,0,10000,1000,1000,1000,"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_artifacts artifacts;

        assert_int_equal(pm_artifacts_open(&artifacts, NULL), 0);
        add_run(&artifacts, true, 1000, cases[i].samples);
        if (strstr(artifacts.timeseries.text, cases[i].line) == NULL)
            fail_msg("%s is not in %s", cases[i].line, artifacts.timeseries.text);
        pm_artifacts_close(&artifacts);
    }
}

static void intervals_suit_the_length_of_the_run(void **state)
{
    static const struct {
        int64_t schedule_ms, interval_ms;
    } cases[] = {{0, 50},        {200, 50},      {1000, 50},     {2000, 100},
                 {5000, 250},    {10000, 500},   {19999, 500},   {20000, 1000},
                 {599999, 1000}, {600000, 2000}, {3600000, 7000}};

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(pm_run_interval_ns(cases[i].schedule_ms * PM_NS_PER_MS),
                         cases[i].interval_ms * PM_NS_PER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_runs_are_marked_and_give_way_to_valid_ones),
        cmocka_unit_test(a_percentile_without_samples_enough_is_an_empty_field),
        cmocka_unit_test(intervals_suit_the_length_of_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
