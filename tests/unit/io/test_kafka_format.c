/* SPDX-License-Identifier: Apache-2.0 */
/* Records as messages: what is written reads back, and their timestamps keep the order of event
 * times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pm_clock.h"
#include "pm_kafka_format.h"

/* Head and text of @p record as one value. */
static size_t write_value(uint8_t *value, const struct pm_record *record, const char *text)
{
    struct pm_kafka_head head;

    pm_kafka_head_fill(&head, PM_KAFKA_ROW, PM_TIME_MIN, record);
    memcpy(value, &head, sizeof head);
    if (text != NULL)
        memcpy(value + sizeof head, text, strlen(text));
    return sizeof head + (text != NULL ? strlen(text) : 0);
}

/* Rows of an update take rows back in two ways, and both must arrive. */
static void every_kind_and_change_reads_back(void **state)
{
    (void)state;
    for (unsigned kind = PM_KIND_DATA; kind <= PM_KIND_FLUSH; kind++) {
        for (unsigned op = PM_OP_INSERT; op <= PM_OP_BEFORE; op++) {
            struct pm_record record = {.event_time_ns = 7, .key = 8, .payload = {1, 2, 3}};
            uint8_t value[sizeof(struct pm_kafka_head)];
            struct pm_kafka_head head;
            const void *text = "";
            uint32_t size = 1;

            record.word = pm_record_word(3, (enum pm_record_kind)kind);
            pm_record_set_op(&record, (enum pm_record_op)op);
            const struct pm_kafka_payload payload = {
                .value = value, .value_size = write_value(value, &record, NULL)};
            assert_int_equal(pm_kafka_decode(&payload, &head, &text, &size), PM_KAFKA_OK);
            assert_memory_equal(&head.record, &record, sizeof record);
            assert_null(text);
            assert_int_equal(size, 0);
        }
    }
}

static void a_text_and_its_absence_read_back(void **state)
{
    static const char *const texts[] = {"", "a row"};
    uint8_t value[sizeof(struct pm_kafka_head) + 16];
    struct pm_kafka_head head;
    const void *text = NULL;
    uint32_t size = 0;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct pm_record record = {.word = pm_record_word(0, PM_KIND_DATA)};

        pm_record_set_extension(&record, 64);
        const struct pm_kafka_payload payload = {
            .value = value, .value_size = write_value(value, &record, texts[i])};
        assert_int_equal(pm_kafka_decode(&payload, &head, &text, &size), PM_KAFKA_OK);
        assert_non_null(text);
        assert_int_equal(size, strlen(texts[i]));
        assert_memory_equal(text, texts[i], size);
    }
}

static void marks_of_this_process_stay_here(void **state)
{
    struct pm_record record = {.word = pm_record_word(0, PM_KIND_DATA) | PM_WORD_BEHIND};
    struct pm_kafka_head head;

    (void)state;
    pm_kafka_head_fill(&head, PM_KAFKA_RECORD, 0, &record);
    assert_int_equal(head.record.word, pm_record_word(0, PM_KIND_DATA));
}

/* One byte of a value, cut to a size: each must be refused by its name. */
static void what_no_writer_makes_is_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
        size_t size;
        enum pm_kafka_fault fault;
    } cases[] = {
        {0, 'x', sizeof(struct pm_kafka_head), PM_KAFKA_NO_HEAD},
        {0, 'P', sizeof(struct pm_kafka_head) - 1, PM_KAFKA_CUT},
        {offsetof(struct pm_kafka_head, record.word) + 1, PM_KIND_END, sizeof(struct pm_kafka_head),
         PM_KAFKA_BAD_WORD},
        {offsetof(struct pm_kafka_head, record.word) + 1, 3u << 4, sizeof(struct pm_kafka_head),
         PM_KAFKA_BAD_WORD},
        {0, 'P', sizeof(struct pm_kafka_head) + 1, PM_KAFKA_BAD_WORD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pm_record record = {.word = pm_record_word(0, PM_KIND_DATA)};
        uint8_t value[sizeof(struct pm_kafka_head) + 1] = {0};
        const struct pm_kafka_payload payload = {.value = value, .value_size = cases[i].size};
        struct pm_kafka_head head;
        const void *text;
        uint32_t size;

        write_value(value, &record, NULL);
        value[cases[i].at] = cases[i].byte;
        assert_int_equal(pm_kafka_decode(&payload, &head, &text, &size), cases[i].fault);
    }
}

static const int64_t times_ns[] = {
    PM_TIME_MIN, -1, 0, 999999, PM_NS_PER_MS, 1704067200 * PM_NS_PER_S, /* a day long ago */
    PM_TIME_MAX,
};
#define TIMES (sizeof times_ns / sizeof *times_ns)

/* A broker forgets a producer whose newest timestamp is a day old. */
static void no_timestamp_lies_in_the_past(void **state)
{
    const int64_t now_ms = pm_clock_wall_ns() / PM_NS_PER_MS;

    (void)state;
    for (size_t i = 0; i < TIMES; i++)
        assert_true(pm_kafka_time_ms(times_ns[i]) > now_ms);
}

static void a_later_time_has_no_earlier_timestamp(void **state)
{
    (void)state;
    for (size_t i = 1; i < TIMES; i++)
        assert_true(pm_kafka_time_ms(times_ns[i - 1]) <= pm_kafka_time_ms(times_ns[i]));
    assert_int_equal(pm_kafka_time_ms(PM_NS_PER_MS) - pm_kafka_time_ms(0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_and_change_reads_back),
        cmocka_unit_test(a_text_and_its_absence_read_back),
        cmocka_unit_test(marks_of_this_process_stay_here),
        cmocka_unit_test(what_no_writer_makes_is_refused),
        cmocka_unit_test(no_timestamp_lies_in_the_past),
        cmocka_unit_test(a_later_time_has_no_earlier_timestamp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
