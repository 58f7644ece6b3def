/* SPDX-License-Identifier: Apache-2.0 */
/* Reading results directories: medians, reasons, and files that are missing or malformed. */
#include "pm_reading.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pm_hlog.h"
#include "pm_sample_results.h"

static const struct pm_sample_results small = {"spend", "quick", 3, 2, 400, 0};

struct fixture {
    char directory[256];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    pm_sample_results_write(fixture->directory, sizeof fixture->directory, &small);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    pm_sample_results_remove(fixture->directory);
    free(fixture);
    return 0;
}

static void medians_come_from_the_runs(void **state)
{
    const struct fixture *fixture = *state;
    struct pm_reading *reading;

    assert_int_equal(pm_reading_open(&reading, fixture->directory, NULL), 0);
    assert_int_equal(reading->instances, 4);
    assert_string_equal(reading->label, "quick");
    const struct pm_read_instance *event = pm_reading_find(reading, "event");
    assert_non_null(event);
    assert_int_equal(event->runs, 3);
    assert_int_equal(event->valid_runs, 3);
    assert_true(event->metric[PM_METRIC_THROUGHPUT].value == 49992.0);
    assert_true(event->metric[PM_METRIC_CPU_WORK].value == 0.225);
    assert_true(pm_reading_find(reading, "null")->is_floor);
    pm_reading_close(reading);
}

static void warnings_of_one_kind_are_one_with_the_worst_value(void **state)
{
    const struct fixture *fixture = *state;
    struct pm_reading *reading;
    char path[300];

    snprintf(path, sizeof path, "%s/" PM_READING_DOCUMENT, fixture->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"schema\": \"pacemark-result-1\", \"rows\": [", file);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const stalls[] = {"900 us", "2.00 s", "63.1 ms"};

        fprintf(file,
                "%s{\"scenario\": \"s\", \"instance\": \"a\", \"engine\": \"a\", \"run\": %u, "
                "\"audit\": {\"valid\": true, \"warnings\": [\"stalled for up to %s\"]}}",
                i == 0 ? "" : ",", i + 1, stalls[i]);
    }
    fputs("]}", file);
    fclose(file);
    assert_int_equal(pm_reading_open(&reading, fixture->directory, NULL), 0);
    assert_int_equal(reading->remarks, 1);
    assert_int_equal(reading->remark[0].times, 3);
    assert_string_equal(reading->remark[0].text, "stalled for up to 2.00 s");
    pm_reading_close(reading);
}

static void an_unknown_figure_keeps_its_reason(void **state)
{
    const struct fixture *fixture = *state;
    struct pm_reading *reading;

    assert_int_equal(pm_reading_open(&reading, fixture->directory, NULL), 0);
    const struct pm_read_figure *p99 = &reading->instance[0].metric[PM_METRIC_P99];
    assert_string_equal(p99->unknown, "fewer than 100 samples above it");
    pm_reading_close(reading);
}

static void intervals_are_summed_by_tag(void **state)
{
    const struct fixture *fixture = *state;
    struct pm_reading *reading;

    assert_int_equal(pm_reading_open(&reading, fixture->directory, NULL), 0);
    assert_int_equal(pm_reading_latency(reading, fixture->directory, NULL), 0);
    for (unsigned i = 0; i < reading->instances; i++)
        assert_int_equal(pm_histogram_count(reading->instance[i].latency), 3 * 2 * 400);
    pm_reading_close(reading);
}

static void moments_without_samples_enough_are_left_out(void **state)
{
    const struct fixture *fixture = *state;
    struct pm_reading *reading;
    struct pm_moments moments;

    assert_int_equal(pm_reading_open(&reading, fixture->directory, NULL), 0);
    assert_int_equal(pm_moments_read(&moments, reading, fixture->directory, NULL), 0);
    assert_int_equal(moments.counts[2], 6);
    assert_true(moments.of[2][0].p50 > 0);
    assert_true(moments.of[2][0].p99 < 0); /* 4 of 400 lie above */
    assert_true(moments.of[2][0].max > 0);
    assert_int_equal(moments.of[2][5].run, 3);
    pm_moments_close(&moments);
    pm_reading_close(reading);
}

static void add_interval(FILE *stream, const char *tag, int64_t latency_ns)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram;

    assert_int_equal(pm_histogram_open(&histogram, &config, NULL), 0);
    pm_histogram_record_n(histogram, latency_ns, 1000);
    const struct pm_hlog_interval interval = {tag, 0, 1000000000, histogram};
    assert_int_equal(pm_hlog_write(stream, &interval, NULL), 0);
    pm_histogram_close(histogram);
}

/* Runs of an instance, a letter each: v(alid) or i(nvalid); latency 1000 ns * its number. */
static void write_runs(const char *directory, const char *runs)
{
    char document[1024] = "{\"rows\": [", series[1024] = "", *hlog;
    size_t hlog_size;
    FILE *const stream = open_memstream(&hlog, &hlog_size);

    strcat(series, "instance,run,second,rows_due,p50_ns,p99_ns,max_ns,valid\n");
    assert_int_equal(pm_hlog_write_head(stream, NULL, 1767225600000000000LL, NULL), 0);
    for (int run = 1; runs[run - 1] != '\0'; run++) {
        const bool is_valid = runs[run - 1] == 'v';
        char *end = document + strlen(document);

        sprintf(end, "%s{\"instance\": \"event\", \"audit\": {\"valid\": %s}, \"exit_code\": 0}",
                run > 1 ? ", " : "", is_valid ? "true" : "false");
        end = series + strlen(series);
        sprintf(end, "event,%d,0,1000,%d,,%d,%d\n", run, run * 1000, run * 1000, is_valid);
        add_interval(stream, is_valid ? "event" : "event:invalid", run * 1000);
    }
    strcat(document, "]}");
    fclose(stream);
    pm_sample_results_file(directory, "result.json", document);
    pm_sample_results_file(directory, "timeseries.csv", series);
    pm_sample_results_file(directory, "latency.hlog", hlog);
    free(hlog);
}

