/* SPDX-License-Identifier: Apache-2.0 */
/* JSON and CSV: what is written, what is read back, what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pm_codec.h"
#include "pm_json.h"
#include "pm_random.h"
#include "pm_text.h"

static const struct pm_schema order = {
    "order",
    5,
    {
        PM_COLUMN_EVENT_TIME("time"),
        PM_COLUMN_KEY("user"),
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),
        PM_COLUMN_CHOICE("region", 8, 1, "north south east"),
        PM_COLUMN_PAYLOAD("score", PM_TYPE_DECIMAL, 12, 4, 3),
    },
};

static const struct pm_schema note = {
    "note",
    2,
    {PM_COLUMN_PAYLOAD("n", PM_TYPE_INTEGER, 0, 2, 0), PM_COLUMN_TEXT("text")},
};

/* The text becomes an extension with nothing readable behind it, so that ASan sees an overrun. */
static struct pm_record record_of(struct pm_bytes *bytes, const char *text, uint32_t size)
{
    struct pm_record record = {.event_time_ns = -7, .payload = {1, 2, 3}};
    const size_t used = 8 + sizeof(struct pm_extension) + size;
    uint8_t *exact = calloc(1, used);

    assert_non_null(exact);
    memcpy(exact + used - size, text, size);
    const size_t padded = (used + 7) / 8 * 8; /* containers are, the block behind is not */
    *bytes = (struct pm_bytes){.base = exact, .used = padded, .capacity = padded};
    pm_record_set_extension(&record, 8);
    pm_record_extension(&record, bytes)->size = size;
    return record;
}

static void assert_text(const struct pm_record *record, const struct pm_bytes *bytes,
                        const char *expected, size_t expected_size)
{
    uint32_t size = 0;
    const char *text = pm_record_text(record, bytes, &size);

    assert_int_equal(size, expected_size);
    assert_memory_equal(text, expected, size);
    assert_int_equal(bytes->used % 8, 0);
}

static struct pm_record an_order(int64_t time_ns, uint64_t user, int64_t cents, int region,
                                 int32_t score)
{
    struct pm_record record = {.event_time_ns = time_ns, .key = user};

    pm_schema_write(&order.columns[2], &record, NULL, cents);
    pm_schema_write(&order.columns[3], &record, NULL, region);
    pm_schema_write(&order.columns[4], &record, NULL, score);
    return record;
}

