/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka client against librdkafka's mock cluster: errors that a real broker cannot be asked
 * for. What a broker really does is in the integration tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "pm_kafka_handle.h"

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

static void sleep_ms(long ms)
{
    const struct timespec pause = {.tv_nsec = ms * 1000000};

    nanosleep(&pause, NULL);
}

/* With more than one request in flight this library's idempotent producer polls without a pause
 * while older messages have no answer. */
static void a_producer_that_waits_burns_no_core(void **state)
{
    struct rig *const rig = *state;
    struct pm_kafka *const writer = open_side(rig, PM_KAFKA_WRITER);
    struct timespec before, after;
    struct pm_error error = {0};

    rd_kafka_mock_broker_set_rtt(rig->cluster, 1, 200);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(send_text(writer, "waits"), 0);
        sleep_ms(2);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    sleep_ms(100);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    rd_kafka_mock_broker_set_rtt(rig->cluster, 1, 0);
    assert_int_equal(pm_kafka_flush(writer, 5000, &error), 0);
    pm_kafka_close(writer);
    const int64_t spent_ns =
        (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec;
    print_message("CPU in 100 ms: %lld us\n", (long long)spent_ns / 1000);
    assert_true(spent_ns < 10000000);
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

/* Until the statistics know of @p messages that came or went in batches. */
static void await_statistics(struct pm_kafka *kafka, uint64_t messages, struct pm_kafka_stats *out)
{
    *out = (struct pm_kafka_stats){0};
    for (int tries = 0; tries < 200 && out->batched < messages; tries++) {
        pm_kafka_serve(kafka, 10);
        pm_kafka_statistics(kafka, out);
    }
}

static void send_many(struct pm_kafka *writer, unsigned count)
{
    struct pm_error error = {0};

    for (unsigned i = 0; i < count; i++)
        assert_int_equal(send_text(writer, "batch"), 0);
    assert_int_equal(pm_kafka_flush(writer, 2000, &error), 0);
}

static void statistics_tell_the_batch(void **state)
{
    struct pm_kafka *const writer = open_side(*state, PM_KAFKA_WRITER);
    struct pm_kafka_stats stats;

    send_many(writer, 100);
    await_statistics(writer, 100, &stats);
    assert_int_equal(stats.messages, 100);
    assert_int_equal(stats.batched, 100);
    assert_in_range(stats.batches, 1, 99);
    assert_true(stats.batched_bytes > 100 * 5);
    assert_true(stats.trips > 0 && stats.trips_us > 0);
    assert_true(stats.trip_p99_us_max > 0);
    pm_kafka_close(writer);
}

/* The mock has no end of a partition before it: the reader may see what other tests have sent. */
static void a_reader_tells_the_messages_of_a_fetch(void **state)
{
    struct pm_kafka *const writer = open_side(*state, PM_KAFKA_WRITER);
    struct pm_kafka *const reader = open_side(*state, PM_KAFKA_READER);
    struct pm_kafka_feed *feed = NULL;
    struct pm_kafka_stats stats;
    struct pm_error error = {0};

    send_many(writer, 100);
    assert_int_equal(pm_kafka_feed_open(&feed, reader, 0, 0, &error), 0);
    await_statistics(reader, 100, &stats); /* nobody takes them: they wait in the queue */
    assert_true(stats.batched >= 100);
    assert_true(stats.batches > 0 && stats.batches < stats.batched);
    assert_true(stats.queued_max >= 100);
    pm_kafka_feed_close(feed);
    pm_kafka_close(reader);
    pm_kafka_close(writer);
}

static void two_clients_tell_one_page(void **state)
{
    struct rig *const rig = *state;
    struct pm_kafka_figures figures = {0};
    struct pm_kafka *writer[2];
    struct pm_kafka_stats stats;

    for (unsigned i = 0; i < 2; i++) {
        writer[i] = open_side(rig, PM_KAFKA_WRITER);
        pm_kafka_tell(writer[i], &figures);
        send_many(writer[i], 50);
        await_statistics(writer[i], 50, &stats);
    }
    rd_kafka_mock_push_request_errors(rig->cluster, REQUEST_PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    assert_int_equal(send_text(writer[0], "large"), 0);
    assert_int_equal(pm_kafka_flush(writer[0], 5000, NULL), PM_ESINK);
    for (unsigned i = 0; i < 2; i++)
        pm_kafka_close(writer[i]);
    assert_in_range(figures.batched, 100, 101);
    assert_in_range(figures.batches, 2, 99);
    assert_true(figures.reports >= 2 && figures.trips > 0);
    assert_int_equal(figures.undelivered, 1);
    assert_int_equal(figures.queued, 0);
}

/* A client that is closed before anybody served its callbacks loses no statistics. */
static void what_waits_at_the_close_is_told(void **state)
{
    struct pm_kafka *const writer = open_side(*state, PM_KAFKA_WRITER);
    const struct timespec pause = {.tv_nsec = 300000000};
    struct pm_kafka_figures figures = {0};

    pm_kafka_tell(writer, &figures);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(send_text(writer, "quiet"), 0);
    nanosleep(&pause, NULL);
    assert_int_equal(figures.reports, 0);
    pm_kafka_close(writer);
    assert_true(figures.reports > 0);
    assert_int_equal(figures.batched, 10);
}

static const char document[] =
    "{ \"name\": \"a\\\"}b\", \"msg_cnt\":3, \"txmsgs\":40, \"empty\": [], \"none\": null, "
    "\"brokers\": { \"h:1\": { \"rtt\": {\"cnt\":2, \"sum\":30, \"p99\":20, \"outofrange\":1}, "
    "\"cnt\":77 }, "
    "\"h:2\": { \"rtt\": {\"cnt\":1,\"sum\":50,\"p99\":50} } }, \"topics\": { \"t\": { "
    "\"batchcnt\": {\"cnt\":4,\"sum\":40}, \"batchsize\": {\"sum\":1.5e3}, \"partitions\": { "
    "\"0\": {\"fetchq_cnt\":5}, \"-1\": {\"fetchq_cnt\":-1} } } } }";

static void what_is_cut_or_no_document_is_left_out(void **state)
{
    struct pm_kafka kafka = {.side = PM_KAFKA_WRITER, .lock = PTHREAD_MUTEX_INITIALIZER};
    const struct pm_kafka_stats *const stats = &kafka.stats;
    char deep[64];

    (void)state;
    for (size_t size = 0; size < sizeof document - 1; size++) {
        char *const cut = malloc(size + 1); /* of this size, so that a sanitizer sees beyond */

        memcpy(cut, document, size);
        pm_kafka_stats_take(&kafka, cut, size);
        free(cut);
    }
    memset(deep, '{', sizeof deep);
    pm_kafka_stats_take(&kafka, deep, sizeof deep);
    pm_kafka_stats_take(&kafka, "12", 2);
    pm_kafka_stats_take(&kafka, "}", 1);
    assert_int_equal(stats->reports, 0);
    for (unsigned i = 1; i <= 2; i++) {
        pm_kafka_stats_take(&kafka, document, sizeof document - 1);
        assert_int_equal(stats->reports, i);
        assert_int_equal(stats->messages, 40);
        assert_int_equal(stats->queued, 8);
        assert_int_equal(stats->trips, 3 * i);
        assert_int_equal(stats->trips_us, 80 * i);
        assert_int_equal(stats->trips_beyond, 1 * i);
        assert_int_equal(stats->trip_p99_us_max, 50);
        assert_int_equal(stats->batches, 4 * i);
        assert_int_equal(stats->batched, 40 * i);
        assert_int_equal(stats->batched_bytes, 1 * i);
    }
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
        cmocka_unit_test(a_producer_that_waits_burns_no_core),
        cmocka_unit_test(what_is_refused_is_counted),
        cmocka_unit_test(a_topic_that_is_refused_is_named),
        cmocka_unit_test(statistics_tell_the_batch),
        cmocka_unit_test(a_reader_tells_the_messages_of_a_fetch),
        cmocka_unit_test(two_clients_tell_one_page),
        cmocka_unit_test(what_waits_at_the_close_is_told),
        cmocka_unit_test(what_is_cut_or_no_document_is_left_out),
        cmocka_unit_test(a_client_without_brokers_is_refused),
    };

    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
