/* SPDX-License-Identifier: Apache-2.0 */
/* The YAML reader: positions of every refusal, limits, the flat list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm_outbuf.h"
#include "pm_yaml.h"

static int parse(struct pm_yaml **out, const char *text, struct pm_error *error)
{
    return pm_yaml_parse(out, "a.yaml", text, strlen(text), error);
}

static void nested_keys_become_dotted_ones_with_positions(void **state)
{
    static const char text[] = "query: spend # a comment\r\n"
                               "watermark: {delay: '30s'}\n"
                               "variants:\n"
                               "  quick:\n"
                               "    rate: \"5k/s\"\n"
                               "    engines: [event, batch]";
    static const struct {
        const char *key, *value;
        uint32_t line, column;
    } expected[] = {
        {"query", "spend", 1, 1},
        {"watermark", NULL, 2, 1},
        {"watermark.delay", "30s", 2, 13},
        {"variants", NULL, 3, 1},
        {"variants.quick", NULL, 4, 3},
        {"variants.quick.rate", "5k/s", 5, 5},
        {"variants.quick.engines", "event, batch", 6, 5},
    };
    struct pm_yaml *yaml = NULL;

    (void)state;
    assert_int_equal(parse(&yaml, text, NULL), 0);
    assert_int_equal(yaml->count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < yaml->count; i++) {
        const struct pm_yaml_entry *entry = &yaml->entries[i];
        assert_string_equal(entry->key, expected[i].key);
        if (expected[i].value == NULL)
            assert_null(entry->value);
        else
            assert_string_equal(entry->value, expected[i].value);
        assert_int_equal(entry->line, expected[i].line);
        assert_int_equal(entry->column, expected[i].column);
    }
    assert_string_equal(pm_yaml_find(yaml, "query")->value, "spend");
    assert_null(pm_yaml_find(yaml, "quer"));
    pm_yaml_close(yaml);
}

static void an_empty_document_has_no_entries(void **state)
{
    static const char *const texts[] = {"",      "\n", "# only a comment",
                                        "---\n", "{}", "\xef\xbb\xbf# a mark of the byte order\n"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct pm_yaml *yaml = NULL;
        struct pm_error error = {0};
        const int rc = parse(&yaml, texts[i], &error);
        if (strcmp(texts[i], "---\n") == 0) { /* a document that is there and holds nothing */
            assert_int_equal(rc, PM_EINPUT);
            continue;
        }
        assert_int_equal(rc, 0);
        assert_int_equal(yaml->count, 0);
        pm_yaml_close(yaml);
    }
}

static void bad_documents_are_refused_by_position(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"a: 1\nb: 2\na: 3\n", "a.yaml:3:1: a stands twice: take it out here or in line 1"},
        {"a: {b: 1}\na.b: 2\n", "a.yaml:2:1: a.b stands twice: take it out here or in line 1"},
        {"a: 1\na: {b: 2}\n", "a.yaml:2:1: a stands twice: take it out here or in line 1"},
        {"a: &x 1\n", "a.yaml:1:4: an anchor: write each value where it belongs"},
        {"a: 1\nb: *x\n", "a.yaml:2:4: an alias: write the value itself"},
        {"a: &x {b: 1}\n", "a.yaml:1:4: an anchor: write each value where it belongs"},
        {"a: !!str 1\n", "a.yaml:1:4: a tag: write the plain value"},
        {"&x a: 1\n", "a.yaml:1:1: an anchor: write each value where it belongs"},
        {"a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document: one file is one scenario"},
        {"- a\n", "a.yaml:1:1: expected lines of 'setting: value'"},
        {"words\n", "a.yaml:1:1: expected lines of 'setting: value'"},
        {"a:\n", "a.yaml:1:3: no value: write one, or take the key out to have the default"},
        {"a: []\n", "a.yaml:1:1: an empty list: write one word or more"},
        {"a: [b, [c]]\n", "a.yaml:1:8: a list holds plain words only"},
        {"a: [b, {c: d}]\n", "a.yaml:1:8: a list holds plain words only"},
        {"[a]: 1\n", "a.yaml:1:1: expected the name of a setting"},
        {"a b: 1\n",
         "a.yaml:1:1: expected the name of a setting: letters, digits, '.', '_' and '-'"},
        {"\"\": 1\n",
         "a.yaml:1:1: expected the name of a setting: letters, digits, '.', '_' and '-'"},
        {"<<: 1\n",
         "a.yaml:1:1: expected the name of a setting: letters, digits, '.', '_' and '-'"},
        {"a: \"x\\0y\"\n", "a.yaml:1:4: a NUL in the text: take it out"},
        {"a: 1\n b: 2\n", "a.yaml:2:3: mapping values are not allowed in this context"},
        {"a: 1\n\tb: 2\n", "a.yaml:2:1: found a tab character that violates indentation"},
        {"a: {b: 1\n", "a.yaml:2:1: did not find expected ',' or '}'"},
        {"a: 'b\n", "a.yaml:2:1: found unexpected end of stream"},
        {"a: 1\nb: \x01\n", "a.yaml:2:4: control characters are not allowed"},
        {"a: 1\nbc: \xff\n", "a.yaml:2:5: not UTF-8: save the file in UTF-8"},
        {"\xff\xfe"
         "a",
         "a.yaml:1:1: not UTF-8: save the file in UTF-8"},
        {"a: caf\xc3\n", "a.yaml:1:7: not UTF-8: save the file in UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_yaml *yaml = NULL;
        struct pm_error error = {0};
        assert_int_equal(parse(&yaml, cases[i].text, &error), PM_EINPUT);
        assert_string_equal(error.text, cases[i].message);
        assert_null(yaml);
    }
}