static void columns_are_written_in_schema_order(void **state)
{
    static const struct {
        int64_t time_ns, cents;
        int region;
        int32_t score;
        const char *json, *csv;
    } cases[] = {
        {1700000000123456789, 1234, 2, 1500,
         "{\"time\":1700000000123456789,\"user\":42,\"amount\":12.34,\"region\":\"east\","
         "\"score\":1.500}",
         "1700000000123456789,42,12.34,east,1.500"},
        {INT64_MIN, -5, 0, -1,
         "{\"time\":-9223372036854775808,\"user\":42,\"amount\":-0.05,\"region\":\"north\","
         "\"score\":-0.001}",
         "-9223372036854775808,42,-0.05,north,-0.001"},
        {0, INT64_MAX, 9, INT32_MIN,
         "{\"time\":0,\"user\":42,\"amount\":92233720368547758.07,\"region\":null,"
         "\"score\":-2147483.648}",
         "0,42,92233720368547758.07,,-2147483.648"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_bytes bytes = {0};
        struct pm_record record =
            an_order(cases[i].time_ns, 42, cases[i].cents, cases[i].region, cases[i].score);
        pm_codec_encode(PM_CODEC_JSON, &order, &record, &bytes);
        assert_text(&record, &bytes, cases[i].json, strlen(cases[i].json));
        pm_codec_encode(PM_CODEC_CSV, &order, &record, &bytes);
        assert_text(&record, &bytes, cases[i].csv, strlen(cases[i].csv));
        pm_bytes_close(&bytes);
    }
}

static void texts_are_quoted_where_they_must(void **state)
{
    static const struct {
        const char *text;
        uint32_t size;
        const char *json, *csv;
    } cases[] = {
        {"plain", 5, "{\"n\":3,\"text\":\"plain\"}", "3,plain"},
        {"", 0, "{\"n\":3,\"text\":\"\"}", "3,"},
        {"a\"b\\c", 5, "{\"n\":3,\"text\":\"a\\\"b\\\\c\"}", "3,\"a\"\"b\\c\""},
        {"x,y", 3, "{\"n\":3,\"text\":\"x,y\"}", "3,\"x,y\""},
        {"\b\t\n\v\f\r\x1f", 7, "{\"n\":3,\"text\":\"\\b\\t\\n\\u000b\\f\\r\\u001f\"}",
         "3,\"\b\t\n\v\f\r\x1f\""},
        {"\xe2\x82\xac", 3, "{\"n\":3,\"text\":\"\xe2\x82\xac\"}", "3,\xe2\x82\xac"},
        {"a\xff\xe2\x82", 4, "{\"n\":3,\"text\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}",
         "3,a\xff\xe2\x82"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_bytes bytes;
        struct pm_record json = record_of(&bytes, cases[i].text, cases[i].size);
        json.payload[0] = 3;
        struct pm_record csv = json;
        pm_codec_encode(PM_CODEC_JSON, &note, &json, &bytes);
        assert_text(&json, &bytes, cases[i].json, strlen(cases[i].json));
        pm_codec_encode(PM_CODEC_CSV, &note, &csv, &bytes);
        assert_text(&csv, &bytes, cases[i].csv, strlen(cases[i].csv));
        pm_bytes_close(&bytes);
    }
}

static void what_is_written_is_read_back(void **state)
{
    static const char alphabet[] = "ab,\"\\\n\r\t {}\xc3\xa4\x01";
    struct pm_random random = pm_random_open(7, 0);

    (void)state;
    for (int i = 0; i < 5000; i++) {
        const enum pm_codec codec = i % 2 == 0 ? PM_CODEC_JSON : PM_CODEC_CSV;
        struct pm_bytes bytes = {0};
        struct pm_record record =
            an_order((int64_t)(pm_random_u64(&random) >> pm_random_below(&random, 64)),
                     pm_random_u64(&random) >> 1, -(int64_t)(pm_random_u64(&random) >> 8),
                     (int)pm_random_below(&random, 3), (int32_t)pm_random_u64(&random));
        struct pm_record back = {0};
        pm_codec_encode(codec, &order, &record, &bytes);
        back.word = record.word;
        assert_int_equal(pm_codec_decode(codec, &order, &back, &bytes), PM_CODEC_OK);
        assert_memory_equal(&back, &record, sizeof back);

        char text[40];
        uint32_t size = 0;
        while (size < sizeof text && pm_random_below(&random, 20) != 0)
            text[size++] = alphabet[pm_random_below(&random, sizeof alphabet - 1)];
        if (codec == PM_CODEC_JSON && !pm_text_is_utf8(text, size))
            size = 0; /* cut characters become U+FFFD and do not come back */
        pm_bytes_close(&bytes);
        record = record_of(&bytes, text, size);
        pm_codec_encode(codec, &note, &record, &bytes);
        assert_int_equal(pm_codec_decode(codec, &note, &record, &bytes), PM_CODEC_OK);
        assert_text(&record, &bytes, text, size);
        pm_bytes_close(&bytes);
    }
}

static void json_is_read_in_any_form_that_means_the_same(void **state)
{
    static const char *const texts[] = {
        "{\"time\":5,\"user\":42,\"amount\":12.34,\"region\":\"east\",\"score\":1.5}",
        "{\"score\":1.500000,\"region\":\"east\",\"amount\":1234e-2,\"user\":4.2e1,\"time\":5}",
        " {\n\t\"time\" : 5 , \"user\":42,\"amount\":12.340,\"region\":\"east\",\"score\":15e-1 } ",
        "{\"x\":{\"time\":[1,{},[]]},\"time\":5,\"user\":42,\"y\":null,\"amount\":12.34,"
        "\"region\":\"east\",\"score\":1.5,\"z\":[true,false,\"}\"]}",
        "{\"time\":1,\"user\":42,\"amount\":\"x\",\"amount\":12.34,\"region\":\"east\","
        "\"score\":1.5,\"time\":5}",
        "{\"\\u0074ime\":5,\"user\":42,\"amount\":12.34,\"region\":\"\\u0065ast\",\"score\":1.5}",
    };
    const struct pm_record expected = an_order(5, 42, 1234, 2, 1500);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct pm_bytes bytes;
        struct pm_record record = record_of(&bytes, texts[i], (uint32_t)strlen(texts[i]));
        memset(record.payload, 0, sizeof record.payload);
        assert_int_equal(pm_codec_decode(PM_CODEC_JSON, &order, &record, &bytes), PM_CODEC_OK);
        record.word = 0;
        assert_memory_equal(&record, &expected, sizeof record);
        pm_bytes_close(&bytes);
    }
}

#define REST ",\"user\":42,\"amount\":1,\"region\":\"east\",\"score\":1"

static void faults_are_told_apart_and_change_nothing(void **state)
{
    static const struct {
        enum pm_codec codec;
        const char *text;
        enum pm_codec_fault fault;
    } cases[] = {
        {PM_CODEC_JSON, "", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "[]", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{}", PM_CODEC_MISSING},
        {PM_CODEC_JSON, "{\"time\":1" REST "}x", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1" REST ",}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":01" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1." REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":.5" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1e" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":+1" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":NaN" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1,\"q\":\"\\x\"" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1,\"q\":\"\\u12g4\"" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1,\"q\":\"\n\"" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1,\"q\":\"\xff\"" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"time\":1,\"q\":{\"a\":[}}" REST "}", PM_CODEC_MALFORMED},
        {PM_CODEC_JSON, "{\"tim\":1" REST "}", PM_CODEC_MISSING},
        {PM_CODEC_JSON, "{\"time\\u0000\":1" REST "}", PM_CODEC_MISSING},
        {PM_CODEC_JSON, "{\"time\":1.5" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":\"1\"" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":null" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":[1]" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":9223372036854775808" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":1e400000000000" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":1e-400000000000" REST "}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":1" REST ",\"amount\":1.234}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":1" REST ",\"score\":2147483.648}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":1" REST ",\"region\":\"eas\"}", PM_CODEC_TYPE},
        {PM_CODEC_JSON, "{\"time\":1" REST ",\"region\":7}", PM_CODEC_TYPE},
        {PM_CODEC_CSV, "", PM_CODEC_MISSING},
        {PM_CODEC_CSV, "1,2,3,east", PM_CODEC_MISSING},
        {PM_CODEC_CSV, "1,2,,east,1", PM_CODEC_MISSING},
        {PM_CODEC_CSV, "1,2,3,east,1,1", PM_CODEC_MALFORMED},
        {PM_CODEC_CSV, "1,2,3,\"east,1", PM_CODEC_MALFORMED},
        {PM_CODEC_CSV, "1,2,3,\"east\"x,1", PM_CODEC_MALFORMED},
        {PM_CODEC_CSV, "1,2,3,ea\"st,1", PM_CODEC_MALFORMED},
        {PM_CODEC_CSV, "1,2,3,west,1", PM_CODEC_TYPE},
        {PM_CODEC_CSV, "1,2,3.001,east,1", PM_CODEC_TYPE},
        {PM_CODEC_CSV, " 1,2,3,east,1", PM_CODEC_TYPE},
        {PM_CODEC_CSV, "1x,2,3,east,1", PM_CODEC_TYPE},
        {PM_CODEC_CLF, "no log line", PM_CODEC_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_bytes bytes;
        struct pm_record record = record_of(&bytes, cases[i].text, (uint32_t)strlen(cases[i].text));
        const struct pm_record before = record;
        const enum pm_codec_fault fault = pm_codec_decode(cases[i].codec, &order, &record, &bytes);
        if (fault != cases[i].fault)
            fail_msg("%s: %s", cases[i].text, pm_codec_fault_name(fault));
        assert_memory_equal(&record, &before, sizeof record);
        pm_bytes_close(&bytes);
    }
}

static void csv_fields_may_be_quoted_and_end_with_a_line_end(void **state)
{
    static const char *const texts[] = {"5,42,12.34,east,1.5", "\"5\",42,12.34,\"east\",1.5\r\n",
                                        "5,42,12.34,east,1.5\n"};
    const struct pm_record expected = an_order(5, 42, 1234, 2, 1500);

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct pm_bytes bytes;
        struct pm_record record = record_of(&bytes, texts[i], (uint32_t)strlen(texts[i]));
        memset(record.payload, 0, sizeof record.payload);
        assert_int_equal(pm_codec_decode(PM_CODEC_CSV, &order, &record, &bytes), PM_CODEC_OK);
        record.word = 0;
        assert_memory_equal(&record, &expected, sizeof record);
        pm_bytes_close(&bytes);
    }
}

/* {"a":[[...]],"n":1,"text":""} with @p depth brackets. */
static enum pm_codec_fault decode_nested(unsigned depth)
{
    char text[600] = "{\"a\":";
    struct pm_bytes bytes;

    memset(text + 5, '[', depth);
    memset(text + 5 + depth, ']', depth);
    strcpy(text + 5 + 2 * (size_t)depth, ",\"n\":1,\"text\":\"\"}");
    struct pm_record record = record_of(&bytes, text, (uint32_t)strlen(text));
    const enum pm_codec_fault fault = pm_codec_decode(PM_CODEC_JSON, &note, &record, &bytes);
    pm_bytes_close(&bytes);
    return fault;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(decode_nested(PM_JSON_DEPTH_MAX - 1), PM_CODEC_OK);
    assert_int_equal(decode_nested(PM_JSON_DEPTH_MAX), PM_CODEC_MALFORMED);
    assert_int_equal(decode_nested(250), PM_CODEC_MALFORMED);
}

static void half_a_surrogate_becomes_the_replacement_character(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"{\"n\":1,\"text\":\"\\ud83d\\ude00\"}", "\xf0\x9f\x98\x80"},
        {"{\"n\":1,\"text\":\"\\ud83d!\"}", "\xef\xbf\xbd!"},
        {"{\"n\":1,\"text\":\"\\ud83d\\u0041\"}", "\xef\xbf\xbd"
                                                  "A"},
        {"{\"n\":1,\"text\":\"\\ude00\"}", "\xef\xbf\xbd"},
        {"{\"n\":1,\"text\":\"\\u00e4\\u20AC\\/\"}", "\xc3\xa4\xe2\x82\xac/"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_bytes bytes;
        struct pm_record record = record_of(&bytes, cases[i].json, (uint32_t)strlen(cases[i].json));
        assert_int_equal(pm_codec_decode(PM_CODEC_JSON, &note, &record, &bytes), PM_CODEC_OK);
        assert_text(&record, &bytes, cases[i].text, strlen(cases[i].text));
        pm_bytes_close(&bytes);
    }
}

