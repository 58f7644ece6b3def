/* SPDX-License-Identifier: Apache-2.0 */
/* The producer against a real broker: a topic holds what the generator made, each record in time.
 */
#include "kafka_rig.h"

#include <stdatomic.h>

#include "pm_producer.h"
#include "pm_source_kafka.h"

#define PARTITIONS 3u
#define RATE       20000
#define PATIENCE   (20 * PM_NS_PER_S)

static const struct pm_schema order = {
    "order", 2, {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user")}};

static struct pm_generator_config config_of(enum pm_codec codec, int64_t duration_ns)
{
    struct pm_generator_config config = {.streams = 1, .flush_time_ns = INT64_MAX};

    pm_option_defaults(pm_generator_options, &config.settings);
    config.settings.rate_per_s = RATE;
    config.settings.duration_ns = duration_ns;
    config.stream[0] = (struct pm_generator_stream){
        .partitions = PARTITIONS, .share = 1, .schema = &order, .codec = codec};
    return config;
}

static int poll_patiently(struct pm_source *source, unsigned partition, struct pm_source_view *view)
{
    const int64_t until_ns = pm_clock_ns() + PATIENCE;
    int event;

    while ((event = pm_source_poll(source, partition, 1, view)) == PM_SOURCE_NOTHING)
        assert_true(pm_clock_ns() < until_ns);
    return event;
}

/* The topic against the sequence made anew; returns the data records. */
static uint64_t check_topic(const struct kafka_rig *rig, const struct pm_generator_config *config,
                            int64_t start_ns)
{
    const struct pm_source_config place = {.place = rig->topic, .client = rig->client};
    struct pm_generator *again = NULL;
    struct pm_source *source = NULL;
    struct pm_source_view view;
    struct pm_record expected;
    struct pm_bytes bytes = {0};
    uint64_t next[PARTITIONS] = {0};
    int64_t max_ns[PARTITIONS] = {PM_TIME_MIN, PM_TIME_MIN, PM_TIME_MIN};
    uint64_t records = 0;

    assert_int_equal(pm_generator_open(&again, config, NULL), 0);
    assert_int_equal(pm_source_kafka.open(&source, &place, NULL), 0);
    while (pm_generator_next(again, &expected, &bytes) == 1) {
        const unsigned p = pm_record_partition(&expected);
        uint32_t size = 0, expected_size = 0;

        assert_int_equal(poll_patiently(source, p, &view), PM_SOURCE_DATA);
        const struct pm_record *const row = &view.rows[0];
        const char *const text = pm_record_text(row, view.bytes, &size);
        const char *const expected_text = pm_record_text(&expected, &bytes, &expected_size);
        assert_int_equal(row->id, pm_record_id(p, next[p]++));
        assert_int_equal(row->event_time_ns, expected.event_time_ns);
        assert_int_equal(row->key, expected.key);
        assert_int_equal(row->stamp_ns, expected.stamp_ns + start_ns);
        assert_int_equal(pm_record_kind(row), pm_record_kind(&expected));
        assert_int_equal(view.max_time_before_ns, max_ns[p]);
        assert_int_equal(size, expected_size);
        if (size != 0)
            assert_memory_equal(text, expected_text, size);
        max_ns[p] = row->event_time_ns > max_ns[p] ? row->event_time_ns : max_ns[p];
        records += pm_record_kind(row) == PM_KIND_DATA ? 1 : 0;
        bytes.used = 0;
    }
    for (unsigned p = 0; p < PARTITIONS; p++)
        assert_int_equal(poll_patiently(source, p, &view), PM_SOURCE_END);
    source->ops->close(source);
    pm_generator_close(again);
    pm_bytes_close(&bytes);
    return records;
}

static void count_late(void *payload, int64_t ns)
{
    uint64_t *const count = payload;

    assert_true(ns >= 0);
    ++*count;
}

static void the_topic_holds_what_was_generated(void **state)
{
    static const enum pm_codec codecs[] = {PM_CODEC_BINARY, PM_CODEC_JSON};
    struct pm_producer_stats stats;
    struct pm_error error = {0};
    struct kafka_rig rig;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const struct pm_generator_config config = config_of(codecs[i], PM_NS_PER_S / 2);
        struct pm_generator *generator = NULL;
        struct pm_medium *medium = NULL;
        uint64_t late = 0;

        kafka_rig_open(&rig, PARTITIONS);
        const struct pm_medium_kafka_config topic = {
            .topic = rig.topic, .client = rig.client, .text = codecs[i] == PM_CODEC_JSON};
        assert_int_equal(pm_medium_kafka_open(&medium, &topic, &error), 0);
        assert_int_equal(pm_medium_kafka_partitions(medium), PARTITIONS);
        assert_int_equal(pm_generator_open(&generator, &config, NULL), 0);
        const struct pm_producer_config producer = {
            .generator = generator,
            .medium = medium,
            .start_ns = pm_clock_ns() + 5 * PM_NS_PER_MS,
            .wait = PM_WAIT_NAP,
            .lateness = count_late,
            .payload = &late,
        };
        if (pm_producer_run(&producer, &stats, &error) != 0)
            fail_msg("%s", error.text);
        assert_int_equal(stats.unsent, 0);
        assert_true(stats.sent > RATE / 4);
        assert_int_equal(late, stats.sent);
        assert_int_equal(check_topic(&rig, &config, producer.start_ns), stats.sent);
        pm_generator_close(generator);
        pm_medium_kafka_close(medium);
        kafka_rig_close(&rig);
    }
}

/* Without a schedule the queue may be as small as it likes: the producer waits. */
static void a_preload_waits_for_room(void **state)
{
    const struct pm_generator_config config = config_of(PM_CODEC_BINARY, PM_NS_PER_S);
    struct pm_generator *generator = NULL;
    struct pm_medium *medium = NULL;
    struct pm_producer_stats stats;
    struct pm_error error = {0};
    struct kafka_rig rig;

    (void)state;
    kafka_rig_open(&rig, PARTITIONS);
    rig.client[1] = "queue.buffering.max.messages=1000";
    const struct pm_medium_kafka_config topic = {
        .topic = rig.topic, .client = rig.client, .patient = true};
    assert_int_equal(pm_medium_kafka_open(&medium, &topic, &error), 0);
    assert_int_equal(pm_generator_open(&generator, &config, NULL), 0);
    const struct pm_producer_config producer = {.generator = generator, .medium = medium};
    assert_int_equal(pm_producer_preload(&producer, &stats, &error), 0);
    assert_int_equal(check_topic(&rig, &config, 0), stats.sent);
    pm_generator_close(generator);
    pm_medium_kafka_close(medium);
    kafka_rig_close(&rig);
}

/* What finds no room is not sent and counted; the schedule goes on. */
static void what_finds_no_room_is_counted(void **state)
{
    const struct pm_generator_config config = config_of(PM_CODEC_BINARY, PM_NS_PER_S / 2);
    struct pm_generator *generator = NULL;
    struct pm_medium *medium = NULL;
    struct pm_producer_stats stats;
    struct pm_error error = {0};
    struct kafka_rig rig;
    uint64_t late = 0;

    (void)state;
    kafka_rig_open(&rig, PARTITIONS);
    rig.client[1] = "queue.buffering.max.messages=10";
    rig.client[2] = "linger.ms=50";
    const struct pm_medium_kafka_config topic = {.topic = rig.topic, .client = rig.client};
    assert_int_equal(pm_medium_kafka_open(&medium, &topic, &error), 0);
    assert_int_equal(pm_generator_open(&generator, &config, NULL), 0);
    const struct pm_producer_config producer = {
        .generator = generator,
        .medium = medium,
        .start_ns = pm_clock_ns(),
        .wait = PM_WAIT_NAP,
        .lateness = count_late,
        .payload = &late,
    };
    const int64_t began_ns = pm_clock_ns();
    assert_int_equal(pm_producer_run(&producer, &stats, &error), 0);
    assert_true(pm_clock_ns() - began_ns < 5 * PM_NS_PER_S);
    assert_true(stats.unsent > 0 && stats.sent > 0);
    assert_int_equal(late, stats.sent);
    assert_in_range(stats.sent + stats.unsent, RATE / 2 * 9 / 10, RATE / 2 * 11 / 10);
    pm_generator_close(generator);
    pm_medium_kafka_close(medium);
    kafka_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_topic_holds_what_was_generated),
        cmocka_unit_test(a_preload_waits_for_room),
        cmocka_unit_test(what_finds_no_room_is_counted),
    };

    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
