/* SPDX-License-Identifier: Apache-2.0 */
/* Broken and odd texts: where each goes, and with which word of fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client_bench.h"

#define DROPPED (-1)

/* A text and the output that its row must have; of a dead letter also the fault. */
struct text_case {
    const char *text;
    int output;
    enum pm_codec_fault fault;
};

static void check_texts(const char *query, unsigned dead_letters, const struct text_case *cases,
                        size_t count)
{
    struct query_fixture fixture;
    struct client_bench bench;

    query_fixture_open(&fixture, query, NULL);
    client_bench_open(&bench, &fixture, 4, 0);
    for (size_t i = 0; i < count; i++) {
        const size_t before = bench.count;
        const size_t length = strlen(cases[i].text);
        char *const tight = malloc(length + 1); /* a read beyond it is seen by a sanitizer */
        uint32_t size;

        assert_non_null(tight);
        memcpy(tight, cases[i].text, length);
        assert_int_equal(client_bench_text(&bench, 3, 41, tight, length), 0);
        free(tight);
        if (bench.count != before + (cases[i].output != DROPPED ? 1 : 0))
            fail_msg("%s: %s: %zu rows", query, cases[i].text, bench.count - before);
        if (cases[i].output == DROPPED)
            continue;
        const struct pm_record *const row = &bench.rows[before];
        if ((int)pm_record_stream(row) != cases[i].output)
            fail_msg("%s: %s: went to %u", query, cases[i].text, pm_record_stream(row));
        const char *const text = client_bench_text_of(&bench, before, &size);
        assert_int_equal(size, length);
        assert_memory_equal(text, cases[i].text, size);
        assert_int_equal(row->id, pm_record_id(3, 41));
        if (pm_record_stream(row) != dead_letters)
            continue;
        if (row->payload[0] != cases[i].fault)
            fail_msg("%s: %s: fault %u", query, cases[i].text, (unsigned)row->payload[0]);
        assert_int_equal(row->payload[1], 42); /* its line */
        assert_int_equal(row->payload[2], 0);
    }
    client_bench_close(&bench);
    query_fixture_close(&fixture);
}

#define ORDER(amount_, region_)                                                                    \
    "{\"time\":5,\"user\":6,\"order\":7,\"amount\":" amount_ ",\"region\":" region_ "}"