static void a_text_over_the_limit_is_too_long(void **state)
{
    char *text = malloc(PM_CODEC_TEXT_MAX + 1);
    struct pm_bytes bytes;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', PM_CODEC_TEXT_MAX + 1);
    for (enum pm_codec codec = PM_CODEC_JSON; codec <= PM_CODEC_CLF; codec++) {
        struct pm_record record = record_of(&bytes, text, PM_CODEC_TEXT_MAX + 1);
        assert_int_equal(pm_codec_decode(codec, &note, &record, &bytes), PM_CODEC_TOO_LONG);
        pm_bytes_close(&bytes);
    }
    free(text);
}

static void a_behind_record_keeps_its_watermark(void **state)
{
    struct pm_bytes bytes = {0};
    struct pm_record record = an_order(1, 2, 3, 0, 0);

    (void)state;
    pm_record_mark_behind(&record, &bytes, 77);
    pm_codec_encode(PM_CODEC_JSON, &order, &record, &bytes);
    assert_int_equal(pm_record_closed_below(&record, &bytes), 77);
    assert_int_equal(pm_codec_decode(PM_CODEC_JSON, &order, &record, &bytes), PM_CODEC_OK);
    assert_int_equal(pm_record_closed_below(&record, &bytes), 77);
    pm_bytes_close(&bytes);
}

