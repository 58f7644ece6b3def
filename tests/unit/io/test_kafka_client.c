/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka client against librdkafka's mock cluster: errors that a real broker cannot be asked
 * for. What a broker really does is in the integration tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "pm_kafka_client.h"

#define REQUEST_PRODUCE 0 /* Kafka's number; the mock takes it raw */

struct rig {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *cluster;
    char brokers[128];
    const char *client[4];
};

static int open_rig(void **state)
{
    static struct rig rig;
    rd_kafka_conf_t *const conf = rd_kafka_conf_new();
    char reason[64];

    rd_kafka_conf_set(conf, "log_level", "0", reason, sizeof reason);
    rig.owner = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
    rig.cluster = rd_kafka_mock_cluster_new(rig.owner, 1);
    rd_kafka_mock_topic_create(rig.cluster, "t", 2, 1);
    snprintf(rig.brokers, sizeof rig.brokers, "bootstrap.servers=%s",
             rd_kafka_mock_cluster_bootstraps(rig.cluster));
    rig.client[0] = rig.brokers;
    rig.client[1] = "message.timeout.ms=1000";
    rig.client[2] = "statistics.interval.ms=100";
    *state = &rig;
    return 0;
}

static int close_rig(void **state)
{
    struct rig *const rig = *state;

    rd_kafka_mock_cluster_destroy(rig->cluster);
    rd_kafka_destroy(rig->owner);
    return 0;
}

static struct pm_kafka *open_side(const struct rig *rig, enum pm_kafka_side side)
{
    struct pm_kafka *kafka = NULL;
    struct pm_error error = {0};

    if (pm_kafka_open(&kafka, side, "t", rig->client, &error) != 0)
        fail_msg("%s", error.text);
    return kafka;
}

static int send_text(struct pm_kafka *kafka, const char *text)
{
    const struct pm_kafka_output output = {.partition = 0, .value = text, .value_size = 5};

    return pm_kafka_send(kafka, &output);
}

static void what_is_sent_comes_back(void **state)
{
    struct pm_kafka *const writer = open_side(*state, PM_KAFKA_WRITER);
    struct pm_kafka *const reader = open_side(*state, PM_KAFKA_READER);
    const struct pm_kafka_message *messages = NULL;
    struct pm_kafka_feed *feed = NULL;
    struct pm_error error = {0};
    int found = 0;

    assert_int_equal(pm_kafka_partitions(writer), 2);
    assert_int_equal(send_text(writer, "hello"), 0);
    assert_int_equal(pm_kafka_flush(writer, 2000, &error), 0);
    assert_int_equal(pm_kafka_feed_open(&feed, reader, 0, 0, &error), 0);
    for (int tries = 0; tries < 2000 && found == 0; tries++) {
        found = pm_kafka_feed_take(feed, 10, &messages);
        pm_kafka_serve(reader, 1);
    }
    assert_int_equal(found, 1);
    assert_int_equal(messages[0].offset, 0);
    assert_memory_equal(messages[0].value, "hello", 5);
    pm_kafka_feed_close(feed);
    pm_kafka_close(reader);
    pm_kafka_close(writer);
}

static void a_passing_error_is_retried(void **state)
{
    struct rig *const rig = *state;
    struct pm_kafka *const writer = open_side(rig, PM_KAFKA_WRITER);
    struct pm_error error = {0};

    rd_kafka_mock_push_request_errors(rig->cluster, REQUEST_PRODUCE, 2,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    assert_int_equal(send_text(writer, "again"), 0);
    assert_int_equal(pm_kafka_flush(writer, 5000, &error), 0);
    assert_int_equal(pm_kafka_failure(writer, NULL), 0);
    pm_kafka_close(writer);
}

static void what_is_refused_is_counted(void **state)
{
    struct rig *const rig = *state;
    struct pm_kafka *const writer = open_side(rig, PM_KAFKA_WRITER);
    struct pm_kafka_stats stats;
    struct pm_error error = {0};

    rd_kafka_mock_push_request_errors(rig->cluster, REQUEST_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    assert_int_equal(send_text(writer, "large"), 0);
    assert_int_equal(pm_kafka_flush(writer, 5000, &error), PM_ESINK);
    assert_non_null(strstr(error.text, "1 messages were not delivered"));
    pm_kafka_statistics(writer, &stats);
    assert_int_equal(stats.undelivered, 1);
    pm_kafka_close(writer);
}

static void a_topic_that_is_refused_is_named(void **state)
{
    struct rig *const rig = *state;
    struct pm_kafka *kafka = NULL;
    struct pm_error error = {0};

    rd_kafka_mock_topic_set_error(rig->cluster, "locked",
                                  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(pm_kafka_open(&kafka, PM_KAFKA_READER, "locked", rig->client, &error),
                     PM_EINPUT);
    assert_string_equal(error.text,
                        "locked: the broker refuses access to the topic: ask for the right to it");
}

static void statistics_tell_the_batch(void **state)
{
    struct pm_kafka *const writer = open_side(*state, PM_KAFKA_WRITER);
    struct pm_kafka_stats stats = {0};
    struct pm_error error = {0};

    for (int i = 0; i < 100; i++)
        assert_int_equal(send_text(writer, "batch"), 0);
    assert_int_equal(pm_kafka_flush(writer, 2000, &error), 0);
    for (int tries = 0; tries < 100 && stats.batch_messages <= 0.0; tries++) {
        pm_kafka_serve(writer, 10);
        pm_kafka_statistics(writer, &stats);
    }
    assert_int_equal(stats.messages, 100);
    assert_true(stats.batch_messages > 1.0 && stats.batch_messages <= 100.0);
    assert_true(stats.batch_bytes > 5.0);
    assert_true(stats.round_trip_us > 0);
    pm_kafka_close(writer);
}

static void a_client_without_brokers_is_refused(void **state)
{
    const char *const client[] = {"linger.ms=5", NULL};
    const char *const bad[] = {"bootstrap.servers=127.0.0.1:1", "linger.ms=often", NULL};
    struct pm_kafka *kafka = NULL;
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(pm_kafka_open(&kafka, PM_KAFKA_WRITER, "t", client, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "--brokers"));
    assert_int_equal(pm_kafka_open(&kafka, PM_KAFKA_WRITER, "t", bad, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "linger.ms"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_comes_back),
        cmocka_unit_test(a_passing_error_is_retried),
        cmocka_unit_test(what_is_refused_is_counted),
        cmocka_unit_test(a_topic_that_is_refused_is_named),
        cmocka_unit_test(statistics_tell_the_batch),
        cmocka_unit_test(a_client_without_brokers_is_refused),
    };

    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
