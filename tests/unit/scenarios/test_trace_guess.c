/* SPDX-License-Identifier: Apache-2.0 */
/* A guessed mapping: the stream that a file is like, and what goes into its fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_trace_guess.h"
#include "pm_trace_map_load.h"

static char folder[] = "/tmp/test_trace_guess.XXXXXX";
static char path[64];

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static int guess(struct pm_trace_map *map, const char *query, const char *stream, const char *name,
                 const char *text, struct pm_error *error)
{
    enum pm_trace_kind kind;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    const int rc = pm_trace_guess(map, &kind, path, pm_query_find(query), stream, error);
    unlink(path);
    return rc;
}

/* What each field of the map is read from, a blank between; '#' says hashed, '=' a constant. */
static const char *sources(const struct pm_trace_map *map)
{
    static char text[256];
    size_t used = 0;

    for (unsigned i = 0; i < map->fields; i++) {
        const struct pm_trace_field *field = &map->field[i];
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s", i > 0 ? " " : "",
                             field->source, field->hashed ? "#" : "", field->has_value ? "=" : "");
    }
    return text;
}

static void a_file_goes_to_the_stream_that_it_is_like(void **state)
{
    static const struct {
        const char *query, *stream, *name, *text;
        unsigned number;
        const char *sources;
    } cases[] = {
        /* page is called so: it is not taken for the click's number, though it stands before */
        {"enrich", NULL, "a.csv", "at,who,page,id\n2024-01-01,ann,7,1\n", 0, "at who# id page"},
        {"enrich", NULL, "a.csv", "since;name;tier;credit\n2024-01-01;ann;gold;1.5\n", 1,
         "since name# tier credit"},
        /* nothing but the file's name tells them apart */
        {"enrich", NULL, "my-profiles.csv", "t,u\n2024-01-01,x\n", 1, "t u# = ="},
        {"enrich", NULL, "my-clicks.csv", "t,user\n2024-01-01,x\n", 0, "t user# = ="},
        {"enrich", "clicks", "profiles.csv", "t,user,tier\n2024-01-01,x,gold\n", 0, "t user# = ="},
        {"abandonment", NULL, "carts.csv", "t,user,value,items\n2024-01-01,3,9.99,2\n", 2,
         "t user value items"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pm_trace_map map;
        struct pm_error error;
        if (guess(&map, cases[i].query, cases[i].stream, cases[i].name, cases[i].text, &error) != 0)
            fail_msg("%s", error.text);
        assert_int_equal(map.stream, cases[i].number);
        assert_string_equal(sources(&map), cases[i].sources);
    }
}

static void what_cannot_be_guessed_is_said(void **state)
{
    struct pm_trace_map map;
    struct pm_error error;

    (void)state;
    assert_int_equal(guess(&map, "enrich", "nothing", "a.csv", "t,u\n2024-01-01,1\n", &error),
                     PM_EINPUT);
    assert_non_null(strstr(error.text, "--stream nothing"));
    assert_int_equal(guess(&map, "enrich", NULL, "a.csv", "t,u\nnever,1\n", &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "no column holds times"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_goes_to_the_stream_that_it_is_like),
        cmocka_unit_test(what_cannot_be_guessed_is_said),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
