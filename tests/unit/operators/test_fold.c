/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: exact sums, means rounded half away from zero, merging, and what a check refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_fold.h"

static const struct pm_schema schema = {
    .name = "input",
    .count = 7,
    .columns = {PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("cents", PM_TYPE_MONEY, 8, 4, 0),
                PM_COLUMN_PAYLOAD("degrees", PM_TYPE_DECIMAL, 12, 4, 3),
                PM_COLUMN_CHOICE("kind", 16, 1, "a b"), PM_COLUMN_TEXT("text"),
                PM_COLUMN_EXTENSION("far", PM_TYPE_INTEGER, 8, 8, 0),
                PM_COLUMN_EXTENSION("fine", PM_TYPE_DECIMAL, 16, 8, 19)},
};

static struct pm_folds open_one(enum pm_fold fold, const char *column, uint8_t scale)
{
    const struct pm_fold_spec spec = {fold, column, "r", scale};
    struct pm_fold_plan plan[PM_FOLDS_MAX];
    struct pm_folds folds;

    pm_folds_copy(plan, 1, &spec);
    pm_folds_open(&folds, 1, plan, &schema);
    return folds;
}

static int64_t result_of(enum pm_fold fold, uint8_t scale, unsigned count, const int64_t *values)
{
    const struct pm_folds folds = open_one(fold, "v", scale);
    uint64_t accumulator[PM_FOLDS_SIZE_MAX / 8] = {0};
    struct pm_bytes bytes = {0};
    int64_t result;

    for (unsigned i = 0; i < count; i++) {
        const struct pm_record record = {.payload = {(uint64_t)values[i]}};
        pm_folds_add(&folds, accumulator, &record, &bytes);
    }
    pm_folds_results(&folds, accumulator, &result);
    return result;
}

static void each_fold_has_its_result(void **state)
{
    const struct {
        enum pm_fold fold;
        uint8_t scale;
        unsigned count;
        int64_t values[4];
        int64_t result;
    } cases[] = {
        {PM_FOLD_COUNT, 0, 3, {5, -7, 0}, 3},
        {PM_FOLD_SUM, 0, 3, {5, -7, 0}, -2},
        {PM_FOLD_MIN, 0, 3, {5, -7, 0}, -7},
        {PM_FOLD_DISTINCT, 8, 4, {5, -7, 5, 0}, 3},
        {PM_FOLD_MAX, 0, 3, {-5, -7, -6}, -5}, /* a zeroed accumulator is no record */
        {PM_FOLD_MIN, 0, 2, {5, 7}, 5},
        {PM_FOLD_SUM, 0, 3, {INT64_MAX, INT64_MAX, INT64_MIN}, INT64_MAX - 1},
        {PM_FOLD_SUM, 0, 2, {INT64_MAX, 1}, INT64_MAX}, /* saturates when written only */
        {PM_FOLD_SUM, 0, 2, {INT64_MIN, -1}, INT64_MIN},
        {PM_FOLD_MEAN, 0, 2, {1, 2}, 2}, /* half away from zero */
        {PM_FOLD_MEAN, 0, 2, {-1, -2}, -2},
        {PM_FOLD_MEAN, 0, 4, {1, 1, 1, 2}, 1},
        {PM_FOLD_MEAN, 0, 4, {-1, -1, -1, -2}, -1},
        {PM_FOLD_MEAN, 2, 3, {1, 0, 0}, 33},
        {PM_FOLD_MEAN, 2, 3, {2, 0, 0}, 67},
        {PM_FOLD_MEAN, 2, 3, {-2, 0, 0}, -67},
        {PM_FOLD_MEAN, 18, 3, {1, 0, 0}, 333333333333333333},
        {PM_FOLD_MEAN, 18, 2, {INT64_MAX, INT64_MAX}, INT64_MAX},
        {PM_FOLD_MEAN, 0, 2, {INT64_MAX, INT64_MAX}, INT64_MAX},
        {PM_FOLD_MEAN, 0, 3, {INT64_MIN, INT64_MIN, INT64_MIN}, INT64_MIN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(result_of(cases[i].fold, cases[i].scale, cases[i].count, cases[i].values),
                         cases[i].result);
}

static void a_mean_counts_the_decimals_of_its_column(void **state)
{
    const struct {
        const char *column;
        uint8_t scale;
        int64_t result;
    } cases[] = {
        {"cents", 2, 1235}, /* of 12.34 and 12.35, 12.345 */
        {"cents", 3, 12345},   {"cents", 0, 12},
        {"degrees", 3, -1502}, /* of -1.501 and -1.502, -1.5015 */
        {"degrees", 1, -15},   {"degrees", 0, -2},
    };
    struct pm_bytes bytes = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct pm_folds folds = open_one(PM_FOLD_MEAN, cases[i].column, cases[i].scale);
        uint64_t accumulator[PM_FOLDS_SIZE_MAX / 8] = {0};
        int64_t result;
        for (int n = 0; n < 2; n++) {
            struct pm_record record = {0};
            pm_schema_write(&schema.columns[1], &record, &bytes, 1234 + n);
            pm_schema_write(&schema.columns[2], &record, &bytes, -1501 - n);
            pm_folds_add(&folds, accumulator, &record, &bytes);
        }
        pm_folds_results(&folds, accumulator, &result);
        assert_int_equal(result, cases[i].result);
    }
}

static void merging_is_adding(void **state)
{
    const struct pm_fold_spec specs[5] = {{PM_FOLD_SUM, "v", "s", 0},
                                          {PM_FOLD_MIN, "v", "min", 0},
                                          {PM_FOLD_COUNT, NULL, "n", 0},
                                          {PM_FOLD_MAX, "v", "max", 0},
                                          {PM_FOLD_MEAN, "v", "mean", 1}};
    struct pm_fold_plan plan[PM_FOLDS_MAX];
    struct pm_folds folds;
    uint64_t part[3][PM_FOLDS_SIZE_MAX / 8] = {{0}}; /* the third stays empty */
    uint64_t whole[PM_FOLDS_SIZE_MAX / 8] = {0}, all[PM_FOLDS_SIZE_MAX / 8] = {0};
    struct pm_bytes bytes = {0};

    (void)state;
    pm_folds_copy(plan, 5, specs);
    pm_folds_open(&folds, 5, plan, &schema);
    assert_int_equal(folds.size, 8 + 16 + 8 + 8 + 16);
    for (int64_t i = 0; i < 10; i++) {
        const struct pm_record record = {.payload = {(uint64_t)(i * i - 50)}};
        pm_folds_add(&folds, part[i % 2], &record, &bytes);
        pm_folds_add(&folds, all, &record, &bytes);
    }
    for (int i = 0; i < 2; i++)
        pm_folds_merge(&folds, whole, part[i]);
    assert_memory_equal(whole, all, folds.size);
    int64_t results[PM_FOLDS_MAX];
    pm_folds_results(&folds, whole, results);
    const int64_t expected[5] = {-215, -50, 10, 31, -215};
    assert_memory_equal(results, expected, sizeof expected);
}

static struct pm_plan *aggregate_of(unsigned folds, enum pm_fold fold, const char *column,
                                    uint8_t scale, const char *result)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    struct pm_aggregate_config config = {.folds = folds};

    for (unsigned i = 0; i < PM_FOLDS_MAX; i++)
        config.fold[i] = (struct pm_fold_spec){PM_FOLD_COUNT, NULL, "n", 0};
    config.fold[0] = (struct pm_fold_spec){fold, column, result, scale};
    struct pm_flow flow = pm_plan_source(plan, 0, &schema);
    flow = pm_plan_key_by(plan, flow, "v");
    pm_plan_output(plan, pm_plan_aggregate(plan, flow, &config), 0, "out");
    return plan;
}