static void an_order_goes_to_its_region_or_to_the_dead_letters(void **state)
{
    static const struct text_case cases[] = {
        {ORDER("8.90", "\"us-east\""), 0, PM_CODEC_OK},
        {ORDER("8", "\"oceania\""), 7, PM_CODEC_OK},
        {ORDER("89e-1", "\"africa\""), 6, PM_CODEC_OK},
        {ORDER("90071992547409.91", "\"africa\""), 6, PM_CODEC_OK},
        {"{\"region\":\"eu-north\",\"amount\":1,\"x\":[{}],\"order\":7,\"user\":6,\"time\":5}", 2,
         PM_CODEC_OK},
        {"", 8, PM_CODEC_MALFORMED},
        {"{", 8, PM_CODEC_MALFORMED},
        {"[1]", 8, PM_CODEC_MALFORMED},
        {"7", 8, PM_CODEC_MALFORMED},
        {ORDER("8.90", "\"us-east\"") "x", 8, PM_CODEC_MALFORMED},
        {ORDER("8.90", "\"\xff\""), 8, PM_CODEC_MALFORMED},
        {"{}", 8, PM_CODEC_MISSING},
        {"{\"time\":5,\"user\":6,\"order\":7,\"amount\":8}", 8, PM_CODEC_MISSING},
        {ORDER("8.901", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("\"8\"", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("null", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("1e17", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("92233720368547759", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("99999999999999999999", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("1e999", "\"us-east\""), 8, PM_CODEC_TYPE},
        {ORDER("8.90", "\"mars\""), 8, PM_CODEC_TYPE},
        {ORDER("8.90", "3"), 8, PM_CODEC_TYPE},
        {"{\"amount\":\"x\"}", 8, PM_CODEC_TYPE}, /* counts before what is absent */
    };

    (void)state;
    check_texts("route", 8, cases, sizeof cases / sizeof *cases);
}

#define PAYMENT(amount_) "{\"time\":5,\"user\":6,\"payment\":7,\"amount\":" amount_ "}"

static void only_payments_above_the_limit_are_kept(void **state)
{
    static const struct text_case cases[] = {
        {PAYMENT("1000.00"), DROPPED, PM_CODEC_OK},
        {PAYMENT("1000.01"), 0, PM_CODEC_OK},
        {PAYMENT("-5"), DROPPED, PM_CODEC_OK},
        {PAYMENT("\"much\""), 1, PM_CODEC_TYPE},
        {"{\"time\":5,\"user\":6,\"payment\":7}", 1, PM_CODEC_MISSING},
        {"{\"time\":5,\"user\":6,\"payme", 1, PM_CODEC_MALFORMED},
    };

    (void)state;
    check_texts("high-value", 1, cases, sizeof cases / sizeof *cases);
}

#define TIME                    "[10/Oct/2000:13:55:36 -0700]"
#define LINE(request_, answer_) "h - - " TIME " \"" request_ "\" " answer_

static void a_line_goes_to_its_class_or_to_the_dead_letters(void **state)
{
    static const struct text_case cases[] = {
        {LINE("GET / HTTP/1.1", "200 1"), 0, PM_CODEC_OK},
        {LINE("GET /a HTTP/1.1", "304 -") "\r\n", 1, PM_CODEC_OK},
        {LINE("GET /a HTTP/1.1", "404 1 \"-\" \"agent \\\" x\""), 2, PM_CODEC_OK},
        {LINE("GET /a HTTP/1.1", "599 1 \"-\" \"-\" more"), 3, PM_CODEC_OK},
        {"h - [x] " TIME " \"GET / HTTP/1.1\" 200 1", 0, PM_CODEC_OK},
        {LINE("GET /a/b.CSS?v=1 HTTP/1.1", "200 1"), DROPPED, PM_CODEC_OK},
        {LINE("GET /a.css/b HTTP/1.1", "200 1"), 0, PM_CODEC_OK},
        {LINE("GET /a?x=b.css HTTP/1.1", "200 1"), 0, PM_CODEC_OK},
        {LINE("GET /a HTTP/1.1", "199 1"), 4, PM_CODEC_TYPE},
        {LINE("GET /a HTTP/1.1", "600 1"), 4, PM_CODEC_TYPE},
        {"", 4, PM_CODEC_MALFORMED},
        {" - - " TIME " \"GET / HTTP/1.1\" 200 1", 4, PM_CODEC_MALFORMED},
        {"h - - [32/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1", 4, PM_CODEC_MALFORMED},
        {"h - - [10/Xxx/2000:13:55:36 -0700] \"GET / HTTP/1.1\" 200 1", 4, PM_CODEC_MALFORMED},
        {"h - - [10/Oct/2000:13:55:36 0700] \"GET / HTTP/1.1\" 200 1", 4, PM_CODEC_MALFORMED},
        {"h - - [10/Oct/2000:13:55", 4, PM_CODEC_MALFORMED},
        {"h - - " TIME " \"GET / HTTP", 4, PM_CODEC_MALFORMED},
        {"h - - " TIME " \"GET / HTTP/1.1\\", 4, PM_CODEC_MALFORMED},
        {LINE("GET /", "200 1"), 4, PM_CODEC_MALFORMED},
        {LINE("GET  HTTP/1.1", "200 1"), 4, PM_CODEC_MALFORMED},
        {LINE("GET / x HTTP/1.1", "200 1"), 4, PM_CODEC_MALFORMED},
        {LINE("GET / FTP/1.1", "200 1"), 4, PM_CODEC_MALFORMED},
        {LINE("GET / HTTP/1.1", "20 1"), 4, PM_CODEC_MALFORMED},
        {LINE("GET / HTTP/1.1", "200 "), 4, PM_CODEC_MALFORMED},
        {LINE("GET / HTTP/1.1", "200 1x"), 4, PM_CODEC_MALFORMED},
        {LINE("GET / HTTP/1.1", "200 99999999999999999999"), 4, PM_CODEC_MALFORMED},
        {LINE("GET / HTTP/1.1", "200 1 \"-\""), 4, PM_CODEC_MALFORMED},
        {LINE("GET / HTTP/1.1", "200 1 \"-\" \"cut"), 4, PM_CODEC_MALFORMED},
    };

    (void)state;
    check_texts("log-etl", 4, cases, sizeof cases / sizeof *cases);
}

/* What any text longer than a record may be is, whatever it holds. */
static void a_text_that_is_too_long_is_a_dead_letter(void **state)
{
    static const struct {
        const char *query;
        unsigned dead_letters;
    } cases[] = {{"route", 8}, {"high-value", 1}, {"log-etl", 4}};
    const size_t size = PM_CODEC_TEXT_MAX + 1;
    char *const text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, ' ', size);
    for (unsigned i = 0; i < 3; i++) {
        struct query_fixture fixture;
        struct client_bench bench;

        query_fixture_open(&fixture, cases[i].query, NULL);
        client_bench_open(&bench, &fixture, 1, 0);
        assert_int_equal(client_bench_text(&bench, 0, 0, text, size), 0);
        assert_int_equal(bench.count, 1);
        assert_int_equal(pm_record_stream(&bench.rows[0]), cases[i].dead_letters);
        assert_int_equal(bench.rows[0].payload[0], PM_CODEC_TOO_LONG);
        client_bench_close(&bench);
        query_fixture_close(&fixture);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_goes_to_its_region_or_to_the_dead_letters),
        cmocka_unit_test(only_payments_above_the_limit_are_kept),
        cmocka_unit_test(a_line_goes_to_its_class_or_to_the_dead_letters),
        cmocka_unit_test(a_text_that_is_too_long_is_a_dead_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
