/* SPDX-License-Identifier: Apache-2.0 */
/* The table's layout, cell by cell, and what stands above and below it. */
#include "pm_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pm_sample_results.h"

static char *table_of(const struct pm_sample_results *sample, const struct pm_report_look *look)
{
    struct pm_outbuf out = {0};
    char directory[256];

    pm_sample_results_write(directory, sizeof directory, sample);
    assert_int_equal(pm_report_table(&out, directory, look, NULL), 0);
    pm_sample_results_remove(directory);
    return out.text;
}

static void assert_table(const struct pm_sample_results *sample, const struct pm_report_look *look,
                         const char *expected)
{
    char *const text = table_of(sample, look);

    assert_string_equal(text, expected);
    free(text);
}

static const struct pm_sample_results quick = {"spend", "quick", 3, 2, 2000, 0};
static const struct pm_sample_results wrong = {"spend", "", 2, 2, 2000, 1};

/* clang-format off */
static const char wide[] =
    "spend at 50.0 k/s, medians of 3 runs (quick: no verdict): half of all results came within 13.5 us (event), 54.0 ms (microbatch) and 517 ms (batch).\n"
    "  engine            p50  p99  p99.9      max  throughput  service p99  CPU s/M (wait)    memory  first output  output\n"
    "  batch          517 ms    -      -   1.02 s    50.0 k/s            -     0.23 (0.50)  10.0 MiB        1.02 s  equal\n"
    "  microbatch    54.0 ms    -      -   118 ms    50.0 k/s            -     0.23 (0.50)  10.0 MiB        104 ms  equal\n"
    "  event         13.5 us    -      -  2.52 ms    50.0 k/s            -     0.23 (0.50)  10.0 MiB       18.0 us  equal\n"
    "  null (floor)  4.01 us    -      -  1.11 ms    50.0 k/s            -     0.23 (0.50)  10.0 MiB       5.00 us  equal\n"
    "  - p99, p99.9: fewer than 100 samples above it\n"
    "  - service p99: not in this result\n"
    "  - warning: turbo is on (and 11 more like it)\n";
static const char narrow[] =
    "spend at 50.0 k/s, medians of 3 runs (quick: no verdict): half of all results came within 13.5 us (event), 54.0 ms (microbatch) and 517 ms (batch).\n"
    "  engine            p50  p99      max  throughput  CPU s/M (wait)  output\n"
    "  batch          517 ms    -   1.02 s    50.0 k/s     0.23 (0.50)  equal\n"
    "  microbatch    54.0 ms    -   118 ms    50.0 k/s     0.23 (0.50)  equal\n"
    "  event         13.5 us    -  2.52 ms    50.0 k/s     0.23 (0.50)  equal\n"
    "  null (floor)  4.01 us    -  1.11 ms    50.0 k/s     0.23 (0.50)  equal\n"
    "  not shown, for want of room: p99.9, service p99, memory, first output\n"
    "  - p99: fewer than 100 samples above it\n"
    "  - warning: turbo is on (and 11 more like it)\n";
static const char invalid[] =
    "spend at 50.0 k/s, medians of the valid runs: half of all results came within 13.5 us (event, invalid), 54.0 ms (microbatch) and 519 ms (batch).\n"
    "  engine             p50  p99  p99.9      max  throughput  service p99  CPU s/M (wait)    memory  first output  output\n"
    "  batch           519 ms    -      -   1.02 s    50.0 k/s            -     0.17 (0.50)  9.50 MiB        1.02 s  equal\n"
    "  microbatch     54.0 ms    -      -   113 ms    50.0 k/s            -     0.17 (0.50)  9.50 MiB        104 ms  equal\n"
    "  event INVALID  13.5 us    -      -  2.52 ms    50.0 k/s            -     0.17 (0.50)  9.50 MiB       18.0 us  DIFFERS\n"
    "  null (floor)   4.00 us    -      -  1.11 ms    50.0 k/s            -     0.17 (0.50)  9.50 MiB       5.00 us  equal\n"
    "  - no verdict: it takes 5 valid runs of each engine\n"
    "  - p99, p99.9: fewer than 100 samples above it\n"
    "  - service p99: not in this result\n"
    "  - invalid: event: 1 result is wrong (and 1 more like it)\n"
    "  - example: event: key 7 window 3: 41 for 42 (and 1 more like it)\n"
    "  - warning: turbo is on (and 7 more like it)\n";
