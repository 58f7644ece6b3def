/* SPDX-License-Identifier: Apache-2.0 */
/* The producer against a real log: on time, whole, never slowed down, stopped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_headroom.h"
#include "pm_producer.h"

#define PARTITIONS 3u

static const struct pm_schema order = {
    "order", 2, {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user")}};

struct fixture {
    char folder[64];
    char path[80];
    struct pm_generator *generator;
    struct pm_log_writer *writers[PARTITIONS];
    struct pm_log_reader *reader;
    atomic_bool stop;
    uint64_t latenesses;
    int64_t least_lateness_ns;
};

static struct pm_generator_config config_of(int64_t rate_per_s, int64_t duration_ns)
{
    struct pm_generator_config config = {.streams = 1, .flush_time_ns = INT64_MAX};

    pm_option_defaults(pm_generator_options, &config.settings);
    config.settings.rate_per_s = rate_per_s;
    config.settings.duration_ns = duration_ns;
    config.stream[0] = (struct pm_generator_stream){
        .partitions = PARTITIONS, .share = 1, .schema = &order, .codec = PM_CODEC_JSON};
    return config;
}

static void open_all(struct fixture *fixture, const struct pm_generator_config *config,
                     uint64_t capacity)
{
    const struct pm_log_config log = {
        .partitions = PARTITIONS, .capacity = capacity, .durability = PM_DURABILITY_NONE, .run = 1};
    struct pm_error error = {0};

    *fixture =
        (struct fixture){.folder = "/tmp/test_producer.XXXXXX", .least_lateness_ns = INT64_MAX};
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/log", fixture->folder);
    if (pm_log_create(fixture->path, &log, &error) != 0)
        fail_msg("%s", error.text);
    for (unsigned p = 0; p < PARTITIONS; p++)
        assert_int_equal(pm_log_writer_open(&fixture->writers[p], fixture->path, p, NULL, NULL), 0);
    assert_int_equal(pm_log_reader_open(&fixture->reader, fixture->path, 0, 1, NULL), 0);
    assert_int_equal(pm_generator_open(&fixture->generator, config, NULL), 0);
}

static void close_all(struct fixture *fixture)
{
    pm_generator_close(fixture->generator);
    pm_log_reader_close(fixture->reader);
    for (unsigned p = 0; p < PARTITIONS; p++)
        pm_log_writer_close(fixture->writers[p]);
    assert_int_equal(pm_publish_remove(fixture->folder, NULL), 0);
}

static void note_lateness(void *payload, int64_t ns)
{
    struct fixture *fixture = payload;

    fixture->latenesses++;
    fixture->least_lateness_ns = ns < fixture->least_lateness_ns ? ns : fixture->least_lateness_ns;
}

static struct pm_producer_config producer_of(struct fixture *fixture, enum pm_wait wait)
{
    return (struct pm_producer_config){
        .generator = fixture->generator,
        .writers = fixture->writers,
        .start_ns = pm_clock_ns() + 5 * PM_NS_PER_MS,
        .wait = wait,
        .stop = &fixture->stop,
        .lateness = note_lateness,
        .payload = fixture,
    };
}

/* Every record of the log against the sequence made anew; returns the records of kind DATA. */
static uint64_t check_log(struct fixture *fixture, const struct pm_generator_config *config,
                          int64_t start_ns, bool paced)
{
    struct pm_generator *again = NULL;
    const struct pm_record *rows[PARTITIONS];
    uint32_t left[PARTITIONS] = {0};
    const struct pm_log_frame *frame[PARTITIONS];
    struct pm_bytes bytes[PARTITIONS], expected_bytes = {0};
    struct pm_record expected;
    uint64_t records = 0;

    assert_int_equal(pm_generator_open(&again, config, NULL), 0);
    while (pm_generator_next(again, &expected, &expected_bytes) == 1) {
        const unsigned p = pm_record_partition(&expected);
        if (left[p] == 0) {
            assert_int_equal(pm_log_next_frame(fixture->reader, p, &frame[p]), 1);
            assert_in_range(frame[p]->count, 1, 64);
            rows[p] = pm_log_frame_rows(frame[p], &bytes[p]);
            left[p] = frame[p]->count;
        }
        uint32_t size = 0, expected_size = 0;
        const char *text = pm_record_text(rows[p], &bytes[p], &size);
        const char *expected_text = pm_record_text(&expected, &expected_bytes, &expected_size);
        assert_int_equal(size, expected_size);
        if (size > 0)
            assert_memory_equal(text, expected_text, size);
        assert_true(rows[p]->stamp_ns == start_ns + expected.stamp_ns);
        assert_true(!paced || frame[p]->written_ns >= rows[p]->stamp_ns);
        assert_true(rows[p]->event_time_ns == expected.event_time_ns);
        assert_int_equal(pm_record_kind(rows[p]), pm_record_kind(&expected));
        records += pm_record_kind(&expected) == PM_KIND_DATA ? 1 : 0;
        rows[p]++;
        left[p]--;
        expected_bytes.used = 0;
    }
    for (unsigned p = 0; p < PARTITIONS; p++)
        assert_true(left[p] == 0 && pm_log_next_frame(fixture->reader, p, &frame[p]) == 0);
    pm_generator_close(again);
    pm_bytes_close(&expected_bytes);
    return records;
}

