/* SPDX-License-Identifier: Apache-2.0 */
/* Percentile text: exact bytes on known data; the Java library is asked by the integration test. */
#include "pm_hgrm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *write_text(const struct pm_histogram *histogram, double ratio)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_int_equal(pm_hgrm_write(stream, histogram, ratio, NULL), 0);
    fclose(stream);
    return text;
}

static struct pm_histogram *open_default(void)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram = NULL;

    assert_int_equal(pm_histogram_open(&histogram, &config, NULL), 0);
    return histogram;
}

static void an_empty_histogram_has_no_rows(void **state)
{
    static const char expected[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                                   "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
                                   "#[Max     =        0.000, Total count    =            0]\n"
                                   "#[Buckets =           32, SubBuckets     =         2048]\n";
    struct pm_histogram *histogram = open_default();
    char *text = write_text(histogram, 1e6);

    (void)state;
    assert_string_equal(text, expected);
    free(text);
    pm_histogram_close(histogram);
}

/* HdrHistogram 2.1.11 prints the same for 1, 2, 3, 4 with a ratio of 1. */
static void four_values_give_the_known_rows(void **state)
{
    static const char expected[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
                                   "       1.000 0.000000000000          1           1.00\n"
                                   "       1.000 0.100000000000          1           1.11\n"
                                   "       1.000 0.200000000000          1           1.25\n"
                                   "       2.000 0.300000000000          2           1.43\n"
                                   "       2.000 0.400000000000          2           1.67\n"
                                   "       2.000 0.500000000000          2           2.00\n"
                                   "       3.000 0.550000000000          3           2.22\n"
                                   "       3.000 0.600000000000          3           2.50\n"
                                   "       3.000 0.650000000000          3           2.86\n"
                                   "       3.000 0.700000000000          3           3.33\n"
                                   "       3.000 0.750000000000          3           4.00\n"
                                   "       4.000 0.775000000000          4           4.44\n"
                                   "       4.000 1.000000000000          4\n"
                                   "#[Mean    =        2.500, StdDeviation   =        1.118]\n"
                                   "#[Max     =        4.000, Total count    =            4]\n"
                                   "#[Buckets =           32, SubBuckets     =         2048]\n";
    struct pm_histogram *histogram = open_default();

    (void)state;
    for (int64_t value = 1; value <= 4; value++)
        pm_histogram_record(histogram, value);
    char *text = write_text(histogram, 1);
    assert_string_equal(text, expected);
    free(text);
    pm_histogram_close(histogram);
}

static void values_out_of_range_add_one_comment_line(void **state)
{
    struct pm_histogram *histogram = open_default();

    (void)state;
    pm_histogram_record(histogram, 1);
    pm_histogram_record(histogram, INT64_MAX);
    pm_histogram_record_n(histogram, -1, 2);
    char *text = write_text(histogram, 1);
    assert_non_null(strstr(text, "#[Above   =            1, Negative       =            2]\n"));
    assert_non_null(strstr(text, "Total count    =            1]\n"));
    free(text);
    pm_histogram_close(histogram);
}

/* 2^60 of 2^60 + 1 samples are 100 % in binary: the levels must end all the same. */
static void levels_end_where_the_share_rounds_to_one(void **state)
{
    struct pm_histogram *histogram = open_default();

    (void)state;
    pm_histogram_record_n(histogram, 1, 1ULL << 60);
    pm_histogram_record_n(histogram, 2, 1);
    char *text = write_text(histogram, 1);
    assert_non_null(strstr(text, "\n       2.000 1.000000000000 1152921504606846977\n"));
    assert_true(strlen(text) < 20000);
    free(text);
    pm_histogram_close(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_histogram_has_no_rows),
        cmocka_unit_test(four_values_give_the_known_rows),
        cmocka_unit_test(values_out_of_range_add_one_comment_line),
        cmocka_unit_test(levels_end_where_the_share_rounds_to_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
