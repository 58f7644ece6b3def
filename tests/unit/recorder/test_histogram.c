/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms: index arithmetic, error bound, values out of range, snapshots, percentiles. */
#include "pm_histogram.h"
#include "pm_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct pm_histogram *open_with(unsigned digits, int64_t lowest, int64_t highest)
{
    const struct pm_histogram_config config = {lowest, highest, digits};
    struct pm_histogram *histogram = NULL;

    assert_int_equal(pm_histogram_open(&histogram, &config, NULL), 0);
    return histogram;
}

static struct pm_histogram *open_default(void)
{
    return open_with(3, 1, 3600 * PM_NS_PER_S);
}

/* Cells, bytes and equivalent ranges as HdrHistogram 2.1 has them. */
static void layout_is_that_of_hdr_histogram(void **state)
{
    static const struct {
        unsigned digits;
        int64_t lowest, highest;
        uint32_t sub_buckets, buckets, cells;
    } rows[] = {
        {3, 1, 3600 * PM_NS_PER_S, 2048, 32, 33792},
        {2, 1, 3600 * PM_NS_PER_S, 256, 35, 4608},
        {1, 1, 3600 * PM_NS_PER_S, 32, 38, 624},
        {3, 1, INT64_MAX, 2048, 53, 55296},
        {3, 1, 3600000000, 2048, 22, 23552},
        {5, 1, 3600 * PM_NS_PER_S, 262144, 25, 3407872},
        {3, 1000, 3600 * PM_NS_PER_S, 2048, 23, 24576},
        {3, 1, 2, 2048, 1, 2048},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct pm_histogram_config config = {rows[i].lowest, rows[i].highest, rows[i].digits};
        size_t bytes = 0;

        assert_int_equal(pm_histogram_size(&bytes, &config, NULL), 0);
        assert_int_equal(bytes, 320 + 8 * (rows[i].cells + 2));

        struct pm_histogram *histogram = open_with(rows[i].digits, rows[i].lowest, rows[i].highest);
        assert_int_equal(2u << histogram->half_bits, rows[i].sub_buckets);
        assert_int_equal(histogram->buckets, rows[i].buckets);
        assert_int_equal(histogram->length, rows[i].cells);
        pm_histogram_close(histogram);
    }
}

static void cells_are_those_of_hdr_histogram(void **state)
{
    static const struct {
        int64_t value;
        uint32_t cell;
        int64_t low, high;
    } rows[] = {
        {0, 0, 0, 0},
        {1, 1, 1, 1},
        {1023, 1023, 1023, 1023},
        {1024, 1024, 1024, 1024},
        {2047, 2047, 2047, 2047},
        {2048, 2048, 2048, 2049},
        {2049, 2048, 2048, 2049},
        {4095, 3071, 4094, 4095},
        {4096, 3072, 4096, 4099},
        {10000, 4322, 10000, 10007},
        {65659620, 17363, 65634304, 65667071},
        {1000000000, 21363, 999817216, 1000341503},
        {3600 * PM_NS_PER_S, 33420, 3599182594048, 3601330077695},
        {4398046511103, 33791, 4395899027456, 4398046511103},
    };
    struct pm_histogram *histogram = open_default();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint32_t cell = (uint32_t)pm_histogram_index(histogram, (uint64_t)rows[i].value);
        assert_int_equal(cell, rows[i].cell);
        assert_int_equal(pm_histogram_lowest_at(histogram, cell), rows[i].low);
        assert_int_equal(pm_histogram_highest_at(histogram, cell), rows[i].high);
    }
    pm_histogram_close(histogram);
}

static void cells_leave_no_gap_and_do_not_overlap(void **state)
{
    (void)state;
    for (unsigned digits = 1; digits <= 4; digits++) {
        struct pm_histogram *histogram = open_with(digits, digits == 2 ? 100 : 1, INT64_MAX);
        int64_t next = 0;

        for (uint32_t i = 0; i < histogram->length; i++) {
            const int64_t low = pm_histogram_lowest_at(histogram, i);
            const int64_t high = pm_histogram_highest_at(histogram, i);

            assert_int_equal(low, next);
            assert_int_equal(pm_histogram_index(histogram, (uint64_t)low), i);
            assert_int_equal(pm_histogram_index(histogram, (uint64_t)high), i);
            next = (int64_t)((uint64_t)high + 1);
        }
        assert_true(next == INT64_MIN); /* the last cell ends with the largest value */
        pm_histogram_close(histogram);
    }
}

