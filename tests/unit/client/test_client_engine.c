/* SPDX-License-Identifier: Apache-2.0 */
/* The client's table: what it says that it can do, and how it refuses the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_client.h"
#include "pm_client_engine.h"
#include "pm_query.h"

static void it_is_no_floor_and_runs_no_plans(void **state)
{
    char caps[120];

    (void)state;
    assert_false(pm_engine_is_floor(&pm_client_engine));
    assert_string_equal(pm_engine_caps(pm_client_engine.caps, caps, sizeof caps),
                        "live, by hand, Kafka only");
}

static void its_queries_are_queries_and_tell_their_lines(void **state)
{
    struct pm_hand_lines lines;

    (void)state;
    for (unsigned i = 0; pm_client_queries[i] != NULL; i++) {
        const struct pm_query *const query = pm_query_find(pm_client_queries[i]->name);

        assert_non_null(query);
        assert_int_equal(query->streams, 1);
        assert_int_equal(pm_engine_has(&pm_client_engine, query->name, &lines, NULL), 0);
        assert_in_range(lines.own, 20, 400);
        assert_in_range(lines.shared, 200, 600);
        assert_in_range(pm_query_lines(query), 30, 400);
    }
}

static void every_other_query_is_refused_with_what_there_is(void **state)
{
    struct pm_hand_lines lines;
    struct pm_error error;
    unsigned refused = 0;

    (void)state;
    for (unsigned i = 0; pm_queries[i] != NULL; i++) {
        if (pm_engine_has(&pm_client_engine, pm_queries[i]->name, &lines, &error) == 0)
            continue;
        refused++;
        assert_int_equal(error.code, PM_EINPUT);
        assert_memory_equal(error.text, "no ", 3);
        assert_non_null(strstr(error.text, pm_queries[i]->name));
        assert_non_null(strstr(error.text, "it has route, high-value, log-etl and hourly-plain"));
        assert_int_equal(lines.own + lines.shared, 0);
    }
    assert_true(refused > 5);
}

static void the_embedded_log_is_refused_before_anything_is_opened(void **state)
{
    static const struct {
        const char *query;
        bool over_kafka;
        const char *says;
    } cases[] = {
        {"route", false, "engine client: reads and writes Kafka itself: add --transport kafka"},
        {"sessions", true, "engine client: no sessions written by hand; it has route"},
        {"route", true, NULL},
    };
    struct pm_error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int code =
            pm_engine_check_query(&pm_client_engine, cases[i].query, cases[i].over_kafka, &error);

        assert_int_equal(code, cases[i].says != NULL ? PM_EINPUT : 0);
        if (cases[i].says != NULL)
            assert_memory_equal(error.text, cases[i].says, strlen(cases[i].says));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_no_floor_and_runs_no_plans),
        cmocka_unit_test(its_queries_are_queries_and_tell_their_lines),
        cmocka_unit_test(every_other_query_is_refused_with_what_there_is),
        cmocka_unit_test(the_embedded_log_is_refused_before_anything_is_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
