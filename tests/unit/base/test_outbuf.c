/* SPDX-License-Identifier: Apache-2.0 */
/* The growing text buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_outbuf.h"

static void text_and_bytes_are_appended(void **state)
{
    struct pm_outbuf out = {0};

    (void)state;
    pm_outbuf_add(&out, "%s=%d", "a", 1);
    pm_outbuf_bytes(&out, ";\0;", 3);
    pm_outbuf_add(&out, "%c", 'x');
    assert_int_equal(out.used, 7);
    assert_memory_equal(out.text, "a=1;\0;x", 8);
    pm_outbuf_close(&out);
    assert_null(out.text);
}

static void it_grows_past_every_boundary(void **state)
{
    struct pm_outbuf out = {0};

    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        pm_outbuf_add(&out, "%c", (int)('a' + i % 26));
        assert_int_equal(out.text[out.used], '\0');
    }
    assert_int_equal(out.used, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(out.text[i], 'a' + i % 26);
    pm_outbuf_close(&out);
}

static void a_failure_stays(void **state)
{
    struct pm_outbuf out = {0};

    (void)state;
    pm_outbuf_add(&out, "kept");
    pm_outbuf_bytes(&out, "", SIZE_MAX / 2);
    assert_true(out.failed);
    pm_outbuf_add(&out, "more");
    assert_string_equal(out.text, "kept");
    pm_outbuf_close(&out);
    assert_false(out.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_bytes_are_appended),
        cmocka_unit_test(it_grows_past_every_boundary),
        cmocka_unit_test(a_failure_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
