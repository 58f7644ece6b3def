/* SPDX-License-Identifier: Apache-2.0 */
/* What the checker refuses, by the operator's name and for the reason that it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_feed.h"
#include "pm_pattern.h"
#include "pm_verbs.h"

static const struct pm_window_config window = {
    .kind = PM_WINDOW_TUMBLING,
    .size_ns = 10,
    .folds = 1,
    .fold = {{PM_FOLD_COUNT, NULL, "n", 0}},
};
static const struct pm_aggregate_config running = {
    .folds = 1,
    .fold = {{PM_FOLD_COUNT, NULL, "n", 0}},
};
static const struct pm_temporal_join_config as_of = {.columns = 1, .column = {"v"}};

static const struct pm_dedup_config once = {.within_ns = 10};
static const struct pm_pattern_config any = {.steps = 1, .within_ns = 10};
static const struct pm_interval_join_config apart = {.upper_ns = 10};

/* An operator whose rows include deletes, as none of the library's do yet. */
static const struct pm_operator_class class_corrections = {
    .name = "corrections",
    .traits = PM_TRAIT_MAKES_RETRACT | PM_TRAIT_TAKES_RETRACT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
};

static struct pm_flow source(struct pm_plan *plan, unsigned stream)
{
    return pm_plan_source(plan, stream, &pm_feed_schema);
}

static struct pm_flow keyed(struct pm_plan *plan)
{
    return pm_plan_key_by(plan, source(plan, 0), "key");
}

static struct pm_flow corrected(struct pm_plan *plan)
{
    const struct pm_flow flow = keyed(plan);

    return pm_plan_add(plan, &class_corrections, NULL, 1, &flow);
}

/* --- plans: those that are refused, and beside them their nearest neighbours that are not ----- */

static struct pm_flow aggregate(struct pm_plan *plan)
{
    return pm_plan_aggregate(plan, keyed(plan), &running);
}

static struct pm_flow aggregate_by_another_key(struct pm_plan *plan)
{
    const struct pm_flow flow = pm_plan_key_by(plan, source(plan, 0), "v");

    return pm_plan_aggregate(plan, flow, &running);
}

static struct pm_flow aggregate_of_a_union(struct pm_plan *plan)
{
    const struct pm_flow flow = keyed(plan), both[2] = {flow, flow};

    return pm_plan_aggregate(plan, pm_plan_union(plan, 2, both), &running);
}

static struct pm_flow aggregate_of_windows(struct pm_plan *plan)
{
    struct pm_flow flow = pm_plan_key_by(plan, source(plan, 0), "v");

    flow = pm_plan_window(plan, flow, &window);
    return pm_plan_aggregate(plan, pm_plan_key_by(plan, flow, "key"), &running);
}

static struct pm_flow aggregate_of_windows_by_their_end(struct pm_plan *plan)
{
    const struct pm_flow flow = pm_plan_window(plan, keyed(plan), &window);

    return pm_plan_aggregate(plan, pm_plan_key_by(plan, flow, "window_end"), &running);
}

static struct pm_flow aggregate_of_late_rows(struct pm_plan *plan)
{
    const struct pm_flow flow = pm_plan_key_by(plan, source(plan, 0), "v");
    const struct pm_flow late = pm_plan_side(pm_plan_window(plan, flow, &window), 1);

    return pm_plan_aggregate(plan, late, &running);
}

static struct pm_flow aggregate_of_a_join(struct pm_plan *plan)
{
    const struct pm_flow right = pm_plan_key_by(plan, source(plan, 1), "v");

    return pm_plan_aggregate(plan, pm_plan_temporal_join(plan, keyed(plan), right, &as_of),
                             &running);
}

static struct pm_flow aggregate_of_a_join_by_another_key(struct pm_plan *plan)
{
    const struct pm_flow left = pm_plan_key_by(plan, source(plan, 1), "v");

    return pm_plan_aggregate(plan, pm_plan_temporal_join(plan, left, keyed(plan), &as_of),
                             &running);
}