static void reported_value_is_within_the_stated_error(void **state)
{
    struct pm_random random = pm_random_open(7, 0);

    (void)state;
    for (unsigned digits = 1; digits <= 5; digits++) {
        struct pm_histogram *histogram = open_with(digits, 1, 3600 * PM_NS_PER_S);
        double bound = 1;

        for (unsigned i = 0; i < digits; i++)
            bound /= 10;
        for (int i = 0; i < 200000; i++) {
            const uint64_t value = pm_random_u64(&random) >> (23 + pm_random_below(&random, 41));
            const uint32_t cell = (uint32_t)pm_histogram_index(histogram, value);
            const int64_t off = pm_histogram_highest_at(histogram, cell) - (int64_t)value;

            assert_true(off >= 0);
            assert_true(off == 0 || (double)off < bound * (double)value);
        }
        pm_histogram_close(histogram);
    }
}

static void values_out_of_range_are_counted_apart(void **state)
{
    static const int64_t negative[] = {-1, -1000, INT64_MIN, INT64_MIN + 1};
    static const int64_t above[] = {4398046511104, INT64_MAX, INT64_MAX / 2};
    struct pm_histogram *histogram = open_default();

    (void)state;
    for (size_t i = 0; i < sizeof negative / sizeof negative[0]; i++)
        pm_histogram_record(histogram, negative[i]);
    for (size_t i = 0; i < sizeof above / sizeof above[0]; i++)
        pm_histogram_record(histogram, above[i]);
    pm_histogram_record(histogram, 5);
    assert_int_equal(pm_histogram_count(histogram), 1);
    assert_int_equal(pm_histogram_negative(histogram), 4);
    assert_int_equal(pm_histogram_overflow(histogram), 3);
    assert_int_equal(pm_histogram_min(histogram), 5);
    assert_int_equal(pm_histogram_max(histogram), 5);
    assert_int_equal(pm_histogram_percentile(histogram, 25), 5);
    assert_true(pm_histogram_percentile(histogram, 26) == PM_HISTOGRAM_BEYOND);
    pm_histogram_close(histogram);

    histogram = open_with(3, 1, INT64_MAX);
    pm_histogram_record(histogram, INT64_MAX);
    pm_histogram_record(histogram, -1);
    assert_int_equal(pm_histogram_overflow(histogram), 0);
    assert_int_equal(pm_histogram_negative(histogram), 1);
    assert_true(pm_histogram_max(histogram) == INT64_MAX);
    pm_histogram_close(histogram);
}

static void percentile_is_the_value_of_its_rank(void **state)
{
    static const struct {
        double percentile;
        int64_t value;
        uint64_t above;
    } rows[] = {
        {0, 1, 999},       {0.1, 1, 999},  {0.11, 2, 998}, {50, 500, 500},
        {50.01, 501, 499}, {90, 900, 100}, {99, 990, 10},  {99.9, 999, 1},
        {99.91, 1000, 0},  {100, 1000, 0}, {101, 1000, 0}, {-1, 1, 999},
    };
    struct pm_histogram *histogram = open_default();

    (void)state;
    assert_int_equal(pm_histogram_percentile(histogram, 50), 0);
    assert_int_equal(pm_histogram_samples_above(histogram, 50), 0);
    for (int64_t value = 1; value <= 1000; value++)
        pm_histogram_record(histogram, value);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(pm_histogram_percentile(histogram, rows[i].percentile), rows[i].value);
        assert_int_equal(pm_histogram_samples_above(histogram, rows[i].percentile), rows[i].above);
    }
    assert_true(pm_histogram_supports(histogram, 90));
    assert_false(pm_histogram_supports(histogram, 90.1));
    pm_histogram_close(histogram);
}

static void moments_are_those_of_the_middle_values(void **state)
{
    struct pm_histogram *histogram = open_default();

    (void)state;
    assert_true(pm_histogram_mean(histogram) == 0 && pm_histogram_stddev(histogram) == 0);
    pm_histogram_record_n(histogram, 2, 3);
    pm_histogram_record_n(histogram, 6, 1);
    assert_true(pm_histogram_mean(histogram) == 3.0);
    assert_true(pm_histogram_stddev(histogram) * pm_histogram_stddev(histogram) > 2.999999);
    assert_true(pm_histogram_stddev(histogram) * pm_histogram_stddev(histogram) < 3.000001);
    pm_histogram_record_n(histogram, 65659620, 4);
    assert_true(pm_histogram_mean(histogram) == (12.0 + 4 * 65650688.0) / 8);
    pm_histogram_close(histogram);
}

