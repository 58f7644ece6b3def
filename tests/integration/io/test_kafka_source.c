/* SPDX-License-Identifier: Apache-2.0 */
/* A topic of a real broker as a source: views, places, the end, absent things. */
#include "kafka_rig.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_kafka_handle.h"
#include "pm_source_kafka.h"

#define RECORDS  2000u
#define STEP_NS  (7 * PM_NS_PER_MS)
#define PATIENCE (20 * PM_NS_PER_S)

/* Every eleventh record comes ten steps late. */
static int64_t time_of(uint64_t sequence)
{
    return (int64_t)(1000 + sequence - (sequence % 11 == 10 ? 10 : 0)) * STEP_NS;
}

static int64_t max_before(uint64_t sequence)
{
    int64_t max_ns = PM_TIME_MIN;

    for (uint64_t i = sequence >= 12 ? sequence - 12 : 0; i < sequence; i++)
        max_ns = time_of(i) > max_ns ? time_of(i) : max_ns;
    return max_ns;
}

static void write_records(const struct kafka_rig *rig, unsigned partition, bool binary)
{
    struct pm_kafka *const writer = kafka_rig_client(rig, PM_KAFKA_WRITER);
    struct pm_error error = {0};
    int64_t max_ns = PM_TIME_MIN;
    char text[32];

    for (uint64_t i = 0; i < RECORDS; i++) {
        const struct pm_record record = {
            .event_time_ns = time_of(i),
            .stamp_ns = (int64_t)i,
            .id = pm_record_id(77, i), /* the partition is the topic's */
            .key = i % 5,
            .word = pm_record_word(3, i == RECORDS - 1 ? PM_KIND_FLUSH : PM_KIND_DATA),
            .payload = {i, partition},
        };
        snprintf(text, sizeof text, "text %u", (unsigned)i);
        kafka_rig_send(writer, partition, &record, i % 3 == 0 ? text : NULL, binary, &max_ns);
    }
    if (pm_kafka_flush(writer, 10000, &error) != 0)
        fail_msg("%s", error.text);
    pm_kafka_close(writer);
}

static void check_row(const struct pm_source_view *view, unsigned partition, uint32_t i)
{
    const struct pm_record *const row = &view->rows[i];
    const uint64_t sequence = view->first_sequence + i;
    uint32_t size;
    const char *const text = pm_record_text(row, view->bytes, &size);
    char expected[32];

    assert_int_equal(row->id, pm_record_id(partition, sequence));
    assert_int_equal(row->event_time_ns, time_of(sequence));
    assert_int_equal(row->stamp_ns, sequence);
    assert_int_equal(row->payload[0], sequence);
    assert_int_equal(row->payload[1], partition);
    assert_int_equal(pm_record_stream(row), 3);
    if (sequence % 3 != 0) {
        assert_null(text);
        return;
    }
    snprintf(expected, sizeof expected, "text %u", (unsigned)sequence);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
}

/* Rows from @p next on until the end; waits for the broker. */
static void drain(struct pm_source *source, unsigned partition, uint32_t limit, uint64_t next)
{
    const int64_t until_ns = pm_clock_ns() + PATIENCE;
    struct pm_source_view view;
    int event;

    while ((event = pm_source_poll(source, partition, limit, &view)) != PM_SOURCE_END) {
        assert_true(event == PM_SOURCE_DATA || event == PM_SOURCE_NOTHING);
        assert_true(pm_clock_ns() < until_ns);
        if (event == PM_SOURCE_NOTHING)
            continue;
        assert_true(view.count >= 1 && view.count <= limit);
        assert_int_equal(view.first_sequence, next);
        assert_int_equal(view.max_time_before_ns, max_before(next));
        assert_true(view.visible_ns > 0 && view.visible_ns <= pm_clock_ns());
        for (uint32_t i = 0; i < view.count; i++, next++)
            check_row(&view, partition, i);
    }
    assert_int_equal(next, RECORDS);
}

static void any_limit_and_form_give_the_same_rows(void **state)
{
    static const uint32_t limits[] = {1, 7, 64, UINT32_MAX};
    struct kafka_rig rig;

    (void)state;
    for (int binary = 0; binary < 2; binary++) {
        kafka_rig_open(&rig, 2);
        write_records(&rig, 1, binary != 0);
        for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
            struct pm_source *const source = kafka_rig_source(&rig);
            assert_int_equal(source->ops->partitions(source), 2);
            drain(source, 1, limits[i], 0);
            source->ops->close(source);
        }
        kafka_rig_close(&rig);
    }
}