/* Bytes that were damaged at random are decoded or refused; ASan watches the text's end. */
static void damaged_texts_are_survived(void **state)
{
    static const char whole[] =
        "{\"time\":5,\"user\":42,\"amount\":12.34,\"region\":\"e\\u0061st\","
        "\"score\":1.5,\"n\":1,\"text\":\"\\ud83d\\ude00,\"}";
    static const char bits[] = "\"\\{}[]:,.-+eE019u\xc3\x80\n\0";
    struct pm_random random = pm_random_open(11, 0);

    (void)state;
    for (int i = 0; i < 30000; i++) {
        char text[sizeof whole];
        struct pm_bytes bytes;
        const uint32_t size = (uint32_t)pm_random_below(&random, sizeof whole);
        memcpy(text, whole, sizeof whole);
        for (uint64_t left = pm_random_below(&random, 4); left > 0; left--)
            text[pm_random_below(&random, sizeof text)] =
                bits[pm_random_below(&random, sizeof bits - 1)];
        struct pm_record record = record_of(&bytes, text, size);
        const struct pm_record before = record;
        const enum pm_codec codec = (enum pm_codec)(1 + pm_random_below(&random, 3));
        if (pm_codec_decode(codec, i % 2 == 0 ? &order : &note, &record, &bytes) != PM_CODEC_OK)
            assert_memory_equal(&record, &before, sizeof record);
        pm_bytes_close(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_written_in_schema_order),
        cmocka_unit_test(texts_are_quoted_where_they_must),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(json_is_read_in_any_form_that_means_the_same),
        cmocka_unit_test(faults_are_told_apart_and_change_nothing),
        cmocka_unit_test(csv_fields_may_be_quoted_and_end_with_a_line_end),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(half_a_surrogate_becomes_the_replacement_character),
        cmocka_unit_test(a_text_over_the_limit_is_too_long),
        cmocka_unit_test(a_behind_record_keeps_its_watermark),
        cmocka_unit_test(damaged_texts_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
