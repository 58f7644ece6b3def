/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files and the rows that they make records of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "pm_hash.h"
#include "pm_payments.h"
#include "pm_temp_file.h"
#include "pm_trace_map_load.h"
#include "pm_trace_map_write.h"
#include "pm_trace_rows.h"

#define LITERAL(text) text, sizeof text - 1
#define NEW_YEAR      1704067200000000000LL

static int parse(struct pm_trace_map *map, const char *query, const char *text,
                 struct pm_error *error)
{
    return pm_trace_map_parse(map, "m.yaml", text, strlen(text), pm_query_find(query), error);
}

static struct pm_trace_map map_of(const char *query, const char *text)
{
    struct pm_trace_map map;
    struct pm_error error;

    if (parse(&map, query, text, &error) != 0)
        fail_msg("%s", error.text);
    return map;
}

static struct pm_trace_rows *rows_of(const struct pm_trace_map *map, const char *text)
{
    struct pm_trace_rows *rows = NULL;
    struct pm_error error;

    pm_temp_file_write(text, strlen(text));
    if (pm_trace_rows_open(&rows, pm_temp_file_path(), map, &error) != 0)
        fail_msg("%s", error.text);
    return rows;
}

static const char payments_map[] = "fields:\n"
                                   "  time: {column: when, unit: s}\n"
                                   "  user: {column: who, hash: yes}\n"
                                   "  amount: {column: total, default: 0, round: yes}\n"
                                   "filters:\n"
                                   "  settled: {column: state, is: [paid, sent]}\n"
                                   "  large: {column: total, at-most: 1000}\n";

struct expected {
    enum pm_trace_fate fate;
    enum pm_codec_fault fault;
    const char *field;
    uint64_t line;
    int64_t second, cents;
    const char *user;
};

static void assert_outcomes(const struct pm_trace_map *map, const char *text,
                            const struct expected *expected, size_t count)
{
    struct pm_trace_rows *rows = rows_of(map, text);
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;

    for (size_t i = 0; i < count; i++) {
        const struct expected *e = &expected[i];
        assert_int_equal(pm_trace_rows_next(rows, &outcome, &record, &bytes, NULL), 1);
        assert_int_equal(outcome.row.line, e->line);
        assert_int_equal(outcome.fate, e->fate);
        assert_int_equal(outcome.fault, e->fault);
        if (e->field != NULL)
            assert_string_equal(outcome.field, e->field);
        if (e->fate != PM_TRACE_RECORD)
            continue;
        assert_true(record.event_time_ns == NEW_YEAR + e->second * 1000000000);
        assert_true(pm_payments_amount(&record) == e->cents);
        assert_true(record.key == pm_hash_bytes(e->user, strlen(e->user)));
    }
    assert_int_equal(pm_trace_rows_next(rows, &outcome, &record, &bytes, NULL), 0);
    pm_bytes_close(&bytes);
    pm_trace_rows_close(rows);
}

static void each_row_has_one_fate(void **state)
{
    static const struct expected expected[] = {
        {PM_TRACE_RECORD, PM_CODEC_OK, NULL, 2, 0, 1234, "ann"},
        {PM_TRACE_DROPPED, PM_CODEC_OK, NULL, 3, 0, 0, NULL},
        {PM_TRACE_RECORD, PM_CODEC_OK, NULL, 4, 1, -101, "bo, b"},
        {PM_TRACE_DROPPED, PM_CODEC_OK, NULL, 5, 0, 0, NULL},
        {PM_TRACE_DEAD, PM_CODEC_TYPE, "time", 6, 0, 0, NULL},
        {PM_TRACE_DEAD, PM_CODEC_MISSING, "user", 7, 0, 0, NULL},
        {PM_TRACE_DEAD, PM_CODEC_MALFORMED, NULL, 8, 0, 0, NULL},
        {PM_TRACE_DEAD, PM_CODEC_MALFORMED, NULL, 9, 0, 0, NULL},
        {PM_TRACE_RECORD, PM_CODEC_OK, NULL, 10, 2, 201, "c\n\"d\""},
    };
    const struct pm_trace_map map = map_of("spend", payments_map);

    (void)state;
    assert_outcomes(&map,
                    "state,when,who,total\n"
                    "paid,1704067200,ann,12.34\n"
                    "open,1704067200,ann,1\n"
                    "sent,1704067201,\"bo, b\",-1.005\n"
                    "paid,1704067201,bo,1000.000001\n"
                    "paid,soon,ann,1\n"
                    "paid,1704067200,,1\n"
                    "paid,1704067200,ann\n"
                    "paid,1704067200,\"ann\" x,1\n"
                    "sent,1704067202,\"c\n\"\"d\"\"\",2.0051\n",
                    expected, 9);
}