static struct pm_flow window_without_key(struct pm_plan *plan)
{
    return pm_plan_window(plan, source(plan, 0), &window);
}

static struct pm_flow join_of_an_unkeyed_side(struct pm_plan *plan)
{
    return pm_plan_temporal_join(plan, keyed(plan), source(plan, 1), &as_of);
}

static struct pm_flow unknown_column(struct pm_plan *plan)
{
    return pm_plan_filter(plan, source(plan, 0), "nothing", PM_LESS, 1);
}

static struct pm_flow column_of_the_late_port(struct pm_plan *plan)
{
    const struct pm_flow late = pm_plan_side(pm_plan_window(plan, keyed(plan), &window), 1);

    return pm_plan_filter(plan, late, "v", PM_LESS, 1);
}

static struct pm_flow column_of_the_main_port(struct pm_plan *plan)
{
    return pm_plan_filter(plan, pm_plan_window(plan, keyed(plan), &window), "v", PM_LESS, 1);
}

static struct pm_flow text_as_a_number(struct pm_plan *plan)
{
    return pm_plan_filter(plan, source(plan, 0), "text", PM_LESS, 1);
}

static struct pm_flow key_written_in_place(struct pm_plan *plan)
{
    return pm_plan_map(plan, source(plan, 0), "key", 1, 1);
}

static struct pm_flow distinct_keys(struct pm_plan *plan)
{
    return pm_plan_distinct(plan, keyed(plan), "key");
}

static struct pm_flow window_of_deletes(struct pm_plan *plan)
{
    return pm_plan_window(plan, corrected(plan), &window);
}

static struct pm_flow filter_of_deletes(struct pm_plan *plan)
{
    return pm_plan_filter(plan, corrected(plan), "v", PM_LESS, 1);
}

static struct pm_flow join_of_deletes(struct pm_plan *plan)
{
    const struct pm_flow right = pm_plan_key_by(plan, source(plan, 1), "key");

    return pm_plan_temporal_join(plan, corrected(plan), right, &as_of);
}

static struct pm_flow dedup(struct pm_plan *plan)
{
    return pm_plan_dedup(plan, keyed(plan), &once);
}

static struct pm_flow dedup_of_deletes(struct pm_plan *plan)
{
    return pm_plan_dedup(plan, corrected(plan), &once);
}

static struct pm_flow pattern_of_two(struct pm_plan *plan)
{
    const struct pm_flow both[2] = {keyed(plan), pm_plan_key_by(plan, source(plan, 1), "key")};

    return pm_plan_pattern(plan, 2, both, &any);
}

static struct pm_flow pattern_of_deletes(struct pm_plan *plan)
{
    const struct pm_flow flow = corrected(plan);

    return pm_plan_pattern(plan, 1, &flow, &any);
}

static struct pm_flow late_rows_of_no_input(struct pm_plan *plan)
{
    return pm_plan_filter(plan, pm_plan_side(pattern_of_two(plan), 3), "v", PM_LESS, 1);
}

static struct pm_flow late_rows_of_the_right_side(struct pm_plan *plan)
{
    const struct pm_flow left = pm_plan_window(plan, keyed(plan), &window);
    const struct pm_flow right = pm_plan_key_by(plan, source(plan, 1), "key");
    const struct pm_flow rows = pm_plan_interval_join(plan, left, right, &apart);

    return pm_plan_filter(plan, pm_plan_side(rows, 3), "v", PM_LESS, 1);
}

static struct pm_flow interval_join_of_deletes(struct pm_plan *plan)
{
    const struct pm_flow left = pm_plan_key_by(plan, source(plan, 1), "key");

    return pm_plan_interval_join(plan, left, corrected(plan), &apart);
}

static struct pm_flow window_join_of_deletes(struct pm_plan *plan)
{
    const struct pm_window_join_config config = {.size_ns = 10};
    const struct pm_flow right = pm_plan_key_by(plan, source(plan, 1), "key");

    return pm_plan_window_join(plan, corrected(plan), right, &config);
}

