/* SPDX-License-Identifier: Apache-2.0 */
/* Settings across option tables: names, origins, writing back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_settings.h"
#include "pm_yaml.h"

struct load {
    int64_t rate_per_s;
    char label[PM_OPTION_TEXT_SIZE];
};

struct engine {
    int64_t trigger_ns;
};

static const struct pm_option load_options[] = {
    {"rate", PM_OPTION_INTEGER, PM_UNIT_RATE, offsetof(struct load, rate_per_s), 1, 1000, "100",
     NULL, "records per second", NULL},
    {"label", PM_OPTION_TEXT, PM_UNIT_COUNT, offsetof(struct load, label), 0, 0, "", NULL, "text",
     NULL},
    {0},
};
static const struct pm_option engine_options[] = {
    {"trigger", PM_OPTION_INTEGER, PM_UNIT_DURATION, offsetof(struct engine, trigger_ns), 0,
     1000000000, "100ms", NULL, "how often", NULL},
    {0},
};
static const struct pm_option other_options[] = {
    {"trigger", PM_OPTION_INTEGER, PM_UNIT_DURATION, offsetof(struct engine, trigger_ns), 0,
     50000000, "10ms", NULL, "how often", NULL},
    {0},
};

struct fixture {
    struct pm_settings settings;
    struct load load;
    struct engine one, two;
};

static int open_fixture(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    pm_settings_add(&fixture.settings, "generator", false, load_options, &fixture.load, NULL);
    pm_settings_add(&fixture.settings, "one", true, engine_options, &fixture.one, NULL);
    pm_settings_add(&fixture.settings, "two", true, other_options, &fixture.two, NULL);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *fixture = *state;

    pm_settings_close(&fixture->settings);
    return 0;
}

static const struct pm_origin by_hand = {.kind = PM_ORIGIN_SET};

static void a_value_keeps_its_origin(void **state)
{
    struct fixture *fixture = *state;
    const struct pm_origin file = {PM_ORIGIN_FILE, 7, 3};
    const struct pm_settings_group *group = &fixture->settings.groups[0];

    assert_int_equal(group->origins[0].kind, PM_ORIGIN_DEFAULT);
    assert_int_equal(pm_settings_set(&fixture->settings, "rate", "5", file, NULL), 0);
    assert_int_equal(fixture->load.rate_per_s, 5);
    assert_int_equal(group->origins[0].kind, PM_ORIGIN_FILE);
    assert_int_equal(group->origins[0].line, 7);
    assert_int_equal(pm_settings_set(&fixture->settings, "rate", "6", by_hand, NULL), 0);
    assert_int_equal(group->origins[0].kind, PM_ORIGIN_SET);
    assert_int_equal(group->origins[1].kind, PM_ORIGIN_DEFAULT);
}

static void a_name_is_set_in_every_engine_that_has_it(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(pm_settings_set(&fixture->settings, "trigger", "5ms", by_hand, NULL), 0);
    assert_int_equal(fixture->one.trigger_ns, 5000000);
    assert_int_equal(fixture->two.trigger_ns, 5000000);
    assert_int_equal(pm_settings_set(&fixture->settings, "two.trigger", "7ms", by_hand, NULL), 0);
    assert_int_equal(fixture->one.trigger_ns, 5000000);
    assert_int_equal(fixture->two.trigger_ns, 7000000);
}

static void a_refusal_changes_no_engine(void **state)
{
    struct fixture *fixture = *state;
    struct pm_error error = {0};

    assert_int_equal(pm_settings_set(&fixture->settings, "trigger", "60ms", by_hand, &error),
                     PM_EINPUT);
    assert_string_equal(error.text, "trigger: 60ms: expected duration, 0..50ms");
    assert_int_equal(fixture->one.trigger_ns, 100000000);
    assert_int_equal(fixture->settings.groups[1].origins[0].kind, PM_ORIGIN_DEFAULT);
}

static void an_unknown_name_is_refused_with_the_nearest(void **state)
{
    static const struct {
        const char *key, *message;
    } cases[] = {
        {"ratte", "ratte: unknown setting: did you mean rate?"},
        {"one.triger", "one.triger: unknown setting: did you mean trigger?"},
        {"generator.rate",
         "generator.rate: unknown setting: 'pacemark list options' names all of them"},
        {"parallelism", "parallelism: unknown setting: 'pacemark list options' names all of them"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error = {0};
        assert_int_equal(pm_settings_set(&fixture->settings, cases[i].key, "1", by_hand, &error),
                         PM_EINPUT);
        assert_string_equal(error.text, cases[i].message);
        assert_int_equal(pm_settings_try(&fixture->settings, cases[i].key, "1", NULL), PM_EINPUT);
    }
}

static void trying_sets_nothing(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(pm_settings_try(&fixture->settings, "rate", "5", NULL), 0);
    assert_int_equal(pm_settings_try(&fixture->settings, "rate", "0", NULL), PM_EINPUT);
    assert_int_equal(fixture->load.rate_per_s, 100);
    assert_int_equal(fixture->settings.groups[0].origins[0].kind, PM_ORIGIN_DEFAULT);
}

static void what_is_written_reads_back(void **state)
{
    struct fixture *fixture = *state;
    struct pm_outbuf out = {0};
    struct pm_yaml *yaml = NULL;

    pm_settings_set(&fixture->settings, "label", "a \"quoted\" \\ caf\xc3\xa9: #1", by_hand, NULL);
    pm_settings_set(&fixture->settings, "two.trigger", "7ms", by_hand, NULL);
    pm_settings_write(&fixture->settings, &out);
    assert_int_equal(pm_yaml_parse(&yaml, "written", out.text, out.used, NULL), 0);
    assert_int_equal(yaml->count, 4);
    assert_string_equal(pm_yaml_find(yaml, "rate")->value, "100/s");
    assert_string_equal(pm_yaml_find(yaml, "label")->value, fixture->load.label);
    assert_string_equal(pm_yaml_find(yaml, "one.trigger")->value, "100ms");
    assert_string_equal(pm_yaml_find(yaml, "two.trigger")->value, "7ms");
    pm_yaml_close(yaml);
    pm_outbuf_close(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)
    const struct CMUnitTest tests[] = {
        TEST(a_value_keeps_its_origin),    TEST(a_name_is_set_in_every_engine_that_has_it),
        TEST(a_refusal_changes_no_engine), TEST(an_unknown_name_is_refused_with_the_nearest),
        TEST(trying_sets_nothing),         TEST(what_is_written_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
