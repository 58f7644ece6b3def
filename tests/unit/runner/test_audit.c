/* SPDX-License-Identifier: Apache-2.0 */
/* The audit: which facts make a run invalid, which are only told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "pm_audit.h"

/** One fact changed in an otherwise faultless run. */
struct fact_case {
    const char *expected; /* part of the note */
    bool is_reason;
    struct pm_audit_facts facts;
    int64_t lateness_ns, hiccup_ns; /* 0: nothing recorded */
};

#define FINE .input = 100, .sent = 100, .warmup_settled = true

static const struct pm_environment powersaving = {.cores = 2, .governor = "powersave"};
static const struct pm_environment busy = {.cores = 2, .load = 1.5};

static const struct fact_case cases[] = {
    {"1 records found the log full",
     true,
     {.input = 100, .sent = 99, .unsent = 1, .warmup_settled = true},
     0,
     0},
    {"50 of 100 records", true, {.input = 100, .sent = 50, .warmup_settled = true}, 0, 0},
    {"p99 lateness", true, {FINE}, 11 * PM_NS_PER_MS, 0},
    {"p99 lateness", false, {FINE}, 2 * PM_NS_PER_MS, 0},
    {"p99 lateness", true, {FINE, .latency_p99_ns = 100 * PM_NS_PER_MS}, 11 * PM_NS_PER_MS, 0},
    {"p99 lateness", false, {FINE, .latency_p99_ns = 120 * PM_NS_PER_MS}, 11 * PM_NS_PER_MS, 0},
    {"stepped", true, {FINE, .after = {.clock_offset_ns = -6 * PM_NS_PER_MS}}, 0, 0},
    {"swapped 3 pages",
     true,
     {FINE, .before = {.swapped_pages = 4}, .after = {.swapped_pages = 7}},
     0,
     0},
    {"interrupted",
     true,
     {.input = 100, .sent = 10, .warmup_settled = true, .interrupted = true},
     0,
     0},
    {"did not settle", false, {.input = 100, .sent = 100}, 0, 0},
    {"forced", false, {FINE, .forced = true}, 0, 0},
    {"governor is powersave", false, {FINE, .machine = &powersaving}, 0, 0},
    {"1.5 on 2 cores", false, {FINE, .machine = &busy}, 0, 0},
    {"stalled for up to", false, {FINE}, 0, 50 * PM_NS_PER_MS},
};

static struct pm_histogram *histogram_of(int64_t value_ns)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram = NULL;

    assert_int_equal(pm_histogram_open(&histogram, &config, NULL), 0);
    if (value_ns != 0)
        pm_histogram_record_n(histogram, value_ns, 1000);
    return histogram;
}

static void each_fact_gives_its_one_note(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_audit audit = {0};
        struct pm_audit_facts facts = cases[i].facts;
        struct pm_histogram *const lateness = histogram_of(cases[i].lateness_ns);
        struct pm_histogram *const hiccup = histogram_of(cases[i].hiccup_ns);

        facts.lateness = lateness;
        facts.hiccup = hiccup;
        pm_audit_judge(&audit, &facts);
        assert_int_equal(audit.reasons, cases[i].is_reason ? 1 : 0);
        assert_int_equal(audit.warnings, cases[i].is_reason ? 0 : 1);
        assert_non_null(
            strstr(cases[i].is_reason ? audit.reason[0] : audit.warning[0], cases[i].expected));
        pm_histogram_close(lateness);
        pm_histogram_close(hiccup);
    }
}

static void a_faultless_run_has_no_notes(void **state)
{
    struct pm_audit audit = {0};
    const struct pm_audit_facts facts = {FINE};

    (void)state;
    pm_audit_judge(&audit, &facts);
    assert_int_equal(audit.reasons + audit.warnings, 0);
}

static void more_notes_than_places_keep_the_last(void **state)
{
    struct pm_audit audit = {0};

    (void)state;
    for (unsigned i = 0; i < PM_AUDIT_NOTES + 5; i++)
        pm_audit_warn(&audit, "note %u", i);
    assert_int_equal(audit.warnings, PM_AUDIT_NOTES);
    assert_string_equal(audit.warning[PM_AUDIT_NOTES - 1], "note 16");
    assert_string_equal(audit.warning[0], "note 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fact_gives_its_one_note),
        cmocka_unit_test(a_faultless_run_has_no_notes),
        cmocka_unit_test(more_notes_than_places_keep_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
