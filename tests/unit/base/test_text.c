/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with suffixes: what is read, what is refused, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_random.h"
#include "pm_text.h"

static void numbers_with_suffixes_are_read(void **state)
{
    static const struct {
        const char *text;
        enum pm_unit unit;
        int64_t value;
    } cases[] = {
        {"0", PM_UNIT_COUNT, 0},
        {"50k", PM_UNIT_COUNT, 50000},
        {"2.5M", PM_UNIT_COUNT, 2500000},
        {"1G", PM_UNIT_COUNT, 1000000000},
        {"-3k", PM_UNIT_COUNT, -3000},
        {"9223372036854775807", PM_UNIT_COUNT, INT64_MAX},
        {"-9223372036854775808", PM_UNIT_COUNT, INT64_MIN},
        {"0", PM_UNIT_DURATION, 0},
        {"1.5s", PM_UNIT_DURATION, 1500000000},
        {"100ms", PM_UNIT_DURATION, 100000000},
        {"0.000000001s", PM_UNIT_DURATION, 1},
        {"1d", PM_UNIT_DURATION, 86400000000000},
        {"1.5m", PM_UNIT_DURATION, 90000000000},
        {"64MiB", PM_UNIT_SIZE, 67108864},
        {"64MB", PM_UNIT_SIZE, 64000000},
        {"0.5KiB", PM_UNIT_SIZE, 512},
        {"4096", PM_UNIT_SIZE, 4096},
        {"7B", PM_UNIT_SIZE, 7},
        {"50k/s", PM_UNIT_RATE, 50000},
        {"50k", PM_UNIT_RATE, 50000},
        {"12/s", PM_UNIT_RATE, 12},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error = {0};
        int64_t value = -42;
        const int rc = pm_text_parse(&value, cases[i].text, cases[i].unit, &error);
        if (rc != 0 || value != cases[i].value)
            fail_msg("%s: %d, %lld, %s", cases[i].text, rc, (long long)value, error.text);
    }
}

