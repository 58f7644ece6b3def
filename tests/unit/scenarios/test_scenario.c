/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files: every one that we ship, refusals by position, variants, limits, writing back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_scenario.h"

struct engine_settings {
    int64_t trigger_ns;
};

static const struct pm_option engine_options[] = {
    {"trigger", PM_OPTION_INTEGER, PM_UNIT_DURATION, offsetof(struct engine_settings, trigger_ns),
     1, 1000000000, "100ms", NULL, "how often", NULL},
    {0},
};

static const struct pm_scenario_config config = {
    .engines = 2,
    .engine = {{"tick", engine_options, sizeof(struct engine_settings)}, {"plain", NULL, 0}},
};

static const char *const shipped[] = {"route",        "log-etl",    "spend",       "hourly",
                                      "sessions",     "enrich",     "fraud",       "high-value",
                                      "hourly-plain", "dashboard",  "attribution", "brute-force",
                                      "abandonment",  "maintenance"};

#define SHIPPED (sizeof shipped / sizeof shipped[0])

static int parse(struct pm_scenario **out, const char *text, struct pm_error *error)
{
    return pm_scenario_parse(out, "a.yaml", text, strlen(text), &config, error);
}

static struct pm_origin origin_of(const struct pm_scenario *scenario, const char *name)
{
    for (unsigned i = 0; i < scenario->settings.count; i++) {
        const struct pm_settings_group *group = &scenario->settings.groups[i];
        const struct pm_option *option = pm_option_find(group->table, name);
        if (option != NULL)
            return group->origins[option - group->table];
    }
    fail();
    return (struct pm_origin){0};
}

static void every_shipped_scenario_is_sound(void **state)
{
    static const char *const variants[] = {NULL, "quick"};

    (void)state;
    for (size_t i = 0; i < SHIPPED * 2; i++) {
        struct pm_scenario *scenario = NULL;
        struct pm_error error = {0};
        const int rc =
            pm_scenario_open(&scenario, shipped[i / 2], variants[i % 2], &config, &error);
        if (rc != 0)
            fail_msg("%s", error.text);
        assert_int_equal(pm_scenario_check(scenario, &error), 0);
        assert_string_equal(scenario->name, shipped[i / 2]);
        assert_string_equal(scenario->query->name, shipped[i / 2]);
        assert_true(scenario->summary[0] != '\0');
        if (i % 2 == 1) { /* seconds, with samples enough for a 99th percentile */
            assert_true(scenario->generator.duration_ns <= 2 * PM_NS_PER_S);
            assert_true(pm_scenario_records(scenario) >= 10000);
        }
        pm_scenario_close(scenario);
    }
}

static void a_value_comes_from_file_variant_or_set(void **state)
{
    static const char text[] = "query: spend\n"
                               "rate: 10k\n"
                               "keys: 5\n"
                               "variants:\n"
                               "  quick:\n"
                               "    keys: 7\n";
    struct pm_scenario *scenario = NULL;
    char path[] = "/tmp/pm_scenario_XXXXXX.yaml";

    (void)state;
    const int fd = mkstemps(path, 5);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(pm_scenario_open(&scenario, path, "quick", &config, NULL), 0);
    remove(path);
    assert_int_equal(scenario->generator.rate_per_s, 10000);
    assert_int_equal(scenario->generator.keys, 7);
    assert_int_equal(origin_of(scenario, "rate").kind, PM_ORIGIN_FILE);
    assert_int_equal(origin_of(scenario, "rate").line, 2);
    assert_int_equal(origin_of(scenario, "keys").kind, PM_ORIGIN_VARIANT);
    assert_int_equal(origin_of(scenario, "keys").line, 6);
    assert_int_equal(origin_of(scenario, "keys").column, 5);
    assert_int_equal(origin_of(scenario, "disorder").kind, PM_ORIGIN_DEFAULT);
    assert_int_equal(pm_scenario_set(scenario, "keys=9", NULL), 0);
    assert_int_equal(scenario->generator.keys, 9);
    assert_int_equal(origin_of(scenario, "keys").kind, PM_ORIGIN_SET);
    pm_scenario_close(scenario);
}

