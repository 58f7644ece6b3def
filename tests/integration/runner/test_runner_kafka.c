/* SPDX-License-Identifier: Apache-2.0 */
/* Verify and run over a real broker: the same answers as on the embedded log, and topics that go.
 */
#include "kafka_rig.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "pm_broker.h"
#include "pm_children.h"
#include "pm_hash.h"
#include "pm_runner_rig.h"

struct seen {
    unsigned cases;
    uint64_t rows; /* expected */
};

static void count(void *payload, const struct pm_verify_case *verified)
{
    struct seen *const seen = payload;

    seen->cases++;
    seen->rows += verified->verdict.expected;
}

static const char *brokers(void)
{
    static char setting[80];

    snprintf(setting, sizeof setting, "brokers=%s", pm_broker_address());
    return setting;
}

/* Every scenario: text, windows, joins of two and three streams, timers, updates. */
static void every_engine_equals_the_oracle_on_topics(void **state)
{
    static const char *const names[] = {"route",       "high-value",   "log-etl",   "spend",
                                        "hourly",      "hourly-plain", "dashboard", "sessions",
                                        "enrich",      "attribution",  "fraud",     "brute-force",
                                        "abandonment", "maintenance"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct pm_scenario *scenario = NULL;
        struct pm_error error = {0};
        struct seen seen = {0};

        assert_int_equal(
            pm_scenario_open(&scenario, names[i], "quick", pm_runner_engines(), &error), 0);
        assert_int_equal(pm_scenario_set(scenario, "transport=kafka", &error), 0);
        assert_int_equal(pm_scenario_set(scenario, "events=10000", &error), 0);
        assert_int_equal(pm_scenario_set(scenario, brokers(), &error), 0);
        const struct pm_verify_config config = {
            .scenarios = 1, .scenario = &scenario, .first_seed = 1, .seeds = 1, .parallelism = 2};
        if (pm_runner_verify(&config, count, &seen, &error) != 0)
            fail_msg("%s", error.text);
        assert_int_equal(seen.cases, 3);
        assert_true(seen.rows > 0);
        pm_scenario_close(scenario);
    }
}

