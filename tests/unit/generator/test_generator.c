/* SPDX-License-Identifier: Apache-2.0 */
/* The sequence: the same bytes for a seed, counts, bounds of time, idle marks, flush records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_digest.h"
#include "pm_generator.h"

/* Any change of these is a change of every load: raise the version and say so. */
#define DIGEST_BINARY 0xd10972e3b9e7566cULL
#define DIGEST_JSON   0x13fe1bed15f26709ULL

#define PARTITIONS_MAX 16

static const struct pm_schema order = {
    "order",
    4,
    {
        PM_COLUMN_EVENT_TIME("time"),
        PM_COLUMN_KEY("user"),
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),
        PM_COLUMN_CHOICE("region", 8, 1, "north south east west"),
    },
};

static void fill(const void *payload, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    (void)payload;
    (void)bytes;
    record->payload[0] = pm_random_below(random, 100000);
    record->payload[1] = pm_random_below(random, 4);
}

static struct pm_generator_config config_of(unsigned streams, unsigned partitions,
                                            enum pm_codec codec)
{
    struct pm_generator_config config = {.streams = streams, .flush_time_ns = INT64_MAX};

    pm_option_defaults(pm_generator_options, &config.settings);
    config.settings.rate_per_s = 20000;
    config.settings.duration_ns = PM_NS_PER_S;
    for (unsigned i = 0; i < streams; i++)
        config.stream[i] = (struct pm_generator_stream){
            .first_partition = i * partitions,
            .partitions = partitions,
            .share = 1 + 2 * i,
            .schema = &order,
            .codec = codec,
            .fill = fill,
        };
    return config;
}

static struct pm_generator *open_generator(const struct pm_generator_config *config)
{
    struct pm_generator *generator = NULL;
    struct pm_error error;

    if (pm_generator_open(&generator, config, &error) != 0)
        fail_msg("%s", error.text);
    return generator;
}

/* Order counts: each record's bytes are hashed with the digest before it. */
static uint64_t digest_of(const struct pm_generator_config *config)
{
    struct pm_generator *generator = open_generator(config);
    struct pm_bytes bytes = {0};
    struct {
        uint64_t before;
        struct pm_record record;
        uint64_t text;
    } link = {0};

    while (pm_generator_next(generator, &link.record, &bytes) == 1) {
        uint32_t size = 0;
        const char *text = pm_record_text(&link.record, &bytes, &size);
        link.text = text != NULL ? pm_digest_bytes(text, size) : 0;
        link.before = pm_digest_bytes(&link, sizeof link);
        bytes.used = 0;
    }
    pm_bytes_close(&bytes);
    pm_generator_close(generator);
    return link.before;
}

static void a_seed_fixes_every_byte(void **state)
{
    static const struct {
        enum pm_codec codec;
        uint64_t digest;
    } cases[] = {{PM_CODEC_BINARY, DIGEST_BINARY}, {PM_CODEC_JSON, DIGEST_JSON}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_generator_config config = config_of(2, 3, cases[i].codec);
        config.settings.schedule = PM_SCHEDULE_POISSON;
        config.settings.keys_shape = PM_KEYS_ZIPF;
        config.settings.keys = 1000000;
        config.settings.zipf_exponent = 1.1;
        config.settings.disorder_ns = PM_NS_PER_S;
        config.settings.stragglers_per_million = 1000;
        config.settings.straggler_ns = 60 * PM_NS_PER_S;
        config.settings.time_scale = 60;
        const uint64_t digest = digest_of(&config);
        if (digest != cases[i].digest)
            fail_msg("codec %d: digest %#llx", (int)cases[i].codec, (unsigned long long)digest);
        assert_true(digest_of(&config) == digest);
        config.settings.seed = 2;
        assert_true(digest_of(&config) != digest);
    }
}

struct tally {
    uint64_t records, marks, flushes;
    uint64_t of_stream[PM_GENERATOR_STREAMS_MAX];
    int64_t last_due_ns, end_ns;
};

static struct tally tally_of(const struct pm_generator_config *config)
{
    struct pm_generator *generator = open_generator(config);
    struct pm_bytes bytes = {0};
    struct pm_record record;
    struct tally tally = {0};

