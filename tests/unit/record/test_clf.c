/* SPDX-License-Identifier: Apache-2.0 */
/* Web server lines as they come: usual, odd and broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_codec.h"

#define HEAD "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "
#define TIME 971211336000000000LL

static void lines_of_real_logs_are_read(void **state)
{
    static const struct {
        const char *line, *host, *method, *path, *referer, *agent;
        int64_t time_ns, bytes;
        int status;
    } cases[] = {
        {HEAD "\"GET /a.gif HTTP/1.0\" 200 2326 \"http://x/\" \"Mozilla/4.08\"", "1.2.3.4", "GET",
         "/a.gif", "http://x/", "Mozilla/4.08", TIME, 2326, 200},
        {HEAD "\"POST /q?a=b&c HTTP/1.1\" 304 - \"-\" \"-\"\r\n", "1.2.3.4", "POST", "/q", "", "",
         TIME, 0, 304},
        {"2001:db8::1 - frank [x] [01/Jan/1970:01:30:00 +0130] \"PURGE * HTTP/2.0\" 404 0 "
         "\"a \\\"b\\\" c\" \"back\\\\\"",
         "2001:db8::1", "PURGE", "*", "a \\\"b\\\" c", "back\\\\", 0, 0, 404},
        {HEAD "\"GET / HTTP/1.1\" 200 5", "1.2.3.4", "GET", "/", "", "", TIME, 5, 200},
        {HEAD "\"GET / HTTP/1.1\" 200 5 \"r\" \"a\" \"1.1.1.1\" 0.004", "1.2.3.4", "GET", "/", "r",
         "a", TIME, 5, 200},
        {"host.example - j doe [29/Feb/2000:00:00:60 +0000] \"GET /\xff HTTP/1.1\" 500 9 \"\" \"\"",
         "host.example", "GET", "/\xff", "", "", 951782460000000000LL, 9, 500},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *line = cases[i].line;
        struct pm_clf clf;
        assert_int_equal(pm_clf_parse(line, (uint32_t)strlen(line), &clf), PM_CODEC_OK);
        const struct {
            const char *text;
            uint32_t at, size;
        } parts[] = {{cases[i].host, clf.host_at, clf.host_size},
                     {cases[i].method, clf.method_at, clf.method_size},
                     {cases[i].path, clf.path_at, clf.path_size},
                     {cases[i].referer, clf.referer_at, clf.referer_size},
                     {cases[i].agent, clf.agent_at, clf.agent_size}};
        for (size_t part = 0; part < 5; part++) {
            assert_int_equal(parts[part].size, strlen(parts[part].text));
            assert_memory_equal(line + parts[part].at, parts[part].text, parts[part].size);
        }
        assert_true(clf.time_ns == cases[i].time_ns);
        assert_true(clf.bytes == cases[i].bytes);
        assert_int_equal(clf.status, cases[i].status);
    }
}

static void anything_else_is_malformed(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        " ",
        "1.2.3.4",
        HEAD,
        HEAD "\"\\x16\\x03\\x01\" 400 226 \"-\" \"-\"", /* TLS sent to a plain port */
        HEAD "\"-\" 408 - \"-\" \"-\"",
        HEAD "\"GET /\" 200 1 \"-\" \"-\"",
        HEAD "\"GET /a b HTTP/1.1\" 200 1 \"-\" \"-\"",
        HEAD "\"GET / HTTP/1.1\" 20 1 \"-\" \"-\"",
        HEAD "\"GET / HTTP/1.1\" 200 1x \"-\" \"-\"",
        HEAD "\"GET / HTTP/1.1\" 200 99999999999999999999 \"-\" \"-\"",
        HEAD "\"GET / HTTP/1.1\" 200 1 \"-\"",
        HEAD "\"GET / HTTP/1.1\" 200 1 \"-\" \"-",
        HEAD "\"GET / HTTP/1.1\" 200 1 \"-\" \"-\"x",
        "1.2.3.4 - - [10/Okt/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
        "1.2.3.4 - - [10/Oct/2000:24:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
        "1.2.3.4 - - [00/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
        "1.2.3.4 - - [10/Oct/1969:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct pm_clf clf;
        if (pm_clf_parse(lines[i], (uint32_t)strlen(lines[i]), &clf) != PM_CODEC_MALFORMED)
            fail_msg("%s: read", lines[i]);
    }
}

static void columns_are_taken_by_name(void **state)
{
    static const struct pm_schema schema = {
        "access",
        6,
        {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("visitor"),
         PM_COLUMN_PAYLOAD("bytes", PM_TYPE_INTEGER, 0, 8, 0),
         PM_COLUMN_PAYLOAD("status", PM_TYPE_INTEGER, 8, 2, 0),
         PM_COLUMN_CHOICE("method", 10, 1, "GET POST"), PM_COLUMN_TEXT("path")},
    };
    static const char line[] = HEAD "\"POST /q?a HTTP/1.1\" 404 77 \"-\" \"-\"";
    struct pm_record record = {.key = 5};
    struct pm_bytes bytes = {0};
    uint32_t size = 0;

    (void)state;
    memcpy(pm_record_extend(&record, &bytes, sizeof line - 1), line, sizeof line - 1);
    assert_int_equal(pm_codec_decode(PM_CODEC_CLF, &schema, &record, &bytes), PM_CODEC_OK);
    assert_true(record.event_time_ns == TIME);
    assert_int_equal(record.key, 5);
    assert_int_equal(pm_schema_read(&schema.columns[2], &record, &bytes), 77);
    assert_int_equal(pm_schema_read(&schema.columns[3], &record, &bytes), 404);
    assert_int_equal(pm_schema_read(&schema.columns[4], &record, &bytes), 1);
    assert_memory_equal(pm_record_text(&record, &bytes, &size), "/q", 2);
    assert_int_equal(size, 2);
    pm_bytes_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_real_logs_are_read),
        cmocka_unit_test(anything_else_is_malformed),
        cmocka_unit_test(columns_are_taken_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