static struct pm_flow bounds_the_wrong_way_round(struct pm_plan *plan)
{
    const struct pm_interval_join_config config = {.lower_ns = 2, .upper_ns = 1};
    const struct pm_flow right = pm_plan_key_by(plan, source(plan, 1), "key");

    return pm_plan_interval_join(plan, keyed(plan), right, &config);
}

static struct pm_flow too_many_windows(struct pm_plan *plan)
{
    const struct pm_window_join_config config = {.size_ns = 65, .slide_ns = 1};
    const struct pm_flow right = pm_plan_key_by(plan, source(plan, 1), "key");

    return pm_plan_window_join(plan, keyed(plan), right, &config);
}

static struct pm_flow keyed_meets_unkeyed(struct pm_plan *plan)
{
    const struct pm_flow flow = source(plan, 0);
    const struct pm_flow both[2] = {flow, pm_plan_key_by(plan, flow, "key")};

    return pm_plan_union(plan, 2, both);
}

static struct pm_flow keyed_meets_another_source(struct pm_plan *plan)
{
    const struct pm_flow both[2] = {source(plan, 1), keyed(plan)};

    return pm_plan_union(plan, 2, both);
}

static struct pm_flow union_of_two_schemas(struct pm_plan *plan)
{
    const struct pm_flow flow = keyed(plan);
    const struct pm_flow both[2] = {flow, pm_plan_window(plan, flow, &window)};

    return pm_plan_union(plan, 2, both);
}

static struct pm_flow stream_with_two_sources(struct pm_plan *plan)
{
    source(plan, 0);
    return source(plan, 0);
}

static struct pm_flow port_that_is_none(struct pm_plan *plan)
{
    return pm_plan_filter(plan, pm_plan_side(keyed(plan), 1), "v", PM_LESS, 1);
}

static const struct {
    struct pm_flow (*build)(struct pm_plan *plan);
    enum pm_order order;
    const char *begins, *holds; /* of the error; NULL: accepted */
} cases[] = {
    {aggregate, PM_ORDER_ARRIVAL, NULL, NULL},
    {aggregate, PM_ORDER_NONE, "aggregate#2: ", "order: arrival"},
    {aggregate, PM_ORDER_EVENT_TIME, "aggregate#2: ", "order: arrival"},
    {aggregate_by_another_key, PM_ORDER_ARRIVAL, "aggregate#2: ", "arrival order is not known"},
    {aggregate_of_a_union, PM_ORDER_ARRIVAL, "aggregate#3: ", "arrival order is not known"},
    {aggregate_of_windows, PM_ORDER_ARRIVAL, NULL, NULL},
    {aggregate_of_windows_by_their_end, PM_ORDER_ARRIVAL,
     "aggregate#4: ", "arrival order is not known"},
    {aggregate_of_late_rows, PM_ORDER_ARRIVAL, "aggregate#3: ", "arrival order is not known"},
    {aggregate_of_a_join, PM_ORDER_ARRIVAL, NULL, NULL},
    {aggregate_of_a_join_by_another_key, PM_ORDER_ARRIVAL,
     "aggregate#5: ", "arrival order is not known"},
    {window_without_key, PM_ORDER_NONE, "window#1: ", "no key_by stands before it"},
    {join_of_an_unkeyed_side, PM_ORDER_NONE, "temporal_join#3: ", "no key_by stands before it"},
    {unknown_column, PM_ORDER_NONE, "filter#1: ", "no column 'nothing'"},
    {column_of_the_late_port, PM_ORDER_NONE, NULL, NULL},
    {column_of_the_main_port, PM_ORDER_NONE, "filter#3: ", "no column 'v'"},
    {text_as_a_number, PM_ORDER_NONE, "filter#1: ", "is text"},
    {key_written_in_place, PM_ORDER_NONE, "map#1: ", "cannot be written in place"},
    {distinct_keys, PM_ORDER_ARRIVAL, "distinct#2: ", "would stand twice"},
    {window_of_deletes, PM_ORDER_NONE, "window#3: ", "deletes"},
    {filter_of_deletes, PM_ORDER_NONE, NULL, NULL},
    {join_of_deletes, PM_ORDER_NONE, "temporal_join#5: ", "deletes"},
    {dedup, PM_ORDER_EVENT_TIME, NULL, NULL},
    {dedup, PM_ORDER_ARRIVAL, "dedup#2: ", "order: event-time"},
    {dedup, PM_ORDER_NONE, "dedup#2: ", "order: event-time"},
    {dedup_of_deletes, PM_ORDER_EVENT_TIME, "dedup#3: ", "deletes"},
    {pattern_of_two, PM_ORDER_EVENT_TIME, NULL, NULL},
    {pattern_of_two, PM_ORDER_ARRIVAL, "pattern#4: ", "order: event-time"},
    {pattern_of_deletes, PM_ORDER_EVENT_TIME, "pattern#3: ", "deletes"},
    {late_rows_of_no_input, PM_ORDER_EVENT_TIME, "filter#5: ", "has no port 3"},
    {late_rows_of_the_right_side, PM_ORDER_NONE, NULL, NULL},
    {interval_join_of_deletes, PM_ORDER_NONE, "interval_join#5: ", "deletes"},
    {window_join_of_deletes, PM_ORDER_NONE, "window_join#5: ", "deletes"},
    {bounds_the_wrong_way_round, PM_ORDER_NONE, "interval_join#4: ", "lies above upper"},
    {too_many_windows, PM_ORDER_NONE, "window_join#4: ", "1 to 64 times the slide"},
    {keyed_meets_unkeyed, PM_ORDER_NONE, "plan: ", "keyed flow and an unkeyed flow"},
    {keyed_meets_another_source, PM_ORDER_NONE, NULL, NULL},
    {union_of_two_schemas, PM_ORDER_NONE, "union#3: ", "columns of input 1 differ"},
    {stream_with_two_sources, PM_ORDER_NONE, "source#0: ", "has a source already"},
    {port_that_is_none, PM_ORDER_NONE, "filter#2: ", "has no port 1"},
};