static void difference_of_snapshots_is_the_interval_between(void **state)
{
    struct pm_histogram *live = open_default();
    struct pm_histogram *first = open_default();
    struct pm_histogram *second = open_default();

    (void)state;
    pm_histogram_record_n(live, 10, 5);
    pm_histogram_record_n(live, -1, 1);
    assert_int_equal(pm_histogram_snapshot(first, live, NULL), 0);
    pm_histogram_record_n(live, 10, 2);
    pm_histogram_record_n(live, 700000, 1);
    pm_histogram_record_n(live, INT64_MAX, 3);
    assert_int_equal(pm_histogram_snapshot(second, live, NULL), 0);
    assert_int_equal(pm_histogram_subtract(second, second, first, NULL), 0);
    assert_int_equal(pm_histogram_count(second), 3);
    assert_int_equal(pm_histogram_overflow(second), 3);
    assert_int_equal(pm_histogram_negative(second), 0);
    assert_int_equal(pm_histogram_count_at(second, 10), 2);
    assert_int_equal(pm_histogram_merge(second, first, NULL), 0);
    assert_memory_equal(second, live, sizeof *live + ((size_t)live->length + 2) * 8);
    assert_int_equal(pm_histogram_subtract(second, first, live, NULL), PM_ECORRUPT);
    pm_histogram_close(live);
    pm_histogram_close(first);
    pm_histogram_close(second);
}

static void other_layouts_are_refused(void **state)
{
    struct pm_histogram *three = open_default();
    struct pm_histogram *two = open_with(2, 1, 3600 * PM_NS_PER_S);
    struct pm_error error;

    (void)state;
    assert_int_equal(pm_histogram_snapshot(three, two, &error), PM_EMISMATCH);
    assert_non_null(strstr(error.text, "3 digits"));
    assert_int_equal(pm_histogram_merge(three, two, NULL), PM_EMISMATCH);
    assert_int_equal(pm_histogram_subtract(three, three, two, NULL), PM_EMISMATCH);
    pm_histogram_close(three);
    pm_histogram_close(two);
}

static void configurations_out_of_range_are_refused(void **state)
{
    static const struct pm_histogram_config rows[] = {
        {1, 1000, 0},
        {1, 1000, 6},
        {0, 1000, 3},
        {-5, 1000, 3},
        {1, 1, 3},
        {1, -7, 3},
        {600, 1000, 3},
        {1LL << 61, INT64_MAX, 3},
        {1, 0, 3},
        {1LL << 45, INT64_MAX, 5},
        {INT64_MAX, INT64_MAX, 1},
    };
    size_t size = 99;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(pm_histogram_size(&size, &rows[i], NULL), PM_EINPUT);
    assert_int_equal(size, 99);
}

static void placed_memory_is_found_again(void **state)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *placed = NULL;
    struct pm_histogram *found = NULL;
    size_t size = 0;

    (void)state;
    assert_int_equal(pm_histogram_size(&size, &config, NULL), 0);

    void *memory = malloc(size);

    assert_int_equal(pm_histogram_place(&placed, memory, size - 1, &config, NULL), PM_EINPUT);
    memset(memory, 0xa5, size);
    assert_int_equal(pm_histogram_attach(&found, memory, size, NULL), PM_EMISMATCH);
    assert_int_equal(pm_histogram_place(&placed, memory, size, &config, NULL), 0);
    pm_histogram_record(placed, 42);
    assert_int_equal(pm_histogram_attach(&found, memory, size, NULL), 0);
    assert_ptr_equal(found, placed);
    assert_int_equal(pm_histogram_count(found), 1);
    assert_int_equal(pm_histogram_attach(&found, memory, size - 1, NULL), PM_EMISMATCH);
    placed->length++;
    assert_int_equal(pm_histogram_attach(&found, memory, size, NULL), PM_EMISMATCH);
    placed->length--;
    placed->digits = 77;
    assert_int_equal(pm_histogram_attach(&found, memory, size, NULL), PM_EMISMATCH);
    assert_int_equal(pm_histogram_attach(&found, memory, 8, NULL), PM_EMISMATCH);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_is_that_of_hdr_histogram),
        cmocka_unit_test(cells_are_those_of_hdr_histogram),
        cmocka_unit_test(cells_leave_no_gap_and_do_not_overlap),
        cmocka_unit_test(reported_value_is_within_the_stated_error),
        cmocka_unit_test(values_out_of_range_are_counted_apart),
        cmocka_unit_test(percentile_is_the_value_of_its_rank),
        cmocka_unit_test(moments_are_those_of_the_middle_values),
        cmocka_unit_test(difference_of_snapshots_is_the_interval_between),
        cmocka_unit_test(other_layouts_are_refused),
        cmocka_unit_test(configurations_out_of_range_are_refused),
        cmocka_unit_test(placed_memory_is_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
