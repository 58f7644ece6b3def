/* SPDX-License-Identifier: Apache-2.0 */
/* Times as texts: what is read, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "pm_clock.h"
#include "pm_trace_time.h"

#define NEW_YEAR 1704067200000000000LL /* 2024-01-01 */
#define NO_TIME  -1

static int64_t read_time(const struct pm_trace_time *time, const char *text)
{
    int64_t ns = 0;

    return pm_trace_time_read(time, NULL, text, (uint32_t)strlen(text), &ns) ? ns : NO_TIME;
}

static void iso_8601_is_read_without_a_format(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"2024-01-01", NEW_YEAR},
        {"2024-01-01T00:00", NEW_YEAR},
        {"2024-01-01 00:00:00Z", NEW_YEAR},
        {"2024-01-01T01:00:00+01:00", NEW_YEAR},
        {"2023-12-31T18:30:00-0530", NEW_YEAR},
        {"2024-01-01 00:00:00.000000001", NEW_YEAR + 1},
        {"2024-01-01 00:00:01.5 +00", NEW_YEAR + 1500000000},
        {"1970-01-01", 0},
        {"2024-02-29", NEW_YEAR + 59 * 86400000000000},
        {"2023-02-29", NO_TIME},
        {"2024-13-01", NO_TIME},
        {"2024-00-01", NO_TIME},
        {"2024-01-01T24:00", NO_TIME},
        {"2024-01-01T", NO_TIME},
        {"2024-01-01 00:00:00x", NO_TIME},
        {"1969-12-31", NO_TIME},
        {"2200-01-01", NO_TIME},
        {"", NO_TIME},
    };
    const struct pm_trace_time time = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (read_time(&time, cases[i].text) != cases[i].ns)
            fail_msg("%s", cases[i].text);
    }
}

static void formats_and_zones_are_followed(void **state)
{
    static const struct {
        const char *format, *zone, *text;
        int64_t ns;
    } cases[] = {
        {"%m/%d/%Y %H:%M", "UTC", "1/1/2024 00:00", NEW_YEAR},
        {"%d.%m.%y", "+00:00", "01.01.24", NEW_YEAR},
        {"%d/%b/%Y:%H:%M:%S %z", "+05:00", "01/Jan/2024:01:00:00 +0100", NEW_YEAR},
        {"%m/%d/%Y %I:%M:%S %p", "UTC", "01/01/2024 12:00:00 AM", NEW_YEAR},
        {"%m/%d/%Y %I:%M:%S %p", "UTC", "01/01/2024 12:00:00 pm", NEW_YEAR + 43200000000000},
        {"%Y%m%d", "-01:00", "20240101", NEW_YEAR + 3600000000000},
        {"%Y-%m-%d %H:%M:%S.%f", "UTC", "2024-01-01 00:00:00.25", NEW_YEAR + 250000000},
        {"%Y %%", "UTC", "2024 %", NEW_YEAR}, /* what is not said is the first */
        {"%I %p", "UTC", "13 pm", NO_TIME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_trace_time time = {0};
        assert_int_equal(pm_trace_time_set_format(&time, cases[i].format, NULL), 0);
        assert_int_equal(pm_trace_time_set_zone(&time, cases[i].zone, NULL), 0);
        if (read_time(&time, cases[i].text) != cases[i].ns)
            fail_msg("%s of %s", cases[i].text, cases[i].format);
    }
}

static void counts_have_a_unit(void **state)
{
    static const struct {
        const char *unit, *text;
        int64_t ns;
    } cases[] = {
        {"s", "1704067200", NEW_YEAR},
        {"s", "1704067200.25", NEW_YEAR + 250000000},
        {"ms", "1704067200000", NEW_YEAR},
        {"ns", "1704067200000000001", NEW_YEAR + 1},
        {"ns", "1704067200000000001.9", NEW_YEAR + 1},
        {"us", "1.704067200e15", NEW_YEAR},
        {"s", "-1", NO_TIME},
        {"s", "99999999999", NO_TIME},
        {"s", "today", NO_TIME},
        {"s", "", NO_TIME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_trace_time time = {0};
        assert_int_equal(pm_trace_time_set_unit(&time, cases[i].unit, NULL), 0);
        if (read_time(&time, cases[i].text) != cases[i].ns)
            fail_msg("%s %s", cases[i].text, cases[i].unit);
    }
}

/* Against the C library, a moment of every third day. */
static void the_calendar_is_the_c_librarys(void **state)
{
    const struct pm_trace_time time = {0};

    (void)state;
    for (time_t second = 12345; second < 7258118400; second += 3 * 86400 + 1) {
        struct tm utc;
        char text[40];
        gmtime_r(&second, &utc);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
        assert_true(read_time(&time, text) == second * PM_NS_PER_S);
    }
}

static void what_is_no_format_zone_or_unit_is_refused(void **state)
{
    struct pm_trace_time time = {0};

    (void)state;
    assert_int_equal(pm_trace_time_set_format(&time, "%Q", NULL), PM_EINPUT);
    assert_int_equal(pm_trace_time_set_format(&time, "%", NULL), PM_EINPUT);
    assert_int_equal(pm_trace_time_set_zone(&time, "Europe/Nowhere", NULL), PM_EINPUT);
    assert_int_equal(pm_trace_time_set_zone(&time, "+1:00", NULL), PM_EINPUT);
    assert_int_equal(pm_trace_time_set_unit(&time, "minutes", NULL), PM_EINPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_8601_is_read_without_a_format),
        cmocka_unit_test(formats_and_zones_are_followed),
        cmocka_unit_test(counts_have_a_unit),
        cmocka_unit_test(the_calendar_is_the_c_librarys),
        cmocka_unit_test(what_is_no_format_zone_or_unit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