static void invalid_runs_take_part_only_where_no_run_is_valid(void **state)
{
    static const struct {
        const char *runs;
        uint64_t samples;
        int64_t max_ns;
        unsigned moments;
    } cases[] = {{"vi", 1000, 1000, 1},
                 {"iv", 1000, 2000, 1},
                 {"ivv", 2000, 3000, 2},
                 {"ii", 2000, 2000, 2}};
    const struct fixture *fixture = *state;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_reading *reading;
        struct pm_moments moments;

        write_runs(fixture->directory, cases[i].runs);
        assert_int_equal(pm_reading_open(&reading, fixture->directory, NULL), 0);
        assert_int_equal(pm_reading_latency(reading, fixture->directory, NULL), 0);
        assert_int_equal(pm_moments_read(&moments, reading, fixture->directory, NULL), 0);
        const struct pm_histogram *const latency = reading->instance[0].latency;
        assert_int_equal(pm_histogram_count(latency), cases[i].samples);
        assert_true(pm_histogram_max(latency) / 1000 == cases[i].max_ns / 1000);
        assert_int_equal(moments.counts[0], cases[i].moments);
        pm_moments_close(&moments);
        pm_reading_close(reading);
    }
}

/* --- bad files -------------------------------------------------------------------------------- */

static int read_all(const char *directory, struct pm_error *error)
{
    struct pm_reading *reading;
    struct pm_moments moments;
    int code = pm_reading_open(&reading, directory, error);

    if (code != 0)
        return code;
    code = pm_reading_latency(reading, directory, error);
    if (code == 0) {
        code = pm_moments_read(&moments, reading, directory, error);
        pm_moments_close(&moments);
    }
    pm_reading_close(reading);
    return code;
}

#define HEAD "instance,run,second,rows_due,p50_ns,p99_ns,max_ns\n"

static void a_bad_file_is_named(void **state)
{
    static const struct {
        const char *file, *text, *expected;
    } cases[] = {
        {"result.json", "", "result.json:1: "},
        {"result.json", "{\"rows\": [\n{]", "result.json:2: "},
        {"result.json", "{\"rows\": []}", "result.json: it has no rows"},
        {"result.json", "[1, 2]", "result.json: it has no rows"},
        {"result.json", "{\"rows\": [7]}", "result.json: a row has no instance"},
        {"latency.hlog", "event,1,2,3,4\n", "latency.hlog:1: "},
        {"timeseries.csv", "", "timeseries.csv:1: there is no column 'instance'"},
        {"timeseries.csv", "instance,run,second,rows_due,p50_ns,max_ns\n",
         "timeseries.csv:1: there is no column 'p99_ns'"},
        {"timeseries.csv", HEAD "event,1,0,5\n", "timeseries.csv:2: fewer fields"},
        {"timeseries.csv", HEAD "event,1,0,5,x,,\n", "timeseries.csv:2: p50_ns is no number"},
        {"timeseries.csv", HEAD "event,1,0,5,-3,,\n", "timeseries.csv:2: p50_ns is no number"},
        {"timeseries.csv", HEAD "event,1,0,5,nan,,\n", "timeseries.csv:2: p50_ns is no number"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error = {0};
        char directory[256];

        pm_sample_results_write(directory, sizeof directory, &small);
        pm_sample_results_file(directory, cases[i].file, cases[i].text);
        assert_int_equal(read_all(directory, &error), PM_EINPUT);
        if (strstr(error.text, cases[i].expected) == NULL)
            fail_msg("case %u: '%s' does not say '%s'", i, error.text, cases[i].expected);
        pm_sample_results_remove(directory);
    }
}

static void a_missing_file_is_named(void **state)
{
    static const char *const files[] = {"result.json", "latency.hlog", "timeseries.csv"};

    (void)state;
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct pm_error error = {0};
        char directory[256], path[300];

        pm_sample_results_write(directory, sizeof directory, &small);
        snprintf(path, sizeof path, "%s/%s", directory, files[i]);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(read_all(directory, &error), PM_EINPUT);
        assert_non_null(strstr(error.text, files[i]));
        pm_sample_results_remove(directory);
    }
}

static void a_folder_is_no_file(void **state)
{
    struct pm_error error = {0};
    char path[PM_READING_PATH_SIZE];
    FILE *stream;

    (void)state;
    assert_int_equal(pm_reading_file(&stream, path, "/", "tmp", 1, &error), PM_EINPUT);
    assert_string_equal(error.text, "//tmp: it is not a plain file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(medians_come_from_the_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(warnings_of_one_kind_are_one_with_the_worst_value, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_figure_keeps_its_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(intervals_are_summed_by_tag, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moments_without_samples_enough_are_left_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(invalid_runs_take_part_only_where_no_run_is_valid, set_up,
                                        tear_down),
        cmocka_unit_test(a_bad_file_is_named),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(a_folder_is_no_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
