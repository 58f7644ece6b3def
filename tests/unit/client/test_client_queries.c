/* SPDX-License-Identifier: Apache-2.0 */
/* Every hand-written query against the oracle of its name, over made data with broken texts,
 * disorder, stragglers and idle marks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client_bench.h"
#include "query_data.h"

#define SEEDS 3u

static uint64_t first_seed(void)
{
    const char *const text = getenv("PM_SEED");

    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

/* The partitions one message each, whichever the random number names. */
static void take_all(struct client_bench *bench, const struct query_input *input, uint64_t seed)
{
    struct pm_random random = pm_random_open(seed, 1);
    uint64_t at[QUERY_INPUT_PARTITIONS] = {0};
    unsigned open = input->view.partitions;

    while (open > 0) {
        const unsigned p = (unsigned)pm_random_below(&random, input->view.partitions);
        const struct pm_oracle_partition *const from = &input->partition[p];

        if (at[p] > from->count)
            continue;
        if (at[p] < from->count)
            assert_int_equal(client_bench_take(bench, p, &from->rows[at[p]], from->bytes), 0);
        else
            client_bench_flush(bench, p);
        open -= at[p]++ == from->count ? 1u : 0u;
    }
}

static void check_case(const struct query_case *given, uint64_t seed)
{
    struct query_data_config data = given->data;
    struct query_fixture fixture;
    struct query_input input;
    struct client_bench bench;
    struct pm_oracle_verdict verdict;

    data.seed = seed;
    query_fixture_open(&fixture, given->query, given->set);
    query_data_open(&input, &fixture, &data);
    query_fixture_expect(&fixture, &input);
    client_bench_open(&bench, &fixture, data.partitions, data.delay_ns);
    take_all(&bench, &input, seed);

    struct pm_oracle_check *const check = query_fixture_check(&fixture);
    for (size_t i = 0; i < bench.count; i++)
        pm_oracle_check_row(check, &bench.rows[i], &bench.bytes, 0);
    if (pm_oracle_check_close(check, &verdict) != 0)
        fail_msg("%s, seed %llu: %llu lost, %llu duplicated, %llu wrong of %llu: %s", given->query,
                 (unsigned long long)seed, (unsigned long long)verdict.lost,
                 (unsigned long long)verdict.duplicated, (unsigned long long)verdict.wrong,
                 (unsigned long long)verdict.expected, verdict.example[0]);
    assert_true(verdict.expected > 10);
    client_bench_close(&bench);
    query_input_close(&input);
    query_fixture_close(&fixture);
}

static void every_query_gives_what_its_oracle_expects(void **state)
{
    unsigned cases = 0;

    (void)state;
    for (unsigned q = 0; pm_client_queries[q] != NULL; q++) {
        const unsigned before = cases;

        for (unsigned i = 0; i < query_case_count; i++) {
            if (strcmp(query_cases[i].query, pm_client_queries[q]->name) != 0)
                continue;
            for (uint64_t seed = first_seed(); seed < first_seed() + SEEDS; seed++)
                check_case(&query_cases[i], seed);
            cases++;
        }
        assert_true(cases > before);
    }
}

/* --- hourly-plain, small enough to be seen ---------------------------------------------------- */

static void open_hourly(struct client_bench *bench, struct query_fixture *fixture,
                        unsigned partitions)
{
    static const char *const set[] = {"window.size", "100ns", "lateness", "0", NULL};

    query_fixture_open(fixture, "hourly-plain", set);
    client_bench_open(bench, fixture, partitions, 10);
}

static void give(struct client_bench *bench, unsigned partition, enum pm_record_kind kind,
                 int64_t time_ns, int64_t reading)
{
    const struct pm_record record = {.event_time_ns = time_ns,
                                     .key = 5,
                                     .word = pm_record_word(0, kind),
                                     .payload = {(uint64_t)reading, 5}};

    assert_int_equal(client_bench_take(bench, partition, &record, NULL), 0);
}

