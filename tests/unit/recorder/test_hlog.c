/* SPDX-License-Identifier: Apache-2.0 */
/* Interval logs: round trip, times, torn ends, malformed and hostile lines. */
#include "pm_hlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_NS (1795169524LL * PM_NS_PER_S + 250 * PM_NS_PER_MS)

static const struct pm_hdr_limits limits = PM_HDR_LIMITS_INIT;

struct fixture {
    struct pm_histogram *histogram;
    char *text;
    size_t size;
};

static void write_intervals(struct fixture *fixture, int count)
{
    static const char *const tags[] = {NULL, "e2e", "read"};
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    FILE *stream = open_memstream(&fixture->text, &fixture->size);

    assert_int_equal(pm_histogram_open(&fixture->histogram, &config, NULL), 0);
    assert_int_equal(pm_hlog_write_head(stream, "pacemark", START_NS, NULL), 0);
    for (int i = 0; i < count; i++) {
        pm_histogram_record(fixture->histogram, 1000 + 1000 * i);
        if (i == 4)
            pm_histogram_record(fixture->histogram, INT64_MAX);
        const struct pm_hlog_interval interval = {tags[i % 3], i * PM_NS_PER_S, PM_NS_PER_S,
                                                  fixture->histogram};
        assert_int_equal(pm_hlog_write(stream, &interval, NULL), 0);
    }
    fclose(stream);
}

static void close_fixture(struct fixture *fixture)
{
    pm_histogram_close(fixture->histogram);
    free(fixture->text);
}

/* Read all rows of @p text; the last code, and the rows in @p rows. */
static int read_all(const char *text, size_t size, int *rows, bool *torn, struct pm_error *error)
{
    FILE *stream = fmemopen((void *)(uintptr_t)text, size, "r");
    struct pm_hlog *log = NULL;
    struct pm_hlog_row row;
    int code = 0;

    assert_int_equal(pm_hlog_open(&log, stream, "x.hlog", &limits, NULL), 0);
    for (*rows = 0; (code = pm_hlog_next(log, &row, error)) == 1; (*rows)++)
        pm_histogram_close(row.histogram);
    *torn = pm_hlog_is_torn(log);
    pm_hlog_close(log);
    fclose(stream);
    return code;
}

static void head_is_that_of_format_1_3(void **state)
{
    static const char head[] =
        "#pacemark\n"
        "#[Histogram log format version 1.3]\n"
        "#[StartTime: 1795169524.250 (seconds since epoch), Fri Nov 20 10:12:04 UTC 2026]\n"
        "#[BaseTime: 1795169524.250 (seconds since epoch)]\n"
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_"
        "Histogram\"\n"
        "0.000,1.000,0.001,HISTFAAAA";
    struct fixture fixture;

    (void)state;
    write_intervals(&fixture, 2);
    assert_memory_equal(fixture.text, head, sizeof head - 1);
    assert_non_null(strstr(fixture.text, "\nTag=e2e,1.000,1.000,0.002,HISTFAAAA"));
    close_fixture(&fixture);
}

static void rows_come_back_whole(void **state)
{
    struct fixture fixture;
    struct pm_hlog *log = NULL;
    struct pm_hlog_row row;

    (void)state;
    write_intervals(&fixture, 6);

    FILE *stream = fmemopen(fixture.text, fixture.size, "r");

    assert_int_equal(pm_hlog_open(&log, stream, "x.hlog", &limits, NULL), 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pm_hlog_next(log, &row, NULL), 1);
        assert_string_equal(row.tag, i % 3 == 0 ? "" : i % 3 == 1 ? "e2e" : "read");
        assert_int_equal(row.start_wall_ns, START_NS + i * PM_NS_PER_S);
        assert_int_equal(row.length_ns, PM_NS_PER_S);
        assert_int_equal(pm_histogram_count(row.histogram), i + 1);
        assert_int_equal(pm_histogram_overflow(row.histogram), i >= 4);
        assert_true(pm_histogram_max(row.histogram) >= 1000 + 1000 * i);
        if (i == 5)
            assert_memory_equal(row.histogram, fixture.histogram,
                                320 + 8 * ((size_t)fixture.histogram->length + 2));
        pm_histogram_close(row.histogram);
    }
    assert_int_equal(pm_hlog_next(log, &row, NULL), 0);
    assert_false(pm_hlog_is_torn(log));
    pm_hlog_close(log);
    fclose(stream);
    close_fixture(&fixture);
}

static void an_interrupted_log_keeps_its_whole_rows(void **state)
{
    struct fixture fixture;
    struct pm_error error;
    size_t head = 0;

    (void)state;
    write_intervals(&fixture, 3);
    head = (size_t)(strstr(fixture.text, "\n0.000") - fixture.text);
    for (size_t size = head; size < fixture.size; size++) {
        int rows = 0;
        int whole = 0;
        bool torn = false;

        for (size_t i = head + 1; i < size; i++)
            whole += fixture.text[i] == '\n';
        assert_int_equal(read_all(fixture.text, size, &rows, &torn, &error), 0);
        assert_true(rows == whole || (rows == whole + 1 && fixture.text[size] == '\n'));
        assert_true(torn || rows == 3 || size <= head + 1 || fixture.text[size] == '\n' ||
                    fixture.text[size - 1] == '\n');
    }
    close_fixture(&fixture);
}

