/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of CSV and JSON as other programs must read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "pm_rows_text.h"

struct pair {
    const char *text, *written;
};

static void assert_pairs(void (*write)(FILE *, const char *, uint32_t), const struct pair *pairs,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        assert_non_null(to);
        write(to, pairs[i].text, (uint32_t)strlen(pairs[i].text));
        assert_int_equal(fclose(to), 0);
        assert_string_equal(text, pairs[i].written);
        free(text);
    }
}

static void csv_is_quoted_and_starts_no_formula(void **state)
{
    static const struct pair pairs[] = {
        {"plain", "plain"},
        {"", ""},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"=1+2", "'=1+2"},
        {"+49 30", "'+49 30"},
        {"-5", "'-5"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\tx", "'\tx"},
        {"\rx", "\"'\rx\""},
        {"=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""},
        {"a=b", "a=b"},
    };

    (void)state;
    assert_pairs(pm_rows_text_csv, pairs, sizeof pairs / sizeof pairs[0]);
}

static void json_is_escaped_and_always_utf_8(void **state)
{
    static const struct pair pairs[] = {
        {"plain", "\"plain\""},         {"\"\\\n", "\"\\\"\\\\\\u000a\""},
        {"\x1b[0m", "\"\\u001b[0m\""},  {"\xc3\xa9", "\"\xc3\xa9\""},
        {"\xff.", "\"\xef\xbf\xbd.\""}, {"=1", "\"=1\""},
    };

    (void)state;
    assert_pairs(pm_rows_text_json, pairs, sizeof pairs / sizeof pairs[0]);
}

static void numbers_are_written_by_their_type(void **state)
{
    static const struct {
        struct pm_column column;
        int64_t value;
        const char *text;
    } cases[] = {
        {PM_COLUMN_EVENT_TIME("t"), 1704067500000000000, "2024-01-01T00:05:00Z"},
        {PM_COLUMN_EVENT_TIME("t"), 1704067500250000000, "2024-01-01T00:05:00.25Z"},
        {PM_COLUMN_EVENT_TIME("t"), 1, "1970-01-01T00:00:00.000000001Z"},
        {PM_COLUMN_EVENT_TIME("t"), -1000000000, "1969-12-31T23:59:59Z"},
        {PM_COLUMN_EVENT_TIME("t"), INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
        {PM_COLUMN_PAYLOAD("m", PM_TYPE_MONEY, 0, 8, 0), -5, "-0.05"},
        {PM_COLUMN_PAYLOAD("d", PM_TYPE_DECIMAL, 0, 8, 3), 1500, "1.500"},
        {PM_COLUMN_KEY("k"), -7, "-7"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[40];
        *pm_rows_text_number(text, &cases[i].column, cases[i].value) = '\0';
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_quoted_and_starts_no_formula),
        cmocka_unit_test(json_is_escaped_and_always_utf_8),
        cmocka_unit_test(numbers_are_written_by_their_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
