/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded log as a schedule: due times, broken lines, line ends, bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_codec.h"
#include "pm_generator.h"
#include "pm_temp_file.h"
#include "pm_trace.h"

#define AT(second) "1.2.3.4 - - [01/Jan/2024:00:00:" second " +0000] \"GET / HTTP/1.1\" 200 5"
#define START      1704067200000000000LL

static struct pm_trace *open_trace(const char *text, size_t size, int64_t fit_ns)
{
    struct pm_trace *trace = NULL;
    struct pm_error error;

    pm_temp_file_write(text, size);
    const struct pm_trace_config config = {
        .files = 1, .file = {{pm_temp_file_path(), NULL}}, .pace = PM_TRACE_FIT, .fit_ns = fit_ns};
    if (pm_trace_open(&trace, &config, &error) != 0)
        fail_msg("%s", error.text);
    return trace;
}

struct line {
    int64_t second, due_ms;
    uint64_t number;
    const char *text; /* NULL: not compared */
    size_t size;
};

static void assert_lines(const char *text, size_t size, int64_t fit_ns, const struct line *lines,
                         uint64_t count)
{
    struct pm_trace *trace = open_trace(text, size, fit_ns);
    struct pm_bytes bytes = {0};
    struct pm_record record;

    assert_int_equal(pm_trace_stats(trace)->all.records, count);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t length = 0;
        assert_true(pm_trace_due_ns(trace) / PM_NS_PER_MS == lines[i].due_ms);
        assert_int_equal(pm_trace_next(trace, &record, &bytes), 0);
        assert_true(record.event_time_ns == START + lines[i].second * PM_NS_PER_S);
        assert_true(record.stamp_ns / PM_NS_PER_MS == lines[i].due_ms);
        assert_int_equal(record.payload[0], lines[i].number);
        const char *line = pm_record_text(&record, &bytes, &length);
        if (lines[i].text != NULL) {
            assert_int_equal(length, lines[i].size);
            assert_memory_equal(line, lines[i].text, length);
        }
    }
    assert_true(pm_trace_due_ns(trace) == -1);
    pm_bytes_close(&bytes);
    pm_trace_close(trace);
}

#define LITERAL(text) text, sizeof text - 1

static void due_times_follow_the_running_maximum(void **state)
{
    /* The span is 00..10 and its last second: 11 s, so a second takes 1 s of a fit of 11 s. */
    static const struct line spread[] = {
        {0, 0, 1, NULL, 0},
        {0, 500, 2, NULL, 0}, /* one stamp, spread over its second */
        {1, 1000, 3, NULL, 0},
        {0, 1333, 4, NULL, 0},                /* a step back is due with the maximum */
        {0, 1666, 5, LITERAL("no log line")}, /* of the time before */
        {4, 2666, 6, NULL, 0},                /* waits of more than 1 s are 1 s */
        {10, 3666, 7, NULL, 0},
        {3, 4166, 8, NULL, 0},
    };
    static const struct line at_once[] = {{0, 0, 1, NULL, 0}, {1, 0, 2, NULL, 0}};

    (void)state;
    assert_lines(LITERAL(AT("00") "\n" AT("01") "\n"), 0, at_once, 2);
    assert_lines(LITERAL(AT("00") "\n" AT("00") "\n" AT("01") "\n" AT("00") "\nno log line\n" AT(
                     "04") "\n" AT("10") "\n" AT("03") "\n"),
                 11 * PM_NS_PER_S, spread, 8);
}

static void line_ends_marks_and_odd_bytes_are_kept_apart(void **state)
{
    static const struct line lines[] = {
        {7, 0, 2, LITERAL("first\0nul")},
        {7, 250, 3, LITERAL(AT("07"))},
        {7, 500, 6, LITERAL("\xff\r\xfe")},
        {7, 750, 7, LITERAL(AT("07"))},
    };

    (void)state;
    assert_lines(LITERAL("\xef\xbb\xbf\nfirst\0nul\r\n" AT("07") "\r\n\n\r\n\xff\r\xfe\n" AT("07")),
                 PM_NS_PER_S, lines, 4);
}

