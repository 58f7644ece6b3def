/* SPDX-License-Identifier: Apache-2.0 */
/* result.json: the fields of the schema, null with a reason for what is unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "pm_document.h"

static struct pm_latency_figures unknown(void)
{
    struct pm_latency_figures figures = {.max = pm_figure_unknown("no samples")};

    for (unsigned i = 0; i < PM_PERCENTILES; i++)
        figures.percentile[i] = pm_figure_unknown("no samples");
    return figures;
}

/* A document of one row, with @p kafka unless it is NULL; the caller frees the text. */
static char *write_document(const struct pm_row_kafka *kafka)
{
    struct pm_scenario *scenario = NULL;
    struct pm_prepared prepared = {0};
    struct pm_environment environment = {.load = -1.0};
    struct pm_runner_config config = PM_RUNNER_CONFIG_INIT;
    struct pm_row row = {
        .scenario = "spend", .instance = "event", .engine = "event", .run = 1, .parallelism = 2};
    struct pm_summary summary = {.scenario = "spend", .instance = "event", .engine = "event"};
    const struct pm_outcome outcome = {.rows = 1, .row = &row, .summaries = 1, .summary = &summary};
    const struct pm_document document = {&config, &prepared, &environment, &outcome};
    char *text = NULL;

    assert_int_equal(pm_scenario_open(&scenario, "spend", "quick", pm_runner_engines(), NULL), 0);
    row.latency = row.event_time_latency = row.service = row.due_to_read = row.read_to_emit =
        row.emit_to_visible = row.view.lag = unknown();
    row.view.unknown = "view: none";
    row.latency.percentile[PM_P50] = pm_figure_of(12345);
    row.throughput_per_s = pm_figure_of(NAN);
    if (kafka != NULL)
        row.kafka = *kafka;
    row.first_output_ms = pm_figure_unknown("no output");
    row.unchecked = "the input is larger than what is checked";
    prepared.scenario = scenario;
    config.scenario = scenario;
    assert_int_equal(pm_document_write(&text, &document, NULL), 0);
    pm_scenario_close(scenario);
    return text;
}

static void a_row_has_every_field_of_the_schema(void **state)
{
    static const char *const fields[] = {"scenario",
                                         "instance",
                                         "engine",
                                         "run",
                                         "transport",
                                         "guarantee",
                                         "durability",
                                         "parallelism",
                                         "trigger_or_cadence",
                                         "wait",
                                         "time_scale",
                                         "output_mode",
                                         "rate_per_s",
                                         "throughput_per_s",
                                         "latency_ns",
                                         "event_time_latency_ns",
                                         "service_ns",
                                         "due_to_read_ns",
                                         "read_to_emit_ns",
                                         "emit_to_visible_ns",
                                         "cpu_work_s_per_million",
                                         "cpu_wait_s_per_million",
                                         "memory_peak_bytes",
                                         "memory_shared_bytes",
                                         "memory_heap_allocated_bytes",
                                         "memory_heap_resident_bytes",
                                         "balance",
                                         "kafka",
                                         "first_output_ms",
                                         "oracle",
                                         "view",
                                         "view_lag_ns",
                                         "audit"};
    static const char *const top[] = {"schema",      "seed", "input_digest",
                                      "environment", "rows", "summary"};
    char *const text = write_document(NULL);
    json_t *const root = json_loads(text, 0, NULL);
    const json_t *const row = json_array_get(json_object_get(root, "rows"), 0);

    (void)state;
    for (unsigned i = 0; i < sizeof top / sizeof top[0]; i++)
        if (json_object_get(root, top[i]) == NULL)
            fail_msg("%s is missing", top[i]);
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (json_object_get(row, fields[i]) == NULL)
            fail_msg("%s is missing", fields[i]);
    json_decref(root);
    free(text);
}

