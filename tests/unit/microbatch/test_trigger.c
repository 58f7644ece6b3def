/* SPDX-License-Identifier: Apache-2.0 */
/* Triggers: their words, and when the next batch begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_trigger.h"

static void words_say_kind_and_interval(void **state)
{
    static const struct {
        const char *text;
        enum pm_trigger_kind kind;
        int64_t interval_ns;
    } cases[] = {
        {"asap", PM_TRIGGER_ASAP, 0},
        {"available-now", PM_TRIGGER_AVAILABLE_NOW, 0},
        {"fixed:100ms", PM_TRIGGER_FIXED, 100000000},
        {"fixed:1us", PM_TRIGGER_FIXED, 1000},
        {"fixed:1h", PM_TRIGGER_FIXED, 3600LL * 1000000000},
        {"realtime:5s", PM_TRIGGER_REALTIME, 5000000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_trigger trigger;
        struct pm_error error = {0};
        if (pm_trigger_parse(&trigger, cases[i].text, &error) != 0)
            fail_msg("%s", error.text);
        assert_int_equal(trigger.kind, cases[i].kind);
        assert_int_equal(trigger.interval_ns, cases[i].interval_ns);
    }
}

static void other_words_are_refused_with_what_is_allowed(void **state)
{
    static const struct {
        const char *text, *holds;
    } cases[] = {
        {"", "fixed:TIME, asap"},         {"ASAP", "fixed:TIME, asap"},
        {"fixed", "fixed:TIME, asap"},    {"fixed:", "fixed:"},
        {"fixed:999ns", "1us to 1h"},     {"fixed:2h", "1us to 1h"},
        {"realtime:-1s", "realtime:-1s"}, {"fixed:1parsec", "fixed:1parsec"},
        {"asap ", "fixed:TIME, asap"},    {"fixed:0s", "1us to 1h"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_trigger trigger;
        struct pm_error error = {0};
        assert_int_equal(pm_trigger_parse(&trigger, cases[i].text, &error), PM_EINPUT);
        if (strncmp(error.text, "trigger: ", 9) != 0 || strstr(error.text, cases[i].holds) == NULL)
            fail_msg("'%s': '%s'", cases[i].text, error.text);
    }
}

static void a_fixed_trigger_keeps_its_grid(void **state)
{
    static const struct trigger_case {
        int64_t due, now, next;
    } cases[] = {
        {1000, 1000, 1100}, /* done at once */
        {1000, 1099, 1100}, {1000, 1100, 1100},
        {1000, 1101, 1100}, /* one was missed: at once, and the grid is kept */
        {1000, 1199, 1100}, {1000, 1350, 1300},
        {1000, 2000, 2000},
    };
    const struct pm_trigger trigger = {.kind = PM_TRIGGER_FIXED, .interval_ns = 100};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t next = pm_trigger_next(&trigger, cases[i].due, cases[i].now);
        assert_int_equal(next, cases[i].next);
        assert_int_equal((next - cases[i].due) % 100, 0);
    }
}

static void the_others_begin_at_once(void **state)
{
    static const enum pm_trigger_kind kinds[] = {PM_TRIGGER_ASAP, PM_TRIGGER_AVAILABLE_NOW,
                                                 PM_TRIGGER_REALTIME};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        const struct pm_trigger trigger = {.kind = kinds[i], .interval_ns = 100};
        assert_int_equal(pm_trigger_next(&trigger, 1000, 1007), 1007);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_say_kind_and_interval),
        cmocka_unit_test(other_words_are_refused_with_what_is_allowed),
        cmocka_unit_test(a_fixed_trigger_keeps_its_grid),
        cmocka_unit_test(the_others_begin_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
