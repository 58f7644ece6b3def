/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: rows that are lost, come twice or come wrong are counted and told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "query_fixture.h"

/* Windows of spend: key, window_start, window_end, sum, count, max. */
static const int64_t windows[][6] = {
    {7, 0, 100, 50, 2, 30},
    {7, 100, 200, 5, 1, 5},
    {8, 0, 100, 9, 3, 4},
};
#define WINDOWS (sizeof windows / sizeof windows[0])
static const int64_t late[] = {11, 7, 500}; /* time, user, amount; its id is 42 */

static struct query_fixture spend;

static int open_spend(void **state)
{
    const int64_t late_values[] = {42, 11, 7, 500};

    (void)state;
    query_fixture_open(&spend, "spend", NULL);
    for (size_t i = 0; i < WINDOWS; i++)
        pm_oracle_expect(spend.oracle, 0, 6, windows[i], NULL, 0);
    pm_oracle_expect(spend.oracle, 1, 4, late_values, NULL, 0);
    return pm_oracle_seal(spend.oracle, NULL);
}

static int close_spend(void **state)
{
    (void)state;
    query_fixture_close(&spend);
    return 0;
}

/* All rows but those whose bit is set in @p without; bit WINDOWS is the late one. */
static struct pm_oracle_check *rows_without(unsigned without)
{
    struct pm_oracle_check *check = query_fixture_check(&spend);

    for (size_t i = WINDOWS; i-- > 0;) {
        if ((without >> i & 1u) == 0)
            query_fixture_row(&spend, check, 0, 0, windows[i], NULL);
    }
    if ((without >> WINDOWS & 1u) == 0)
        query_fixture_row(&spend, check, 1, 42, late, NULL);
    return check;
}

static void judge(struct pm_oracle_check *check, uint64_t lost, uint64_t duplicated, uint64_t wrong,
                  struct pm_oracle_verdict *verdict)
{
    const int code = pm_oracle_check_close(check, verdict);

    assert_int_equal(code, lost + duplicated + wrong == 0 ? 0 : PM_EWRONG);
    assert_int_equal(verdict->expected, WINDOWS + 1);
    assert_int_equal(verdict->lost, lost);
    assert_int_equal(verdict->duplicated, duplicated);
    assert_int_equal(verdict->wrong, wrong);
}

static void rows_in_any_order_are_right(void **state)
{
    struct pm_oracle_verdict verdict;

    (void)state;
    judge(rows_without(0), 0, 0, 0, &verdict);
    assert_int_equal(verdict.examples, 0);
    assert_int_equal(verdict.digest.count, WINDOWS + 1);
    assert_int_equal(pm_oracle_expected(spend.oracle, 0), WINDOWS);
    assert_int_equal(pm_oracle_expected(spend.oracle, 1), 1);
}

static void digest_ignores_order_and_sees_values(void **state)
{
    struct pm_oracle_verdict first, second, third;
    struct pm_oracle_check *check = query_fixture_check(&spend);

    (void)state;
    query_fixture_row(&spend, check, 1, 42, late, NULL);
    for (size_t i = 0; i < WINDOWS; i++)
        query_fixture_row(&spend, check, 0, 0, windows[i], NULL);
    judge(check, 0, 0, 0, &first);
    judge(rows_without(0), 0, 0, 0, &second);
    assert_int_equal(pm_digest_value(&first.digest), pm_digest_value(&second.digest));
    judge(rows_without(1), 1, 0, 0, &third);
    assert_int_not_equal(pm_digest_value(&first.digest), pm_digest_value(&third.digest));
}

static void a_missing_row_is_lost(void **state)
{
    struct pm_oracle_verdict verdict;

    (void)state;
    judge(rows_without(1u << 1), 1, 0, 0, &verdict);
    assert_int_equal(verdict.examples, 1);
    assert_string_equal(verdict.example[0], "lost spend key=7 window_start=100 window_end=200: "
                                            "expected sum=5 count=1 max=5");
    judge(rows_without(1u << WINDOWS), 1, 0, 0, &verdict);
    assert_string_equal(verdict.example[0], "lost late id=42: expected time=11 user=7 amount=500");
}

static void nothing_at_all_loses_everything(void **state)
{
    struct pm_oracle_verdict verdict;

    (void)state;
    judge(query_fixture_check(&spend), WINDOWS + 1, 0, 0, &verdict);
    assert_int_equal(verdict.examples, PM_ORACLE_EXAMPLES);
}

