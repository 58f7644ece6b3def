/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of odd files: line ends, quotes, marks, lengths, compression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "pm_temp_file.h"
#include "pm_trace_reader.h"

#define LITERAL(text) text, sizeof text - 1

static struct pm_trace_reader *reader_of(const void *bytes, size_t size, char separator)
{
    struct pm_trace_reader *reader = NULL;
    struct pm_error error;

    pm_temp_file_write(bytes, size);
    if (pm_trace_reader_open(&reader, pm_temp_file_path(), separator, &error) != 0)
        fail_msg("%s", error.text);
    return reader;
}

struct expected {
    uint64_t line;
    const char *text;
};

static void assert_rows(const void *bytes, size_t size, char separator,
                        const struct expected *expected, size_t count)
{
    struct pm_trace_reader *reader = reader_of(bytes, size, separator);
    struct pm_trace_row row;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 1);
        assert_int_equal(row.line, expected[i].line);
        assert_int_equal(row.size, strlen(expected[i].text));
        assert_memory_equal(row.text, expected[i].text, row.size);
    }
    assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 0);
    pm_trace_reader_close(reader);
}

static void line_ends_and_marks_are_left_out(void **state)
{
    static const struct expected rows[] = {{1, "a,b"}, {2, "c\rd"}, {5, "e"}, {6, "f\r"}};

    (void)state;
    assert_rows(LITERAL("\xef\xbb\xbf"
                        "a,b\r\nc\rd\n\n\r\ne\nf\r"),
                ',', rows, 4);
}

static void quoted_line_ends_belong_to_the_row(void **state)
{
    static const struct expected rows[] = {{1, "1,\"two\nlines\",3"},
                                           {3, "\"a \"\"quote\"\"\n\n\",b"},
                                           {6, "it is 5\" wide,6"},
                                           {7, "z"}};

    (void)state;
    assert_rows(LITERAL("1,\"two\nlines\",3\n\"a \"\"quote\"\"\n\n\",b\nit is 5\" wide,6\nz"), ',',
                rows, 4);
}

static void lines_know_no_quotes(void **state)
{
    static const struct expected rows[] = {{1, "a \"b"}, {2, "c\""}};

    (void)state;
    assert_rows(LITERAL("a \"b\nc\"\n"), 0, rows, 2);
}

/* A quote that is never closed costs its line, in a short file and in a long one. */
static void an_open_quote_does_not_take_the_file_along(void **state)
{
    static const struct expected rows[] = {{1, "a,\"b"}, {2, "c,d"}, {3, "e,f"}};
    char *text = malloc(1 << 20);
    struct pm_trace_row row;
    size_t size = 0;

    (void)state;
    assert_non_null(text);
    assert_rows(LITERAL("a,\"b\nc,d\ne,f"), ',', rows, 3);
    for (unsigned i = 0; i < 100000; i++)
        size += (size_t)sprintf(text + size, i == 7 ? "x,\"y\n" : "x,yy\n");
    struct pm_trace_reader *reader = reader_of(text, size, ',');
    for (uint64_t line = 1; line <= 100000; line++) {
        assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 1);
        assert_int_equal(row.line, line);
        assert_int_equal(row.size, 4);
    }
    assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 0);
    pm_trace_reader_close(reader);
    free(text);
}

/* Rows around a line of 10 MB keep their text and their numbers; the long one is cut. */
static void a_line_of_ten_megabytes_is_cut_and_passed(void **state)
{
    const size_t large = 10u << 20;
    char *text = malloc(large + 16);
    static const char separators[] = {0, ','};

    (void)state;
    assert_non_null(text);
    memcpy(text, "a\n", 2);
    memset(text + 2, 'x', large);
    memcpy(text + 2 + large, "\nb\n", 3);
    for (size_t i = 0; i < sizeof separators; i++) {
        struct pm_trace_reader *reader = reader_of(text, large + 5, separators[i]);
        struct pm_trace_row row;
        assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 1);
        assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 1);
        assert_int_equal(row.line, 2);
        assert_int_equal(row.size, PM_TRACE_ROW_MAX + 1);
        assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 1);
        assert_int_equal(row.line, 3);
        assert_int_equal(row.size, 1);
        assert_int_equal(row.text[0], 'b');
        assert_int_equal(pm_trace_reader_next(reader, &row, NULL), 0);
        pm_trace_reader_close(reader);
    }
    free(text);
}

static size_t gzip_bytes(const char *text, size_t size, unsigned char *to, size_t room)
{
    z_stream gzip = {.next_in = (Bytef *)(uintptr_t)text,
                     .avail_in = (uInt)size,
                     .next_out = to,
                     .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&gzip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&gzip, Z_FINISH), Z_STREAM_END);
    deflateEnd(&gzip);
    return gzip.total_out;
}

/* Two members or frames behind each other are one file; cut anywhere within, it is refused. */
static void compressed_files_are_read_and_truncation_is_told(void **state)
{
    static const struct expected rows[] = {{1, "one"}, {2, "twothree"}, {3, "four"}};
    unsigned char bytes[400];

    (void)state;
    for (int zstd = 0; zstd < 2; zstd++) {
        size_t first, size;
        if (zstd != 0) {
            first = ZSTD_compress(bytes, 200, "one\ntwo", 7, 3);
            size = first + ZSTD_compress(bytes + first, 200, "three\nfour\n", 11, 3);
        } else {
            first = gzip_bytes("one\ntwo", 7, bytes, 200);
            size = first + gzip_bytes("three\nfour\n", 11, bytes + first, 200);
        }
        assert_rows(bytes, size, ',', rows, 3);
        for (size_t cut = 4; cut < size; cut++) {
            struct pm_trace_reader *reader = NULL;
            struct pm_trace_row row;
            struct pm_error error;
            pm_temp_file_write(bytes, cut);
            int rc = pm_trace_reader_open(&reader, pm_temp_file_path(), ',', &error);
            if (rc == 0)
                do
                    rc = pm_trace_reader_next(reader, &row, &error);
                while (rc == 1);
            /* Cut where a member ends it is a whole file. */
            assert_int_equal(rc, cut == first ? 0 : PM_EINPUT);
            pm_trace_reader_close(reader);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_and_marks_are_left_out),
        cmocka_unit_test(quoted_line_ends_belong_to_the_row),
        cmocka_unit_test(lines_know_no_quotes),
        cmocka_unit_test(an_open_quote_does_not_take_the_file_along),
        cmocka_unit_test(a_line_of_ten_megabytes_is_cut_and_passed),
        cmocka_unit_test(compressed_files_are_read_and_truncation_is_told),
    };
    return cmocka_run_group_tests(tests, pm_temp_file_make, pm_temp_file_remove);
}
