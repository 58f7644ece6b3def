/* SPDX-License-Identifier: Apache-2.0 */
/* The collector: every row is counted once, in the right place, from the right origin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_collector.h"

#define START_NS   (1000 * PM_NS_PER_S)
#define PARTITIONS 2u
#define RECORDS    100u /* of each partition, one every 10 ms */
#define GAP_NS     (10 * PM_NS_PER_MS)

static void make_input(struct pm_input *input)
{
    struct pm_bytes bytes = {0};

    assert_int_equal(pm_input_open(input, 1, PARTITIONS, 0, false, NULL), 0);
    for (unsigned i = 0; i <= RECORDS; i++)
        for (unsigned p = 0; p < PARTITIONS; p++) {
            const struct pm_record record = {
                .event_time_ns = i * GAP_NS,
                .stamp_ns = i * GAP_NS,
                .id = pm_record_id(p, 0),
                .word = pm_record_word(0, i < RECORDS ? PM_KIND_DATA : PM_KIND_FLUSH),
            };

            assert_int_equal(pm_input_add(input, &record, &bytes, NULL), 0);
        }
    assert_int_equal(pm_input_seal(input, NULL), 0);
}

static struct pm_collector *open_collector(const struct pm_input *input, int64_t warmup_ns)
{
    struct pm_collector *collector = NULL;
    const struct pm_collector_config config = {
        .input = input,
        .start_ns = START_NS,
        .time_scale = 1,
        .warmup_ns = warmup_ns,
        .interval_ns = 100 * PM_NS_PER_MS,
        .intervals = 10,
        .sampled = true,
    };

    assert_int_equal(pm_collector_open(&collector, &config, NULL), 0);
    return collector;
}

/* The row of record @p i of partition @p p, visible @p after_ns after it was due. */
static void add_change(struct pm_collector *collector, unsigned p, unsigned i, int64_t after_ns,
                       enum pm_record_op op)
{
    const struct pm_bytes bytes = {0};
    struct pm_record row = {.id = pm_record_id(p, i),
                            .stamp_ns = START_NS + i * GAP_NS + after_ns / 2};
    pm_record_set_op(&row, op);
    const int64_t due_ns = START_NS + i * GAP_NS;
    const struct pm_committed committed = {
        &row, &bytes, due_ns + after_ns, 0, due_ns + after_ns * 4 / 5, 0};

    assert_int_equal(pm_collector_row(collector, &committed), 0);
}

static void add_row(struct pm_collector *collector, unsigned p, unsigned i, int64_t after_ns)
{
    add_change(collector, p, i, after_ns, PM_OP_INSERT);
}

static void records_that_pass_through_are_sampled_from_their_due_time(void **state)
{
    struct pm_input input;
    struct pm_collection all;

    (void)state;
    make_input(&input);
    assert_int_equal(input.records, PARTITIONS * RECORDS);
    struct pm_collector *const collector = open_collector(&input, 0);
    for (unsigned p = 0; p < PARTITIONS; p++)
        for (unsigned i = 0; i < RECORDS; i++)
            add_row(collector, p, i, 1000);
    assert_int_equal(pm_collector_close(collector, &all, NULL), 0);
    assert_true(all.checked);
    assert_int_equal(all.sampled, PARTITIONS * RECORDS);
    assert_int_equal(all.verdict.lost, 0);
    assert_int_equal(pm_histogram_max(all.measure[PM_MEASURE_LATENCY]), 1000);
    assert_int_equal(pm_histogram_max(all.measure[PM_MEASURE_SERVICE]), 500);
    assert_int_equal(pm_histogram_max(all.measure[PM_MEASURE_DUE_TO_READ]), 500);
    assert_int_equal(pm_histogram_max(all.measure[PM_MEASURE_READ_TO_EMIT]), 300);
    assert_int_equal(pm_histogram_max(all.measure[PM_MEASURE_EMIT_TO_VISIBLE]), 200);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(pm_histogram_count(all.interval[i]), PARTITIONS * RECORDS / 10);
    pm_collection_close(&all);
    pm_input_close(&input);
}