static void anything_else_is_refused_and_named(void **state)
{
    static const struct {
        const char *text;
        enum pm_unit unit;
        const char *message;
    } cases[] = {
        {"", PM_UNIT_COUNT, ": no digits: expected a count such as 50k"},
        {" 1", PM_UNIT_COUNT, " 1: no digits: expected a count such as 50k"},
        {"1 ", PM_UNIT_COUNT, "1 : unknown suffix: expected a count such as 50k"},
        {"+1", PM_UNIT_COUNT, "+1: no digits: expected a count such as 50k"},
        {"--1", PM_UNIT_COUNT, "--1: no digits: expected a count such as 50k"},
        {"0x10", PM_UNIT_COUNT, "0x10: unknown suffix: expected a count such as 50k"},
        {"010", PM_UNIT_COUNT, "010: leading zero: expected a count such as 50k"},
        {"1_000", PM_UNIT_COUNT, "1_000: unknown suffix: expected a count such as 50k"},
        {"1,5", PM_UNIT_COUNT, "1,5: unknown suffix: expected a count such as 50k"},
        {"1e3", PM_UNIT_COUNT, "1e3: unknown suffix: expected a count such as 50k"},
        {"NaN", PM_UNIT_COUNT, "NaN: no digits: expected a count such as 50k"},
        {"inf", PM_UNIT_COUNT, "inf: no digits: expected a count such as 50k"},
        {"1.", PM_UNIT_COUNT, "1.: no digits behind the point: expected a count such as 50k"},
        {".5k", PM_UNIT_COUNT, ".5k: no digits: expected a count such as 50k"},
        {"50K", PM_UNIT_COUNT, "50K: unknown suffix: expected a count such as 50k"},
        {"50k/s", PM_UNIT_COUNT, "50k/s: unknown suffix: expected a count such as 50k"},
        {"9223372036854775808", PM_UNIT_COUNT,
         "9223372036854775808: too large: expected a count such as 50k"},
        {"99999999999999999999999", PM_UNIT_COUNT,
         "99999999999999999999999: too large: expected a count such as 50k"},
        {"9223372037G", PM_UNIT_COUNT, "9223372037G: too large: expected a count such as 50k"},
        {"1.0005k", PM_UNIT_COUNT,
         "1.0005k: not a whole number of the smallest unit: expected a count such as 50k"},
        {"5", PM_UNIT_DURATION, "5: no unit: expected a duration such as 100ms"},
        {"5 ms", PM_UNIT_DURATION, "5 ms: unknown suffix: expected a duration such as 100ms"},
        {"0.5ns", PM_UNIT_DURATION,
         "0.5ns: not a whole number of the smallest unit: expected a duration such as 100ms"},
        {"106752d", PM_UNIT_DURATION, "106752d: too large: expected a duration such as 100ms"},
        {"0.0000000000000000001s", PM_UNIT_DURATION,
         "0.0000000000000000001s: too many digits: expected a duration such as 100ms"},
        {"12x", PM_UNIT_RATE, "12x: unknown suffix: expected a rate such as 50k/s"},
        {"12/m", PM_UNIT_RATE, "12/m: unknown suffix: expected a rate such as 50k/s"},
        {"1\x1b[2J", PM_UNIT_RATE, "1?[2J: unknown suffix: expected a rate such as 50k/s"},
        {"1kib", PM_UNIT_SIZE, "1kib: unknown suffix: expected a size such as 64MiB"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error = {0};
        int64_t value = -42;
        assert_int_equal(pm_text_parse(&value, cases[i].text, cases[i].unit, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].message);
        assert_int_equal(value, -42);
    }
}

static void a_long_text_is_cut_in_the_message(void **state)
{
    char text[5000];
    struct pm_error error;
    int64_t value = 0;

    (void)state;
    memset(text, '9', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(pm_text_parse(&value, text, PM_UNIT_COUNT, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "9: too large: expected a count such as 50k"));
}

static void the_shortest_exact_form_is_written(void **state)
{
    static const struct {
        int64_t value;
        enum pm_unit unit;
        const char *text;
    } cases[] = {
        {0, PM_UNIT_COUNT, "0"},
        {50000, PM_UNIT_COUNT, "50k"},
        {1500, PM_UNIT_COUNT, "1.5k"},
        {2500000, PM_UNIT_COUNT, "2.5M"},
        {1234567, PM_UNIT_COUNT, "1234567"},
        {999, PM_UNIT_COUNT, "999"},
        {-50000, PM_UNIT_COUNT, "-50k"},
        {INT64_MIN, PM_UNIT_COUNT, "-9223372036854775808"},
        {0, PM_UNIT_DURATION, "0"},
        {100000000, PM_UNIT_DURATION, "100ms"},
        {1500000000, PM_UNIT_DURATION, "1.5s"},
        {90000000000, PM_UNIT_DURATION, "90s"},
        {3600000000000, PM_UNIT_DURATION, "1h"},
        {67108864, PM_UNIT_SIZE, "64MiB"},
        {64000000, PM_UNIT_SIZE, "64MB"},
        {50000, PM_UNIT_RATE, "50k/s"},
        {0, PM_UNIT_RATE, "0/s"},
    };
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(pm_text_format(buffer, sizeof buffer, cases[i].value, cases[i].unit),
                            cases[i].text);
}

static void what_is_written_is_read_back(void **state)
{
    struct pm_random random = pm_random_open(1, 0);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        const enum pm_unit unit = (enum pm_unit)pm_random_below(&random, 4);
        const unsigned shift = (unsigned)pm_random_below(&random, 64);
        int64_t value = (int64_t)(pm_random_u64(&random) >> shift);
        int64_t back = 0;
        char buffer[64];

        if (pm_random_below(&random, 2) == 0 && value > -1000000000 && value < 1000000000)
            value *= 1000000;
        pm_text_format(buffer, sizeof buffer, value, unit);
        assert_int_equal(pm_text_parse(&back, buffer, unit, NULL), 0);
        assert_true(back == value);
    }
}

static void people_get_three_digits(void **state)
{
    static const struct {
        double value;
        enum pm_unit unit;
        const char *text;
    } cases[] = {
        {1234567, PM_UNIT_DURATION, "1.23 ms"},
        {49900, PM_UNIT_RATE, "49.9 k/s"},
        {999999, PM_UNIT_DURATION, "1.00 ms"},
        {99.96, PM_UNIT_RATE, "100 /s"},
        {0, PM_UNIT_DURATION, "0 ns"},
        {12, PM_UNIT_COUNT, "12"},
        {0.5, PM_UNIT_COUNT, "0.50"},
        {-2500, PM_UNIT_COUNT, "-2.50 k"},
        {67108864, PM_UNIT_SIZE, "64.0 MiB"},
        {90e9, PM_UNIT_DURATION, "1.50 m"},
        {1e300, PM_UNIT_COUNT, "-"},
        {0, PM_UNIT_RATE, "0 /s"},
    };
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(pm_text_human(buffer, sizeof buffer, cases[i].value, cases[i].unit),
                            cases[i].text);
    assert_string_equal(pm_text_human(buffer, sizeof buffer, __builtin_nan(""), PM_UNIT_COUNT),
                        "-");
}

static void utf8_is_checked_to_the_byte(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        bool valid;
    } cases[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, true},
        {"a\0b", 3, false},
        {"\xc0\x80", 2, false},         /* overlong NUL */
        {"\xe0\x80\xaf", 3, false},     /* overlong slash */
        {"\xed\xa0\x80", 3, false},     /* a surrogate */
        {"\xf4\x90\x80\x80", 4, false}, /* above U+10FFFF */
        {"\xe2\x82", 2, false},         /* cut */
        {"\x80", 1, false},             /* continuation alone */
        {"\xff", 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(pm_text_is_utf8(cases[i].text, cases[i].size), cases[i].valid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_with_suffixes_are_read),
        cmocka_unit_test(anything_else_is_refused_and_named),
        cmocka_unit_test(a_long_text_is_cut_in_the_message),
        cmocka_unit_test(the_shortest_exact_form_is_written),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(people_get_three_digits),
        cmocka_unit_test(utf8_is_checked_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
