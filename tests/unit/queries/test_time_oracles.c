/* SPDX-License-Identifier: Apache-2.0 */
/* The oracles of the queries in event time order and of pairs, against answers worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_query_abandonment.h"
#include "pm_query_attribution.h"
#include "pm_query_brute_force.h"
#include "query_fixture.h"

/* As query_fixture_row takes it. */
struct answer {
    unsigned output;
    uint64_t id;
    int64_t values[9];
};

/* One record of the input: the first payload words are a and b. */
struct event {
    unsigned partition;
    int64_t time_ns;
    uint64_t key, a, b;
};

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static void check(const char *query, const char *const *set, unsigned partitions, int64_t delay_ns,
                  const struct event *events, size_t count, const struct answer *answers,
                  size_t rows)
{
    struct pm_oracle_verdict verdict;
    struct query_fixture fixture;
    struct query_input input;

    query_fixture_open(&fixture, query, set);
    query_input_open(&input, partitions, delay_ns);
    for (unsigned p = 0; p < fixture.query->streams; p++)
        input.partition[p].stream = p;
    for (size_t i = 0; i < count; i++) {
        struct pm_record *record = query_input_add(&input, events[i].partition, PM_KIND_DATA,
                                                   events[i].time_ns, events[i].key);
        record->payload[0] = events[i].a;
        record->payload[1] = events[i].b;
    }
    query_fixture_expect(&fixture, &input);
    struct pm_oracle_check *judge = query_fixture_check(&fixture);
    for (size_t i = 0; i < rows; i++)
        query_fixture_row(&fixture, judge, answers[i].output, answers[i].id, answers[i].values,
                          NULL);
    if (pm_oracle_check_close(judge, &verdict) != 0)
        fail_msg("%s", verdict.example[0]);
    assert_int_equal(verdict.expected, rows);
    query_input_close(&input);
    query_fixture_close(&fixture);
}

#define FAILED    ((uint64_t)PM_LOGIN_FAILED << 32)
#define SUCCEEDED ((uint64_t)PM_LOGIN_SUCCEEDED << 32)

/* Three in less than 10 ns, alerts 50 ns apart, delay 20. */
static void brute_force_counts_failures_in_a_row(void **state)
{
    static const char *const set[] = {"within", "10ns", "quiet", "50ns", NULL};
    static const struct event events[] = {
        {0, 100, 1, 11, FAILED},     {0, 105, 1, 12, FAILED},
        {0, 103, 1, 13, SUCCEEDED},                           /* between the first and the second */
        {0, 107, 1, 14, FAILED},     {0, 114, 1, 15, FAILED}, /* 105, 107, 114 */
        {0, 115, 1, 16, FAILED},     {0, 116, 1, 17, FAILED},
        {0, 117, 1, 18, FAILED}, /* 3 ns after the first alert: the same burst */
        {0, 200, 1, 19, FAILED},     {0, 205, 1, 20, FAILED},
        {0, 210, 1, 21, FAILED},     /* 10 ns: too slow */
        {0, 211, 1, 22, FAILED},     /* 205, 210, 211 */
        {0, 150, 1, 23, FAILED | 7}, /* below 211 - 20 */
    };
    static const struct answer answers[] = {
        {PM_BRUTE_FORCE_ALERTS, 0, {1, 105, 114, 15}},
        {PM_BRUTE_FORCE_ALERTS, 0, {1, 205, 211, 22}},
        {PM_BRUTE_FORCE_LATE, 12, {150, 1, 23, 7, PM_LOGIN_FAILED}},
    };

    (void)state;
    check("brute-force", set, 1, 20, events, COUNT(events), answers, COUNT(answers));
}

/* Up to 10 ns, delay 5: an impression at t is complete at t + 11. Both partitions lag alike. */
static void attribution_pairs_within_the_time_or_expires(void **state)
{
    static const char *const set[] = {"within", "10ns", NULL};
    static const struct event events[] = {
        {0, 100, 3, 1, 0},  {0, 105, 3, 2, 0}, {0, 130, 3, 3, 0},
        {0, 115, 3, 4, 0},  {0, 114, 3, 5, 0}, /* 114 + 11 <= 130 - 5: late */
        {1, 110, 3, 6, 0},                     /* 10 after the first, 5 after the second */
        {1, 111, 3, 7, 0},                     /* 11 after the first */
        {1, 99, 3, 8, 0},                      /* before both, though not late: 99 + 11 > 111 - 5 */
        {1, 126, 3, 9, 0},                     /* 11 after 115 */
        {1, 109, 3, 10, 0},                    /* 109 + 11 <= 126 - 5; late */
    };
    static const struct answer answers[] = {
        {PM_ATTRIBUTION_PAIRS, 0, {110, 3, 1, 0, 0, 0, 6, 10}},
        {PM_ATTRIBUTION_PAIRS, 0, {110, 3, 2, 0, 0, 0, 6, 5}},
        {PM_ATTRIBUTION_PAIRS, 0, {111, 3, 2, 0, 0, 0, 7, 6}},
        {PM_ATTRIBUTION_EXPIRED, 0, {130, 3, 3, 0, 0, 0}},
        {PM_ATTRIBUTION_EXPIRED, 0, {115, 3, 4, 0, 0, 0}},
        {PM_ATTRIBUTION_LATE_IMPRESSIONS, 4, {114, 3, 5, 0, 0, 0}},
        {PM_ATTRIBUTION_LATE_CLICKS, 1ULL << 48 | 4, {109, 3, 10, 0, 0}},
    };

    (void)state;
    check("attribution", set, 2, 5, events, COUNT(events), answers, COUNT(answers));
}

/* 10 ns without a purchase, all within 60. Streams are partitions 0 logins, 1 purchases, 2 carts.
 */
static void abandonment_wants_no_purchase_after_the_cart(void **state)
{
    static const char *const set[] = {"absent", "10ns", "within", "60ns", NULL};
    static const struct event events[] = {
        {0, 100, 1, 11, 0},  {1, 110, 1, 500, 0}, {2, 120, 1, 900, 2},
        {0, 125, 1, 12, 0},  {1, 131, 1, 600, 0}, /* 11 ns after the cart: abandoned at 130, which
                                                     ends login 12, too */
        {2, 140, 1, 901, 3}, {0, 200, 2, 13, 0},  {1, 210, 2, 501, 0},
        {2, 220, 2, 902, 4}, {1, 230, 2, 502, 0}, /* at the very end of the 10 ns: bought */
        {0, 300, 3, 14, 0},  {1, 310, 3, 503, 0}, {2, 350, 3, 903, 5}, /* would end 60 after 300 */
        {0, 400, 4, 15, 0},  {2, 405, 4, 904, 6}, /* no purchase before the cart */
        {0, 399, 4, 16, 0},                       /* below 400, the partition's watermark */
    };
    static const struct answer answers[] = {
        {PM_ABANDONMENT_ALERTS, 0, {1, 100, 130, 11, 500, 900, 2}},
        {PM_ABANDONMENT_LATE, 5, {399, 4, 16}},
    };

    (void)state;
    check("abandonment", set, 3, 0, events, COUNT(events), answers, COUNT(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brute_force_counts_failures_in_a_row),
        cmocka_unit_test(attribution_pairs_within_the_time_or_expires),
        cmocka_unit_test(abandonment_wants_no_purchase_after_the_cart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
