/* SPDX-License-Identifier: Apache-2.0 */
/* Each oracle against answers worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_hash.h"
#include "pm_query_enrich.h"
#include "pm_query_fraud.h"
#include "pm_query_high_value.h"
#include "pm_query_hourly.h"
#include "pm_query_hourly_plain.h"
#include "pm_query_log_etl.h"
#include "pm_query_maintenance.h"
#include "pm_query_sessions.h"
#include "pm_query_spend.h"
#include "query_fixture.h"

/* One answer worked out by hand: as query_fixture_row takes it. */
struct answer {
    unsigned output;
    uint64_t id;
    int64_t values[9];
    const char *text;
};

/* The oracle expects exactly @p answers of @p input. */
static void expect_answers(struct query_fixture *fixture, const struct query_input *input,
                           const struct answer *answers, size_t count)
{
    struct pm_oracle_verdict verdict;

    query_fixture_expect(fixture, input);
    struct pm_oracle_check *check = query_fixture_check(fixture);
    for (size_t i = 0; i < count; i++)
        query_fixture_row(fixture, check, answers[i].output, answers[i].id, answers[i].values,
                          answers[i].text);
    if (pm_oracle_check_close(check, &verdict) != 0)
        fail_msg("%s", verdict.example[0]);
    assert_int_equal(verdict.expected, count);
}

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])

static void add(struct query_input *input, unsigned partition, int64_t time_ns, uint64_t key,
                uint64_t value)
{
    query_input_add(input, partition, PM_KIND_DATA, time_ns, key)->payload[0] = value;
}

/* Windows of 100 ns, delay 20, lateness 30. Partition 1 is far behind partition 0, which makes
 * none of its records late: each partition's own watermark counts. */
static void spend_counts_behind_records_while_their_window_is_open(void **state)
{
    static const char *const set[] = {"window.size", "100ns", "lateness", "30ns", NULL};
    static const struct answer answers[] = {
        {PM_SPEND_WINDOWS, 0, {7, 0, 100, 15, 3, 9}, NULL},
        {PM_SPEND_WINDOWS, 0, {7, 100, 200, 100, 1, 100}, NULL},
        {PM_SPEND_WINDOWS, 0, {8, 0, 100, 50, 1, 50}, NULL},
        {PM_SPEND_LATE, 5, {98, 7, 1000}, NULL},
    };
    struct query_fixture spend;
    struct query_input input;

    (void)state;
    query_fixture_open(&spend, "spend", set);
    query_input_open(&input, 2, 20);
    add(&input, 0, 10, 7, 5);
    add(&input, 0, 99, 7, 1);                         /* the window's last ns */
    add(&input, 0, 149, 7, 100);                      /* watermark 129 */
    add(&input, 0, 97, 7, 9);                         /* behind, 100 + 30 > 129 */
    query_input_add(&input, 0, PM_KIND_IDLE, 150, 0); /* watermark 130 */
    add(&input, 0, 98, 7, 1000);                      /* 100 + 30 <= 130: late */
    query_input_add(&input, 0, PM_KIND_FLUSH, 1000, 0);
    add(&input, 1, 50, 8, 50);
    expect_answers(&spend, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&spend);
}

/* Windows of 100 ns every 50. The record at 60 comes behind 120: of its windows [0, 100) and
 * [50, 150) only the second may count it. The one at 10 is in [-50, 50) and [0, 100): late. */
static void hourly_counts_a_behind_record_only_in_open_windows(void **state)
{
    static const char *const set[] = {"window.size", "100ns", "window.slide", "50ns", NULL};
    static const struct answer answers[] = {
        {PM_HOURLY_WINDOWS, 0, {3, -50, 50, 1000, 1, 1, 1}, NULL},
        {PM_HOURLY_WINDOWS, 0, {3, 0, 100, 1000, 1, 1, 1}, NULL},
        {PM_HOURLY_WINDOWS, 0, {3, 50, 150, -1500, 2, -5, 2}, NULL},
        {PM_HOURLY_WINDOWS, 0, {3, 100, 200, 2000, 1, 2, 2}, NULL},
        {PM_HOURLY_LATE, 3, {10, 3, 77}, NULL},
    };
    struct query_fixture hourly;
    struct query_input input;

    (void)state;
    query_fixture_open(&hourly, "hourly", set);
    query_input_open(&input, 1, 0);
    add(&input, 0, 20, 3, 1);
    add(&input, 0, 120, 3, 2);
    add(&input, 0, 60, 3, (uint64_t)-5);
    add(&input, 0, 10, 3, 77);
    expect_answers(&hourly, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&hourly);
}