static void bad_scenarios_are_refused_by_position(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "a.yaml:1:1: query: missing: name the query that the scenario runs"},
        {"query: {a: b}\n", "a.yaml:1:1: query: missing: name the query that the scenario runs"},
        {"query: spend\nratte: 5\n", "a.yaml:2:1: ratte: unknown setting: did you mean rate?"},
        {"query: spend\nrate: 5x\n",
         "a.yaml:2:1: rate: 5x: unknown suffix: expected a rate such as 50k/s"},
        {"query: spend\nrate: {}\n", "a.yaml:2:1: rate: no settings below it"},
        {"query: spend\nwindow: {size: 0}\n",
         "a.yaml:2:10: window.size: 0: expected duration, 1ns..10d"},
        {"query: spend\nvariants: quick\n", "a.yaml:2:1: expected the names of variants below it"},
        {"query: spend\nvariants: {quick: 1}\n",
         "a.yaml:2:12: a variant holds settings: write them below its name"},
        {"query: spend\nvariants: {quick: {ratte: 1}}\n",
         "a.yaml:2:20: ratte: unknown setting: did you mean rate?"},
        {"query: spend\nvariants: {quick: {rate: 0}}\n",
         "a.yaml:2:20: rate: 0: expected rate, 1/s..1G/s"},
        {"query: spend\ntick.trigger: 2s\n", "a.yaml:2:1: trigger: 2s: expected duration, 1ns..1s"},
        {"query: spend\nplain.trigger: 2s\n",
         "a.yaml:2:1: plain.trigger: unknown setting: 'pacemark list options' names all of them"},
        {"query: spend\nname: ../x\n",
         "a.yaml:2:1: expected a name of letters, digits, '.', '_' and '-'"},
        {"query: spend\nsummary: \"a\\nb\"\n",
         "a.yaml:2:1: a control character: expected one line of text"},
        {"query: spend\nsummary: {}\n", "a.yaml:2:1: expected a short line of text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_scenario *scenario = NULL;
        struct pm_error error = {0};
        assert_int_equal(parse(&scenario, cases[i].text, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].message);
        assert_null(scenario);
    }
}

static void unknown_names_show_the_known_ones(void **state)
{
    struct pm_scenario *scenario = NULL;
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(parse(&scenario, "query: spent\n", &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "a.yaml:1:1: query: unknown: expected one of"));
    assert_non_null(strstr(error.text, "spend"));
    assert_int_equal(pm_scenario_open(&scenario, "spent", NULL, &config, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "spent: no such scenario: did you mean spend?"));
    assert_int_equal(pm_scenario_open(&scenario, "spend", "quik", &config, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "no variant 'quik': it has quick"));
    assert_int_equal(pm_scenario_open(&scenario, "spend", "quick.rate", &config, &error),
                     PM_EINPUT);
    assert_int_equal(pm_scenario_open(&scenario, "..", NULL, &config, &error), PM_EINPUT);
    assert_int_equal(pm_scenario_open(&scenario, "", NULL, &config, &error), PM_EINPUT);
    assert_null(scenario);
}

static void bad_assignments_are_refused(void **state)
{
    static const char *const cases[] = {
        "rate",
        "=5",
        "",
        "rate=",
        "rate=-1",
        "rate=1e309",
        "rate=nan",
        "rate=0x10",
        "rate=010",
        "rate=1_000",
        "rate=18446744073709551616",
        "rate= 5",
        "rate=5 ",
        "partitions=1G",
        "parallelism=1025",
        "wait=nop",
        "zipf-exponent=1,5",
        "guarantee=exactly",
    };
    struct pm_scenario *scenario = NULL;
    struct pm_outbuf before = {0};
    struct pm_outbuf after = {0};

    (void)state;
    assert_int_equal(parse(&scenario, "query: spend\n", NULL), 0);
    pm_scenario_write(scenario, &before);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error = {0};
        assert_int_equal(pm_scenario_set(scenario, cases[i], &error), PM_EINPUT);
        assert_true(error.text[0] != '\0');
    }
    pm_scenario_write(scenario, &after);
    assert_string_equal(before.text, after.text);
    pm_outbuf_close(&before);
    pm_outbuf_close(&after);
    pm_scenario_close(scenario);
}