    while (pm_generator_next(generator, &record, &bytes) == 1) {
        const enum pm_record_kind kind = pm_record_kind(&record);
        assert_true(record.stamp_ns >= tally.last_due_ns);
        assert_true(kind == PM_KIND_FLUSH || tally.flushes == 0);
        tally.last_due_ns = record.stamp_ns;
        tally.records += kind == PM_KIND_DATA ? 1 : 0;
        tally.marks += kind == PM_KIND_IDLE ? 1 : 0;
        tally.flushes += kind == PM_KIND_FLUSH ? 1 : 0;
        tally.of_stream[pm_record_stream(&record)] += kind == PM_KIND_DATA ? 1 : 0;
        const struct pm_generator_stream *stream = &config->stream[pm_record_stream(&record)];
        assert_in_range(pm_record_partition(&record), stream->first_partition,
                        stream->first_partition + stream->partitions - 1);
        bytes.used = 0;
    }
    assert_int_equal(pm_generator_next(generator, &record, &bytes), 0);
    tally.end_ns = pm_generator_end_ns(generator);
    pm_bytes_close(&bytes);
    pm_generator_close(generator);
    return tally;
}

static void counts_follow_rate_duration_and_events(void **state)
{
    static const struct {
        int schedule;
        int64_t rate, duration_ns, events;
        uint64_t least, most; /* records */
        int64_t end_ns;       /* -1: not checked */
    } cases[] = {
        {PM_SCHEDULE_FIXED, 20000, 1000000000, 0, 20000, 20000, 1000000000},
        {PM_SCHEDULE_FIXED, 3, 1000000000, 0, 3, 3, 1000000000},
        {PM_SCHEDULE_FIXED, 1000, 1000000000, 100, 100, 100, 100000000},
        {PM_SCHEDULE_FIXED, 1000, 50000000, 100, 50, 50, 50000000},
        {PM_SCHEDULE_POISSON, 20000, 1000000000, 0, 19000, 20000, 1000000000},
        {PM_SCHEDULE_POISSON, 20000, 1000000000, 1, 1, 1, -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_generator_config config = config_of(1, 4, PM_CODEC_BINARY);
        config.settings.schedule = cases[i].schedule;
        config.settings.rate_per_s = cases[i].rate;
        config.settings.duration_ns = cases[i].duration_ns;
        config.settings.events = cases[i].events;
        const struct tally tally = tally_of(&config);
        assert_in_range(tally.records, cases[i].least, cases[i].most);
        assert_int_equal(tally.flushes, 4);
        assert_true(tally.last_due_ns == tally.end_ns);
        if (cases[i].end_ns >= 0)
            assert_true(tally.end_ns == cases[i].end_ns);
    }
}

static void streams_get_their_shares(void **state)
{
    struct pm_generator_config config = config_of(3, 2, PM_CODEC_BINARY);
    (void)state;
    config.settings.schedule = PM_SCHEDULE_FIXED;
    config.settings.rate_per_s = 90000;
    const struct tally tally = tally_of(&config);

    for (unsigned i = 0; i < 3; i++) /* shares 1, 3, 5 of 9 */
        assert_in_range(tally.of_stream[i], 10000 * (1 + 2 * i) - 700, 10000 * (1 + 2 * i) + 700);
    assert_int_equal(tally.flushes, 6);
}

static void event_times_keep_their_bounds(void **state)
{
    struct pm_generator_config config = config_of(1, 1, PM_CODEC_BINARY);
    struct pm_generator_settings *settings = &config.settings;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    int64_t stragglers = 0, nearest = INT64_MAX, farthest = 0;

    (void)state;
    settings->time_scale = 10;
    settings->disorder_ns = PM_NS_PER_S;
    settings->stragglers_per_million = 50000;
    settings->straggler_ns = 7 * PM_NS_PER_S;
    struct pm_generator *generator = open_generator(&config);
    while (pm_generator_next(generator, &record, &bytes) == 1) {
        if (pm_record_kind(&record) != PM_KIND_DATA)
            continue;
        const int64_t schedule_ns = settings->start_time_ns + record.stamp_ns * 10;
        const int64_t delay_ns = schedule_ns - record.event_time_ns;
        stragglers += delay_ns == settings->straggler_ns ? 1 : 0;
        if (delay_ns == settings->straggler_ns)
            continue;
        assert_in_range(delay_ns, 0, settings->disorder_ns);
        nearest = delay_ns < nearest ? delay_ns : nearest;
        farthest = delay_ns > farthest ? delay_ns : farthest;
    }
    assert_in_range(stragglers, 850, 1150);
    assert_true(nearest < PM_NS_PER_MS && farthest > 999 * PM_NS_PER_MS);
    pm_generator_close(generator);
    pm_bytes_close(&bytes);
}

/* Brute force: whatever follows a mark in any partition is compared with it. */
static void idle_marks_are_promises_that_hold(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct pm_generator_config config = config_of(1 + seed % 2, 8, PM_CODEC_BINARY);
        struct pm_generator_settings *settings = &config.settings;
        int64_t silent_since_ns[PARTITIONS_MAX] = {0};
        struct pm_bytes bytes = {0};
        struct pm_record record;
        int64_t promised_ns = INT64_MIN;
        uint64_t marks = 0;
        settings->seed = (int64_t)seed;
        settings->schedule = seed % 3 == 0 ? PM_SCHEDULE_FIXED : PM_SCHEDULE_POISSON;
        settings->rate_per_s = 40 + (int64_t)seed * 10;
        settings->duration_ns = 5 * PM_NS_PER_S;
        settings->time_scale = 1 + (int64_t)seed % 5;
        settings->keys = 5;
        settings->disorder_ns = (int64_t)(seed % 4) * PM_NS_PER_S;
        settings->stragglers_per_million = 20000;
        settings->straggler_ns = 1000 * PM_NS_PER_S;
        struct pm_generator *generator = open_generator(&config);
        while (pm_generator_next(generator, &record, &bytes) == 1) {
            const unsigned partition = pm_record_partition(&record);
            assert_true(record.stamp_ns - silent_since_ns[partition] <= settings->idle_mark_ns);
            silent_since_ns[partition] = record.stamp_ns;
            if (pm_record_kind(&record) == PM_KIND_IDLE) {
                promised_ns =
                    record.event_time_ns > promised_ns ? record.event_time_ns : promised_ns;
                marks++;
            } else if (settings->start_time_ns + record.stamp_ns * settings->time_scale -
                           record.event_time_ns !=
                       settings->straggler_ns) {
                assert_true(record.event_time_ns >= promised_ns);
            }
        }
        assert_true(marks > 50);
        pm_generator_close(generator);
        pm_bytes_close(&bytes);
    }
}