static void everything_is_preloaded_as_it_was_made(void **state)
{
    const struct pm_generator_config config = config_of(1000000, 30 * PM_NS_PER_MS);
    struct pm_producer_stats stats;
    struct fixture fixture;

    (void)state;
    open_all(&fixture, &config, 8 << 20);
    const struct pm_producer_config producer = producer_of(&fixture, PM_WAIT_NAP);
    assert_int_equal(pm_producer_preload(&producer, &stats, NULL), 0);
    assert_int_equal(check_log(&fixture, &config, producer.start_ns, false), stats.sent);
    assert_int_equal(stats.unsent, 0);
    assert_int_equal(fixture.latenesses, 0);
    close_all(&fixture);
}

static void records_go_out_when_they_are_due_and_not_before(void **state)
{
    (void)state;
    for (enum pm_wait wait = PM_WAIT_SPIN; wait <= PM_WAIT_NAP; wait++) {
        const struct pm_generator_config config = config_of(20000, 250 * PM_NS_PER_MS);
        struct pm_producer_stats stats;
        struct fixture fixture;
        open_all(&fixture, &config, 4 << 20);
        const struct pm_producer_config producer = producer_of(&fixture, wait);
        assert_int_equal(pm_producer_run(&producer, &stats, NULL), 0);
        assert_true(pm_clock_ns() >= producer.start_ns + config.settings.duration_ns);
        assert_int_equal(check_log(&fixture, &config, producer.start_ns, true), stats.sent);
        assert_int_equal(stats.unsent, 0);
        assert_int_equal(fixture.latenesses, stats.sent);
        assert_true(fixture.least_lateness_ns >= 0);
        assert_true(stats.late_ns_max >= fixture.least_lateness_ns);
        close_all(&fixture);
    }
}

static void *stop_later(void *payload)
{
    struct fixture *fixture = payload;

    pm_clock_sleep_until(pm_clock_ns() + 300 * PM_NS_PER_MS);
    atomic_store(&fixture->stop, true);
    return NULL;
}

/* Nobody reads: what does not fit is counted, the schedule goes on, the flush waits for the stop.
 */
static void a_full_log_does_not_slow_the_schedule(void **state)
{
    const struct pm_generator_config config = config_of(100000, 100 * PM_NS_PER_MS);
    struct pm_producer_stats stats;
    struct fixture fixture;
    pthread_t thread;

    (void)state;
    open_all(&fixture, &config, 64 << 10);
    const struct pm_producer_config producer = producer_of(&fixture, PM_WAIT_NAP);
    assert_int_equal(pthread_create(&thread, NULL, stop_later, &fixture), 0);
    const int64_t before_ns = pm_clock_ns();
    assert_int_equal(pm_producer_run(&producer, &stats, NULL), 0);
    assert_true(pm_clock_ns() - before_ns >= 290 * PM_NS_PER_MS);
    pthread_join(thread, NULL);
    assert_true(stats.sent > 500 && stats.unsent > 5000);
    assert_in_range(stats.sent + stats.unsent, 9500, 10000);
    close_all(&fixture);
}

static void a_preload_that_does_not_fit_says_so(void **state)
{
    const struct pm_generator_config config = config_of(100000, 100 * PM_NS_PER_MS);
    struct pm_producer_stats stats;
    struct pm_error error = {0};
    struct fixture fixture;

    (void)state;
    open_all(&fixture, &config, 64 << 10);
    const struct pm_producer_config producer = producer_of(&fixture, PM_WAIT_NAP);
    assert_int_equal(pm_producer_preload(&producer, &stats, &error), PM_EINVALID);
    assert_non_null(strstr(error.text, "capacity"));
    close_all(&fixture);
}

