/* SPDX-License-Identifier: Apache-2.0 */
/* Error records, names and exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "pm_error.h"

static void text_is_formatted_and_the_code_returned(void **state)
{
    struct pm_error error;

    (void)state;
    assert_int_equal(pm_error_set(&error, PM_EINPUT, "line %d: %s", 7, "%n"), PM_EINPUT);
    assert_int_equal(error.code, PM_EINPUT);
    assert_string_equal(error.text, "line 7: %n");
}

static void long_text_is_cut_and_terminated(void **state)
{
    struct pm_error error;

    (void)state;
    pm_error_set(&error, PM_EIO, "%0500d", 1);
    assert_int_equal(strlen(error.text), sizeof error.text - 1);
}

static void a_missing_record_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(pm_error_set(NULL, PM_EBUSY, "x"), PM_EBUSY);
    assert_int_equal(pm_error_errno(NULL, PM_EBUSY, "x"), PM_EBUSY);
}

static void errno_is_spelled_out(void **state)
{
    struct pm_error error;

    (void)state;
    errno = ENOSPC;
    assert_int_equal(pm_error_errno(&error, PM_EIO, "%s", "log"), PM_EIO);
    assert_string_equal(error.text, "log: No space left on device");
}

static void codes_have_names_and_exit_codes(void **state)
{
    static const struct {
        int code;
        const char *name;
        int exit_code;
    } cases[] = {
        {PM_OK, "OK", 0},         {1, "OK", 0},
        {PM_EINPUT, "EINPUT", 2}, {PM_EWRONG, "EWRONG", 3},
        {PM_ENOMEM, "ENOMEM", 1}, {PM_EINTERNAL, "EINTERNAL", 70},
        {PM_ESKIP, "ESKIP", 77},  {PM_EINTERRUPTED, "EINTERRUPTED", 130},
        {-1000, "E?", 1},         {PM_EUNKNOWN, "EUNKNOWN", 10},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(pm_error_name(cases[i].code), cases[i].name);
        assert_int_equal(pm_error_exit_code(cases[i].code), cases[i].exit_code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_formatted_and_the_code_returned),
        cmocka_unit_test(long_text_is_cut_and_terminated),
        cmocka_unit_test(a_missing_record_is_allowed),
        cmocka_unit_test(errno_is_spelled_out),
        cmocka_unit_test(codes_have_names_and_exit_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