static void a_row_that_comes_again_is_duplicated(void **state)
{
    struct pm_oracle_check *check = rows_without(0);
    struct pm_oracle_verdict verdict;

    (void)state;
    query_fixture_row(&spend, check, 0, 0, windows[2], NULL);
    query_fixture_row(&spend, check, 0, 0, windows[2], NULL);
    judge(check, 0, 2, 0, &verdict);
    assert_non_null(strstr(verdict.example[0], "duplicated spend key=8"));
}

static void another_value_is_wrong_and_told_beside_the_right_one(void **state)
{
    const int64_t values[] = {7, 0, 100, 51, 2, 30};
    struct pm_oracle_check *check = rows_without(1u << 0);
    struct pm_oracle_verdict verdict;

    (void)state;
    query_fixture_row(&spend, check, 0, 0, values, NULL);
    judge(check, 0, 0, 1, &verdict);
    assert_string_equal(verdict.example[0],
                        "wrong spend key=7 window_start=0 window_end=100: expected sum=50 count=2 "
                        "max=30, came sum=51 count=2 max=30");
}

static void a_right_row_and_a_second_answer_are_one_wrong(void **state)
{
    const int64_t values[] = {7, 0, 100, 51, 2, 30};
    struct pm_oracle_check *check = rows_without(0);
    struct pm_oracle_verdict verdict;

    (void)state;
    query_fixture_row(&spend, check, 0, 0, values, NULL);
    judge(check, 0, 0, 1, &verdict);
}

static void a_row_that_nobody_expects_is_wrong(void **state)
{
    const int64_t values[] = {9, 0, 100, 1, 1, 1};
    struct pm_oracle_check *check = rows_without(0);
    struct pm_oracle_verdict verdict;

    (void)state;
    query_fixture_row(&spend, check, 0, 0, values, NULL);
    judge(check, 0, 0, 1, &verdict);
    assert_non_null(strstr(verdict.example[0], "expected nothing, came sum=1"));
}

static void a_row_of_an_unknown_output_is_wrong(void **state)
{
    struct pm_oracle_check *check = rows_without(0);
    const struct pm_record row = {.word = pm_record_word(2, PM_KIND_DATA)};
    const struct pm_bytes bytes = {0};
    struct pm_oracle_verdict verdict;

    (void)state;
    pm_oracle_check_row(check, &row, &bytes, 0);
    judge(check, 0, 0, 1, &verdict);
}

static void texts_are_compared_and_shortened_in_words(void **state)
{
    static const char text[] =
        "{\"region\":\"africa\",\"note\":\"a text that is too long to show\"}";
    const int64_t values[] = {3, 10, 1, 2, 300, 6};
    const int64_t columns[] = {10, 1, 2, 300, 6};
    struct pm_oracle_verdict verdict;
    struct query_fixture route;

    (void)state;
    query_fixture_open(&route, "route", NULL);
    pm_oracle_expect(route.oracle, 6, 6, values, text, strlen(text));
    assert_int_equal(pm_oracle_seal(route.oracle, NULL), 0);
    struct pm_oracle_check *check = query_fixture_check(&route);
    query_fixture_row(&route, check, 6, 3, columns, text);
    assert_int_equal(pm_oracle_check_close(check, &verdict), 0);
    check = query_fixture_check(&route);
    query_fixture_row(&route, check, 6, 3, columns, "{\x01}");
    assert_int_equal(pm_oracle_check_close(check, &verdict), PM_EWRONG);
    assert_int_equal(verdict.wrong, 1);
    assert_non_null(strstr(verdict.example[0], "wrong events-africa id=3: expected time=10"));
    assert_non_null(strstr(verdict.example[0], "...\""));
    query_fixture_close(&route);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_in_any_order_are_right),
        cmocka_unit_test(digest_ignores_order_and_sees_values),
        cmocka_unit_test(a_missing_row_is_lost),
        cmocka_unit_test(nothing_at_all_loses_everything),
        cmocka_unit_test(a_row_that_comes_again_is_duplicated),
        cmocka_unit_test(another_value_is_wrong_and_told_beside_the_right_one),
        cmocka_unit_test(a_right_row_and_a_second_answer_are_one_wrong),
        cmocka_unit_test(a_row_that_nobody_expects_is_wrong),
        cmocka_unit_test(a_row_of_an_unknown_output_is_wrong),
        cmocka_unit_test(texts_are_compared_and_shortened_in_words),
    };

    return cmocka_run_group_tests(tests, open_spend, close_spend);
}