static void a_run_counts_every_row_and_leaves_no_topic(void **state)
{
    const char *const settings[] = {
        "duration=1s", "rate=5k", "engines=event", "transport=kafka", "wait=nap", brokers(), NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    (void)state;
    pm_runner_rig_open(&rig, "route", settings);
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    const struct pm_row *const row = pm_runner_rig_row(&outcome, "event");
    assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
    assert_int_equal(row->early_rows, 0);
    assert_int_equal(row->latency.count + row->warmup_rows + row->flush_rows, row->outputs);
    assert_true(pm_runner_rig_is_childless());
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

/* --- foreign messages ------------------------------------------------------------------------ */

#define FOREIGN 5u /* that one visit leaves */

/* Who puts messages into the source topic of every run while it runs. */
struct stranger {
    int seen_pid; /* of the engine whose run had its visit */
    unsigned visits;
};

/* The number of the run whose engine is process @p pid: it stands in the run's control page. */
static bool find_run(uint64_t *run, int pid)
{
    struct pm_control_map map;
    char path[64];
    char words[512] = "";

    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *const file = fopen(path, "r");
    if (file == NULL)
        return false;
    const size_t size = fread(words, 1, sizeof words - 1, file);
    fclose(file);
    const char *const role = words + strlen(words) + 1;
    if (size == 0 || strcmp(role, PM_CHILD_ENGINE) != 0)
        return false;
    const int dirfd = open(role + strlen(role) + 1, O_RDONLY | O_DIRECTORY);
    const bool found = dirfd >= 0 && pm_control_open(&map, dirfd, NULL) == 0;
    if (found) {
        *run = map.page->run;
        pm_control_close(&map);
    }
    close(dirfd);
    return found;
}

static void leave_foreign_messages(uint64_t run)
{
    static const char magic[] = "PAMKREC1 but no more";
    const struct pm_kafka_output outputs[FOREIGN] = {
        {.value = "hello", .value_size = 5},
        {.partition = 1},
        {.value = magic, .value_size = sizeof magic},
        {.value = "x", .value_size = 1, .header = "pm", .header_value = "?", .header_size = 1},
        {.value = "hello", .value_size = 5, .key = "?", .key_size = 1},
    };
    struct pm_error error = {0};
    struct pm_kafka *writer = NULL;
    char setting[80];
    char topic[64];
    const char *const settings[] = {setting, NULL};

    snprintf(setting, sizeof setting, "bootstrap.servers=%s", pm_broker_address());
    snprintf(topic, sizeof topic, "pacemark-%016llx-source", (unsigned long long)run);
    if (pm_kafka_open(&writer, PM_KAFKA_WRITER, topic, settings, &error) != 0)
        fail_msg("%s", error.text);
    for (unsigned i = 0; i < FOREIGN; i++)
        assert_int_equal(pm_kafka_send(writer, &outputs[i]), 0);
    assert_int_equal(pm_kafka_flush(writer, 10000, &error), 0);
    pm_kafka_close(writer);
}

static void visit(void *payload, const struct pm_progress *progress)
{
    struct stranger *const stranger = payload;
    uint64_t run = 0;

    if (strcmp(progress->phase, "run") != 0 || progress->engine_pid == 0 ||
        progress->engine_pid == stranger->seen_pid || !find_run(&run, progress->engine_pid))
        return;
    stranger->seen_pid = progress->engine_pid;
    stranger->visits++;
    leave_foreign_messages(run);
}

static void foreign_messages_are_dead_letters_of_the_balance(void **state)
{
    const char *const settings[] = {
        "duration=3s", "rate=2k",         "engines=event,microbatch,batch,client",
        "wait=nap",    "transport=kafka", brokers(),
        NULL};
    struct stranger stranger = {0};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    (void)state;
    pm_runner_rig_open(&rig, "route", settings);
    rig.config.floor = false;
    pm_runner_rig_run(&outcome, &rig, visit, &stranger);
    assert_int_equal(stranger.visits, 4);
    assert_int_equal(outcome.rows, 4);
    for (unsigned i = 0; i < outcome.rows; i++) {
        const struct pm_row *const row = &outcome.row[i];
        const struct pm_row_kafka *const kafka = &row->kafka;

        assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
        assert_int_equal(kafka->foreign, FOREIGN);
        assert_int_equal(kafka->dead_letters, FOREIGN);
        assert_int_equal(kafka->dead[PM_KAFKA_NO_HEAD], 4);
        assert_int_equal(kafka->dead[PM_KAFKA_CUT], 1);
        assert_int_equal(kafka->letters, FOREIGN);
        assert_non_null(strstr(kafka->letter[0], "partition "));
        assert_null(row->balance.unknown);
        assert_true(pm_balance_holds(&row->balance));
        assert_int_equal(row->balance.input, row->inputs + FOREIGN);
        assert_int_equal(row->balance.dead_letters, row->dead_letters + FOREIGN);
        assert_non_null(strstr(row->audit.warning[row->audit.warnings - 1],
                               "the source topic holds 5 messages that are no records"));
    }
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

/* The balance counts the topic's offsets: nothing is there twice, nothing is missing. */
static void generators_share_the_topics_partitions(void **state)
{
    const char *const counts[] = {"generators=1", "generators=2", "generators=3"};
    uint64_t digest = 0;

    (void)state;
    for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
        const char *const settings[] = {"duration=1s",     "rate=5k", "engines=event", "wait=nap",
                                        "transport=kafka", brokers(), counts[i],       NULL};
        struct pm_runner_rig rig;
        struct pm_outcome outcome;

        pm_runner_rig_open(&rig, "route", settings);
        rig.config.floor = false;
        pm_runner_rig_run(&outcome, &rig, NULL, NULL);
        const struct pm_row *const row = pm_runner_rig_row(&outcome, "event");
        assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
        assert_int_equal(row->kafka.foreign, 0);
        assert_true(pm_balance_holds(&row->balance));
        assert_int_equal(row->unsent, 0);
        digest = i == 0 ? row->output_digest : digest;
        assert_true(digest == row->output_digest);
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
}

/* Two seconds are enough for figures of every side. */
static void a_short_run_knows_its_clients(void **state)
{
    const char *const settings[] = {
        "duration=2s", "rate=5k", "engines=event", "transport=kafka", "wait=nap", brokers(), NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    (void)state;
    pm_runner_rig_open(&rig, "spend", settings);
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    for (unsigned i = 0; i < outcome.rows; i++)
        for (unsigned side = 0; side < PM_CLIENTS; side++) {
            const struct pm_row_client *const client = &outcome.row[i].kafka.client[side];

            assert_null(client->batch_messages.unknown);
            assert_true(client->batch_messages.value >= 1.0);
            assert_true(client->batch_bytes.value >= 80.0 * client->batch_messages.value);
            assert_null(client->round_trip_ns.unknown);
            assert_true(client->round_trip_ns.value > 0.0);
            assert_true(client->round_trip_p99_ns.unknown != NULL ||
                        client->round_trip_p99_ns.value >= client->round_trip_ns.value);
            assert_null(client->queued_max.unknown);
            assert_true(client->undelivered.value <= 0.0);
        }
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

struct lines {
    unsigned count;
    uint64_t sum; /* of their hashes: the same for the same lines in any order */
};

static struct lines read_lines(const struct pm_outcome *outcome, const char *name)
{
    struct lines lines = {0};
    char path[4200];
    char *line = NULL;
    size_t size = 0;

    snprintf(path, sizeof path, "%s/%s", outcome->directory, name);
    FILE *const file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s: missing", path);
    for (ssize_t length; (length = getline(&line, &size, file)) > 0; lines.count++)
        lines.sum += pm_hash_bytes(line, (size_t)length);
    free(line);
    fclose(file);
    return lines;
}

static void files_of_rows_are_those_of_the_embedded_log(void **state)
{
    static const struct {
        const char *scenario, *file;
    } cases[] = {{"spend", "event.spend.csv"},
                 {"attribution", "event.attributed.csv"},
                 {"attribution", "event.expired.csv"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lines lines[2] = {0};
        for (unsigned k = 0; k < 2; k++) {
            const char *const settings[] = {
                "events=5000", "engines=event",
                "rows=csv",    k == 0 ? "transport=embedded" : "transport=kafka",
                brokers(),     NULL};
            struct pm_runner_rig rig;
            struct pm_outcome outcome;
            struct pm_error error = {0};

            pm_runner_rig_open(&rig, cases[i].scenario, settings);
            rig.config.pace = PM_PACE_MAX;
            if (pm_runner_run(&outcome, &rig.config, NULL, NULL, &error) != 0)
                fail_msg("%s", error.text);
            lines[k] = read_lines(&outcome, cases[i].file);
            pm_outcome_close(&outcome);
            pm_runner_rig_close(&rig);
        }
        assert_true(lines[0].count > 10);
        assert_int_equal(lines[0].count, lines[1].count);
        assert_true(lines[0].sum == lines[1].sum);
    }
}

static void what_cannot_be_is_said_in_one_sentence(void **state)
{
    static const struct {
        const char *setting, *says;
        int code;
    } cases[] = {
        {"brokers=127.0.0.1:1", "no Kafka broker answers", PM_EIO},
        {"kafka.client=sasl.password=x", "PACEMARK_KAFKA_PASSWORD", PM_EINPUT},
        {"kafka.client=plugin.library.paths=/x", "plugin.library.paths", PM_EINPUT},
        {"kafka.client=acks=1", "acks: is fixed", PM_EINPUT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const settings[] = {"duration=1s",     "rate=5k",  "engines=event",
                                        "transport=kafka", "wait=nap", brokers(),
                                        cases[i].setting,  NULL};
        struct pm_runner_rig rig;
        struct pm_outcome outcome;
        struct pm_error error = {0};

        pm_runner_rig_open(&rig, "route", settings);
        assert_int_equal(pm_runner_run(&outcome, &rig.config, NULL, NULL, &error), cases[i].code);
        assert_non_null(strstr(error.text, cases[i].says));
        assert_true(pm_runner_rig_is_childless());
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
}

static void a_filled_topic_holds_the_input(void **state)
{
    struct pm_scenario *scenario = NULL;
    struct pm_error error = {0};
    struct kafka_rig rig;
    uint64_t records = 0;
    uint64_t messages = 0;

    (void)state;
    assert_int_equal(pm_scenario_open(&scenario, "spend", "quick", pm_runner_engines(), &error), 0);
    assert_int_equal(pm_scenario_set(scenario, brokers(), &error), 0);
    assert_int_equal(pm_scenario_set(scenario, "events=1000", &error), 0);
    kafka_rig_open(&rig, 1);
    kafka_rig_close(&rig); /* its topic is another one */
    if (pm_runner_fill_topic(rig.topic, sizeof rig.topic, &records, scenario, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(records, 1000);
    struct pm_kafka *const reader = kafka_rig_client(&rig, PM_KAFKA_READER);
    for (unsigned p = 0; p < pm_kafka_partitions(reader); p++) {
        uint64_t low = 0;
        uint64_t high = 0;

        assert_int_equal(pm_kafka_offsets(reader, p, &low, &high, &error), 0);
        messages += high - low;
    }
    assert_true(messages >= records + pm_kafka_partitions(reader)); /* flush and idle marks too */
    pm_kafka_close(reader);
    kafka_rig_close(&rig);
    pm_scenario_close(scenario);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_engine_equals_the_oracle_on_topics),
        cmocka_unit_test(a_run_counts_every_row_and_leaves_no_topic),
        cmocka_unit_test(foreign_messages_are_dead_letters_of_the_balance),
        cmocka_unit_test(generators_share_the_topics_partitions),
        cmocka_unit_test(a_short_run_knows_its_clients),
        cmocka_unit_test(a_filled_topic_holds_the_input),
        cmocka_unit_test(files_of_rows_are_those_of_the_embedded_log),
        cmocka_unit_test(what_cannot_be_is_said_in_one_sentence),
    };
    const int child = pm_runner_child(argc, argv);

    if (child >= 0)
        return child;
    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