static void the_unknown_is_null_with_a_reason_and_never_zero(void **state)
{
    char *const text = write_document(NULL);
    json_t *const root = json_loads(text, 0, NULL);
    const json_t *const row = json_array_get(json_object_get(root, "rows"), 0);
    const json_t *const latency = json_object_get(row, "latency_ns");
    const json_t *const reasons = json_object_get(row, "reasons");

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(latency, "p50")), 12345);
    assert_true(json_is_null(json_object_get(latency, "p99_9")));
    assert_string_equal(json_string_value(json_object_get(reasons, "latency_ns.p99_9")),
                        "no samples");
    assert_true(json_is_null(json_object_get(row, "first_output_ms")));
    assert_string_equal(json_string_value(json_object_get(reasons, "first_output_ms")),
                        "no output");
    assert_true(json_is_null(json_object_get(row, "throughput_per_s")));
    assert_string_equal(json_string_value(json_object_get(reasons, "throughput_per_s")),
                        "no finite number");
    const json_t *const oracle = json_object_get(row, "oracle");
    assert_string_equal(json_string_value(json_object_get(oracle, "status")), "unchecked");
    assert_true(json_is_null(json_object_get(oracle, "lost")));
    assert_non_null(json_object_get(reasons, "oracle.lost"));
    assert_true(json_is_null(json_object_get(json_object_get(row, "view"), "torn")));
    assert_string_equal(json_string_value(json_object_get(reasons, "view.torn")), "view: none");
    json_decref(root);
    free(text);
}

/* On the embedded log there are no clients; on Kafka what is not known is null, too. */
static void the_kafka_side_is_null_or_whole(void **state)
{
    char *const embedded = write_document(NULL);
    json_t *const none = json_loads(embedded, 0, NULL);
    const json_t *const bare = json_array_get(json_object_get(none, "rows"), 0);
    struct pm_row_kafka kafka = {.is_used = true, .dead_letters = 3, .letters = 1};

    (void)state;
    assert_true(json_is_null(json_object_get(bare, "kafka")));
    assert_non_null(json_object_get(json_object_get(bare, "reasons"), "kafka"));
    kafka.dead[PM_KAFKA_CUT] = 3;
    snprintf(kafka.letter[0], sizeof kafka.letter[0], "partition 0 offset 17: its head is cut");
    kafka.client[PM_CLIENT_SINK].batch_messages = pm_figure_of(43);
    kafka.client[PM_CLIENT_SINK].batch_bytes = pm_figure_unknown("its statistics had none");
    char *const text = write_document(&kafka);
    json_t *const root = json_loads(text, 0, NULL);
    const json_t *const row = json_array_get(json_object_get(root, "rows"), 0);
    const json_t *const side = json_object_get(row, "kafka");
    const json_t *const sink = json_object_get(side, "sink");
    const json_t *const dead = json_object_get(side, "dead_letters");
    assert_int_equal(json_integer_value(json_object_get(sink, "batch_messages")), 43);
    assert_true(json_is_null(json_object_get(sink, "batch_bytes")));
    assert_non_null(json_object_get(json_object_get(row, "reasons"), "kafka.sink.batch_bytes"));
    assert_int_equal(json_integer_value(json_object_get(dead, "count")), 3);
    assert_int_equal(json_integer_value(json_object_get(dead, "cut")), 3);
    assert_int_equal(json_integer_value(json_object_get(dead, "no_head")), 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(dead, "examples"), 0)),
                        "partition 0 offset 17: its head is cut");
    json_decref(root);
    json_decref(none);
    free(text);
    free(embedded);
}

static void documents_join_their_rows_and_keep_what_they_share(void **state)
{
    struct pm_outcome outcomes[3] = {{.rows = 0}, {.rows = 0}, {.rows = 0}};
    char *joined = NULL;

    (void)state;
    outcomes[0].document = write_document(NULL);
    outcomes[2].document = write_document(NULL);
    assert_int_equal(pm_outcome_join(&joined, outcomes, 3, NULL), 0);
    json_t *const root = json_loads(joined, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "rows")), 2);
    assert_int_equal(json_array_size(json_object_get(root, "summary")), 2);
    assert_true(json_is_integer(json_object_get(root, "seed")));
    assert_int_equal(pm_outcome_join(&joined, &outcomes[1], 1, NULL), PM_EINPUT);
    json_decref(root);
    free(joined);
    free(outcomes[0].document);
    free(outcomes[2].document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_every_field_of_the_schema),
        cmocka_unit_test(the_unknown_is_null_with_a_reason_and_never_zero),
        cmocka_unit_test(the_kafka_side_is_null_or_whole),
        cmocka_unit_test(documents_join_their_rows_and_keep_what_they_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