static void marks_can_be_switched_off(void **state)
{
    struct pm_generator_config config = config_of(1, 8, PM_CODEC_BINARY);

    (void)state;
    config.settings.rate_per_s = 10;
    config.settings.duration_ns = 2 * PM_NS_PER_S;
    assert_true(tally_of(&config).marks > 50);
    config.settings.idle_mark_ns = 0;
    assert_int_equal(tally_of(&config).marks, 0);
}

static void finishing_leaves_the_flush_records(void **state)
{
    struct pm_generator_config config = config_of(1, 3, PM_CODEC_BINARY);
    struct pm_generator *generator = open_generator(&config);
    struct pm_bytes bytes = {0};
    struct pm_record record;

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(pm_generator_next(generator, &record, &bytes), 1);
    assert_true(pm_generator_end_ns(generator) == -1);
    pm_generator_finish(generator);
    for (unsigned p = 0; p < 3; p++) {
        assert_int_equal(pm_generator_next(generator, &record, &bytes), 1);
        assert_int_equal(pm_record_kind(&record), PM_KIND_FLUSH);
        assert_int_equal(pm_record_partition(&record), p);
        assert_true(record.event_time_ns == config.flush_time_ns);
    }
    assert_int_equal(pm_generator_next(generator, &record, &bytes), 0);
    pm_generator_close(generator);
    pm_bytes_close(&bytes);
}