static void values_that_do_not_go_together_are_refused(void **state)
{
    static const struct {
        const char *first, *second, *message;
    } cases[] = {
        {"rate=1G/s", "duration=365d", "rate x duration: more than 2^48 records"},
        {"duration=365d", "time-scale=1M", "duration x time-scale:"},
        {"guarantee=exactly-once", "rate=1", "guarantee: only at-most-once"},
        {"workers=2", "parallelism=1", "workers: 2: expected at most the parallelism, 1"},
        {"guarantee=at-least-once", "rate=1", "guarantee: only at-most-once"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_scenario *scenario = NULL;
        struct pm_error error = {0};
        assert_int_equal(parse(&scenario, "query: spend\n", NULL), 0);
        assert_int_equal(pm_scenario_set(scenario, cases[i].first, NULL), 0);
        assert_int_equal(pm_scenario_set(scenario, cases[i].second, NULL), 0);
        assert_int_equal(pm_scenario_check(scenario, &error), PM_EINPUT);
        assert_memory_equal(error.text, cases[i].message, strlen(cases[i].message));
        pm_scenario_close(scenario);
    }
}

/* An integer of @p option's unit as text, whatever an int64 can hold. */
static void write_number(char *text, size_t size, const struct pm_option *option, __int128 value)
{
    const bool is_negative = value < 0;
    const unsigned __int128 magnitude =
        is_negative ? (unsigned __int128)-value : (unsigned __int128)value;
    const unsigned long long high = (unsigned long long)(magnitude / 1000000000);
    const unsigned long long low = (unsigned long long)(magnitude % 1000000000);
    const char *suffix =
        option->kind == PM_OPTION_INTEGER && option->unit == PM_UNIT_DURATION ? "ns" : "";

    if (high > 0)
        snprintf(text, size, "%s%llu%09llu%s", is_negative ? "-" : "", high, low, suffix);
    else
        snprintf(text, size, "%s%llu%s", is_negative ? "-" : "", low, suffix);
}

static void expect_set(const struct pm_option *option, void *target, const char *text, bool taken)
{
    struct pm_error error = {0};
    char before[PM_OPTION_TEXT_SIZE];
    char after[PM_OPTION_TEXT_SIZE];

    pm_option_get(option, target, before, sizeof before);
    const int rc = pm_option_set(option, target, text, &error);
    if ((rc == 0) != taken)
        fail_msg("%s: %s was %s: %s", option->name, text, rc == 0 ? "taken" : "refused",
                 error.text);
    if (taken)
        return;
    assert_int_equal(rc, PM_EINPUT);
    assert_memory_equal(error.text, option->name, strlen(option->name));
    assert_string_equal(pm_option_get(option, target, after, sizeof after), before);
}

static void try_limits(void *payload, const struct pm_settings_group *group,
                       const struct pm_option *option, struct pm_origin origin)
{
    const bool has_range = option->kind == PM_OPTION_INTEGER || option->kind == PM_OPTION_DECIMAL;
    char text[64];

    (void)payload;
    (void)origin;
    for (int i = -1; i <= 1 && has_range; i++) {
        write_number(text, sizeof text, option, (__int128)option->min + i);
        expect_set(option, group->target, text, i >= 0 && option->min + i <= option->max);
        write_number(text, sizeof text, option, (__int128)option->max + i);
        expect_set(option, group->target, text, i <= 0 && option->max + i >= option->min);
    }
    if (option->kind == PM_OPTION_CHOICE || option->kind == PM_OPTION_BOOL)
        expect_set(option, group->target, "no-such-word", false);
    expect_set(option, group->target, "\x01", false);
}

static void every_option_keeps_its_limits(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHIPPED; i++) {
        struct pm_scenario *scenario = NULL;
        assert_int_equal(pm_scenario_open(&scenario, shipped[i], NULL, &config, NULL), 0);
        pm_settings_each(&scenario->settings, try_limits, NULL);
        pm_scenario_close(scenario);
    }
}

