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
    int64_t lateness_ns, hiccup_ns, latency_ns; /* of every sample; 0: nothing recorded */
};

#define FINE .input = 100, .sent = 100, .warmup_settled = true

static const struct pm_environment powersaving = {.cores = 2, .governor = "powersave"};
static const struct pm_environment busy = {.cores = 2, .load = 1.5};

static const struct fact_case cases[] = {
    {"1 records found the log full",
     true,
     {.input = 100, .sent = 99, .unsent = 1, .warmup_settled = true},
     0,
     0,
     0},
    {"50 of 100 records", true, {.input = 100, .sent = 50, .warmup_settled = true}, 0, 0, 0},
    {"median lateness", true, {FINE}, 2 * PM_NS_PER_MS, 0, 0},
    {"median lateness", true, {FINE}, 15 * PM_NS_PER_MS, 9 * PM_NS_PER_MS, 16 * PM_NS_PER_MS},
    {"p99 lateness", false, {FINE}, 11 * PM_NS_PER_MS, 0, 23 * PM_NS_PER_MS},
    {"stepped", true, {FINE, .after = {.clock_offset_ns = -6 * PM_NS_PER_MS}}, 0, 0, 0},
    {"swapped 3 pages",
     true,
     {FINE, .before = {.swapped_pages = 4}, .after = {.swapped_pages = 7}},
     0,
     0,
     0},
    {"interrupted",
     true,
     {.input = 100, .sent = 10, .warmup_settled = true, .interrupted = true},
     0,
     0,
     0},
    {"did not settle", false, {.input = 100, .sent = 100}, 0, 0, 0},
    {"forced", false, {FINE, .forced = true}, 0, 0, 0},
    {"governor is powersave", false, {FINE, .machine = &powersaving}, 0, 0, 0},
    {"1.5 on 2 cores", false, {FINE, .machine = &busy}, 0, 0, 0},
    {"stalled for up to", false, {FINE}, 0, 50 * PM_NS_PER_MS, 0},
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
        struct pm_histogram *const latency = histogram_of(cases[i].latency_ns);

        facts.lateness = lateness;
        facts.latency = latency;
        facts.hiccup = hiccup;
        pm_audit_judge(&audit, &facts);
        assert_int_equal(audit.reasons, cases[i].is_reason ? 1 : 0);
        assert_int_equal(audit.warnings, cases[i].is_reason ? 0 : 1);
        assert_non_null(
            strstr(cases[i].is_reason ? audit.reason[0] : audit.warning[0], cases[i].expected));
        pm_histogram_close(lateness);
        pm_histogram_close(hiccup);
        pm_histogram_close(latency);
    }
}

/* One sample in fifty is late by @p late_ns, the rest are in time. */
static struct pm_histogram *tail_of(int64_t late_ns)
{
    struct pm_histogram *const histogram = histogram_of(0);

    pm_histogram_record_n(histogram, PM_NS_PER_MS / 100, 980);
    pm_histogram_record_n(histogram, late_ns, 20);
    return histogram;
}

static void a_late_tail_misses_the_schedule_unless_it_is_the_machine_or_a_slow_engine(void **state)
{
    static const struct {
        int64_t lateness_ns, latency_ns, hiccup_ns;
        bool is_reason;
    } tails[] = {
        {9 * PM_NS_PER_MS, 9 * PM_NS_PER_MS, PM_NS_PER_MS, false}, /* short */
        {12 * PM_NS_PER_MS, 13 * PM_NS_PER_MS, PM_NS_PER_MS, true},
        {12 * PM_NS_PER_MS, 13 * PM_NS_PER_MS, 7 * PM_NS_PER_MS, false}, /* a stall of all */
        {12 * PM_NS_PER_MS, 25 * PM_NS_PER_MS, PM_NS_PER_MS, false},     /* the engine's latency */
        {40 * PM_NS_PER_MS, 41 * PM_NS_PER_MS, 15 * PM_NS_PER_MS, true},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        struct pm_histogram *const lateness = tail_of(tails[i].lateness_ns);
        struct pm_histogram *const latency = tail_of(tails[i].latency_ns);
        struct pm_histogram *const hiccup = tail_of(tails[i].hiccup_ns);
        const struct pm_audit_facts facts = {FINE, .lateness = lateness, .latency = latency,
                                             .hiccup = hiccup};
        struct pm_audit audit = {0};

        pm_audit_judge(&audit, &facts);
        assert_int_equal(audit.reasons, tails[i].is_reason ? 1 : 0);
        if (!tails[i].is_reason)
            assert_non_null(strstr(audit.warning[0], "p99 lateness"));
        pm_histogram_close(lateness);
        pm_histogram_close(latency);
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
        cmocka_unit_test(a_late_tail_misses_the_schedule_unless_it_is_the_machine_or_a_slow_engine),
        cmocka_unit_test(a_faultless_run_has_no_notes),
        cmocka_unit_test(more_notes_than_places_keep_the_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
