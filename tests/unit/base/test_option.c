/* SPDX-License-Identifier: Apache-2.0 */
/* Option tables: defaults, parsing, writing, ranges, the nearest name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_option.h"

enum wait_mode { WAIT_SPIN, WAIT_NAP, WAIT_AUTO };

struct target {
    int64_t rate_per_s;
    int64_t delay_ns;
    bool pinned;
    enum wait_mode wait;
    char name[PM_OPTION_TEXT_SIZE];
    double skew;
};

static const struct pm_option table[] = {
    {"rate", PM_OPTION_INTEGER, PM_UNIT_RATE, offsetof(struct target, rate_per_s), 1, 1000000000,
     "50k/s", NULL, "records per second", NULL},
    {"watermark.delay", PM_OPTION_INTEGER, PM_UNIT_DURATION, offsetof(struct target, delay_ns), 0,
     3600000000000, "1.5s", NULL, "how far event time may lag", NULL},
    {"pinned", PM_OPTION_BOOL, PM_UNIT_COUNT, offsetof(struct target, pinned), 0, 0, "yes", NULL,
     "pin threads", NULL},
    {"wait", PM_OPTION_CHOICE, PM_UNIT_COUNT, offsetof(struct target, wait), 0, 0, "nap",
     "spin nap auto", "how to wait", NULL},
    {"name", PM_OPTION_TEXT, PM_UNIT_COUNT, offsetof(struct target, name), 0, 0, "", NULL,
     "a label", NULL},
    {"skew", PM_OPTION_DECIMAL, PM_UNIT_COUNT, offsetof(struct target, skew), 0, 2, "0.99", NULL,
     "Zipf exponent", NULL},
    {0},
};

static void defaults_come_from_the_table(void **state)
{
    struct target target;

    (void)state;
    memset(&target, 0x5a, sizeof target);
    pm_option_defaults(table, &target);
    assert_int_equal(target.rate_per_s, 50000);
    assert_int_equal(target.delay_ns, 1500000000);
    assert_true(target.pinned);
    assert_int_equal(target.wait, WAIT_NAP);
    assert_string_equal(target.name, "");
    assert_true(target.skew == 0.99);
}

static void good_values_are_set_and_read_back(void **state)
{
    static const struct {
        const char *name, *text, *back;
    } cases[] = {
        {"rate", "1", "1/s"},
        {"rate", "1G/s", "1G/s"},
        {"watermark.delay", "0", "0"},
        {"watermark.delay", "60m", "1h"},
        {"pinned", "off", "false"},
        {"pinned", "on", "true"},
        {"wait", "auto", "auto"},
        {"wait", "spin", "spin"},
        {"name", "caf\xc3\xa9", "caf\xc3\xa9"},
        {"skew", "2", "2"},
        {"skew", "0.1", "0.1"},
        {"skew", "1.23456789012345", "1.23456789012345"},
        {"skew", "0.5000", "0.5"},
    };
    struct target target;
    char buffer[PM_OPTION_TEXT_SIZE];

    (void)state;
    pm_option_defaults(table, &target);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pm_option *option = pm_option_find(table, cases[i].name);
        assert_int_equal(pm_option_set(option, &target, cases[i].text, NULL), 0);
        assert_string_equal(pm_option_get(option, &target, buffer, sizeof buffer), cases[i].back);
    }
}

static void bad_values_are_refused_and_change_nothing(void **state)
{
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"rate", "12x", "rate: 12x: unknown suffix: expected a rate such as 50k/s"},
        {"rate", "0", "rate: 0: expected rate, 1/s..1G/s"},
        {"rate", "1000000001", "rate: 1000000001: expected rate, 1/s..1G/s"},
        {"watermark.delay", "-1ns", "watermark.delay: -1ns: expected duration, 0..1h"},
        {"pinned", "1", "pinned: 1: expected true|false"},
        {"pinned", "TRUE", "pinned: TRUE: expected true|false"},
        {"wait", "spi", "wait: spi: expected spin|nap|auto"},
        {"wait", "spin nap", "wait: spin nap: expected spin|nap|auto"},
        {"wait", "", "wait: : expected spin|nap|auto"},
        {"name", "a\nb", "name: control byte 0x0a: expected text"},
        {"name", "\xff", "name: expected UTF-8"},
        {"skew", "nan", "skew: nan: expected decimal, 0..2"},
        {"skew", "0x1", "skew: 0x1: expected decimal, 0..2"},
        {"skew", "1e0", "skew: 1e0: expected decimal, 0..2"},
        {"skew", "2.000001", "skew: 2.000001: expected decimal, 0..2"},
        {"skew", "1,5", "skew: 1,5: expected decimal, 0..2"},
        {"skew", "0.1234567890123456", "skew: 0.1234567890123456: expected decimal, 0..2"},
        {"skew", "", "skew: : expected decimal, 0..2"},
        {"skew", "1.", "skew: 1.: expected decimal, 0..2"},
    };
    struct target target;
    struct target before;

    (void)state;
    memset(&target, 0, sizeof target);
    pm_option_defaults(table, &target);
    memcpy(&before, &target, sizeof target);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error = {0};
        const struct pm_option *option = pm_option_find(table, cases[i].name);
        assert_int_equal(pm_option_set(option, &target, cases[i].text, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].message);
        assert_memory_equal(&target, &before, sizeof target);
    }
}

static void text_has_a_limit(void **state)
{
    char text[PM_OPTION_TEXT_SIZE + 1];
    struct target target;
    struct pm_error error;
    const struct pm_option *option = pm_option_find(table, "name");

    (void)state;
    memset(text, 'x', sizeof text);
    text[PM_OPTION_TEXT_SIZE] = '\0';
    assert_int_equal(pm_option_set(option, &target, text, &error), PM_EINPUT);
    assert_string_equal(error.text, "name: 256 bytes: expected at most 255");
    text[PM_OPTION_TEXT_SIZE - 1] = '\0';
    assert_int_equal(pm_option_set(option, &target, text, &error), 0);
}

static void a_typing_error_finds_its_option(void **state)
{
    (void)state;
    assert_string_equal(pm_option_nearest(table, "rat")->name, "rate");
    assert_string_equal(pm_option_nearest(table, "watermark-delay")->name, "watermark.delay");
    assert_string_equal(pm_option_nearest(table, "pined")->name, "pinned");
    assert_null(pm_option_nearest(table, "parallelism"));
    assert_null(pm_option_nearest(table, "a-name-that-is-so-long-that-no-option-can-be-near-to-it-"
                                         "by-any-measure"));
    assert_null(pm_option_find(table, "rat"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_come_from_the_table),
        cmocka_unit_test(good_values_are_set_and_read_back),
        cmocka_unit_test(bad_values_are_refused_and_change_nothing),
        cmocka_unit_test(text_has_a_limit),
        cmocka_unit_test(a_typing_error_finds_its_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