/* Thirds and halves: 2/3 = 0.667, -2/3 = -0.667, and 1/2000 = 0.0005 becomes 0.001. */
static void hourly_rounds_averages_half_away_from_zero(void **state)
{
    static const char *const set[] = {"window.size", "100ns", "window.slide", "100ns", NULL};
    static const struct answer answers[] = {
        {PM_HOURLY_WINDOWS, 0, {1, 0, 100, 667, 3, 0, 1}, NULL},
        {PM_HOURLY_WINDOWS, 0, {2, 0, 100, -667, 3, -1, 0}, NULL},
        {PM_HOURLY_WINDOWS, 0, {3, 0, 100, 1, 2000, 0, 1}, NULL},
    };
    struct query_fixture hourly;
    struct query_input input;

    (void)state;
    query_fixture_open(&hourly, "hourly", set);
    query_input_open(&input, 1, 0);
    for (unsigned i = 0; i < 3; i++) {
        add(&input, 0, 10, 1, i < 2);
        add(&input, 0, 10, 2, i < 2 ? (uint64_t)-1 : 0);
    }
    for (unsigned i = 0; i < 2000; i++)
        add(&input, 0, 20, 3, i == 7);
    expect_answers(&hourly, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&hourly);
}

/* Gap 100. The record at 250 comes behind 340 and bridges two sessions; one exactly at a session's
 * end starts the next. */
static void sessions_merge_and_break_exactly_at_the_gap(void **state)
{
    static const char *const set[] = {"session.gap", "100ns", "lateness", "200ns", NULL};
    static const struct answer answers[] = {
        {PM_SESSIONS_CLOSED, 0, {7, 150, 440, 4, 1111}, NULL},
        {PM_SESSIONS_CLOSED, 0, {7, 440, 540, 1, 5}, NULL},
        {PM_SESSIONS_CLOSED, 0, {9, 150, 250, 1, 8}, NULL},
        {PM_SESSIONS_LATE, 5, {139, 7, 77}, NULL},
    };
    struct query_fixture sessions;
    struct query_input input;

    (void)state;
    query_fixture_open(&sessions, "sessions", set);
    query_input_open(&input, 1, 0);
    add(&input, 0, 150, 7, 1);
    add(&input, 0, 160, 7, 10);
    add(&input, 0, 340, 7, 100);
    add(&input, 0, 250, 7, 1000); /* 90 behind the one, 90 before the other */
    add(&input, 0, 150, 9, 8);
    add(&input, 0, 139, 7, 77); /* 139 + 200 < 340: late */
    add(&input, 0, 440, 7, 5);  /* 340 + 100: the session's end */
    expect_answers(&sessions, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&sessions);
}

static void add_click(struct query_input *input, int64_t time_ns, uint64_t user, uint64_t click)
{
    struct pm_record *record = query_input_add(input, 0, PM_KIND_DATA, time_ns, user);

    record->payload[0] = click;
    record->payload[1] = 70;
}

static void add_profile(struct query_input *input, int64_t time_ns, uint64_t tier)
{
    struct pm_record *record = query_input_add(input, 1, PM_KIND_DATA, time_ns, 7);

    record->payload[0] = tier;
    record->payload[1] = tier * 100;
}

/* The profile of 50 comes behind watermark 200: only clicks from 200 on may see it, and they see
 * the newer one. The profile of 240 comes behind 300: clicks at 250 may not see it, 300 may. */