static void a_place_is_found_by_sequence_and_time(void **state)
{
    struct kafka_rig rig;
    struct pm_error error = {0};
    uint64_t sequence = 0;

    (void)state;
    kafka_rig_open(&rig, 1);
    write_records(&rig, 0, true);
    struct pm_source *const source = kafka_rig_source(&rig);
    assert_int_equal(source->ops->end(source, 0, &sequence), 0);
    assert_int_equal(sequence, RECORDS);
    for (uint64_t i = 0; i < 8; i++) {
        const uint64_t at = i * 7919 % RECORDS;
        assert_int_equal(source->ops->seek(source, 0, at, &error), 0);
        drain(source, 0, 100, at);
    }
    for (uint64_t at = 1; at < RECORDS - 20; at += 333) {
        /* The first record that reaches the time, or one before it within the same ms. */
        assert_int_equal(source->ops->seek_time(source, 0, time_of(at), &sequence, &error), 0);
        assert_true(sequence <= at && max_before(sequence) < time_of(at));
        assert_true(max_before(sequence + 1) >= time_of(at));
        drain(source, 0, 100, sequence);
    }
    assert_int_equal(source->ops->seek_time(source, 0, time_of(2 * RECORDS), &sequence, &error), 0);
    assert_int_equal(sequence, RECORDS);
    assert_int_equal(source->ops->seek(source, 0, RECORDS, &error), 0);
    assert_int_equal(source->ops->seek(source, 0, RECORDS + 1, &error), PM_EOFFSET);
    assert_non_null(strstr(error.text, "is not kept or not yet written"));
    source->ops->close(source);
    kafka_rig_close(&rig);
}

/* A range whose end is known is there: no poll before it comes back empty. */
static void a_known_range_has_no_pauses(void **state)
{
    struct pm_source_view view;
    struct kafka_rig rig;
    uint64_t end = 0;
    uint64_t next = 0;

    (void)state;
    kafka_rig_open(&rig, 1);
    write_records(&rig, 0, true);
    struct pm_source *const source = kafka_rig_source(&rig);
    assert_int_equal(source->ops->end(source, 0, &end), 0);
    while (next < end) {
        assert_int_equal(pm_source_poll(source, 0, 64, &view), PM_SOURCE_DATA);
        next += view.count;
    }
    source->ops->close(source);
    kafka_rig_close(&rig);
}

struct reading {
    struct pm_source *source;
    unsigned partition;
};

static void *read_all(void *payload)
{
    const struct reading *const reading = payload;

    drain(reading->source, reading->partition, 64, 0);
    return NULL;
}

static void two_threads_read_two_partitions(void **state)
{
    struct kafka_rig rig;
    pthread_t thread;

    (void)state;
    kafka_rig_open(&rig, 2);
    write_records(&rig, 0, true);
    write_records(&rig, 1, true);
    struct pm_source *const source = kafka_rig_source(&rig);
    struct reading other = {source, 1};
    struct reading own = {source, 0};
    assert_int_equal(pthread_create(&thread, NULL, read_all, &other), 0);
    read_all(&own);
    pthread_join(thread, NULL);
    source->ops->close(source);
    kafka_rig_close(&rig);
}

/* --- absent things --------------------------------------------------------------------------- */

static void what_is_absent_is_one_sentence(void **state)
{
    static const struct {
        const char *topic, *brokers, *says;
        int code;
    } cases[] = {
        {"no-such-topic", NULL, "no-such-topic: the topic does not exist", PM_EINPUT},
        {"no topic's name", NULL, "", PM_EINPUT},
        {"t", "bootstrap.servers=127.0.0.1:1", "127.0.0.1:1: no Kafka broker answers", PM_EIO},
        {"t", "bootstrap.servers=no-such-host.invalid:9092", "no Kafka broker answers", PM_EIO},
    };
    struct kafka_rig rig;

    (void)state;
    kafka_rig_open(&rig, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const client[] = {cases[i].brokers != NULL ? cases[i].brokers : rig.brokers,
                                      NULL};
        const struct pm_source_config config = {.place = cases[i].topic, .client = client};
        struct pm_source *source = NULL;
        struct pm_error error = {0};
        const int64_t began_ns = pm_clock_ns();

        assert_int_equal(pm_source_kafka.open(&source, &config, &error), cases[i].code);
        assert_non_null(strstr(error.text, cases[i].says));
        assert_true(pm_clock_ns() - began_ns < 8 * PM_NS_PER_S);
    }
    kafka_rig_close(&rig);
}

