/* SPDX-License-Identifier: Apache-2.0 */
/* The gnuplot scripts: labels, units and names are there; foreign text cannot become a command. */
#include "pm_plot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pm_gnuplot.h"
#include "pm_picture.h"
#include "pm_sample_results.h"

/* All three scripts of a sample, and how many of them have something to draw. */
struct scripts {
    struct pm_outbuf percentiles, timeline, overview;
    int drawn;
};

static void write_scripts(struct scripts *out, const struct pm_sample_results *sample)
{
    char directory[256];
    struct pm_reading *reading;
    struct pm_moments moments;

    *out = (struct scripts){0};
    pm_sample_results_write(directory, sizeof directory, sample);
    assert_int_equal(pm_reading_open(&reading, directory, NULL), 0);
    assert_int_equal(pm_reading_latency(reading, directory, NULL), 0);
    assert_int_equal(pm_moments_read(&moments, reading, directory, NULL), 0);
    out->drawn = pm_plot_percentiles(&out->percentiles, reading, PM_PICTURE_SVG) +
                 pm_plot_timeline(&out->timeline, reading, &moments, PM_PICTURE_SVG) +
                 pm_plot_overview(&out->overview, &reading, 1, PM_PICTURE_SVG);
    pm_moments_close(&moments);
    pm_reading_close(reading);
    pm_sample_results_remove(directory);
}

static void close_scripts(struct scripts *scripts)
{
    pm_outbuf_close(&scripts->percentiles);
    pm_outbuf_close(&scripts->timeline);
    pm_outbuf_close(&scripts->overview);
}

static void assert_says(const struct pm_outbuf *script, const char *text)
{
    if (strstr(script->text, text) == NULL)
        fail_msg("the script does not say: %s", text);
}

static void scripts_name_instances_units_and_settings(void **state)
{
    const struct pm_sample_results sample = {"spend", "quick", 2, 3, 3000, 0};
    static const char *const common[] = {"50k/s, embedded, at-most-once, durability none, wait nap",
                                         "2 runs, quick", "'10 µs'", "'100 ms'", "name '"};
    struct scripts scripts;

    (void)state;
    write_scripts(&scripts, &sample);
    assert_int_equal(scripts.drawn, 3);
    for (unsigned i = 0; i < sizeof common / sizeof common[0]; i++)
        assert_says(&scripts.percentiles, common[i]);
    assert_says(&scripts.percentiles, "title 'batch, 1s'");
    assert_says(&scripts.percentiles, "title 'microbatch, 100ms'");
    assert_says(&scripts.percentiles, "title 'null (floor)'");
    assert_says(&scripts.percentiles, "'99 %%' 1e2");
    assert_says(&scripts.timeline, "due time in s, runs end to end");
    assert_says(&scripts.timeline, "'event'");
    assert_says(&scripts.overview, "'spend, 50k/s' 0");
    assert_says(&scripts.overview, "title 'null (floor)'");
    close_scripts(&scripts);
}

/* Pictures of different comparisons lie side by side: an engine looks alike in all. */
static void an_engine_has_its_ink_in_every_picture(void **state)
{
    static struct pm_reading all, one;
    static const char *const names[] = {"null", "batch", "event", "event again", "flink", "event"};

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        all.instance[i] =
            (struct pm_read_instance){.scenario = "s", .name = names[i], .is_floor = i == 0};
    all.instances = 6;
    one.instance[0] = all.instance[2];
    one.instances = 1;
    const char *const event = pm_picture_ink(&one, &one.instance[0])->colour;
    for (unsigned i = 0; i < 6; i++) {
        const char *const colour = pm_picture_ink(&all, &all.instance[i])->colour;
        assert_int_equal(strcmp(colour, event) == 0, i == 2 || i == 5);
        for (unsigned k = 0; k < i && i < 5; k++)
            assert_string_not_equal(colour, pm_picture_ink(&all, &all.instance[k])->colour);
    }
}

/* The last x of the block of a curve: 1 / (1 - quantile). */
static double end_of_curve(const struct pm_outbuf *script, unsigned number)
{
    char head[64];
    double x = 0;

    snprintf(head, sizeof head, "$curve%u << END_OF_CURVE\n", number);
    const char *at = strstr(script->text, head);
    assert_non_null(at);
    for (at += strlen(head); strncmp(at, "END", 3) != 0; at = strchr(at, '\n') + 1)
        x = strtod(at, NULL);
    return x;
}

static void a_curve_ends_where_samples_do(void **state)
{
    const struct pm_sample_results sample = {"spend", "", 1, 2, 5000, 0};
    struct scripts scripts;

    (void)state;
    write_scripts(&scripts, &sample); /* 10,000 samples: 100 above the 99th percentile */
    const double end = end_of_curve(&scripts.percentiles, 2);
    assert_true(end > 80 && end <= 100.0);
    close_scripts(&scripts);
}

static void too_few_samples_draw_nothing(void **state)
{
    const struct pm_sample_results sample = {"spend", "", 1, 1, 50, 0};
    struct scripts scripts;

    (void)state;
    write_scripts(&scripts, &sample);
    assert_int_equal(scripts.drawn, 0);
    close_scripts(&scripts);
}

static void a_run_that_is_invalid_is_marked(void **state)
{
    const struct pm_sample_results sample = {"spend", "", 2, 2, 1000, 1};
    struct scripts scripts;

    (void)state;
    write_scripts(&scripts, &sample);
    assert_says(&scripts.percentiles, "title 'event, 2/2 invalid'");
    assert_says(&scripts.overview, "\\ninvalid\"");
    close_scripts(&scripts);
}

static void quoting_leaves_nothing_to_run(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"spend", "'spend'"},
        {"it's", "'it''s'"},
        {"`touch x`", "'?touch x?'"},
        {"a\nsystem('x')", "'a?system(''x'')'"},
        {"@macro \"x\" $", "'@macro \"x\" $'"},
        {"\xc3\xbc-", "'?\?-'"},
        {"", "''"},
    };
    char buffer[64], small[8];

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(pm_gnuplot_quote(buffer, sizeof buffer, cases[i].text),
                            cases[i].expected);
    assert_string_equal(pm_gnuplot_quote(small, sizeof small, "''''''"), "''''''");
}

static void decades_have_units(void **state)
{
    static const struct {
        int decade;
        const char *expected;
    } cases[] = {{0, "1 ns"}, {2, "100 ns"}, {3, "1 us"},   {5, "100 us"},
                 {6, "1 ms"}, {9, "1 s"},    {11, "100 s"}, {12, "1e3 s"}};
    char text[24];

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(pm_picture_decade(text, sizeof text, cases[i].decade, "u"),
                            cases[i].expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_engine_has_its_ink_in_every_picture),
        cmocka_unit_test(scripts_name_instances_units_and_settings),
        cmocka_unit_test(a_curve_ends_where_samples_do),
        cmocka_unit_test(too_few_samples_draw_nothing),
        cmocka_unit_test(a_run_that_is_invalid_is_marked),
        cmocka_unit_test(quoting_leaves_nothing_to_run),
        cmocka_unit_test(decades_have_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