static void a_check_refuses_what_has_no_meaning(void **state)
{
    const struct {
        unsigned folds;
        enum pm_fold fold;
        const char *column;
        uint8_t scale;
        const char *result, *text;
    } cases[] = {
        {0, PM_FOLD_COUNT, NULL, 0, "a", "aggregate#2: 0 folds, 1 to 8 are allowed"},
        {9, PM_FOLD_COUNT, NULL, 0, "a", "aggregate#2: 9 folds, 1 to 8 are allowed"},
        {1, PM_FOLD_SUM, "w", 0, "a", "aggregate#2: no column 'w' in input"},
        {1, PM_FOLD_SUM, NULL, 0, "a", "aggregate#2: no column '' in input"},
        {1, PM_FOLD_MAX, "text", 0, "a", "aggregate#2: column 'text' is text, a number is needed"},
        {1, PM_FOLD_SUM, "kind", 0, "a",
         "aggregate#2: column 'kind' holds words, which have no sum"},
        {1, PM_FOLD_MEAN, "v", 19, "a",
         "aggregate#2: mean 'a' has 19 decimals, at most 18 are allowed"},
        {1, PM_FOLD_MEAN, "fine", 2, "a",
         "aggregate#2: column 'fine' has 19 decimals, a mean takes 18"},
        {1, PM_FOLD_SUM, "v", 0, "key", "aggregate#2: result name 'key' is empty or stands twice"},
        {1, PM_FOLD_SUM, "v", 0, NULL, "aggregate#2: result name '' is empty or stands twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_error error = {0};
        struct pm_plan *plan = aggregate_of(cases[i].folds, cases[i].fold, cases[i].column,
                                            cases[i].scale, cases[i].result);
        assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].text);
        pm_plan_close(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fold_has_its_result),
        cmocka_unit_test(a_mean_counts_the_decimals_of_its_column),
        cmocka_unit_test(merging_is_adding),
        cmocka_unit_test(a_check_refuses_what_has_no_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
