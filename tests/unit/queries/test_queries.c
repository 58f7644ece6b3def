/* SPDX-License-Identifier: Apache-2.0 */
/* Every query: its plan passes the check, its outputs are what it says, its data obey the seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "query_fixture.h"

static void every_query_is_found_by_its_name(void **state)
{
    unsigned count = 0;

    (void)state;
    for (; pm_queries[count] != NULL; count++)
        assert_ptr_equal(pm_query_find(pm_queries[count]->name), pm_queries[count]);
    assert_int_equal(count, 14);
    assert_null(pm_query_find("spending"));
}

/* The judge's open compares names, identities and schemas with the plan, so opening is the test. */
static void every_plan_passes_its_check(void **state)
{
    struct query_fixture fixture;

    (void)state;
    for (unsigned i = 0; pm_queries[i] != NULL; i++) {
        query_fixture_open(&fixture, pm_queries[i]->name, NULL);
        query_fixture_close(&fixture);
    }
}

static void outputs_wait_for_the_watermark_or_not(void **state)
{
    static const struct {
        const char *query;
        const char *set[5];
        unsigned output;
        bool on_arrival;
        int64_t closing_lag_ns;
        unsigned streams;
    } cases[] = {
        {"route", {NULL}, 0, true, 0, 1},
        {"route", {NULL}, 8, true, 0, 1},
        {"log-etl", {NULL}, 3, true, 0, 1},
        {"log-etl", {NULL}, 4, true, 0, 1},
        {"spend", {"lateness", "7s"}, 0, false, 7000000000, 1},
        {"spend", {"lateness", "7s"}, 1, true, 0, 1},
        {"hourly", {"lateness", "7s"}, 0, false, 7000000000, 1},
        {"dashboard", {NULL}, 0, true, 0, 1},
        {"maintenance", {NULL}, 0, true, 0, 1},
        {"high-value", {NULL}, 1, true, 0, 1},
        {"hourly-plain", {"lateness", "7s"}, 0, false, 7000000000, 1},
        {"sessions", {"lateness", "7s"}, 0, false, 7000000000, 1},
        {"sessions", {NULL}, 1, true, 0, 1},
        {"enrich", {"lateness", "7s"}, 0, false, 7000000000, 3},
        {"enrich", {NULL}, 1, true, 0, 1},
        {"fraud", {NULL}, 0, true, 0, 1},
        {"attribution", {"lateness", "7s"}, 0, true, 0, 3},
        {"attribution", {"lateness", "7s"}, 1, false, 607000000000, 3},
        {"attribution", {NULL}, 3, true, 0, 3},
        {"brute-force", {"lateness", "7s"}, 0, false, 7000000000, 1},
        {"brute-force", {NULL}, 1, true, 0, 1},
        {"abandonment", {"lateness", "7s"}, 0, false, 7000000000, 7},
        {"abandonment", {NULL}, 3, true, 0, 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct query_fixture fixture;
        struct pm_plan_output_info info;
        query_fixture_open(&fixture, cases[i].query, cases[i].set);
        assert_int_equal(pm_plan_output_info(fixture.plan, cases[i].output, &info), 0);
        assert_int_equal(info.on_arrival, cases[i].on_arrival);
        assert_int_equal(info.streams, cases[i].streams);
        if (!info.on_arrival)
            assert_int_equal(info.closing_lag_ns, cases[i].closing_lag_ns);
        query_fixture_close(&fixture);
    }
}

/* The digest of 2000 records of every stream of @p query. */
static uint64_t digest_of_fill(const struct pm_query *query, const void *settings, uint64_t seed)
{
    struct pm_digest digest = {0};
    struct pm_bytes bytes = {0};

    for (unsigned i = 0; i < query->streams; i++) {
        struct pm_random random = pm_random_open(seed, i);
        for (uint64_t n = 0; n < 2000; n++) {
            struct pm_record record = {.event_time_ns = (int64_t)n * 1000000, .key = n % 50};
            uint32_t size;
            query->stream[i].fill(settings, &random, &record, &bytes);
            const char *text = pm_record_text(&record, &bytes, &size);
            pm_digest_add(&digest, record.payload, sizeof record.payload);
            pm_digest_add(&digest, text != NULL ? text : "", size);
            bytes.used = 0;
        }
    }
    pm_bytes_close(&bytes);
    return pm_digest_value(&digest);
}

static void same_seed_same_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; pm_queries[i] != NULL; i++) {
        _Alignas(16) char settings[512];
        pm_option_defaults(pm_queries[i]->options, settings);
        const uint64_t first = digest_of_fill(pm_queries[i], settings, 1);
        assert_int_equal(digest_of_fill(pm_queries[i], settings, 1), first);
        assert_int_not_equal(digest_of_fill(pm_queries[i], settings, 2), first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_query_is_found_by_its_name),
        cmocka_unit_test(every_plan_passes_its_check),
        cmocka_unit_test(outputs_wait_for_the_watermark_or_not),
        cmocka_unit_test(same_seed_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
