/* SPDX-License-Identifier: Apache-2.0 */
/* decode: columns from a text, and the dead letters that are left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_decode.h"
#include "pm_feed.h"

static const struct pm_schema raw = {
    .name = "raw",
    .count = 1,
    .columns = {PM_COLUMN_TEXT("json")},
};
static const struct pm_schema numbers = {
    .name = "numbers",
    .count = 2,
    .columns = {PM_COLUMN_PAYLOAD("a", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("b", PM_TYPE_MONEY, 8, 4, 0)},
};
static const struct pm_schema with_text = {
    .name = "with-text",
    .count = 2,
    .columns = {PM_COLUMN_PAYLOAD("a", PM_TYPE_INTEGER, 0, 8, 0), PM_COLUMN_TEXT("note")},
};

static struct pm_plan *plan_of(const struct pm_schema *schema)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_flow source = pm_plan_source(plan, 0, &raw);
    const struct pm_flow decoded = pm_plan_decode(plan, source, PM_CODEC_JSON, schema);

    pm_plan_output(plan, decoded, 0, "columns");
    pm_plan_output(plan, pm_plan_side(decoded, PM_DECODE_DEAD_LETTERS), 1, "dead-letters");
    return plan;
}

/* @p texts as records of partition 2 from sequence 6 on, behind watermark 50: one chunk, or each
 * by itself. */
static void feed_texts(struct pm_feed *feed, const char *const *texts, uint32_t count, bool singly)
{
    struct pm_record records[8] = {0};
    struct pm_bytes bytes = {0};

    for (uint32_t i = 0; i < count; i++) {
        records[i].event_time_ns = 40;
        records[i].id = pm_record_id(2, 6 + i);
        memcpy(pm_record_extend(&records[i], &bytes, (uint32_t)strlen(texts[i])), texts[i],
               strlen(texts[i]));
        pm_record_mark_behind(&records[i], &bytes, 50);
        if (singly)
            pm_feed_one(feed, 0, &records[i], &bytes);
    }
    if (!singly)
        pm_feed_chunk(feed, 0, count, records, &bytes);
    pm_bytes_close(&bytes);
}

static int64_t hash(const char *text)
{
    return (int64_t)pm_hash_bytes(text, strlen(text));
}

static const struct pm_feed_row *row_of(const struct pm_feed *feed, uint64_t sequence)
{
    for (uint32_t i = 0; i < feed->count; i++) {
        if (feed->rows[i].id == pm_record_id(2, sequence))
            return &feed->rows[i];
    }
    fail_msg("no row %u", (unsigned)sequence);
    return NULL;
}

static void columns_come_out_and_faults_go_aside(void **state)
{
    static const char *const texts[] = {
        "{\"a\":7,\"b\":1.50}",  "{\"a\":7,\"b\":1.50", "{\"b\":2,\"x\":[],\"a\":-8}", "{\"a\":7}",
        "{\"a\":\"7\",\"b\":1}",
    };
    static const enum pm_codec_fault faults[] = {
        PM_CODEC_OK, PM_CODEC_MALFORMED, PM_CODEC_OK, PM_CODEC_MISSING, PM_CODEC_TYPE,
    };

    (void)state;
    for (int singly = 0; singly < 2; singly++) {
        struct pm_feed feed;
        pm_feed_open(&feed, plan_of(&numbers), &pm_state_memory);
        feed_texts(&feed, texts, 5, singly != 0);
        assert_int_equal(feed.count, 5);
        for (uint64_t i = 0; i < 5; i++) {
            const struct pm_feed_row *row = row_of(&feed, 6 + i);
            assert_int_equal(row->output, faults[i] != PM_CODEC_OK);
            assert_int_equal(row->closed_below_ns, 50);
            if (faults[i] == PM_CODEC_OK) {
                assert_int_equal(pm_feed_value(&feed, row, "a"), i == 0 ? 7 : -8);
                assert_int_equal(pm_feed_value(&feed, row, "b"), i == 0 ? 150 : 200);
                assert_int_equal(pm_feed_value(&feed, row, "json"), hash(texts[i]));
            } else {
                assert_int_equal(pm_feed_value(&feed, row, "fault"), faults[i]);
                assert_int_equal(pm_feed_value(&feed, row, "line"), 7 + i);
                assert_int_equal(pm_feed_value(&feed, row, "text"), hash(texts[i]));
            }
        }
        pm_feed_close(&feed);
    }
}

static void a_text_column_takes_the_place_of_the_raw_text(void **state)
{
    static const char *const texts[] = {"{\"note\":\"a \\\"b\\\"\",\"a\":1}"};
    struct pm_feed feed;

    (void)state;
    pm_feed_open(&feed, plan_of(&with_text), &pm_state_memory);
    feed_texts(&feed, texts, 1, true);
    assert_int_equal(pm_feed_value(&feed, &feed.rows[0], "note"), hash("a \"b\""));
    assert_int_equal(feed.rows[0].closed_below_ns, 50);
    pm_feed_close(&feed);
}

static void an_input_without_text_is_refused(void **state)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_error error = {0};
    const struct pm_flow source = pm_plan_source(plan, 0, &numbers);

    (void)state;
    pm_plan_output(plan, pm_plan_decode(plan, source, PM_CODEC_JSON, &numbers), 0, "columns");
    assert_int_equal(pm_plan_check(plan, &error), PM_EINPUT);
    assert_string_equal(error.text, "decode#1: its input has no text column");
    pm_plan_close(plan);
}

static void dead_letters_have_the_words_of_the_codec(void **state)
{
    const struct pm_column *fault = pm_schema_find(&pm_dead_letter_schema, "fault");
    uint32_t size;

    (void)state;
    for (int i = PM_CODEC_OK; i <= PM_CODEC_TOO_LONG; i++) {
        const char *name = pm_codec_fault_name((enum pm_codec_fault)i);
        const char *word = pm_schema_word(fault, i, &size);
        assert_non_null(word);
        assert_int_equal(size, strlen(name));
        assert_memory_equal(word, name, size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_come_out_and_faults_go_aside),
        cmocka_unit_test(a_text_column_takes_the_place_of_the_raw_text),
        cmocka_unit_test(an_input_without_text_is_refused),
        cmocka_unit_test(dead_letters_have_the_words_of_the_codec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