static void each_kind_of_row_has_its_own_counter(void **state)
{
    struct pm_input input;
    struct pm_collection all;
    struct pm_error error;

    (void)state;
    make_input(&input);
    struct pm_collector *const collector = open_collector(&input, 20 * GAP_NS);
    add_row(collector, 0, 19, 1000);      /* warm-up */
    add_row(collector, 0, 20, 1000);      /* the first sample */
    add_row(collector, 0, 30, -1);        /* visible before it was due */
    add_row(collector, 0, 20, 2000);      /* a second time */
    add_row(collector, 0, RECORDS, 1000); /* the flush record is no input */
    add_row(collector, PARTITIONS, 0, 1); /* nor is another partition's */
    assert_int_equal(pm_collector_close(collector, &all, &error), PM_EWRONG);
    assert_int_equal(all.rows, 6);
    assert_int_equal(all.warmup_rows, 1);
    assert_int_equal(all.sampled, 2);
    assert_int_equal(all.early_rows, 1);
    assert_int_equal(all.alien_rows, 2);
    assert_int_equal(all.verdict.duplicated, 1);
    assert_int_equal(all.verdict.wrong, 2);
    assert_int_equal(all.verdict.lost, PARTITIONS * RECORDS - 3);
    assert_int_equal(pm_histogram_count(all.measure[PM_MEASURE_LATENCY]), 2);
    pm_collection_close(&all);
    pm_input_close(&input);
}

static void what_is_taken_back_is_no_sample(void **state)
{
    struct pm_input input;
    struct pm_collection all;
    struct pm_error error;

    (void)state;
    make_input(&input);
    struct pm_collector *const collector = open_collector(&input, 0);
    add_row(collector, 0, 20, 1000);
    add_change(collector, 0, 21, 1000, PM_OP_BEFORE);
    add_row(collector, 0, 21, 1000);
    add_change(collector, 0, 22, 1000, PM_OP_DELETE);
    assert_int_equal(pm_collector_close(collector, &all, &error), PM_EWRONG); /* not all came */
    assert_int_equal(all.rows, 4);
    assert_int_equal(all.update_rows, 2);
    assert_int_equal(all.sampled, 2);
    pm_collection_close(&all);
    pm_input_close(&input);
}

static void warm_up_ends_where_three_intervals_agree(void **state)
{
    static const uint64_t steady[] = {1, 5, 9, 10, 10, 9, 11, 10, 10, 10};
    static const uint64_t late[] = {1, 5, 2, 4, 10, 9, 11, 10, 10, 10};
    static const uint64_t falling[] = {900, 500, 300, 200, 120, 80, 50, 30, 20, 10};
    struct pm_input input;
    struct pm_collection all;

    (void)state;
    make_input(&input);
    struct pm_collector *const collector = open_collector(&input, 0);
    for (unsigned i = 0; i < RECORDS; i++)
        add_row(collector, 0, i, i < 20 ? 1000000 * (20 - i) : 1000);
    assert_int_equal(pm_collector_close(collector, &all, NULL), PM_EWRONG); /* partition 1 */
    assert_int_equal(pm_collection_settled(&all, NULL), 2);
    assert_int_equal(pm_collection_settled(&all, steady), 2);
    assert_int_equal(pm_collection_settled(&all, late), 4);
    assert_int_equal(pm_collection_settled(&all, falling), -1);
    pm_collection_close(&all);
    pm_input_close(&input);
}

static void an_input_has_one_digest_whether_texts_are_kept_or_not(void **state)
{
    uint64_t digest[2];
    struct pm_bytes bytes = {0};

    (void)state;
    for (unsigned keep = 0; keep < 2; keep++) {
        struct pm_input input;
        struct pm_record record = {.word = pm_record_word(0, PM_KIND_DATA)};

        bytes.used = 0;
        assert_int_equal(pm_input_open(&input, 1, 1, 0, keep == 1, NULL), 0);
        memcpy(pm_record_extend(&record, &bytes, 5), "hello", 5);
        assert_int_equal(pm_input_add(&input, &record, &bytes, NULL), 0);
        assert_int_equal(pm_input_seal(&input, NULL), 0);
        digest[keep] = input.digest;
        assert_int_equal(input.text_bytes, pm_record_extension_bytes(&record, &bytes));
        pm_input_close(&input);
    }
    assert_true(digest[0] == digest[1]);
    pm_bytes_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_that_pass_through_are_sampled_from_their_due_time),
        cmocka_unit_test(each_kind_of_row_has_its_own_counter),
        cmocka_unit_test(what_is_taken_back_is_no_sample),
        cmocka_unit_test(warm_up_ends_where_three_intervals_agree),
        cmocka_unit_test(an_input_has_one_digest_whether_texts_are_kept_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