static void a_default_stands_in_for_what_is_empty(void **state)
{
    static const struct expected expected[] = {
        {PM_TRACE_RECORD, PM_CODEC_OK, NULL, 1, 0, 700, "ann"},
        {PM_TRACE_DEAD, PM_CODEC_TYPE, "amount", 2, 0, 0, NULL},
    };
    const struct pm_trace_map map = map_of("spend", "header: no\n"
                                                    "separator: tab\n"
                                                    "fields:\n"
                                                    "  time: {column: 2}\n"
                                                    "  user: {column: 1, hash: yes}\n"
                                                    "  amount: {column: 3, default: 7}\n");

    (void)state;
    assert_outcomes(&map, "ann\t2024-01-01\t\nann\t2024-01-01\t7.001\n", expected, 2);
}

static void json_members_are_named_by_their_path(void **state)
{
    static const struct expected expected[] = {
        {PM_TRACE_RECORD, PM_CODEC_OK, NULL, 1, 0, 150, "\xc3\xa9 \"x\""},
        {PM_TRACE_DEAD, PM_CODEC_MISSING, "user", 2, 0, 0, NULL},
        {PM_TRACE_DEAD, PM_CODEC_MALFORMED, NULL, 3, 0, 0, NULL},
        {PM_TRACE_DEAD, PM_CODEC_TYPE, "amount", 4, 0, 0, NULL},
    };
    const struct pm_trace_map map = map_of("spend", "format: json\n"
                                                    "fields:\n"
                                                    "  time: {column: t, unit: ms}\n"
                                                    "  user: {column: user.name, hash: yes}\n"
                                                    "  amount: {column: amount}\n");

    (void)state;
    assert_outcomes(&map,
                    "{\"x\":[1,{\"t\":5}],\"t\":1704067200000 , \"user\":{\"id\":1,"
                    "\"name\":\"\\u00e9 \\\"x\\\"\"},\"amount\":\"1.5\"}\n"
                    "{\"t\":1704067200000,\"user\":{\"name\":null},\"amount\":1}\n"
                    "{\"t\":1704067200000,\"user\":{\"name\":\"a\"},\"amount\":1\n"
                    "{\"t\":1704067200000,\"user\":{\"name\":\"a\"},\"amount\":true}\n",
                    expected, 4);
}

/* No two pairs are one key, and the text of a key says which pair it is. */
static void a_key_of_several_columns_is_their_hash(void **state)
{
    static const char *const keys[] = {"a|b\\|c", "a\\|b|c", "a|b\\\\\\|c", NULL, "a|b\\|c"};
    const struct pm_trace_map map = map_of("attribution", "stream: clicks\nfields:\n"
                                                          "  time: {column: t}\n"
                                                          "  pair: {columns: [u, a], hash: yes}\n"
                                                          "  click: {column: \"*line\"}\n"
                                                          "  user: {constant: 1}\n"
                                                          "  ad: {constant: 2}\n");
    struct pm_trace_rows *rows = rows_of(&map, "t,u,a\n2024-01-01,a,b|c\n2024-01-01,a|b,c\n"
                                               "2024-01-01,a,b\\|c\n2024-01-01,a,\n"
                                               "2024-01-01,a,b|c\n");
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    uint64_t seen[5] = {0};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        uint32_t size = 0;
        assert_int_equal(pm_trace_rows_next(rows, &outcome, &record, &bytes, NULL), 1);
        assert_int_equal(outcome.fate, i == 3 ? PM_TRACE_DEAD : PM_TRACE_RECORD);
        if (i == 3)
            continue;
        seen[i] = record.key;
        assert_int_equal(record.payload[0], 2 + i); /* the line */
        const char *text = pm_trace_rows_text(rows, 1, &size);
        assert_int_equal(size, strlen(keys[i]));
        assert_memory_equal(text, keys[i], size);
    }
    assert_true(seen[0] != seen[1] && seen[0] != seen[2] && seen[1] != seen[2]);
    assert_true(seen[0] == seen[4]);
    pm_bytes_close(&bytes);
    pm_trace_rows_close(rows);
}

