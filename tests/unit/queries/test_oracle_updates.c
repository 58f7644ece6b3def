/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of updates: rows may skip states, not invent them, and the last one must stand; and
 * dashboard's oracle against states worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pm_query_dashboard.h"
#include "query_fixture.h"

#define TOPS PM_DASHBOARD_TOPS
#define I    PM_OP_INSERT
#define B    PM_OP_BEFORE
#define D    PM_OP_DELETE

struct change {
    enum pm_record_op op;
    int64_t value; /* of key 1, product 2; 0 ends the list */
};

/* Product 2 passes through 10, 20, nothing, 30, by inputs 0 to 3. */
static void expect_product_2(struct query_fixture *dashboard)
{
    for (int64_t i = 0; i < 4; i++) {
        const int64_t row[] = {1, 2, 10 * (i < 2 ? i + 1 : 3)};
        pm_oracle_cause(dashboard->oracle, (uint64_t)i);
        if (i == 2)
            pm_oracle_expect_gone(dashboard->oracle, TOPS, 3, row);
        else
            pm_oracle_expect(dashboard->oracle, TOPS, 3, row, NULL, 0);
    }
}

/* And product 3 through 7 and nothing. */
static void open_case(struct query_fixture *dashboard)
{
    const int64_t other[] = {1, 3, 7};

    query_fixture_open(dashboard, "dashboard", NULL);
    expect_product_2(dashboard);
    pm_oracle_expect(dashboard->oracle, TOPS, 3, other, NULL, 0);
    pm_oracle_expect_gone(dashboard->oracle, TOPS, 3, other);
    assert_int_equal(pm_oracle_seal(dashboard->oracle, NULL), 0);
}

static const struct {
    const char *what;
    struct change change[8];
    uint64_t lost, duplicated, wrong;
} cases[] = {
    {"every state", {{I, 10}, {B, 10}, {I, 20}, {D, 20}, {I, 30}}, 0, 0, 0},
    {"the last state alone", {{I, 30}}, 0, 0, 0},
    {"one skipped, and the gap between", {{I, 10}, {B, 10}, {I, 30}}, 0, 0, 0},
    {"nothing at all", {{0, 0}}, 1, 0, 0},
    {"not the last", {{I, 10}, {B, 10}, {I, 20}}, 1, 0, 0},
    {"gone in the end", {{I, 30}, {D, 30}}, 1, 0, 0},
    {"a state that never was", {{I, 15}, {B, 15}, {I, 30}}, 0, 0, 1},
    {"back to an earlier one", {{I, 20}, {B, 20}, {I, 10}, {B, 10}, {I, 30}}, 0, 0, 1},
    {"taken back what was not out", {{I, 10}, {B, 20}, {I, 30}}, 0, 0, 1},
    {"taken back twice", {{I, 10}, {D, 10}, {D, 10}, {I, 30}}, 0, 0, 1},
    {"not taken back", {{I, 10}, {I, 30}}, 0, 0, 1},
    {"the same twice", {{I, 30}, {I, 30}}, 0, 1, 0},
};

static void states_may_be_skipped_and_not_invented(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct query_fixture dashboard;
        struct pm_oracle_verdict verdict;
        open_case(&dashboard);
        struct pm_oracle_check *check = query_fixture_check(&dashboard);
        for (unsigned k = 0; cases[i].change[k].value != 0; k++) {
            const int64_t row[] = {1, 2, cases[i].change[k].value};
            query_fixture_change(&dashboard, check, TOPS, cases[i].change[k].op, row, 0);
        }
        (void)pm_oracle_check_close(check, &verdict);
        if (verdict.lost != cases[i].lost || verdict.duplicated != cases[i].duplicated ||
            verdict.wrong != cases[i].wrong)
            fail_msg("%s: %llu lost, %llu duplicated, %llu wrong", cases[i].what,
                     (unsigned long long)verdict.lost, (unsigned long long)verdict.duplicated,
                     (unsigned long long)verdict.wrong);
        query_fixture_close(&dashboard);
    }
}

/* Which input's effect was told, and when; a letter an input, 'a' the first. */
struct told {
    char text[64];
};

static void note_effect(void *payload, uint64_t id, int64_t visible_ns)
{
    struct told *told = payload;
    const size_t used = strlen(told->text);

    snprintf(told->text + used, sizeof told->text - used, "%c%lld ", (char)('a' + id),
             (long long)visible_ns);
}

/* Product 2 passes through 10 (input a), 20 (b), nothing (c), 30 (d); rows are visible at 1, 2 ..
 */