static void enrich_shows_each_click_the_profile_it_may_see(void **state)
{
    static const struct answer answers[] = {
        {PM_ENRICH_ROWS, 0, {99, 7, 1, 70, 0, 0, 0}, NULL},
        {PM_ENRICH_ROWS, 0, {100, 7, 2, 70, 1, 100, 1}, NULL},
        {PM_ENRICH_ROWS, 0, {250, 7, 3, 70, 2, 200, 1}, NULL},
        {PM_ENRICH_ROWS, 0, {300, 7, 4, 70, 3, 300, 1}, NULL},
        {PM_ENRICH_ROWS, 0, {300, 8, 5, 70, 0, 0, 0}, NULL},
        {PM_ENRICH_LATE, 5, {299, 7, 6, 70}, NULL},
    };
    struct query_fixture enrich;
    struct query_input input;

    (void)state;
    query_fixture_open(&enrich, "enrich", NULL);
    query_input_open(&input, 2, 0);
    input.partition[1].stream = PM_ENRICH_PROFILES;
    add_click(&input, 99, 7, 1);
    add_click(&input, 100, 7, 2);
    add_click(&input, 250, 7, 3);
    add_click(&input, 300, 7, 4);
    add_click(&input, 300, 8, 5);
    add_click(&input, 299, 7, 6);
    add_profile(&input, 100, 9);
    add_profile(&input, 100, 1); /* the same time: the later sequence wins */
    add_profile(&input, 200, 2);
    add_profile(&input, 50, 3);
    add_profile(&input, 300, 3);
    add_profile(&input, 240, 1);
    expect_answers(&enrich, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&enrich);
}

static void add_transaction(struct query_input *input, int64_t time_s, int64_t amount,
                            int32_t merchant, int16_t country)
{
    struct pm_record *record = query_input_add(input, 0, PM_KIND_DATA, time_s * 1000000000, 5);
    char *payload = (char *)record->payload;

    memcpy(payload, &amount, 8);
    memcpy(payload + 8, &merchant, 4);
    memcpy(payload + 12, &country, 2);
}

#define S       1000000000
#define APPROVE PM_FRAUD_APPROVE
#define REVIEW  PM_FRAUD_REVIEW
#define BLOCK   PM_FRAUD_BLOCK

/* Three in 60 s, amounts after four: 100 100 100 102 has mean 100.5 and deviation 0.866, so 104 is
 * more than three of them away. Scores are 10^6 / (1 + e^-x) for x = -3.5 + what the reasons add.
 */
static void fraud_gives_reasons_and_a_score(void **state)
{
    static const char *const set[] = {"velocity.count", "3", "amount.history", "4", NULL};
    static const struct answer answers[] = {
        {0, 0, {0 * S, 5, 100, 1, 3, APPROVE, 0, 29312}, NULL},
        {0, 1, {1000LL * S, 5, 100, 666, 3, REVIEW, PM_FRAUD_MERCHANT, 500000}, NULL},
        {0, 2, {1001LL * S, 5, 100, 1, 4, REVIEW, PM_FRAUD_COUNTRIES, 377541}, NULL},
        {0, 3, {1059LL * S, 5, 102, 1, 4, REVIEW, PM_FRAUD_VELOCITY, 268941}, NULL},
        {0,
         4,
         {1060LL * S, 5, 104, 1, 4, BLOCK, PM_FRAUD_VELOCITY | PM_FRAUD_AMOUNT, 731059},
         NULL},
        {0, 5, {1119LL * S, 5, 100, 1, 4, APPROVE, 0, 29312}, NULL},
        {0, 6, {1719LL * S, 5, 100, 1, 3, APPROVE, 0, 29312}, NULL},
    };
    struct query_fixture fraud;
    struct query_input input;

    (void)state;
    query_fixture_open(&fraud, "fraud", set);
    query_input_open(&input, 1, 0);
    add_transaction(&input, 0, 100, 1, 3);
    add_transaction(&input, 1000, 100, 666, 3);
    add_transaction(&input, 1001, 100, 1, 4);
    add_transaction(&input, 1059, 102, 1, 4);
    add_transaction(&input, 1060, 104, 1, 4);
    add_transaction(&input, 1119, 100, 1, 4); /* 60 s behind the last but one: too far */
    add_transaction(&input, 1719, 100, 1, 3); /* 10 minutes later: far enough */
    expect_answers(&fraud, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&fraud);
}

#define ORDER "\"time\":10,\"user\":1,\"order\":2,"

