/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds: what parses, what is refused, when one holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_threshold.h"

static void comparisons_parse_in_the_metrics_unit(void **state)
{
    static const struct {
        const char *text;
        enum pm_threshold_op op;
        int64_t limit;
    } cases[] = {
        {"p99<20ms", PM_THRESHOLD_LESS, 20000000},
        {"p99.9 <= 1s", PM_THRESHOLD_LESS_EQUAL, 1000000000},
        {"throughput>=100k/s", PM_THRESHOLD_GREATER_EQUAL, 100000},
        {" throughput > 100k", PM_THRESHOLD_GREATER, 100000},
        {"lost==0", PM_THRESHOLD_EQUAL, 0},
        {"late != 0", PM_THRESHOLD_NOT_EQUAL, 0},
        {"memory<64MiB", PM_THRESHOLD_LESS, 64 << 20},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_threshold threshold;
        assert_int_equal(pm_threshold_parse(&threshold, cases[i].text, NULL), 0);
        assert_int_equal(threshold.op, cases[i].op);
        assert_int_equal(threshold.limit, cases[i].limit);
    }
}

static void what_is_no_threshold_is_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "threshold : expected p50, p99"},
        {"p98<1ms", "threshold p98<1ms: expected p50, p99"},
        {"p9<1ms", "threshold p9<1ms: expected p50, p99"},
        {"<1ms", "threshold <1ms: expected p50, p99"},
        {"p99", "threshold p99: expected <, <=, ==, !=, >= or >"},
        {"p99=1ms", "threshold p99=1ms: expected <, <=, ==, !=, >= or >"},
        {"p99<", "threshold p99<: "},
        {"p99<1", "threshold p99<1: 1: "},
        {"p99<<1ms", "threshold p99<<1ms: "},
        {"p99<1ms ", "threshold p99<1ms : "},
        {"lost==1e3", "threshold lost==1e3: "},
        {"throughput>=9223372036854775808", "threshold throughput>=9223372036854775808: "},
        {"p99<1ms                                                                        ",
         "threshold p99<1ms"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_threshold threshold;
        struct pm_error error = {0};
        assert_int_equal(pm_threshold_parse(&threshold, cases[i].text, &error), PM_EINPUT);
        assert_memory_equal(error.text, cases[i].message, strlen(cases[i].message));
    }
}

static struct pm_threshold_result check(const char *text, const struct pm_outcome *outcome)
{
    struct pm_threshold threshold;

    assert_int_equal(pm_threshold_parse(&threshold, text, NULL), 0);
    return pm_threshold_check(&threshold, outcome, outcome->summary);
}

static void medians_and_sums_are_compared(void **state)
{
    struct pm_row rows[] = {
        {.scenario = "s", .instance = "event", .oracle = PM_ORACLE_EQUAL, .late = 2},
        {.scenario = "s", .instance = "batch", .oracle = PM_ORACLE_EQUAL, .late = 100},
        {.scenario = "s", .instance = "event", .oracle = PM_ORACLE_EQUAL, .late = 3},
    };
    rows[0].latency.count = rows[2].latency.count = 100000;
    struct pm_summary summary = {.scenario = "s",
                                 .instance = "event",
                                 .p99_ns = {.median = {20e6, NULL}},
                                 .p99_9_ns = {.median = {0, "too few samples"}}};
    const struct pm_outcome outcome = {.rows = 3, .row = rows, .summaries = 1, .summary = &summary};

    (void)state;
    assert_false(check("p99<20ms", &outcome).passed);
    assert_true(check("p99<=20ms", &outcome).passed);
    assert_true(check("p99==20ms", &outcome).passed);
    assert_true(check("p99>19ms", &outcome).passed);
    assert_true(check("late==5", &outcome).passed);
    assert_false(check("late!=5", &outcome).passed);
    assert_true(check("lost==0", &outcome).passed);
}

static void what_is_unknown_does_not_hold(void **state)
{
    struct pm_row rows[] = {
        {.scenario = "s", .instance = "event", .oracle = PM_ORACLE_UNCHECKED, .late = 2}};
    struct pm_summary summary = {
        .scenario = "s", .instance = "event", .p99_9_ns = {.median = {0, "too few samples"}}};
    const struct pm_outcome outcome = {.rows = 1, .row = rows, .summaries = 1, .summary = &summary};

    (void)state;
    assert_false(check("p99.9<1h", &outcome).passed);
    assert_string_equal(check("p99.9<1h", &outcome).figure.unknown, "too few samples");
    assert_false(check("lost==0", &outcome).passed);
    assert_true(check("late==2", &outcome).passed);
}

static void a_percentile_decides_with_a_thousand_samples_above_it(void **state)
{
    static const struct {
        const char *text;
        uint64_t samples;
        bool passed;
    } cases[] = {
        {"p50<1h", 1999, false},  {"p50<1h", 2000, true},      {"p99<1h", 99999, false},
        {"p99<1h", 100000, true}, {"p99.9<1h", 999999, false}, {"p99.9<1h", 1000000, true},
        {"max<1h", 1, true},
    };
    struct pm_row rows[] = {{.scenario = "s", .instance = "event"},
                            {.scenario = "s", .instance = "event", .audit = {.reasons = 1}}};
    struct pm_summary summary = {.scenario = "s", .instance = "event"};
    const struct pm_outcome outcome = {.rows = 2, .row = rows, .summaries = 1, .summary = &summary};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rows[0].latency.count = cases[i].samples;
        assert_int_equal(check(cases[i].text, &outcome).passed, cases[i].passed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_parse_in_the_metrics_unit),
        cmocka_unit_test(what_is_no_threshold_is_refused),
        cmocka_unit_test(medians_and_sums_are_compared),
        cmocka_unit_test(what_is_unknown_does_not_hold),
        cmocka_unit_test(a_percentile_decides_with_a_thousand_samples_above_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