static void a_refusal_names_the_operator_and_the_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_plan *plan = pm_plan_open(cases[i].order);
        struct pm_error error = {0};
        pm_plan_output(plan, cases[i].build(plan), 0, "out");
        const int code = pm_plan_check(plan, &error);
        if (cases[i].begins == NULL) {
            if (code != 0)
                fail_msg("case %zu is refused: %s", i, error.text);
        } else if (code != PM_EINPUT ||
                   strncmp(error.text, cases[i].begins, strlen(cases[i].begins)) != 0 ||
                   strstr(error.text, cases[i].holds) == NULL) {
            fail_msg("case %zu: %d '%s', '%s... %s' expected", i, code, error.text, cases[i].begins,
                     cases[i].holds);
        }
        pm_plan_close(plan);
    }
}

static void output_numbers_are_dense(void **state)
{
    static const struct {
        unsigned number[3];
        int code;
    } outputs[] = {{{0, 1, 2}, 0},
                   {{2, 0, 1}, 0},
                   {{0, 2, 3}, PM_EINPUT},
                   {{0, 1, 1}, PM_EINPUT},
                   {{0, 1, 16}, PM_EINPUT}};

    (void)state;
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
        const struct pm_flow flow = source(plan, 0);
        for (unsigned k = 0; k < 3; k++)
            pm_plan_output(plan, flow, outputs[i].number[k], "out");
        assert_int_equal(pm_plan_check(plan, NULL), outputs[i].code);
        pm_plan_close(plan);
    }
}

static void a_plan_without_output_is_refused(void **state)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_error error;

    (void)state;
    source(plan, 0);
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    assert_string_equal(error.text, "plan: it has no output");
    pm_plan_close(plan);
}

static void the_first_failure_of_a_build_is_kept(void **state)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_error error;

    (void)state;
    struct pm_flow flow = pm_plan_map(plan, source(plan, 0), "first", 1, 1);
    flow = pm_plan_map(plan, flow, "second", 1, 1);
    pm_plan_output(plan, flow, 0, "out");
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "'first'"));
    pm_plan_close(plan);
}