static void an_input_is_told_with_the_first_row_that_includes_it(void **state)
{
    static const struct {
        struct change change[8];
        const char *told;
    } shown[] = {
        {{{I, 10}, {B, 10}, {I, 20}, {D, 20}, {I, 30}}, "a1 b3 c4 d5 "},
        {{{I, 30}}, "a1 b1 c1 d1 "},
        {{{I, 10}, {B, 10}, {I, 30}}, "a1 b3 c3 d3 "},
        {{{I, 10}, {D, 10}, {I, 30}}, "a1 b2 c2 d3 "},
        {{{I, 20}}, "a1 b1 "},
        {{{I, 15}, {B, 15}, {I, 30}}, "a3 b3 c3 d3 "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        struct query_fixture dashboard;
        struct pm_oracle_verdict verdict;
        struct told told = {""};
        query_fixture_open(&dashboard, "dashboard", NULL);
        expect_product_2(&dashboard);
        assert_int_equal(pm_oracle_seal(dashboard.oracle, NULL), 0);
        struct pm_oracle_check *check = query_fixture_check(&dashboard);
        pm_oracle_check_effects(check, note_effect, &told);
        for (unsigned k = 0; shown[i].change[k].value != 0; k++) {
            const int64_t row[] = {1, 2, shown[i].change[k].value};
            query_fixture_change(&dashboard, check, TOPS, shown[i].change[k].op, row, k + 1);
        }
        (void)pm_oracle_check_close(check, &verdict);
        assert_string_equal(told.text, shown[i].told);
        query_fixture_close(&dashboard);
    }
}

static void the_digest_is_of_the_last_rows(void **state)
{
    uint64_t digest[3] = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct query_fixture dashboard;
        struct pm_oracle_verdict verdict;
        open_case(&dashboard);
        struct pm_oracle_check *check = query_fixture_check(&dashboard);
        for (unsigned k = 0; cases[i].change[k].value != 0; k++) {
            const int64_t row[] = {1, 2, cases[i].change[k].value};
            query_fixture_change(&dashboard, check, TOPS, cases[i].change[k].op, row, 0);
        }
        assert_int_equal(pm_oracle_check_close(check, &verdict), 0);
        digest[i] = pm_digest_value(&verdict.digest);
        query_fixture_close(&dashboard);
    }
    assert_true(digest[0] != 0 && digest[0] == digest[1] && digest[1] == digest[2]);
}

/* Eleven products of region 5: the one that sells least is in the top until the last one sells. */
static void the_dashboard_shows_the_ten_that_sell_most(void **state)
{
    static const char *const set[] = {"update.interval", "0", NULL};
    struct query_fixture dashboard;
    struct query_input input;
    struct pm_oracle_verdict verdict;

    (void)state;
    query_fixture_open(&dashboard, "dashboard", set);
    query_input_open(&input, 1, 0);
    for (int64_t product = 0; product <= 10; product++) {
        struct pm_record *row = query_input_add(&input, 0, PM_KIND_DATA, product, 5);
        row->payload[0] = (uint64_t)(100 + product);
        row->payload[1] = (uint64_t)product;
        row->payload[2] = 77;
    }
    struct pm_record *again = query_input_add(&input, 0, PM_KIND_DATA, 11, 5);
    again->payload[0] = 1;
    again->payload[1] = 1;
    again->payload[2] = 78;
    query_fixture_expect(&dashboard, &input);
    struct pm_oracle_check *check = query_fixture_check(&dashboard);
    for (int64_t product = 0; product <= 10; product++) {
        const int64_t sold[] = {5, product, 1, 1, 100 + product, 1};
        query_fixture_change(&dashboard, check, PM_DASHBOARD_PRODUCTS, I, sold, 0);
        const int64_t least[] = {5, 0, 100}, top[] = {5, product, 100 + product};
        if (product == 10)
            query_fixture_change(&dashboard, check, TOPS, D, least, 0);
        query_fixture_change(&dashboard, check, TOPS, I, top, 0);
    }
    static const int64_t sold[2][6] = {{5, 1, 1, 1, 101, 1}, {5, 1, 2, 2, 102, 2}};
    static const int64_t top[2][3] = {{5, 1, 101}, {5, 1, 102}};
    for (unsigned i = 0; i < 2; i++) {
        query_fixture_change(&dashboard, check, PM_DASHBOARD_PRODUCTS, i == 0 ? B : I, sold[i], 0);
        query_fixture_change(&dashboard, check, TOPS, i == 0 ? B : I, top[i], 0);
    }
    if (pm_oracle_check_close(check, &verdict) != 0)
        fail_msg("%s", verdict.example[0]);
    query_input_close(&input);
    query_fixture_close(&dashboard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_may_be_skipped_and_not_invented),
        cmocka_unit_test(an_input_is_told_with_the_first_row_that_includes_it),
        cmocka_unit_test(the_digest_is_of_the_last_rows),
        cmocka_unit_test(the_dashboard_shows_the_ten_that_sell_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
