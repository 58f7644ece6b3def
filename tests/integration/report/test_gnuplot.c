/* SPDX-License-Identifier: Apache-2.0 */
/* gnuplot itself: its pictures are whole, name every instance, and its failures are told. */
#include "pm_gnuplot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "pm_report.h"
#include "pm_sample_results.h"

#define PICTURE_MAX (1u << 20)

static const struct pm_sample_results sample = {"spend", "quick", 3, 3, 2000, 0};

static char *read_file(const char *directory, const char *name, size_t *size)
{
    char path[400];
    char *const text = calloc(1, PICTURE_MAX);

    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *const stream = fopen(path, "r");
    if (stream == NULL)
        fail_msg("%s is not there", path);
    *size = fread(text, 1, PICTURE_MAX - 1, stream);
    fclose(stream);
    return text;
}

/* Every start tag has its end tag, in order; quotes close. Enough for what gnuplot writes. */
static void assert_well_formed(const char *at)
{
    const char *open[64];
    unsigned depth = 0;

    while ((at = strchr(at, '<')) != NULL) {
        const char *const end = strchr(at, '>');
        assert_non_null(end);
        if (at[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_memory_equal(open[depth], at + 2, strcspn(at + 2, " \t\n>"));
        } else if (at[1] != '?' && at[1] != '!' && end[-1] != '/') {
            assert_true(depth < 64);
            open[depth++] = at + 1;
        }
        at = strncmp(at, "<!--", 4) == 0 ? strstr(at, "-->") : end;
        assert_non_null(at);
    }
    assert_int_equal(depth, 0);
}

static void assert_is_picture(const char *directory, const char *name)
{
    static const char *const words[] = {"batch",        "microbatch", "event",
                                        "null (floor)", "µs",         "embedded"};
    size_t size;
    char *const text = read_file(directory, name, &size);

    assert_memory_equal(text, "<?xml", 5);
    assert_well_formed(text);
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]) == NULL)
            fail_msg("%s does not mention %s", name, words[i]);
    free(text);
}

static void pictures_are_whole_and_name_every_instance(void **state)
{
    char directory[256];
    const char *const directories[] = {directory};

    (void)state;
    pm_sample_results_write(directory, sizeof directory, &sample);
    for (unsigned i = 0; i < 2; i++) /* the second time they are replaced */
        assert_int_equal(pm_report_plot(directory, PM_PICTURE_SVG, NULL), 2);
    assert_int_equal(pm_report_overview(directories, 1, PM_PICTURE_SVG, NULL), 1);
    assert_is_picture(directory, PM_PICTURE_PERCENTILES ".svg");
    assert_is_picture(directory, PM_PICTURE_TIMELINE ".svg");
    assert_is_picture(directory, PM_PICTURE_OVERVIEW ".svg");
    pm_sample_results_remove(directory);
}

static void png_is_drawn_on_request(void **state)
{
    char directory[256];
    size_t size;

    (void)state;
    pm_sample_results_write(directory, sizeof directory, &sample);
    struct pm_error error = {0};
    const int drawn = pm_report_plot(directory, PM_PICTURE_PNG, &error);
    if (drawn == PM_EFAIL && strstr(error.text, "terminal type") != NULL)
        skip(); /* a gnuplot without cairo */
    assert_int_equal(drawn, 2);
    char *const text = read_file(directory, PM_PICTURE_PERCENTILES ".png", &size);
    assert_true(size > 1000);
    assert_memory_equal(text, "\x89PNG", 4);
    free(text);
    pm_sample_results_remove(directory);
}

static void a_failure_is_told_in_its_words(void **state)
{
    static const char script[] = "set terminal svg\nplot nonsense(\n";
    struct pm_error error = {0};
    char *picture = NULL;
    size_t size;

    (void)state;
    assert_int_equal(pm_gnuplot_run(&picture, &size, script, strlen(script), &error), PM_EFAIL);
    assert_non_null(strstr(error.text, "gnuplot failed (exit code 1): line 0: invalid expression"));
}

static void a_missing_gnuplot_names_the_package(void **state)
{
    struct pm_error error = {0};
    char *picture = NULL;
    size_t size;
    char *const path = strdup(getenv("PATH"));

    (void)state;
    setenv("PATH", "/nonexistent", 1);
    assert_int_equal(pm_gnuplot_run(&picture, &size, "", 0, &error), PM_ESKIP);
    setenv("PATH", path, 1);
    free(path);
    assert_non_null(strstr(error.text, "apt-get install gnuplot-nox"));
}

/* A quoted command in a name stays a name. */
static void a_hostile_name_runs_nothing(void **state)
{
    const struct pm_sample_results hostile = {"x'`touch pm-was-here`", "", 1, 2, 1000, 0};
    char directory[256];
    struct stat about;

    (void)state;
    pm_sample_results_write(directory, sizeof directory, &hostile);
    assert_int_equal(pm_report_plot(directory, PM_PICTURE_SVG, NULL), 2);
    assert_int_not_equal(stat("pm-was-here", &about), 0);
    pm_sample_results_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_whole_and_name_every_instance),
        cmocka_unit_test(png_is_drawn_on_request),
        cmocka_unit_test(a_failure_is_told_in_its_words),
        cmocka_unit_test(a_missing_gnuplot_names_the_package),
        cmocka_unit_test(a_hostile_name_runs_nothing),
    };
    struct pm_error error = {0};
    char *picture = NULL;
    size_t size;

    if (pm_gnuplot_run(&picture, &size, "", 0, &error) == PM_ESKIP) {
        fprintf(stderr, "skipped: %s\n", error.text);
        return 77;
    }
    free(picture);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