static void lags_and_look_backs_add_up_along_a_flow(void **state)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_window_config first = window, second = window;
    struct pm_plan_output_info info;
    int64_t look_back_ns;

    (void)state;
    first.lateness_ns = 3;
    second.size_ns = 40;
    second.lateness_ns = 5;
    struct pm_flow flow = pm_plan_window(plan, keyed(plan), &first);
    pm_plan_output(plan, pm_plan_side(flow, 1), 1, "late");
    flow = pm_plan_window(plan, pm_plan_key_by(plan, flow, "key"), &second);
    pm_plan_output(plan, flow, 0, "out");
    assert_int_equal(pm_plan_check(plan, NULL), 0);
    assert_false(pm_plan_reads_all(plan, &look_back_ns));
    assert_int_equal(look_back_ns, 10 + 3 + 40 + 5);
    assert_int_equal(pm_plan_output_info(plan, 0, &info), 0);
    assert_false(info.on_arrival);
    assert_int_equal(info.closing_lag_ns, 8);
    assert_int_equal(pm_plan_output_info(plan, 1, &info), 0);
    assert_true(info.on_arrival);
    assert_int_equal(pm_plan_output_info(plan, 2, &info), PM_EINPUT);
    pm_plan_close(plan);
}

/* A window of pairs needs those of its whole length, and a pair's first record lies before it by a
 * bound; a join that nothing stands behind needs only what is not complete. */
static void a_pair_reaches_back_by_its_bounds(void **state)
{
    const struct pm_interval_join_config ahead = {.lower_ns = 9, .upper_ns = 22, .lateness_ns = 1};
    const struct pm_interval_join_config both = {.lower_ns = -7, .upper_ns = 4};
    int64_t look_back_ns;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
        struct pm_flow flow = keyed(plan);
        flow = pm_plan_interval_join(plan, flow, flow, i < 2 ? &ahead : &both);
        if (i % 2 != 0)
            flow = pm_plan_window(plan, flow, &window);
        pm_plan_output(plan, pm_plan_filter(plan, flow, "key", PM_LESS, 1), 0, "out");
        assert_int_equal(pm_plan_check(plan, NULL), 0);
        assert_false(pm_plan_reads_all(plan, &look_back_ns));
        const int64_t wanted[] = {22 + 1, 22 + 1 + 22 + 10, 4 + 7, 4 + 7 + 10};
        assert_int_equal(look_back_ns, wanted[i]);
        pm_plan_close(plan);
    }
}

/* The mark behind late rows is the window's own, which lags by its lateness. */
static void late_rows_travel_with_a_mark_that_lags(void **state)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_window_config first = window;
    struct pm_plan_output_info info;
    int64_t look_back_ns;

    (void)state;
    first.lateness_ns = 31;
    const struct pm_flow late = pm_plan_side(pm_plan_window(plan, keyed(plan), &first), 1);
    pm_plan_output(plan, pm_plan_window(plan, late, &window), 0, "out");
    pm_plan_output(plan, late, 1, "late");
    assert_int_equal(pm_plan_check(plan, NULL), 0);
    assert_false(pm_plan_reads_all(plan, &look_back_ns));
    assert_int_equal(look_back_ns, 31 + 10);
    assert_int_equal(pm_plan_output_info(plan, 0, &info), 0);
    assert_int_equal(info.closing_lag_ns, 31);
    assert_int_equal(pm_plan_output_info(plan, 1, &info), 0);
    assert_true(info.on_arrival);
    pm_plan_close(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_names_the_operator_and_the_reason),
        cmocka_unit_test(output_numbers_are_dense),
        cmocka_unit_test(a_plan_without_output_is_refused),
        cmocka_unit_test(the_first_failure_of_a_build_is_kept),
        cmocka_unit_test(lags_and_look_backs_add_up_along_a_flow),
        cmocka_unit_test(a_pair_reaches_back_by_its_bounds),
        cmocka_unit_test(late_rows_travel_with_a_mark_that_lags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