static void a_topic_that_goes_away_ends_the_source(void **state)
{
    const int64_t until_ns = pm_clock_ns() + PATIENCE;
    struct pm_source_view view;
    struct pm_error error = {0};
    struct kafka_rig rig;
    int event = 0;

    (void)state;
    kafka_rig_open(&rig, 1);
    write_records(&rig, 0, true);
    struct pm_source *const source = kafka_rig_source(&rig);
    drain(source, 0, 64, 0);
    kafka_rig_close(&rig);
    while ((event = pm_source_poll(source, 0, 64, &view)) >= 0 && pm_clock_ns() < until_ns)
        pm_clock_sleep_until(pm_clock_ns() + PM_NS_PER_MS);
    assert_int_equal(event, PM_EOFFSET);
    assert_int_equal(pm_kafka_failure(pm_source_kafka_client(source), &error), PM_EOFFSET);
    assert_non_null(strstr(error.text, "the topic was removed while it was in use"));
    source->ops->close(source);
}

static void a_topic_is_created_once(void **state)
{
    struct kafka_rig rig;
    struct pm_error error = {0};

    (void)state;
    kafka_rig_open(&rig, 3);
    assert_int_equal(pm_kafka_topic_create(rig.topic, 3, rig.client, &error), PM_EMISMATCH);
    assert_non_null(strstr(error.text, "exists already"));
    kafka_rig_close(&rig);
    kafka_rig_close(&rig); /* what is gone needs no removal */
}

/* The settings that @p topic has of its own, one behind the other. */
static void own_settings(const struct kafka_rig *rig, char *text, size_t size)
{
    struct pm_kafka *const client = kafka_rig_client(rig, PM_KAFKA_WRITER);
    const rd_kafka_ConfigEntry_t **entries;
    size_t count = 0, used = 0;

    rd_kafka_queue_t *const queue = rd_kafka_queue_new(client->handle);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, rig->topic);
    rd_kafka_DescribeConfigs(client->handle, &resource, 1, NULL, queue);
    rd_kafka_event_t *const event = rd_kafka_queue_poll(queue, 20000);
    assert_non_null(event);
    assert_int_equal(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    const rd_kafka_ConfigResource_t **const resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    assert_int_equal(count, 1);
    entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_ConfigEntry_source(entries[i]) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s=%s\n",
                                 rd_kafka_ConfigEntry_name(entries[i]),
                                 rd_kafka_ConfigEntry_value(entries[i]));
        assert_true(used < size);
    }
    rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_queue_destroy(queue);
    pm_kafka_close(client);
}

/* What a cluster does with other topics by default would lose records, or move them in time. */
static void a_topic_depends_on_no_default_of_its_cluster(void **state)
{
    static const char *const settings[] = {
        "cleanup.policy=delete\n",
        "retention.ms=-1\n",
        "retention.bytes=-1\n",
        "message.timestamp.type=CreateTime\n",
        "message.timestamp.before.max.ms=9223372036854775807\n",
        "message.timestamp.after.max.ms=9223372036854775807\n",
    };
    struct kafka_rig rig;
    char text[1024] = "";

    (void)state;
    kafka_rig_open(&rig, 1);
    own_settings(&rig, text, sizeof text);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (strstr(text, settings[i]) == NULL)
            fail_msg("no %sin\n%s", settings[i], text);
    kafka_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_limit_and_form_give_the_same_rows),
        cmocka_unit_test(a_place_is_found_by_sequence_and_time),
        cmocka_unit_test(a_known_range_has_no_pauses),
        cmocka_unit_test(two_threads_read_two_partitions),
        cmocka_unit_test(what_is_absent_is_one_sentence),
        cmocka_unit_test(a_topic_that_goes_away_ends_the_source),
        cmocka_unit_test(a_topic_is_created_once),
        cmocka_unit_test(a_topic_depends_on_no_default_of_its_cluster),
    };

    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