static void a_mapping_that_was_written_reads_back_to_the_same(void **state)
{
    static const char *const texts[] = {
        payments_map,
        "separator: \";\"\nfields:\n"
        "  time: {column: \"a \\\"b\\\"\", format: \"%d.%m.%Y\", zone: \"-03:30\"}\n"
        "  user: {constant: 5}\n  amount: {column: b}\nfilters:\n  f: {column: c, is-not: x}\n",
        "fields:\n  time: {column: \"*line\", unit: s}\n"
        "  user: {columns: [a, \"b c\", d], hash: yes}\n  amount: {column: b}\n",
    };
    const struct pm_query *query = pm_query_find("spend");

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct pm_trace_map map = map_of("spend", texts[i]);
        struct pm_outbuf once = {0}, twice = {0};
        pm_trace_map_write(&map, query, &once);
        const struct pm_trace_map again = map_of("spend", once.text);
        pm_trace_map_write(&again, query, &twice);
        assert_string_equal(once.text, twice.text);
        assert_int_equal(again.filters, map.filters);
        assert_int_equal(again.field[0].time.zone_s, map.field[0].time.zone_s);
        pm_outbuf_close(&once);
        pm_outbuf_close(&twice);
    }
}

/* Its time of 02:30 is one that no clock showed. */
static void a_zone_by_name_moves_times_and_is_written(void **state)
{
    static const struct expected expected[] = {
        {PM_TRACE_RECORD, PM_CODEC_OK, NULL, 2, -3600, 100, "a"},
        {PM_TRACE_DEAD, PM_CODEC_TYPE, "time", 3, 0, 0, NULL},
    };
    struct pm_outbuf out = {0};

    (void)state;
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
        skip();
    const struct pm_trace_map map = map_of("spend", "fields:\n"
                                                    "  time: {column: t, zone: Europe/Berlin}\n"
                                                    "  user: {column: u, hash: yes}\n"
                                                    "  amount: {column: a}\n");
    assert_outcomes(&map, "t,u,a\n2024-01-01 00:00,a,1\n2024-03-31 02:30,a,1\n", expected, 2);
    pm_trace_map_write(&map, pm_query_find("spend"), &out);
    assert_non_null(strstr(out.text, "zone: \"Europe/Berlin\""));
    pm_outbuf_close(&out);
}

/* The whole row is no column: a filter and a key of several find nothing there. */
static void whole_rows_are_neither_filtered_nor_joined(void **state)
{
    static const struct expected expected[] = {
        {PM_TRACE_DEAD, PM_CODEC_MISSING, "user", 2, 0, 0, NULL},
    };
    const struct pm_trace_map map = map_of("spend", "fields:\n"
                                                    "  time: {column: t}\n"
                                                    "  user: {columns: [u, \"*\"], hash: yes}\n"
                                                    "  amount: {column: a}\n"
                                                    "filters:\n  f: {column: \"*\", is-not: x}\n");

    (void)state;
    assert_outcomes(&map, "t,u,a\n2024-01-01,a,1\n", expected, 1);
}