static const char csv[] =
    "scenario,instance,floor,runs,valid_runs,oracle,p50_ns,p99_ns,p99_9_ns,max_ns,throughput_per_s,service_p99_ns,cpu_work_s_per_million,cpu_wait_s_per_million,memory_peak_bytes,first_output_ms,"
    "generator_batch_messages,generator_queued_max,generator_undelivered,source_batch_messages,source_queued_max,"
    "sink_batch_messages,sink_batch_bytes,sink_round_trip_ns,sink_round_trip_p99_ns,sink_queued_max,sink_undelivered\n"
    "spend,batch,0,3,3,equal,517472255,,,1.01974016e+09,49992,,0.225,0.5,10485760,1020,,,,,,,,,,,\n"
    "spend,microbatch,0,3,3,equal,54001663,,,118226943,49992,,0.225,0.5,10485760,104,,,,,,,,,,,\n"
    "spend,event,0,3,3,equal,13543,,,2519039,49992,,0.225,0.5,10485760,0.018,,,,,,,,,,,\n"
    "spend,null,1,3,3,equal,4005,,,1105919,49992,,0.225,0.5,10485760,0.005,,,,,,,,,,,\n";
/* clang-format on */

static void a_table_is_aligned_and_leads_with_a_sentence(void **state)
{
    (void)state;
    assert_table(&quick, &(struct pm_report_look){.columns = 0}, wide);
}

static void what_has_no_room_is_left_out_and_named(void **state)
{
    (void)state;
    assert_table(&quick, &(struct pm_report_look){.columns = 80}, narrow);
}

static void an_invalid_run_is_marked_with_its_reason(void **state)
{
    (void)state;
    assert_table(&wrong, &(struct pm_report_look){.columns = 0}, invalid);
}

static void a_csv_has_plain_numbers(void **state)
{
    (void)state;
    assert_table(&quick, &(struct pm_report_look){.style = PM_TABLE_CSV}, csv);
}

/* Three runs, of which the last knows no batches; the floor talks to no broker. */
static const char on_kafka[] =
    "{\"schema\": \"pacemark-result/1\", \"rows\": ["
    "{\"scenario\": \"route\", \"instance\": \"event\", \"transport\": \"kafka\", "
    "\"kafka\": {\"source\": {\"batch_messages\": 812, \"queued_max\": 5272}, "
    "\"sink\": {\"batch_messages\": 43, \"batch_bytes\": 2048, \"round_trip_ns\": 400000, "
    "\"round_trip_p99_ns\": 2000000, \"queued_max\": 120, \"undelivered\": 0}, "
    "\"generator\": {\"batch_messages\": 20, \"queued_max\": 77, \"undelivered\": 3}}}, "
    "{\"scenario\": \"route\", \"instance\": \"batch\", \"transport\": \"kafka\", \"kafka\": {"
    "\"sink\": {\"batch_messages\": null, \"queued_max\": null}}, "
    "\"reasons\": {\"kafka.sink.batch_messages\": \"it ended before the first statistics\"}}, "
    "{\"scenario\": \"route\", \"instance\": \"null\", \"transport\": \"embedded\", "
    "\"kafka\": null}]}";

static void clients_of_a_broker_have_a_line(void **state)
{
    struct pm_outbuf out = {0};
    char directory[256];

    (void)state;
    pm_sample_results_write(directory, sizeof directory, &quick);
    pm_sample_results_file(directory, "result.json", on_kafka);
    assert_int_equal(pm_report_table(&out, directory, &(struct pm_report_look){.columns = 0}, NULL),
                     0);
    pm_sample_results_remove(directory);
    assert_non_null(strstr(out.text,
                           "\n  - kafka: event: source 812 messages a fetch, at most 5.27 k "
                           "fetched ahead; sink 43 rows a batch, of 2.00 KiB, round trip "
                           "400 us, at worst p99 2.00 ms, at most 120 waiting; generator "
                           "20 records a batch, at most 77 waiting, 3 given up\n"));
    assert_null(strstr(out.text, "kafka: batch"));
    assert_null(strstr(out.text, "kafka: null"));
    pm_outbuf_close(&out);
}

static void markdown_has_a_cell_for_every_column(void **state)
{
    char *const text = table_of(&quick, &(struct pm_report_look){.style = PM_TABLE_MARKDOWN});
    unsigned lines = 0;

    (void)state;
    assert_memory_equal(text, "**spend** at ", 13);
    for (const char *at = strstr(text, "\n|"); at != NULL; at = strstr(at + 1, "\n|")) {
        unsigned bars = 0;
        for (const char *c = at + 1; *c != '\n'; c++)
            bars += *c == '|';
        assert_int_equal(bars, 12);
        lines++;
    }
    assert_int_equal(lines, 6); /* heads, rule, four instances */
    free(text);
}