static void a_stop_leaves_one_flush_record_a_partition(void **state)
{
    const struct pm_generator_config config = config_of(1000, 3600 * PM_NS_PER_S);
    struct pm_producer_stats stats;
    const struct pm_log_frame *frame;
    struct fixture fixture;
    pthread_t thread;

    (void)state;
    open_all(&fixture, &config, 4 << 20);
    const struct pm_producer_config producer = producer_of(&fixture, PM_WAIT_NAP);
    assert_int_equal(pthread_create(&thread, NULL, stop_later, &fixture), 0);
    assert_int_equal(pm_producer_run(&producer, &stats, NULL), 0);
    pthread_join(thread, NULL);
    assert_in_range(stats.sent, 150, 500);
    for (unsigned p = 0; p < PARTITIONS; p++) {
        enum pm_record_kind last = PM_KIND_DATA;
        while (pm_log_next_frame(fixture.reader, p, &frame) == 1) {
            struct pm_bytes bytes;
            const struct pm_record *rows = pm_log_frame_rows(frame, &bytes);
            for (uint32_t i = 0; i < frame->count; i++) {
                assert_int_not_equal(last, PM_KIND_FLUSH);
                last = pm_record_kind(&rows[i]);
                assert_true(rows[i].stamp_ns <= frame->written_ns);
            }
        }
        assert_int_equal(last, PM_KIND_FLUSH);
    }
    close_all(&fixture);
}

static void headroom_is_measured_in_the_time_it_is_given(void **state)
{
    const struct pm_generator_config config = config_of(50, 3600 * PM_NS_PER_S);
    int64_t rate_per_s = 0;

    (void)state;
    assert_int_equal(pm_headroom_measure(&rate_per_s, &config, 20 * PM_NS_PER_MS, NULL), 0);
    assert_in_range(rate_per_s, 10000, 1000000000);
}

static void headroom_is_measured_for_every_schedule_and_rate(void **state)
{
    static const int schedules[] = {PM_SCHEDULE_FIXED, PM_SCHEDULE_POISSON, PM_SCHEDULE_ON_OFF,
                                    PM_SCHEDULE_BURST, PM_SCHEDULE_RAMP};
    static const int64_t rates[] = {3, 50, 19999, 20000, 50000, 333333};

    (void)state;
    for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; i++)
        for (size_t j = 0; j < sizeof rates / sizeof rates[0]; j++) {
            struct pm_generator_config config = config_of(rates[j], PM_NS_PER_S);
            struct pm_error error = {0};
            int64_t rate_per_s = 0;
            config.settings.schedule = (int)schedules[i];
            if (pm_headroom_measure(&rate_per_s, &config, PM_NS_PER_MS, &error) != 0)
                fail_msg("schedule %d at %lld/s: %s", schedules[i], (long long)rates[j],
                         error.text);
            assert_in_range(rate_per_s, 1000, 1000000000);
        }
}

/* All records are one partition's: who has it makes the texts of all, the others none. */
static void headroom_is_that_of_the_part_with_the_most_to_do(void **state)
{
    struct pm_generator_config config = config_of(50, PM_NS_PER_S);
    int64_t alone_per_s = 0;
    int64_t shared_per_s = 0;

    (void)state;
    config.settings.keys = 1;
    config.stream[0].codec = PM_CODEC_JSON;
    assert_int_equal(pm_headroom_measure(&alone_per_s, &config, 20 * PM_NS_PER_MS, NULL), 0);
    config.parts = PARTITIONS;
    assert_int_equal(pm_headroom_measure(&shared_per_s, &config, 60 * PM_NS_PER_MS, NULL), 0);
    assert_true(shared_per_s < 2 * alone_per_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_preloaded_as_it_was_made),
        cmocka_unit_test(records_go_out_when_they_are_due_and_not_before),
        cmocka_unit_test(a_full_log_does_not_slow_the_schedule),
        cmocka_unit_test(a_preload_that_does_not_fit_says_so),
        cmocka_unit_test(a_stop_leaves_one_flush_record_a_partition),
        cmocka_unit_test(headroom_is_measured_in_the_time_it_is_given),
        cmocka_unit_test(headroom_is_measured_for_every_schedule_and_rate),
        cmocka_unit_test(headroom_is_that_of_the_part_with_the_most_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
