/* SPDX-License-Identifier: Apache-2.0 */
/* Which settings of the Kafka client pass, and what of them is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pm_kafka_settings.h"

static void known_settings_pass(void **state)
{
    const char *const client[] = {"bootstrap.servers=a:1,b:2", "linger.ms=5", "sasl.password=a=b",
                                  "ssl.ca.location=/ca.pem", NULL};
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(pm_kafka_settings_check(client, &error), 0);
    assert_int_equal(pm_kafka_settings_check(NULL, &error), 0);
    assert_string_equal(pm_kafka_settings_get(client, "sasl.password"), "a=b");
    assert_null(pm_kafka_settings_get(client, "linger"));
}

static void the_last_of_two_counts(void **state)
{
    const char *const client[] = {"linger.ms=5", "linger.ms=20", NULL};

    (void)state;
    assert_string_equal(pm_kafka_settings_get(client, "linger.ms"), "20");
}

static void what_is_not_listed_is_refused(void **state)
{
    static const char *const refused[] = {
        "plugin.library.paths=/tmp/x.so",
        "enable.ssl.certificate.verification=false",
        "sasl.kerberos.kinit.cmd=rm",
        "debug=all",
        "acks=1",
        "enable.auto.commit=true",
        "auto.offset.reset=earliest",
        "queued.min.messages=1000",
        "group.id=x",
        "linger.ms",
        "linger.ms=",
        "=5",
        "",
        "Linger.ms=5",
        "linger.ms =5",
        "\033[2J=1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *const client[] = {"linger.ms=5", refused[i], NULL};
        struct pm_error error = {0};

        assert_int_equal(pm_kafka_settings_check(client, &error), PM_EINPUT);
        assert_non_null(strstr(error.text, "kafka client"));
        assert_null(strchr(error.text, '\033'));
    }
}

static void too_long_a_value_is_refused(void **state)
{
    static char text[2000] = "client.id=";
    const char *const client[] = {text, NULL};

    (void)state;
    memset(text + strlen(text), 'x', 1500);
    assert_int_equal(pm_kafka_settings_check(client, NULL), PM_EINPUT);
}

static const struct pm_kafka_setting *row_of(const char *name)
{
    for (const struct pm_kafka_setting *row = pm_kafka_settings; row->name != NULL; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static void secrets_are_hidden(void **state)
{
    static const struct {
        const char *name, *value, *shown;
    } cases[] = {
        {"sasl.password", "top", "[hidden]"},
        {"ssl.key.password", "top", "[hidden]"},
        {"sasl.pasword", "top", "[hidden]"},
        {"linger.ms", "5\033", "5?"},
    };
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(
            pm_kafka_setting_value(buffer, sizeof buffer, row_of(cases[i].name), cases[i].value),
            cases[i].shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_settings_pass),
        cmocka_unit_test(the_last_of_two_counts),
        cmocka_unit_test(what_is_not_listed_is_refused),
        cmocka_unit_test(too_long_a_value_is_refused),
        cmocka_unit_test(secrets_are_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
