/* SPDX-License-Identifier: Apache-2.0 */
/* The plain client's loop on a real broker: odd messages, a stop, and topics that are not as they
 * should be. */
#include "kafka_rig.h"

#include <pthread.h>

#include "pm_clock.h"
#include "pm_engines.h"
#include "pm_query.h"
#include "pm_sink_kafka.h"
#include "pm_source_kafka.h"

#define PATIENCE_NS (20 * PM_NS_PER_S)
#define END_NS      (1LL << 61)
#define READY       20000 /* messages that lie there at the start */
#define WAIT_NS_MAX 100   /* of CPU a message; two looks at a thread's CPU clock take more */

static const char order[] =
    "{\"time\":5,\"user\":6,\"order\":7,\"amount\":8.90,\"region\":\"us-east\"}";

/* The client on route, between two topics of one partition. */
struct case_of_client {
    struct kafka_rig source, output;
    const struct pm_engine_ops *ops;
    _Alignas(16) char query_settings[64], settings[64];
    struct pm_job job;
    struct pm_engine_stats stats;
    struct pm_engine *engine;
    struct pm_error error;
    pthread_t thread;
    int code; /* of run */
};

static void open_case(struct case_of_client *c, const char *const *settings)
{
    const struct pm_query *const query = pm_query_find("route");

    memset(c, 0, sizeof *c);
    kafka_rig_open(&c->source, 1);
    kafka_rig_open(&c->output, 1);
    c->ops = pm_engines_find("client");
    assert_true(query->settings_size <= sizeof c->query_settings);
    assert_true(c->ops->settings_size <= sizeof c->settings);
    pm_option_defaults(query->options, c->query_settings);
    pm_option_defaults(c->ops->options, c->settings);
    for (; *settings != NULL; settings += 2)
        assert_int_equal(pm_option_set(pm_option_find(c->ops->options, settings[0]), c->settings,
                                       settings[1], &c->error),
                         0);
    c->job = (struct pm_job){
        .instance = "client",
        .query = {query->name, query->options, c->query_settings},
        .streams = 1,
        .stream = {{0, 1, 0}},
        .source = &pm_source_kafka,
        .source_config = {.place = c->source.topic, .client = c->source.client},
        .sink = &pm_sink_kafka,
        .sink_config = {.place = c->output.topic, .client = c->output.client},
        .parallelism = 1,
        .workers = 1,
        .wait = PM_WAIT_NAP,
        .settings = c->settings,
    };
}

static void close_case(struct case_of_client *c)
{
    kafka_rig_close(&c->source);
    kafka_rig_close(&c->output);
}

static void *run(void *payload)
{
    struct case_of_client *const c = payload;

    c->code = pm_engine_run(c->engine, &c->error);
    return NULL;
}

static void start(struct case_of_client *c)
{
    if (pm_engine_open(&c->engine, c->ops, &c->job, &c->stats, &c->error) != 0)
        fail_msg("%s", c->error.text);
    assert_int_equal(pthread_create(&c->thread, NULL, run, c), 0);
}

static void finish(struct case_of_client *c)
{
    pthread_join(c->thread, NULL);
    pm_engine_close(c->engine);
}

static void send_order(struct pm_kafka *writer, uint64_t sequence, bool binary)
{
    const struct pm_record record = {.id = pm_record_id(0, sequence),
                                     .event_time_ns = (int64_t)sequence};
    int64_t max_ns = PM_TIME_MIN;

    kafka_rig_send(writer, 0, &record, order, binary, &max_ns);
}

static void send_flush(struct pm_kafka *writer)
{
    const struct pm_record flush = {.event_time_ns = END_NS,
                                    .word = pm_record_word(0, PM_KIND_FLUSH)};
    int64_t max_ns = PM_TIME_MIN;

    kafka_rig_send(writer, 0, &flush, NULL, false, &max_ns);
    assert_int_equal(pm_kafka_flush(writer, 10000, NULL), 0);
}

static void send_foreign(struct pm_kafka *writer, const void *value, size_t size)
{
    const struct pm_kafka_output output = {.value = value, .value_size = size};

    assert_int_equal(pm_kafka_send(writer, &output), 0);
}

static uint64_t rows_of(const struct kafka_rig *rig)
{
    struct pm_kafka *const reader = kafka_rig_client(rig, PM_KAFKA_READER);
    uint64_t low = 0;
    uint64_t high = 0;

    assert_int_equal(pm_kafka_offsets(reader, 0, &low, &high, NULL), 0);
    pm_kafka_close(reader);
    return high - low;
}