static void a_line_over_the_limit_is_cut_to_be_refused(void **state)
{
    const size_t size = PM_CODEC_TEXT_MAX + 5000;
    static const struct pm_schema schema = {"line", 1, {PM_COLUMN_TEXT("line")}};
    char *text = malloc(size);
    struct pm_bytes bytes = {0};
    struct pm_record record;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, AT("00") "\n", sizeof AT("00"));
    struct pm_trace *trace = open_trace(text, size, PM_NS_PER_S);
    assert_int_equal(pm_trace_next(trace, &record, &bytes), 0);
    assert_int_equal(pm_codec_decode(PM_CODEC_CLF, &schema, &record, &bytes), PM_CODEC_OK);
    assert_int_equal(pm_trace_next(trace, &record, &bytes), 0);
    assert_int_equal(pm_codec_decode(PM_CODEC_CLF, &schema, &record, &bytes), PM_CODEC_TOO_LONG);
    pm_trace_close(trace);
    pm_bytes_close(&bytes);
    free(text);
}

static int open_at(const char *where, struct pm_error *error)
{
    const struct pm_trace_config config = {
        .files = 1, .file = {{where, NULL}}, .pace = PM_TRACE_MAX};
    struct pm_trace *trace = NULL;
    const int rc = pm_trace_open(&trace, &config, error);

    pm_trace_close(trace);
    return rc;
}

static void files_without_a_readable_line_are_refused(void **state)
{
    static const char *const texts[] = {"", "\n\r\n", "nothing\nof use\n"};
    struct pm_error error;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        pm_temp_file_write(texts[i], strlen(texts[i]));
        assert_int_equal(open_at(pm_temp_file_path(), &error), PM_EINPUT);
        assert_non_null(strstr(error.text, pm_temp_file_path()));
    }
    assert_int_equal(open_at("/", &error), PM_EINPUT);
    assert_int_equal(open_at("/nowhere", &error), PM_EINPUT);
}

static void a_generator_replays_a_trace_with_marks_that_hold(void **state)
{
    static const struct pm_schema schema = {"line", 1, {PM_COLUMN_TEXT("line")}};
    struct pm_generator_config config = {
        .streams = 1,
        .stream = {{.partitions = 2, .share = 1, .schema = &schema, .codec = PM_CODEC_CLF}},
        .flush_time_ns = INT64_MAX,
    };
    struct pm_generator *generator = NULL;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int64_t promised_ns = INT64_MIN;
    unsigned kinds[3] = {0};

    (void)state;
    pm_option_defaults(pm_generator_options, &config.settings);
    pm_temp_file_write(
        LITERAL(AT("05") "\n" AT("09") "\n" AT("06") "\n" AT("30") "\n" AT("28") "\n"));
    config.settings.schedule = PM_SCHEDULE_TRACE;
    config.settings.duration_ns = PM_NS_PER_S;
    strcpy(config.settings.trace[0], pm_temp_file_path());
    assert_int_equal(pm_generator_open(&generator, &config, NULL), 0);
    while (pm_generator_next(generator, &record, &bytes) == 1) {
        kinds[pm_record_kind(&record)]++;
        assert_true(record.event_time_ns >= promised_ns);
        if (pm_record_kind(&record) == PM_KIND_IDLE && record.event_time_ns > promised_ns)
            promised_ns = record.event_time_ns;
    }
    assert_int_equal(kinds[PM_KIND_DATA], 5);
    assert_int_equal(kinds[PM_KIND_FLUSH], 2);
    assert_true(kinds[PM_KIND_IDLE] >= 9);
    assert_true(pm_generator_end_ns(generator) == PM_NS_PER_S);
    pm_generator_close(generator);
    pm_bytes_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_times_follow_the_running_maximum),
        cmocka_unit_test(line_ends_marks_and_odd_bytes_are_kept_apart),
        cmocka_unit_test(a_line_over_the_limit_is_cut_to_be_refused),
        cmocka_unit_test(files_without_a_readable_line_are_refused),
        cmocka_unit_test(a_generator_replays_a_trace_with_marks_that_hold),
    };
    return cmocka_run_group_tests(tests, pm_temp_file_make, pm_temp_file_remove);
}
