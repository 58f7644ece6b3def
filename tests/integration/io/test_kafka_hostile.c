/* SPDX-License-Identifier: Apache-2.0 */
/* What is no record in a topic of a real broker: counted, kept in part, and never in the way. */
#include "kafka_rig.h"

#include <unistd.h>

#include "pm_clock.h"
#include "pm_kafka_handle.h"
#include "pm_random.h"
#include "pm_source_kafka.h"

#define PATIENCE  (20 * PM_NS_PER_S)
#define HOSTILE   10000u
#define MEMORY_KB (96u << 10) /* that hostile messages may take */

static size_t resident_kb(void)
{
    FILE *const file = fopen("/proc/self/statm", "r");
    unsigned long all = 0;
    unsigned long resident = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* A message that no writer of ours would send. */
static void send_hostile(struct pm_kafka *writer, struct pm_random *random)
{
    static uint8_t noise[400 << 10];
    struct pm_kafka_head head = {
        .magic = pm_random_below(random, 2) ? PM_KAFKA_RECORD : PM_KAFKA_ROW, .record.word = ~0ULL};
    struct pm_kafka_output output = {.partition = 0, .value = noise, .time_ms = 1};

    for (size_t i = 0; i < 256; i++)
        noise[i] = (uint8_t)pm_random_below(random, 256);
    switch (pm_random_below(random, 7)) {
    case 0: /* nothing at all */
        output.value = NULL;
        break;
    case 1: /* noise */
        output.value_size = pm_random_below(random, 256);
        break;
    case 2: /* a head with flags that nobody sets */
        memcpy(noise, &head, sizeof head);
        output.value_size = sizeof head + pm_random_below(random, 100);
        break;
    case 3: /* a cut head */
        memcpy(noise, &head, sizeof head);
        output.value_size = 8 + pm_random_below(random, sizeof head - 8);
        break;
    case 4: /* a text that is too long; rarely, for it is large */
        head.record.word = pm_record_word(0, PM_KIND_DATA);
        pm_record_set_extension(&head.record, 8);
        memcpy(noise, &head, sizeof head);
        output.value_size = pm_random_below(random, 20) == 0 ? sizeof noise : 40;
        break;
    case 5: /* a header that lies about its length */
        output.header = PM_KAFKA_HEADER;
        output.header_value = &head;
        output.header_size = pm_random_below(random, sizeof head);
        break;
    default: /* a text that no head announces */
        head.record.word = pm_record_word(0, PM_KIND_DATA);
        memcpy(noise, &head, sizeof head);
        output.value_size = sizeof head + 1;
        break;
    }
    while (pm_kafka_send(writer, &output) == PM_EBUSY)
        pm_kafka_serve(writer, 1);
}

/* Hostile messages between good ones; returns how many good ones. */
static unsigned write_mixed(const struct kafka_rig *rig, struct pm_random *random)
{
    struct pm_kafka *const writer = kafka_rig_client(rig, PM_KAFKA_WRITER);
    struct pm_error error = {0};
    int64_t max_ns = PM_TIME_MIN;
    unsigned good = 0;

    for (unsigned i = 0; i < HOSTILE; i++) {
        send_hostile(writer, random);
        if (i % 100 != 0)
            continue;
        const struct pm_record record = {.event_time_ns = ++good,
                                         .word = pm_record_word(0, PM_KIND_DATA)};
        kafka_rig_send(writer, 0, &record, NULL, true, &max_ns);
    }
    if (pm_kafka_flush(writer, 30000, &error) != 0)
        fail_msg("%s", error.text);
    pm_kafka_close(writer);
    return good;
}

static void hostile_messages_become_dead_letters(void **state)
{
    struct pm_kafka_dead letters[PM_KAFKA_DEAD_KEPT + 1];
    uint64_t counts[PM_KAFKA_FAULTS];
    struct pm_source_view view;
    struct pm_random random = pm_random_open(4711, 0);
    struct kafka_rig rig;
    uint64_t end = 0;
    uint64_t next = 0;
    unsigned good = 0;

    (void)state;
    kafka_rig_open(&rig, 1);
    const unsigned sent = write_mixed(&rig, &random);
    const size_t before_kb = resident_kb();
    rig.client[1] = "queued.max.messages.kbytes=16384";
    struct pm_source *const source = kafka_rig_source(&rig);
    assert_int_equal(source->ops->end(source, 0, &end), 0);
    while (next < end) {
        assert_int_equal(pm_source_poll(source, 0, 64, &view), PM_SOURCE_DATA);
        assert_int_equal(view.first_sequence, next); /* no holes */
        next += view.count;
        for (uint32_t i = 0; i < view.count; i++)
            if (pm_record_kind(&view.rows[i]) == PM_KIND_DATA)
                assert_int_equal(view.rows[i].event_time_ns, ++good);
            else
                assert_true(view.rows[i].event_time_ns <= (int64_t)good);
    }
    assert_int_equal(good, sent);
    assert_true(resident_kb() < before_kb + MEMORY_KB);
    assert_int_equal(pm_source_kafka_dead(source, counts, letters, PM_KAFKA_DEAD_KEPT + 1),
                     PM_KAFKA_DEAD_KEPT);
    assert_int_equal(letters[0].offset, 0);
    uint64_t dead = 0;
    for (unsigned i = 0; i < PM_KAFKA_FAULTS; i++)
        dead += counts[i];
    assert_int_equal(dead, HOSTILE);
    assert_int_equal(counts[PM_KAFKA_OK], 0);
    for (unsigned i = 1; i < PM_KAFKA_FAULTS; i++)
        assert_true(counts[i] > 0);
    source->ops->close(source);
    kafka_rig_close(&rig);
}

static void send_foreign(struct pm_kafka *writer)
{
    const struct pm_kafka_output output = {.partition = 0, .value = "foreign", .value_size = 7};

    assert_int_equal(pm_kafka_send(writer, &output), 0);
}

/* Read on to the end of the partition; returns the rows. */
static unsigned read_to_end(struct pm_source *source)
{
    const int64_t until_ns = pm_clock_ns() + PATIENCE;
    struct pm_source_view view;
    unsigned rows = 0;
    int event;

    while ((event = pm_source_poll(source, 0, 4, &view)) != PM_SOURCE_END) {
        assert_true(event >= 0 && pm_clock_ns() < until_ns);
        rows += event == PM_SOURCE_DATA ? view.count : 0;
    }
    return rows;
}

/* Ten records with three foreign messages between, a flush, and two more that nobody is to see. */
static void each_message_counts_once_however_it_is_read(void **state)
{
    struct pm_kafka_figures figures = {0};
    struct pm_source *source = NULL;
    struct pm_source_view view;
    struct pm_error error = {0};
    struct kafka_rig rig;
    int64_t max_ns = PM_TIME_MIN;

    (void)state;
    kafka_rig_open(&rig, 1);
    struct pm_kafka *const writer = kafka_rig_client(&rig, PM_KAFKA_WRITER);
    for (unsigned i = 0; i <= 10; i++) {
        const struct pm_record record = {
            .event_time_ns = i + 1,
            .word = pm_record_word(0, i < 10 ? PM_KIND_DATA : PM_KIND_FLUSH)};

        kafka_rig_send(writer, 0, &record, NULL, true, &max_ns);
        if (i % 4 == 1 || i == 10)
            send_foreign(writer);
    }
    send_foreign(writer);
    assert_int_equal(pm_kafka_flush(writer, 30000, &error), 0);
    pm_kafka_close(writer);

    const struct pm_source_config config = {
        .place = rig.topic, .client = rig.client, .figures = &figures};
    assert_int_equal(pm_source_kafka.open(&source, &config, &error), 0);
    assert_int_equal(source->ops->seek(source, 0, 6, &error), 0); /* a look further on */
    while (pm_source_poll(source, 0, 1, &view) != PM_SOURCE_DATA)
        ;
    assert_int_equal(figures.taken, 0);
    for (unsigned times = 0; times < 2; times++) {
        assert_int_equal(source->ops->seek(source, 0, 0, &error), 0);
        assert_int_equal(read_to_end(source), 10 + 3 + 1);
        assert_int_equal(figures.taken, 10 + 3 + 1);
        assert_int_equal(figures.dead[PM_KAFKA_NO_HEAD], 3);
        assert_int_equal(figures.letters, 3);
        assert_int_equal(figures.letter[0].offset, 2);
    }
    source->ops->close(source);
    kafka_rig_close(&rig);
}

#define HEADERS 100000u

static void a_hundred_thousand_headers_are_one_dead_letter(void **state)
{
    struct pm_kafka_figures figures = {0};
    struct pm_source *source = NULL;
    struct pm_error error = {0};
    struct kafka_rig rig;
    int64_t max_ns = PM_TIME_MIN;
    const struct pm_record flush = {.word = pm_record_word(0, PM_KIND_FLUSH)};
    rd_kafka_headers_t *const headers = rd_kafka_headers_new(HEADERS);

    (void)state;
    kafka_rig_open(&rig, 1);
    struct pm_kafka *const writer = kafka_rig_client(&rig, PM_KAFKA_WRITER);
    for (unsigned i = 0; i < HEADERS; i++)
        rd_kafka_header_add(headers, "h", 1, "", 0);
    assert_int_equal(rd_kafka_producev(writer->handle, RD_KAFKA_V_RKT(writer->topic),
                                       RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE("x", 1),
                                       RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END),
                     0);
    kafka_rig_send(writer, 0, &flush, NULL, true, &max_ns);
    assert_int_equal(pm_kafka_flush(writer, 30000, &error), 0);
    pm_kafka_close(writer);
    const size_t before_kb = resident_kb();
    const struct pm_source_config config = {
        .place = rig.topic, .client = rig.client, .figures = &figures};
    assert_int_equal(pm_source_kafka.open(&source, &config, &error), 0);
    assert_int_equal(read_to_end(source), 2);
    assert_int_equal(figures.dead[PM_KAFKA_NO_HEAD], 1);
    assert_true(resident_kb() < before_kb + MEMORY_KB);
    source->ops->close(source);
    kafka_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_messages_become_dead_letters),
        cmocka_unit_test(each_message_counts_once_however_it_is_read),
        cmocka_unit_test(a_hundred_thousand_headers_are_one_dead_letter),
    };

    kafka_rig_need_broker();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
