/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal text: Java's rounding, bounds, and no locale. */
#include "pm_decimal.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Expected texts are java.lang.String.format's; those with a 5 behind the cut differ from printf's.
 */
static void numbers_round_half_up_on_their_shortest_digits(void **state)
{
    static const struct {
        double value;
        unsigned places;
        const char *text;
    } rows[] = {
        {0, 3, "0.000"},
        {0, 0, "0"},
        {65.667071, 3, "65.667"},
        {1.2345, 3, "1.235"},
        {1.0005, 3, "1.001"},
        {0.0005, 3, "0.001"},
        {0.00049, 3, "0.000"},
        {0.5, 0, "1"},
        {0.05, 1, "0.1"},
        {0.04, 1, "0.0"},
        {1e-9, 3, "0.000"},
        {9.9995, 3, "10.000"},
        {99.95, 1, "100.0"},
        {0.9995, 3, "1.000"},
        {-2.5, 0, "-3"},
        {123456789012.125, 2, "123456789012.13"},
        {1e20, 1, "100000000000000000000.0"},
        {0.9990234375, 12, "0.999023437500"},
        {0.9999990463257, 12, "0.999999046326"},
        {2.675, 2, "2.68"},
        {1.005, 2, "1.01"},
    };
    char buffer[PM_DECIMAL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(pm_decimal_format(buffer, rows[i].value, rows[i].places), rows[i].text);
    assert_int_equal(strlen(pm_decimal_format(buffer, -1.7976931348623157e308, 18)), 329);
}

static void locale_does_not_reach_the_text(void **state)
{
    char buffer[PM_DECIMAL_SIZE];

    (void)state;
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL &&
        setlocale(LC_NUMERIC, "fr_FR.UTF-8") == NULL)
        skip();
    assert_string_equal(pm_decimal_format(buffer, 1234.5678, 3), "1234.568");
    setlocale(LC_NUMERIC, "C");
}

static void decimals_are_read_as_billionths(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {
        {"0", 0},
        {"12", 12000000000},
        {"12.5", 12500000000},
        {"0.000", 0},
        {"1795169524.000", 1795169524000000000},
        {"0.1234567899", 123456789},
        {"9223372036.854775807", INT64_MAX},
        {"007.100", 7100000000},
    };
    int64_t value = 0;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(pm_decimal_parse(&value, rows[i].text, strlen(rows[i].text)));
        assert_true(value == rows[i].value);
    }
}

static void anything_else_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        ".",
        ".5",
        "5.",
        "-1",
        "+1",
        "1e3",
        "1.2.3",
        " 1",
        "1 ",
        "0x1",
        "1,5",
        "nan",
        "inf",
        "9223372036.854775808",
        "99999999999999999999",
        "9223372037",
        "0.1234567890x",
        "1_0",
    };
    int64_t value = 77;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_false(pm_decimal_parse(&value, rows[i], strlen(rows[i])));
    assert_int_equal(value, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_round_half_up_on_their_shortest_digits),
        cmocka_unit_test(locale_does_not_reach_the_text),
        cmocka_unit_test(decimals_are_read_as_billionths),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