static void settings_that_do_not_go_together_are_refused(void **state)
{
    struct pm_generator_config cases[8];
    struct pm_generator *generator = NULL;
    struct pm_error error = {0};

    (void)state;
    for (size_t i = 0; i < 8; i++)
        cases[i] = config_of(2, 2, PM_CODEC_BINARY);
    cases[0].settings.rate_per_s = PM_NS_PER_S;
    cases[0].settings.duration_ns = 400000 * PM_NS_PER_S;
    cases[1].settings.rate_per_s = 1;
    cases[1].settings.duration_ns = PM_NS_PER_S - 1;
    cases[2].settings.duration_ns = 300LL * 86400 * PM_NS_PER_S;
    cases[2].settings.rate_per_s = 1;
    cases[2].settings.time_scale = 1000;
    cases[3].stream[1].first_partition = 1;
    cases[4].stream[0].share = cases[4].stream[1].share = 0;
    cases[5].streams = 0;
    cases[6].settings.schedule = PM_SCHEDULE_TRACE;
    cases[7].stream[1].first_partition = 65535;
    for (size_t i = 0; i < 8; i++) {
        if (pm_generator_open(&generator, &cases[i], &error) != PM_EINPUT)
            fail_msg("case %zu is accepted", i);
        assert_true(strlen(error.text) > 10);
    }
}

/* What one partition gets: in order, with its texts. */
struct lot {
    uint64_t records, marks, flushes, digest;
};

/* Add the records of @p config to the lots of their partitions; how often others' were passed. */
static uint64_t deal(struct lot *lots, const struct pm_generator_config *config)
{
    struct pm_generator *generator = open_generator(config);
    struct pm_bytes bytes = {0};
    struct pm_record record;
    uint64_t passed = 0;
    int rc;

    while ((rc = pm_generator_next(generator, &record, &bytes)) >= 1) {
        if (rc == PM_GENERATOR_OTHERS) {
            assert_int_equal(bytes.used, 0);
            passed++;
            continue;
        }
        struct lot *const lot = &lots[pm_record_partition(&record)];
        uint32_t size = 0;
        const char *text = pm_record_text(&record, &bytes, &size);
        const uint64_t link[] = {lot->digest, pm_digest_bytes(&record, sizeof record),
                                 text != NULL ? pm_digest_bytes(text, size) : 0};

        lot->digest = pm_digest_bytes(link, sizeof link);
        lot->records += pm_record_kind(&record) == PM_KIND_DATA ? 1 : 0;
        lot->marks += pm_record_kind(&record) == PM_KIND_IDLE ? 1 : 0;
        lot->flushes += pm_record_kind(&record) == PM_KIND_FLUSH ? 1 : 0;
        bytes.used = 0;
    }
    assert_int_equal(rc, 0);
    pm_bytes_close(&bytes);
    pm_generator_close(generator);
    return passed;
}

static void parts_give_each_partition_what_one_generator_does(void **state)
{
    static const enum pm_codec codecs[] = {PM_CODEC_BINARY, PM_CODEC_JSON};

    (void)state;
    for (unsigned c = 0; c < 2; c++) {
        struct lot whole[PARTITIONS_MAX] = {{0}};
        struct pm_generator_config config = config_of(2, 4, codecs[c]);

        config.settings.keys_shape = PM_KEYS_HOT_SET; /* some partitions are idle for long */
        config.settings.keys = 8;
        config.settings.hot_percent = 100;
        config.settings.disorder_ns = PM_NS_PER_S;
        deal(whole, &config);
        for (config.parts = 1; config.parts <= PM_GENERATOR_PARTS_MAX; config.parts++) {
            struct lot lots[PARTITIONS_MAX] = {{0}};
            uint64_t passed = 0;

            for (config.part = 0; config.part < config.parts; config.part++)
                passed += deal(lots, &config);
            assert_memory_equal(lots, whole, sizeof whole);
            assert_true((passed > 0) == (config.parts > 1));
        }
        config.part = config.parts = 0;
        uint64_t marks = 0;
        for (unsigned p = 0; p < 2 * 4; p++) {
            assert_int_equal(whole[p].flushes, 1);
            marks += whole[p].marks;
        }
        assert_true(marks > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_fixes_every_byte),
        cmocka_unit_test(parts_give_each_partition_what_one_generator_does),
        cmocka_unit_test(counts_follow_rate_duration_and_events),
        cmocka_unit_test(streams_get_their_shares),
        cmocka_unit_test(event_times_keep_their_bounds),
        cmocka_unit_test(idle_marks_are_promises_that_hold),
        cmocka_unit_test(marks_can_be_switched_off),
        cmocka_unit_test(finishing_leaves_the_flush_records),
        cmocka_unit_test(settings_that_do_not_go_together_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
