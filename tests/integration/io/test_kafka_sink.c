/* SPDX-License-Identifier: Apache-2.0 */
/* A topic of a real broker as a sink: what is published is read back as it was written. */
#include "kafka_rig.h"

#include "pm_clock.h"
#include "pm_sink_kafka.h"
#include "pm_source_kafka.h"

#define ROWS     5000u
#define PATIENCE (20 * PM_NS_PER_S)

static struct pm_sink *open_sink(const struct kafka_rig *rig)
{
    const struct pm_sink_config config = {
        .place = rig->topic, .run = 7, .incarnation = 1, .writer = 2, .client = rig->client};
    struct pm_sink *sink = NULL;
    struct pm_error error = {0};

    if (pm_sink_kafka.open(&sink, &config, &error) != 0)
        fail_msg("%s", error.text);
    assert_int_equal(sink->ops->begin(sink, 1), 0);
    return sink;
}

static void write_row(struct pm_sink *sink, uint64_t i)
{
    struct pm_bytes bytes = {0};
    struct pm_record row = {.event_time_ns = (int64_t)i * 1000,
                            .stamp_ns = (int64_t)i,
                            .id = pm_record_id(9, i),
                            .key = i % 13,
                            .word = pm_record_word(1, PM_KIND_DATA),
                            .payload = {i}};

    if (i % 2 == 0)
        memcpy(pm_record_extend(&row, &bytes, 5), "hello", 5);
    assert_int_equal(pm_sink_write(sink, &row, &bytes), 0);
    pm_bytes_close(&bytes);
}

static void check_row(const struct pm_record *row, const struct pm_bytes *bytes)
{
    const uint64_t i = row->payload[0];
    uint32_t size;
    const char *const text = pm_record_text(row, bytes, &size);

    assert_int_equal(row->id, pm_record_id(9, i));
    assert_int_equal(row->key, i % 13);
    assert_int_equal(row->event_time_ns, i * 1000);
    assert_int_equal(row->stamp_ns, i);
    assert_int_equal(pm_record_stream(row), 1);
    assert_int_equal(size, i % 2 == 0 ? 5 : 0);
    if (size != 0)
        assert_memory_equal(text, "hello", 5);
}

/* All rows once, each key in one partition and in the order of writing. */
static void check_topic(const struct kafka_rig *rig, unsigned partitions)
{
    const struct pm_source_config config = {.place = rig->topic, .client = rig->client};
    struct pm_source *source = NULL;
    struct pm_source_view view;
    int64_t last[13];
    int home[13];
    uint64_t rows = 0;

    memset(last, 0xff, sizeof last);
    memset(home, 0xff, sizeof home);
    assert_int_equal(pm_source_kafka.open(&source, &config, NULL), 0);
    for (unsigned p = 0; p < partitions; p++) {
        uint64_t end = 0;
        assert_int_equal(source->ops->end(source, p, &end), 0);
        for (uint64_t next = 0; next < end; next += view.count) {
            assert_int_equal(pm_source_poll(source, p, 100, &view), PM_SOURCE_DATA);
            for (uint32_t i = 0; i < view.count; i++, rows++) {
                const uint64_t key = view.rows[i].key;
                check_row(&view.rows[i], view.bytes);
                assert_true(home[key] == -1 || home[key] == (int)p);
                assert_true((int64_t)view.rows[i].payload[0] > last[key]);
                home[key] = (int)p;
                last[key] = (int64_t)view.rows[i].payload[0];
            }
        }
    }
    assert_int_equal(rows, ROWS);
    source->ops->close(source);
}

static void what_is_published_is_read_back(void **state)
{
    struct kafka_rig rig;
    uint64_t epoch = 1;

    (void)state;
    kafka_rig_open(&rig, 3);
    struct pm_sink *const sink = open_sink(&rig);
    for (uint64_t i = 0; i < ROWS; i++) {
        write_row(sink, i);
        if (i % 7 == 0)
            assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    }
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    sink->ops->close(sink); /* waits for what was published */
    check_topic(&rig, 3);
    kafka_rig_close(&rig);
}

static void a_prepared_epoch_is_with_the_broker(void **state)
{
    struct pm_sink_handle handle;
    struct pm_sink_handle newest;
    struct kafka_rig rig;

    (void)state;
    kafka_rig_open(&rig, 1);
    struct pm_sink *const sink = open_sink(&rig);
    for (uint64_t i = 0; i < ROWS; i++)
        write_row(sink, i);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(handle.rows, ROWS);
    assert_int_equal(handle.writer, 2);
    check_topic(&rig, 1);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0); /* once more is the same */
    assert_int_equal(sink->ops->last_committed(sink, &newest), 0);
    assert_memory_equal(&newest, &handle, sizeof newest);
    handle.run++;
    assert_int_equal(sink->ops->commit(sink, &handle), PM_EMISMATCH);
    sink->ops->close(sink);
    kafka_rig_close(&rig);
}

/* The queue holds ten messages and linger keeps them: writing waits, and loses nothing. */
static void a_full_queue_is_waited_for(void **state)
{
    struct kafka_rig rig;
    uint64_t epoch = 1;

    (void)state;
    kafka_rig_open(&rig, 1);
    rig.client[1] = "queue.buffering.max.messages=500";
    rig.client[2] = "linger.ms=50";
    struct pm_sink *const sink = open_sink(&rig);
    for (uint64_t i = 0; i < ROWS; i++)
        write_row(sink, i);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    sink->ops->close(sink);
    check_topic(&rig, 1);
    kafka_rig_close(&rig);
}

static void more_than_at_most_once_is_refused(void **state)
{
    struct kafka_rig rig;
    struct pm_error error = {0};
    struct pm_sink *sink = NULL;

    (void)state;
    kafka_rig_open(&rig, 1);
    const struct pm_sink_config config = {
        .place = rig.topic, .client = rig.client, .guarantee = PM_EXACTLY_ONCE};
    assert_int_equal(pm_sink_kafka.open(&sink, &config, &error), PM_EINPUT);
    assert_int_equal(pm_sink_kafka.guarantees, 1u << PM_AT_MOST_ONCE);
    kafka_rig_close(&rig);
}

static void rows_that_are_given_up_fail_the_sink(void **state)
{
    const int64_t until_ns = pm_clock_ns() + PATIENCE;
    struct kafka_rig rig;
    uint64_t epoch = 1;
    int code = 0;

    (void)state;
    kafka_rig_open(&rig, 1);
    rig.client[1] = "message.timeout.ms=1000";
    struct pm_sink *const sink = open_sink(&rig);
    kafka_rig_close(&rig); /* the topic goes away */
    while (code == 0 && pm_clock_ns() < until_ns) {
        struct pm_record row = {.word = pm_record_word(0, PM_KIND_DATA)};
        struct pm_bytes bytes = {0};

        code = pm_sink_write(sink, &row, &bytes);
        if (code == 0)
            code = pm_sink_publish(sink, &epoch);
        pm_clock_sleep_until(pm_clock_ns() + 10 * PM_NS_PER_MS);
    }
    assert_int_equal(code, PM_ESINK);
    sink->ops->close(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_published_is_read_back),
        cmocka_unit_test(a_prepared_epoch_is_with_the_broker),
        cmocka_unit_test(a_full_queue_is_waited_for),
        cmocka_unit_test(more_than_at_most_once_is_refused),
        cmocka_unit_test(rows_that_are_given_up_fail_the_sink),
    };

    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