static void both_forms_are_read_and_foreign_messages_passed_over(void **state)
{
    static const char *const ways[][5] = {{"messages", "1", "produce", "sync", NULL},
                                          {"messages", "100", "produce", "async", NULL}};
    struct case_of_client c;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        open_case(&c, ways[i]);
        struct pm_kafka *const writer = kafka_rig_client(&c.source, PM_KAFKA_WRITER);
        send_foreign(writer, "what is this?", 13);
        send_order(writer, 0, true);
        send_foreign(writer, NULL, 0);
        send_order(writer, 1, false);
        send_foreign(writer, "PAMKREC1 cut", 12);
        send_flush(writer);
        send_order(writer, 2, true); /* behind the end nothing counts */
        assert_int_equal(pm_kafka_flush(writer, 10000, NULL), 0);
        pm_kafka_close(writer);
        start(&c);
        finish(&c);
        if (c.code != 0)
            fail_msg("%s", c.error.text);
        assert_int_equal(c.stats.records_read, 2);
        assert_int_equal(c.stats.rows_published, 2);
        assert_int_equal(c.stats.finished, 1);
        assert_true(c.stats.units >= 1);
        assert_true(c.stats.first_output_ns != 0);
        assert_true(c.stats.wait_cpu_ns >= 0);
        assert_int_equal(rows_of(&c.output), 2);
        close_case(&c);
    }
}

static void wait_until_read(const struct case_of_client *c, uint64_t records)
{
    const int64_t until_ns = pm_clock_ns() + PATIENCE_NS;

    while (c->stats.records_read < records && pm_clock_ns() < until_ns)
        pm_clock_sleep_until(pm_clock_ns() + PM_NS_PER_MS);
    assert_int_equal(c->stats.records_read, records);
}

static void a_stop_ends_it_and_a_drain_keeps_what_was_read(void **state)
{
    static const enum pm_stop hows[] = {PM_STOP_DRAIN, PM_STOP_NOW};
    static const enum pm_wait waits[] = {PM_WAIT_NAP, PM_WAIT_SPIN};
    static const char *const none[] = {NULL};
    struct case_of_client c;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        open_case(&c, none);
        c.job.wait = waits[i];
        struct pm_kafka *const writer = kafka_rig_client(&c.source, PM_KAFKA_WRITER);
        for (uint64_t n = 0; n < 500; n++)
            send_order(writer, n, true);
        assert_int_equal(pm_kafka_flush(writer, 10000, NULL), 0);
        pm_kafka_close(writer);
        start(&c);
        wait_until_read(&c, 500);
        const int64_t asked_ns = pm_clock_ns();
        pm_engine_stop(c.engine, hows[i]);
        finish(&c);
        assert_true(pm_clock_ns() - asked_ns < 5 * PM_NS_PER_S);
        assert_int_equal(c.code, 0);
        assert_int_equal(c.stats.finished, 0);
        if (hows[i] == PM_STOP_DRAIN)
            assert_int_equal(rows_of(&c.output), 500);
        close_case(&c);
    }
}

/* What lies there is taken without a wait: its CPU is work, as an engine's is. */
static void to_take_what_is_there_counts_as_no_wait(void **state)
{
    static const char *const none[] = {NULL};
    struct case_of_client c;

    (void)state;
    open_case(&c, none);
    struct pm_kafka *const writer = kafka_rig_client(&c.source, PM_KAFKA_WRITER);
    for (uint64_t n = 0; n < READY; n++)
        send_order(writer, n, true);
    send_flush(writer);
    pm_kafka_close(writer);
    start(&c);
    finish(&c);
    assert_int_equal(c.code, 0);
    assert_int_equal(c.stats.records_read, READY);
    assert_true(c.stats.wait_cpu_ns < READY * WAIT_NS_MAX);
    close_case(&c);
}

static void a_topic_that_is_not_there_is_said_at_the_open(void **state)
{
    static const char *const none[] = {NULL};
    struct case_of_client c;

    (void)state;
    open_case(&c, none);
    c.job.source_config.place = "pacemark-test-no-such-topic";
    assert_int_equal(pm_engine_open(&c.engine, c.ops, &c.job, &c.stats, &c.error), PM_EINPUT);
    assert_non_null(strstr(c.error.text, "does not exist"));
    c.job.source_config.place = c.source.topic;
    c.job.stream[0].partitions = 2;
    assert_int_equal(pm_engine_open(&c.engine, c.ops, &c.job, &c.stats, &c.error), PM_EMISMATCH);
    assert_non_null(strstr(c.error.text, "1 partitions"));
    close_case(&c);
}

static void a_topic_that_goes_away_ends_it_with_one_sentence(void **state)
{
    static const char *const none[] = {NULL};
    struct case_of_client c;

    (void)state;
    open_case(&c, none);
    start(&c);
    kafka_rig_close(&c.source);
    finish(&c);
    assert_int_equal(c.code, PM_EOFFSET);
    assert_non_null(strstr(c.error.text, "engine client: "));
    assert_non_null(strstr(c.error.text, "the topic was removed while it was in use"));
    kafka_rig_close(&c.output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_are_read_and_foreign_messages_passed_over),
        cmocka_unit_test(a_stop_ends_it_and_a_drain_keeps_what_was_read),
        cmocka_unit_test(to_take_what_is_there_counts_as_no_wait),
        cmocka_unit_test(a_topic_that_is_not_there_is_said_at_the_open),
        cmocka_unit_test(a_topic_that_goes_away_ends_it_with_one_sentence),
    };

    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