static void bad_mappings_are_refused_where_they_are_wrong(void **state)
{
    static const struct {
        const char *text, *where;
    } cases[] = {
        {"format: xml\nfields: {time: {column: a}}", "m.yaml:1:1: format"},
        {"fields:\n  time: {column: a}\n  user: {column: b}", "amount: missing"},
        {"fields:\n  tme: {column: a}", "m.yaml:2:3: no such field"},
        {"fields:\n  time: {colum: a}", "m.yaml:2:10: expected column"},
        {"fields:\n  time: {column: a, unit: h}", "unit: h"},
        {"fields:\n  time: {column: a, zone: Mars}", "zone: Mars"},
        {"fields:\n  amount: {column: a, hash: yes}", "only an integer"},
        {"fields:\n  amount: {column: a, unit: s}", "only times"},
        {"fields:\n  user: {columns: [a, b]}", "only a hash"},
        {"fields:\n  user: {columns: [a, b, c, d, e]}", "more than four"},
        {"fields:\n  user: {columns: []}", "empty list"},
        {"fields:\n  amount: a", "m.yaml:2:3: expected {column"},
        {"separator: \"\\\"\"\nfields: {time: {column: a}}", "separator"},
        {"columns: a", "expected format"},
        {"stream: clicks\nfields: {time: {column: a}}", "stream: expected one of payments"},
        {"fields:\n  time: {column: a}\n  user: {column: b}\n  amount: {column: c}\n"
         "filters:\n  f: {column: x, at-least: many}",
         "expected a number"},
    };
    struct pm_trace_map map;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_error error;
        assert_int_equal(parse(&map, "spend", cases[i].text, &error), PM_EINPUT);
        if (strstr(error.text, cases[i].where) == NULL)
            fail_msg("%s: without '%s'", error.text, cases[i].where);
    }
    struct pm_error error;
    assert_int_equal(parse(&map, "log-etl", "header: yes", &error), PM_EINPUT);
}

static void a_column_that_is_not_there_is_told_with_those_that_are(void **state)
{
    const struct pm_trace_map map = map_of("spend", payments_map);
    struct pm_trace_rows *rows = NULL;
    struct pm_error error;

    (void)state;
    pm_temp_file_write(LITERAL("when,who,amount,state\n1,2,3,4\n"));
    assert_int_equal(pm_trace_rows_open(&rows, pm_temp_file_path(), &map, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "no column 'total': it has when, who, amount, state"));
}

static void a_stream_of_texts_takes_whole_rows(void **state)
{
    const struct pm_trace_map map = map_of("route", "format: json\nfields:\n"
                                                    "  time: {column: t}\n"
                                                    "  key: {column: u}\n"
                                                    "  json: {column: \"*\"}\n");
    struct pm_trace_rows *rows = rows_of(&map, "{\"t\":\"2024-01-01\",\"u\":42}\n");
    struct pm_trace_outcome outcome;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    uint32_t size = 0;

    (void)state;
    assert_int_equal(pm_trace_rows_next(rows, &outcome, &record, &bytes, NULL), 1);
    assert_int_equal(outcome.fate, PM_TRACE_RECORD);
    assert_int_equal(record.key, 42);
    assert_int_equal(record.event_time_ns, NEW_YEAR);
    const char *text = pm_record_text(&record, &bytes, &size);
    assert_int_equal(size, 25);
    assert_memory_equal(text, "{\"t\":\"2024-01-01\",\"u\":42}", 25);
    pm_bytes_close(&bytes);
    pm_trace_rows_close(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_one_fate),
        cmocka_unit_test(a_default_stands_in_for_what_is_empty),
        cmocka_unit_test(json_members_are_named_by_their_path),
        cmocka_unit_test(a_key_of_several_columns_is_their_hash),
        cmocka_unit_test(a_mapping_that_was_written_reads_back_to_the_same),
        cmocka_unit_test(a_zone_by_name_moves_times_and_is_written),
        cmocka_unit_test(whole_rows_are_neither_filtered_nor_joined),
        cmocka_unit_test(bad_mappings_are_refused_where_they_are_wrong),
        cmocka_unit_test(a_column_that_is_not_there_is_told_with_those_that_are),
        cmocka_unit_test(a_stream_of_texts_takes_whole_rows),
    };
    return cmocka_run_group_tests(tests, pm_temp_file_make, pm_temp_file_remove);
}