static void colour_is_only_there_when_asked_for(void **state)
{
    char *const plain = table_of(&wrong, &(struct pm_report_look){.colour = false});
    char *const red = table_of(&wrong, &(struct pm_report_look){.colour = true});

    (void)state;
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(red, "\033[31m  event INVALID"));
    assert_non_null(strstr(red, "\033[2m  null (floor)"));
    free(plain);
    free(red);
}

static void escape_sequences_of_a_document_are_defused(void **state)
{
    struct pm_outbuf out = {0};
    char directory[256];

    (void)state;
    pm_sample_results_write(directory, sizeof directory, &quick);
    pm_sample_results_file(
        directory, "result.json",
        "{\"rows\": [{\"instance\": \"e\\u001b[2J\", \"scenario\": \"s\\u0007\"}]}");
    assert_int_equal(pm_report_table(&out, directory, &(struct pm_report_look){0}, NULL), 0);
    assert_null(strchr(out.text, '\033'));
    assert_null(strchr(out.text, '\a'));
    assert_non_null(strstr(out.text, "no latency was measured"));
    pm_outbuf_close(&out);
    pm_sample_results_remove(directory);
}

/* Runs of two engines, "a" with a p50 of about 1 ms and "b" with one of about @p times that. */
static char *verdict_of(unsigned runs, double times, double spread, unsigned samples,
                        const char *label)
{
    char document[8192];
    char directory[256];
    struct pm_outbuf out = {0};
    size_t used = (size_t)sprintf(document, "{\"label\": \"%s\", \"rows\": [", label);

    for (unsigned i = 0; i < 2 * runs; i++) {
        const double p50 = 1e6 * (i % 2 == 0 ? 1 : times) * (1 + spread * (i / 2));
        used += (size_t)sprintf(
            document + used,
            "%s{\"scenario\": \"s\", \"instance\": \"%s\", \"rate_per_s\": 9, \"exit_code\": 0, "
            "\"audit\": {\"valid\": true}, \"latency_ns\": {\"p50\": %.0f, \"count\": %u}}",
            i > 0 ? "," : "", i % 2 == 0 ? "a" : "b", p50, samples);
    }
    strcpy(document + used, "]}");
    pm_sample_results_write(directory, sizeof directory, &quick);
    pm_sample_results_file(directory, "result.json", document);
    assert_int_equal(pm_report_table(&out, directory, &(struct pm_report_look){0}, NULL), 0);
    pm_sample_results_remove(directory);
    return out.text;
}

static void a_difference_is_named_only_where_runs_show_it(void **state)
{
    static const struct {
        unsigned runs;
        double times, spread;
        unsigned samples;
        const char *label, *expected; /* NULL: nothing is said */
    } cases[] = {
        {5, 2.0, 0.01, 5000, "", "verdict: b to a: p50 different (2 times, 95 % 1.94 to 2.06);"},
        {5, 1.0, 0.001, 5000, "", "p50 no difference (1 times, "},
        {5, 1.1, 0.1, 5000, "", "p50 cannot tell (1.1 times, "},
        {4, 2.0, 0.01, 5000, "", "no verdict: it takes 5 valid runs of each engine\n"},
        {5, 2.0, 0.01, 1999, "", "p50 cannot tell (fewer than 1000 samples above it);"},
        {5, 2.0, 0.01, 5000, "", "p99 cannot tell (not in this result);"},
        {5, 2.0, 0.01, 5000, "quick", NULL},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *const text = verdict_of(cases[i].runs, cases[i].times, cases[i].spread,
                                      cases[i].samples, cases[i].label);

        if (cases[i].expected != NULL && strstr(text, cases[i].expected) == NULL)
            fail_msg("case %u: '%s' is not in\n%s", i, cases[i].expected, text);
        if (cases[i].expected == NULL)
            assert_null(strstr(text, "  - verdict"));
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_aligned_and_leads_with_a_sentence),
        cmocka_unit_test(what_has_no_room_is_left_out_and_named),
        cmocka_unit_test(an_invalid_run_is_marked_with_its_reason),
        cmocka_unit_test(a_csv_has_plain_numbers),
        cmocka_unit_test(clients_of_a_broker_have_a_line),
        cmocka_unit_test(markdown_has_a_cell_for_every_column),
        cmocka_unit_test(colour_is_only_there_when_asked_for),
        cmocka_unit_test(escape_sequences_of_a_document_are_defused),
        cmocka_unit_test(a_difference_is_named_only_where_runs_show_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