static void route_goes_by_region_and_refuses_with_a_reason(void **state)
{
    static const char *const texts[] = {
        "{" ORDER "\"amount\":3.05,\"region\":\"us-east\"}",
        " { \"region\" : \"oceania\", \"note\": [1, {}], " ORDER "\"amount\": 12 } ",
        "{" ORDER "\"amount\":3.05,\"region\":\"us-east\"",
        "{" ORDER "\"amount\":3.05,\"region\":\"atlantis\"}",
        "{" ORDER "\"amount\":3.05,\"region\":4}",
        "{" ORDER "\"amount\":3.05}",
        "[1]",
        "{" ORDER "\"amount\":3.05,\"region\":4,\"region\":\"us-west\"}",
    };
    const struct answer answers[] = {
        {0, 0, {10, 1, 2, 305, 0}, texts[0]},      {7, 1, {10, 1, 2, 1200, 7}, texts[1]},
        {8, 2, {PM_CODEC_MALFORMED, 3}, texts[2]}, {8, 3, {PM_CODEC_TYPE, 4}, texts[3]},
        {8, 4, {PM_CODEC_TYPE, 5}, texts[4]},      {8, 5, {PM_CODEC_MISSING, 6}, texts[5]},
        {8, 6, {PM_CODEC_MALFORMED, 7}, texts[6]}, {1, 7, {10, 1, 2, 305, 1}, texts[7]},
    };
    struct query_fixture route;
    struct query_input input;

    (void)state;
    query_fixture_open(&route, "route", NULL);
    query_input_open(&input, 1, 0);
    for (size_t i = 0; i < COUNT(texts); i++)
        query_input_add_text(&input, 0, 10, texts[i]);
    expect_answers(&route, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&route);
}

#define HEAD           "10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "
#define TAIL           " \"-\" \"a \\\"b\\\" c\""
#define SEGMENT(text_) (int64_t) pm_hash_bytes(text_, sizeof(text_) - 1)

static void log_etl_drops_assets_and_goes_by_status(void **state)
{
    static const char *const texts[] = {
        HEAD "\"GET /blog/tags/x.html?q=a.css HTTP/1.1\" 200 2326" TAIL,
        HEAD "\"GET /blog/site.CSS?v=3 HTTP/1.1\" 200 5" TAIL,
        HEAD "\"POST / HTTP/1.0\" 302 -" TAIL,
        HEAD "\"GET /~guest/notes HTTP/1.1\" 404 17",
        HEAD "\"GET /img HTTP/1.1\" 503 0" TAIL,
        HEAD "\"-\" 408 0" TAIL,
        HEAD "\"GET / HTTP/1.1\" 000 0" TAIL,
        "10.0.0.1 - - [10/Oct/2000:13:55:36 -07",
        "",
    };
    const struct answer answers[] = {
        {PM_LOG_ETL_OK, 0, {9, 200, 0, 0, PM_SERVICE_BLOG, 2326, SEGMENT("blog")}, texts[0]},
        {PM_LOG_ETL_REDIRECT, 2, {9, 302, 1, 0, PM_SERVICE_HOME, 0, SEGMENT("")}, texts[2]},
        {PM_LOG_ETL_CLIENT_ERROR,
         3,
         {9, 404, 2, 0, PM_SERVICE_OTHER, 17, SEGMENT("~guest")},
         texts[3]},
        {PM_LOG_ETL_SERVER_ERROR,
         4,
         {9, 503, 3, 0, PM_SERVICE_IMAGES, 0, SEGMENT("img")},
         texts[4]},
        {PM_LOG_ETL_DEAD_LETTERS, 5, {PM_CODEC_MALFORMED, 6}, texts[5]},
        {PM_LOG_ETL_DEAD_LETTERS, 6, {PM_CODEC_TYPE, 7}, texts[6]},
        {PM_LOG_ETL_DEAD_LETTERS, 7, {PM_CODEC_MALFORMED, 8}, texts[7]},
        {PM_LOG_ETL_DEAD_LETTERS, 8, {PM_CODEC_MALFORMED, 9}, NULL},
    };
    struct query_fixture etl;
    struct query_input input;

    (void)state;
    query_fixture_open(&etl, "log-etl", NULL);
    query_input_open(&input, 1, 0);
    for (size_t i = 0; i < COUNT(texts); i++)
        query_input_add_text(&input, 0, 9, texts[i]);
    expect_answers(&etl, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&etl);
}