static void a_window_closes_when_every_partition_has_passed_it(void **state)
{
    struct query_fixture fixture;
    struct client_bench bench;
    uint32_t size;

    (void)state;
    open_hourly(&bench, &fixture, 2);
    give(&bench, 0, PM_KIND_DATA, 99, -7);
    give(&bench, 1, PM_KIND_DATA, 0, 2);
    give(&bench, 0, PM_KIND_DATA, 110, 1000);
    give(&bench, 1, PM_KIND_DATA, 109, 1000);
    assert_int_equal(bench.count, 0); /* 109 - 10 is one below the end */
    give(&bench, 1, PM_KIND_IDLE, 110, 0);
    assert_int_equal(bench.count, 1);
    const struct pm_record *const row = &bench.rows[0];
    assert_int_equal(row->event_time_ns, 99);
    assert_int_equal(row->key, 0);
    assert_int_equal(row->id, 0);
    assert_int_equal(row->payload[0], 0);
    assert_int_equal(row->payload[1], 100);
    assert_int_equal((int64_t)row->payload[2], -2500);
    assert_int_equal(*(const int64_t *)(const void *)client_bench_text_of(&bench, 0, &size), 2);
    assert_int_equal(size, 8);
    client_bench_close(&bench);
    query_fixture_close(&fixture);
}

static void lateness_is_between_a_reading_and_its_own_partition(void **state)
{
    struct query_fixture fixture;
    struct client_bench bench;

    (void)state;
    open_hourly(&bench, &fixture, 2);
    give(&bench, 0, PM_KIND_DATA, 110, 1); /* partition 0 has passed the first window */
    give(&bench, 1, PM_KIND_DATA, 50, 4);  /* partition 1 has not */
    assert_int_equal(bench.count, 0);
    give(&bench, 0, PM_KIND_DATA, 50, 9); /* late, although the window is open still */
    assert_int_equal(bench.count, 1);
    assert_int_equal(pm_record_stream(&bench.rows[0]), 1);
    assert_int_equal(bench.rows[0].event_time_ns, 50);
    assert_int_equal(bench.rows[0].key, 0);
    assert_int_equal(bench.rows[0].payload[0], 9);
    assert_int_equal(bench.rows[0].payload[1], 5);
    client_bench_flush(&bench, 0);
    client_bench_flush(&bench, 1);
    assert_int_equal(bench.count, 3);
    assert_int_equal(bench.rows[1].payload[2], 4000); /* of the one reading that counts */
    assert_int_equal(bench.rows[2].payload[0], 100);
    client_bench_close(&bench);
    query_fixture_close(&fixture);
}

static void times_before_1970_lie_in_windows_too(void **state)
{
    struct query_fixture fixture;
    struct client_bench bench;

    (void)state;
    open_hourly(&bench, &fixture, 1);
    give(&bench, 0, PM_KIND_DATA, -1, 3);
    client_bench_flush(&bench, 0);
    assert_int_equal(bench.count, 1);
    assert_int_equal((int64_t)bench.rows[0].payload[0], -100);
    assert_int_equal(bench.rows[0].payload[1], 0);
    client_bench_close(&bench);
    query_fixture_close(&fixture);
}

static void what_produce_refuses_ends_the_query(void **state)
{
    struct query_fixture fixture;
    struct client_bench bench;

    (void)state;
    query_fixture_open(&fixture, "route", NULL);
    client_bench_open(&bench, &fixture, 1, 0);
    bench.refuse = PM_ESINK;
    assert_int_equal(client_bench_text(&bench, 0, 0, "{", 1), PM_ESINK);
    client_bench_close(&bench);
    query_fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_query_gives_what_its_oracle_expects),
        cmocka_unit_test(a_window_closes_when_every_partition_has_passed_it),
        cmocka_unit_test(lateness_is_between_a_reading_and_its_own_partition),
        cmocka_unit_test(times_before_1970_lie_in_windows_too),
        cmocka_unit_test(what_produce_refuses_ends_the_query),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