static void times_without_base_follow_the_reader_of_hdr_histogram(void **state)
{
    static const struct {
        const char *head;
        const char *start;
        int64_t wall_ns;
    } rows[] = {
        {"", "5.500", 5500000000},
        {"#[StartTime: 1795169524.000 (seconds since epoch), x]\n", "5.500", 1795169529500000000},
        {"#[StartTime: 1795169524.000 (seconds since epoch), x]\n", "1795169530.000",
         1795169530000000000},
        {"#[StartTime: 9.000 (s)]\n#[BaseTime: 100.000 (s)]\n", "1.000", 101000000000},
    };
    struct fixture fixture;

    (void)state;
    write_intervals(&fixture, 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pm_hlog *log = NULL;
        struct pm_hlog_row row;
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);

        fprintf(stream, "%s%s%s", rows[i].head, rows[i].start,
                strstr(fixture.text, ",1.000,0.001,"));
        fclose(stream);
        stream = fmemopen(text, size, "r");
        assert_int_equal(pm_hlog_open(&log, stream, "x.hlog", &limits, NULL), 0);
        assert_int_equal(pm_hlog_next(log, &row, NULL), 1);
        assert_true(row.start_wall_ns == rows[i].wall_ns);
        pm_histogram_close(row.histogram);
        pm_hlog_close(log);
        fclose(stream);
        free(text);
    }
    close_fixture(&fixture);
}

static void malformed_lines_are_refused_by_number(void **state)
{
    static const char *const lines[] = {
        "1.0,1.0,1.0\n",
        "Tag=,1.0,1.0,1.0,HISTFAAAA\n",
        "Tag=a b,1.0,1.0,1.0,HISTFAAAA\n",
        "Tag=a\n",
        "Tag=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx,1,1,1,HISTFAAAA\n",
        "1e9,1.0,1.0,HISTFAAAA\n",
        "-1,1.0,1.0,HISTFAAAA\n",
        "99999999999999,1.0,1.0,HISTFAAAA\n",
        "1.0,1.0,1.0,HISTFAAAAA==\n",
        "1.0,1.0,1.0,HISTFAAAAA==,x\n",
        "1.0,1.0,1.0,\n",
        "1.0,1.0,1.0,H4sIAAAA\n",
        "#[OutOfRange: above=99999999999999999999, negative=0]\nnonsense\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct pm_error error = {0};
        bool torn = false;
        int rows = 0;

        assert_int_equal(read_all(lines[i], strlen(lines[i]), &rows, &torn, &error), PM_EINPUT);
        assert_memory_equal(error.text, lines[i][0] == '#' ? "x.hlog:2: " : "x.hlog:1: ", 10);
    }
}

static void a_line_without_end_is_refused_within_its_bound(void **state)
{
    const size_t size = limits.text_bytes * 2;
    char *text = malloc(size);
    struct pm_error error = {0};
    bool torn = false;
    int rows = 0;

    (void)state;
    memset(text, 'A', size);
    assert_int_equal(read_all(text, size, &rows, &torn, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "longer than"));
    free(text);
}

static void tags_and_comments_that_break_a_line_are_not_written(void **state)
{
    static const char *const tags[] = {
        "a,b",  "a b",  "a\nb",
        "a\rb", "a\tb", "1234567890123456789012345678901234567890123456789012345678901234"};
    struct fixture fixture;
    FILE *stream = tmpfile();

    (void)state;
    write_intervals(&fixture, 1);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        const struct pm_hlog_interval interval = {tags[i], 0, 0, fixture.histogram};
        assert_int_equal(pm_hlog_write(stream, &interval, NULL), PM_EINPUT);
    }
    assert_int_equal(pm_hlog_write_head(stream, "a\nb", 0, NULL), PM_EINPUT);
    assert_int_equal(pm_hlog_write_head(stream, NULL, -1, NULL), PM_EINPUT);
    assert_int_equal(ftell(stream), 0);
    fclose(stream);
    close_fixture(&fixture);
}

static void a_full_disk_is_an_error(void **state)
{
    struct fixture fixture;
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    if (full == NULL)
        skip();
    write_intervals(&fixture, 1);
    setvbuf(full, NULL, _IONBF, 0);
    assert_int_equal(pm_hlog_write_head(full, NULL, START_NS, NULL), PM_EIO);
    fclose(full);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(head_is_that_of_format_1_3),
        cmocka_unit_test(rows_come_back_whole),
        cmocka_unit_test(an_interrupted_log_keeps_its_whole_rows),
        cmocka_unit_test(times_without_base_follow_the_reader_of_hdr_histogram),
        cmocka_unit_test(malformed_lines_are_refused_by_number),
        cmocka_unit_test(a_line_without_end_is_refused_within_its_bound),
        cmocka_unit_test(tags_and_comments_that_break_a_line_are_not_written),
        cmocka_unit_test(a_full_disk_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