static void high_value_keeps_what_is_above_the_limit(void **state)
{
    static const char above[] = "{\"time\":5,\"user\":7,\"payment\":9,\"amount\":1000.01}";
    static const char equal[] = "{\"time\":5,\"user\":7,\"payment\":9,\"amount\":1000.00}";
    static const char words[] = "{\"time\":5,\"user\":7,\"payment\":9,\"amount\":\"much\"}";
    static const struct answer answers[] = {
        {PM_HIGH_VALUE_EVENTS, 0, {5, 7, 9, 100001}, above},
        {PM_HIGH_VALUE_DEAD_LETTERS, 2, {PM_CODEC_TYPE, 3}, words},
    };
    struct query_fixture high_value;
    struct query_input input;

    (void)state;
    query_fixture_open(&high_value, "high-value", NULL);
    query_input_open(&input, 1, 0);
    query_input_add_text(&input, 0, 5, above);
    query_input_add_text(&input, 0, 5, equal);
    query_input_add_text(&input, 0, 5, words);
    expect_answers(&high_value, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&high_value);
}

/* Windows of 100 ns over all sensors; partition 1 lags behind, which makes its record not late. */
static void hourly_plain_counts_all_sensors_together(void **state)
{
    static const char *const set[] = {"window.size", "100ns", NULL};
    static const struct answer answers[] = {
        {PM_HOURLY_PLAIN_WINDOWS, 0, {0, 0, 100, -1333, 3}, NULL},
        {PM_HOURLY_PLAIN_WINDOWS, 0, {0, 100, 200, 2000, 1}, NULL},
        {PM_HOURLY_PLAIN_LATE, 3, {99, 0, 77, 0}, NULL},
    };
    struct query_fixture plain;
    struct query_input input;

    (void)state;
    query_fixture_open(&plain, "hourly-plain", set);
    query_input_open(&input, 2, 0);
    add(&input, 0, 0, 3, 1);
    add(&input, 0, 99, 4, (uint64_t)-7);
    add(&input, 0, 100, 3, 2);
    add(&input, 0, 99, 4, 77);
    add(&input, 1, 50, 5, 2);
    expect_answers(&plain, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&plain);
}

/* A machine's kind is judged from its third reading on, against the three before it. Vibration: of
 * 10 and 10 any other reading is too far, so is 50; of 10, 10, 50 (mean 23.333, deviation 18.9) 40
 * is not. Temperature alarms 30 ns after vibration did, and once more, when it is 31. */
static void maintenance_wants_both_kinds_to_agree(void **state)
{
    static const char *const set[] = {"readings", "3",      "history", "2", "deviations",
                                      "1",        "beyond", "1",       NULL};
    static const struct {
        int64_t time_ns;
        uint64_t reading, kind;
    } rows[] = {{1, 10, 0}, {2, 10, 0}, {3, 50, 0},  {4, 40, 0},
                {5, 5, 1},  {6, 5, 1},  {33, 90, 1}, {34, 600, 1}};
    static const struct answer answers[] = {
        {0, 6, {7, 33, 90, 1, 5000, 1, 30}, NULL},
    };
    struct query_fixture maintenance;
    struct query_input input;

    (void)state;
    query_fixture_open(&maintenance, "maintenance", set);
    struct pm_query_maintenance_settings *settings = (void *)maintenance.settings;
    settings->successive = 1;
    settings->agree_ns = 30;
    query_input_open(&input, 1, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pm_record *row = query_input_add(&input, 0, PM_KIND_DATA, rows[i].time_ns, 7);
        row->payload[0] = rows[i].reading;
        row->payload[1] = rows[i].kind;
    }
    expect_answers(&maintenance, &input, answers, COUNT(answers));
    query_input_close(&input);
    query_fixture_close(&maintenance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(high_value_keeps_what_is_above_the_limit),
        cmocka_unit_test(hourly_plain_counts_all_sensors_together),
        cmocka_unit_test(maintenance_wants_both_kinds_to_agree),
        cmocka_unit_test(spend_counts_behind_records_while_their_window_is_open),
        cmocka_unit_test(hourly_counts_a_behind_record_only_in_open_windows),
        cmocka_unit_test(hourly_rounds_averages_half_away_from_zero),
        cmocka_unit_test(sessions_merge_and_break_exactly_at_the_gap),
        cmocka_unit_test(enrich_shows_each_click_the_profile_it_may_see),
        cmocka_unit_test(fraud_gives_reasons_and_a_score),
        cmocka_unit_test(route_goes_by_region_and_refuses_with_a_reason),
        cmocka_unit_test(log_etl_drops_assets_and_goes_by_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