/* One name is one setting: a query may not call its own what the run or the generator has. */
static void a_name_belongs_to_one_group(void **state)
{
    (void)state;
    for (size_t i = 0; pm_queries[i] != NULL; i++) {
        const struct pm_option *option = pm_queries[i]->options;
        for (; option != NULL && option->name != NULL; option++) {
            assert_null(pm_option_find(pm_generator_options, option->name));
            assert_null(pm_option_find(pm_run_options, option->name));
        }
    }
    for (const struct pm_option *option = pm_run_options; option->name != NULL; option++)
        assert_null(pm_option_find(pm_generator_options, option->name));
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHIPPED; i++) {
        struct pm_scenario *scenario = NULL;
        struct pm_scenario *copy = NULL;
        struct pm_outbuf first = {0};
        struct pm_outbuf second = {0};
        assert_int_equal(pm_scenario_open(&scenario, shipped[i], "quick", &config, NULL), 0);
        assert_int_equal(pm_scenario_set(scenario, "tick.trigger=3ms", NULL), 0);
        pm_scenario_write(scenario, &first);
        assert_int_equal(parse(&copy, first.text, NULL), 0);
        pm_scenario_write(copy, &second);
        assert_string_equal(first.text, second.text);
        assert_string_equal(copy->name, shipped[i]);
        assert_string_equal(copy->variant, "quick"); /* applied: it holds no variants any more */
        assert_memory_equal(&copy->generator, &scenario->generator, sizeof copy->generator);
        assert_memory_equal(copy->query_settings, scenario->query_settings,
                            scenario->query->settings_size);
        const struct engine_settings *tick = pm_scenario_engine_settings(copy, "tick");
        assert_int_equal(tick->trigger_ns, 3000000);
        assert_null(pm_scenario_engine_settings(copy, "plain"));
        pm_outbuf_close(&first);
        pm_outbuf_close(&second);
        pm_scenario_close(copy);
        pm_scenario_close(scenario);
    }
}

static void the_generator_is_given_every_stream(void **state)
{
    struct pm_scenario *scenario = NULL;
    struct pm_generator_config generator;

    (void)state;
    assert_int_equal(pm_scenario_open(&scenario, "enrich", NULL, &config, NULL), 0);
    assert_int_equal(pm_scenario_set(scenario, "partitions=3", NULL), 0);
    pm_scenario_generator(&generator, scenario);
    assert_int_equal(generator.streams, 2);
    assert_int_equal(generator.stream[0].first_partition, 0);
    assert_int_equal(generator.stream[1].first_partition, 3);
    assert_int_equal(generator.stream[1].partitions, 3);
    assert_true(generator.flush_time_ns > scenario->generator.start_time_ns +
                                              scenario->generator.duration_ns +
                                              366 * 24 * 3600 * PM_NS_PER_S);
    pm_scenario_close(scenario);
}

static void the_list_is_sorted_and_holds_what_is_shipped(void **state)
{
    struct pm_scenario_file *files = NULL;
    size_t count = 0;

    (void)state;
    assert_int_equal(pm_scenario_list(&files, &count, NULL), 0);
    assert_true(count >= SHIPPED);
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(files[i - 1].name, files[i].name) < 0);
    for (size_t i = 0; i < SHIPPED; i++) {
        size_t at = 0;
        while (at < count && strcmp(files[at].name, shipped[i]) != 0)
            at++;
        assert_true(at < count);
        assert_string_equal(files[at].query, shipped[i]);
    }
    free(files);
}

static void a_folder_of_the_environment_comes_first(void **state)
{
    char folder[] = "/tmp/pm_scenarios_XXXXXX";
    char path[128];
    char found[4096];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/spend.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("query: spend\nrate: 1\n", file);
    fclose(file);
    setenv("PACEMARK_SCENARIOS", folder, 1);
    assert_int_equal(pm_scenario_locate(found, sizeof found, "spend", NULL), 0);
    assert_string_equal(found, path);
    assert_int_equal(pm_scenario_locate(found, sizeof found, "fraud", NULL), 0);
    assert_string_not_equal(found, path);
    unsetenv("PACEMARK_SCENARIOS");
    remove(path);
    remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_scenario_is_sound),
        cmocka_unit_test(a_value_comes_from_file_variant_or_set),
        cmocka_unit_test(bad_scenarios_are_refused_by_position),
        cmocka_unit_test(unknown_names_show_the_known_ones),
        cmocka_unit_test(bad_assignments_are_refused),
        cmocka_unit_test(values_that_do_not_go_together_are_refused),
        cmocka_unit_test(every_option_keeps_its_limits),
        cmocka_unit_test(a_name_belongs_to_one_group),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(the_generator_is_given_every_stream),
        cmocka_unit_test(the_list_is_sorted_and_holds_what_is_shipped),
        cmocka_unit_test(a_folder_of_the_environment_comes_first),
    };
    unsetenv("PACEMARK_SCENARIOS");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
