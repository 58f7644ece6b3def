/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal's chart, dot by dot, and its limits. */
#include "pm_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pm_sample_results.h"

static const struct pm_sample_results quick = {"spend", "quick", 3, 2, 2000, 0};

static char *chart_of(const struct pm_sample_results *sample, const struct pm_report_look *look)
{
    struct pm_outbuf out = {0};
    char directory[256];

    pm_sample_results_write(directory, sizeof directory, sample);
    assert_int_equal(pm_report_chart(&out, directory, look, NULL), 1);
    pm_sample_results_remove(directory);
    return out.text;
}

/* clang-format off */
static const char braille[] =
    "          spend: latency by percentile\n"
    "    10 s ┤\n"
    "     1 s ┤          ⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤B\n"
    "         │⢀⣠⠤⠖⠒⠚⠉⠉⠉⠉⠉\n"
    "  100 ms ┤⠉  ⣀⣀⣠⠤⠤⠤⠤⠴⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠋⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉M\n"
    "   10 ms ┤⠒⠋⠉⠁\n"
    "         │\n"
    "    1 ms ┤\n"
    "  100 µs ┤\n"
    "         │                       ⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀E\n"
    "   10 µs ┤⠒⠒⠒⠋⠉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣉⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀N\n"
    "    1 µs ┤⠉⠉⠉⠉⠉⠁\n"
    "         └──────────────────────────────────────────────────────────────\n"
    "          10 %    50 %                 90 %                           99 %\n"
    "          B batch   M microbatch   E event   N null (floor)\n";
static const char ascii[] =
    "          spend: latency by percentile\n"
    "    10 s +\n"
    "     1 s +          BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB\n"
    "         |BBBBBBBBBBB\n"
    "  100 ms +B  MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM\n"
    "   10 ms +MMMM\n"
    "         |\n"
    "    1 ms +\n"
    "  100 us +\n"
    "         |                       EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE\n"
    "   10 us +EEEEEEEEEEEEEEEEEEEEEEEENNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN\n"
    "    1 us +NNNNNN\n"
    "         +--------------------------------------------------------------\n"
    "          10 %    50 %                 90 %                           99 %\n"
    "          B batch   M microbatch   E event   N null (floor)\n";
/* clang-format on */

static void curves_are_drawn_in_braille(void **state)
{
    char *const text = chart_of(&quick, &(struct pm_report_look){0});

    (void)state;
    assert_string_equal(text, braille);
    free(text);
}

static void curves_are_drawn_in_letters_where_only_ascii_is_safe(void **state)
{
    char *const text = chart_of(&quick, &(struct pm_report_look){.ascii = true});

    (void)state;
    assert_string_equal(text, ascii);
    for (const char *at = text; *at != '\0'; at++)
        assert_true((unsigned char)*at < 0x80);
    free(text);
}

static void it_fits_16_lines_of_80_columns(void **state)
{
    static const struct pm_sample_results samples[] = {
        {"a-scenario-with-a-name-that-is-much-longer-than-anybody-needs", "", 1, 3, 50, 0},
        {"spend", "", 1, 2, 40000, 0},
        {"spend", "", 2, 5, 1000, 1},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char *const text = chart_of(&samples[i], &(struct pm_report_look){.ascii = true});
        unsigned lines = 0;
        for (char *at = text, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
            assert_true(end - at <= 80);
            lines++;
        }
        assert_true(lines <= 16);
        free(text);
    }
}

static void without_percentiles_there_is_no_chart(void **state)
{
    const struct pm_sample_results few = {"spend", "", 1, 1, 20, 0};
    struct pm_outbuf out = {0};
    char directory[256];

    (void)state;
    pm_sample_results_write(directory, sizeof directory, &few);
    assert_int_equal(pm_report_chart(&out, directory, &(struct pm_report_look){0}, NULL), 0);
    assert_int_equal(out.used, 0);
    pm_sample_results_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_drawn_in_braille),
        cmocka_unit_test(curves_are_drawn_in_letters_where_only_ascii_is_safe),
        cmocka_unit_test(it_fits_16_lines_of_80_columns),
        cmocka_unit_test(without_percentiles_there_is_no_chart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