static void a_nul_byte_is_refused_where_it_stands(void **state)
{
    struct pm_yaml *yaml = NULL;
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(pm_yaml_parse(&yaml, "a.yaml", "a: 1\nb\0: 2\n", 11, &error), PM_EINPUT);
    assert_string_equal(error.text, "a.yaml:2:2: a NUL byte: expected a text file in UTF-8");
}

/* A document of @p depth mappings within mappings. */
static void add_nest(struct pm_outbuf *text, unsigned depth)
{
    for (unsigned i = 1; i < depth; i++)
        pm_outbuf_add(text, "{a: ");
    pm_outbuf_add(text, "{a: 1");
    for (unsigned i = 0; i < depth; i++)
        pm_outbuf_add(text, "}");
}

static void depth_has_a_limit(void **state)
{
    struct pm_outbuf text = {0};
    struct pm_yaml *yaml = NULL;
    struct pm_error error = {0};

    (void)state;
    add_nest(&text, PM_YAML_DEPTH_MAX);
    assert_int_equal(parse(&yaml, text.text, NULL), 0);
    pm_yaml_close(yaml);
    text.used = 0;
    add_nest(&text, PM_YAML_DEPTH_MAX + 1);
    assert_int_equal(parse(&yaml, text.text, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "more than 32 mappings within mappings"));
    text.used = 0;
    add_nest(&text, 100000);
    assert_int_equal(parse(&yaml, text.text, &error), PM_EINPUT);
    pm_outbuf_close(&text);
}

static void keys_and_bytes_have_limits(void **state)
{
    struct pm_outbuf text = {0};
    struct pm_yaml *yaml = NULL;
    struct pm_error error = {0};

    (void)state;
    for (unsigned i = 0; i < PM_YAML_ENTRIES_MAX; i++)
        pm_outbuf_add(&text, "k%u: 1\n", i);
    assert_int_equal(parse(&yaml, text.text, NULL), 0);
    pm_yaml_close(yaml);
    pm_outbuf_add(&text, "more: 1\n");
    assert_int_equal(parse(&yaml, text.text, &error), PM_EINPUT);
    assert_string_equal(error.text, "a.yaml:1025:1: more than 1024 keys");
    while (text.used <= PM_YAML_BYTES_MAX)
        pm_outbuf_add(&text, "# a line that says nothing, again and again and again\n");
    assert_int_equal(parse(&yaml, text.text, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "longer than 1048576 bytes"));
    pm_outbuf_close(&text);
}

static void a_long_key_is_refused(void **state)
{
    struct pm_outbuf text = {0};
    struct pm_yaml *yaml = NULL;
    struct pm_error error = {0};

    (void)state;
    for (unsigned i = 0; i < PM_YAML_KEY_MAX - 1; i++)
        pm_outbuf_add(&text, "k");
    pm_outbuf_add(&text, ": 1\n");
    assert_int_equal(parse(&yaml, text.text, &error), PM_EINPUT);
    assert_string_equal(error.text, "a.yaml:1:1: this name is too long for a setting");
    pm_outbuf_close(&text);
}

/* What is hard on a parser that scans ahead or backtracks must still end at once. */
static void hostile_documents_end_quickly(void **state)
{
    static const char *const pieces[] = {"[",
                                         "{",
                                         "? ",
                                         "- ",
                                         "a: [",
                                         "\"",
                                         "'",
                                         "a",
                                         "&a ",
                                         "*a ",
                                         "!",
                                         "| ",
                                         "#",
                                         "%",
                                         "\n",
                                         "a:\n ",
                                         "\xf0\x9f\x98\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct pm_outbuf text = {0};
        struct pm_yaml *yaml = NULL;
        while (text.used + strlen(pieces[i]) < PM_YAML_BYTES_MAX)
            pm_outbuf_bytes(&text, pieces[i], strlen(pieces[i]));
        if (pm_yaml_parse(&yaml, "a.yaml", text.text, text.used, NULL) == 0)
            pm_yaml_close(yaml);
        pm_outbuf_close(&text);
    }
}

static void only_regular_files_are_read(void **state)
{
    char folder[] = "/tmp/pm_yaml_XXXXXX";
    char path[64];
    struct pm_yaml *yaml = NULL;
    struct pm_error error = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(pm_yaml_load(&yaml, folder, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "not a regular file"));
    snprintf(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(pm_yaml_load(&yaml, path, &error), PM_EINPUT);
    unlink(path);
    snprintf(path, sizeof path, "%s/none.yaml", folder);
    assert_int_equal(pm_yaml_load(&yaml, path, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "No such file"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("a: 1", file);
    fclose(file);
    assert_int_equal(pm_yaml_load(&yaml, path, &error), 0);
    assert_string_equal(yaml->entries[0].value, "1");
    pm_yaml_close(yaml);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nested_keys_become_dotted_ones_with_positions),
        cmocka_unit_test(an_empty_document_has_no_entries),
        cmocka_unit_test(bad_documents_are_refused_by_position),
        cmocka_unit_test(a_nul_byte_is_refused_where_it_stands),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(keys_and_bytes_have_limits),
        cmocka_unit_test(a_long_key_is_refused),
        cmocka_unit_test(hostile_documents_end_quickly),
        cmocka_unit_test(only_regular_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
