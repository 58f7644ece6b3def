/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries: valid runs only, and no median of those that happen to know a figure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_summary_make.h"

#define RUNS 6u

/* Runs with a p50 of 1, 2, 3 .. us; @p how says of each: v(alid), i(nvalid), u(nknown). */
static void summarize(struct pm_summary *summary, const char *how)
{
    struct pm_row row[RUNS];
    const unsigned rows = (unsigned)strlen(how);

    for (unsigned i = 0; i < rows; i++) {
        row[i] = (struct pm_row){.scenario = "s", .instance = "event", .engine = "event"};
        row[i].audit.reasons = how[i] == 'i';
        row[i].latency.percentile[PM_P50] =
            how[i] == 'u' ? pm_figure_unknown("too few") : pm_figure_of(1000.0 * (i + 1));
    }
    assert_int_equal(pm_summary_make(summary, row, rows, "event", 1, NULL), 0);
}

static void a_summary_is_of_all_valid_runs_or_of_none(void **state)
{
    static const struct {
        const char *how;
        unsigned runs;
        double median;
        const char *unknown;
        bool has_interval;
    } cases[] = {
        {"vvv", 3, 2000, NULL, false},   {"vvvvv", 5, 3000, NULL, true},
        {"ivv", 2, 2500, NULL, false},   {"iiii", 0, 0, "no valid run", false},
        {"vuv", 3, 0, "too few", false}, {"vvvvvu", 6, 0, "too few", false},
        {"ivvvvv", 5, 4000, NULL, true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_summary summary;

        summarize(&summary, cases[i].how);
        assert_int_equal(summary.runs, cases[i].runs);
        if (cases[i].unknown != NULL)
            assert_string_equal(summary.p50_ns.median.unknown, cases[i].unknown);
        else
            assert_true(summary.p50_ns.median.value == cases[i].median);
        assert_int_equal(summary.p50_ns.low.unknown == NULL, cases[i].has_interval);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_summary_is_of_all_valid_runs_or_of_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
