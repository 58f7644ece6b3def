/* SPDX-License-Identifier: Apache-2.0 */
/* Zones by name: what the C library makes of a moment reads back to it, in every zone and year. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pm_calendar.h"
#include "pm_random.h"
#include "pm_trace_time.h"
#include "pm_zone_rule.h"

#define DATABASE "/usr/share/zoneinfo"
#define DAY_S    86400
#define FIRST_S  DAY_S
#define LAST_S   7258032000LL /* the last day of 2199 */
#define SEED     20240101
#define TRIES    4000

static bool has_database(void)
{
    return access(DATABASE "/Europe/Berlin", R_OK) == 0;
}

static int64_t local_of(int64_t utc_s)
{
    const time_t at = utc_s;
    struct tm tm;

    localtime_r(&at, &tm);
    return utc_s + tm.tm_gmtoff;
}

/* A time of the wall clock is the first moment at which the clock shows it, if there is one. */
static void assert_local(const struct pm_trace_zone *zone, int64_t local_s)
{
    int64_t utc_s = 0;

    if (pm_trace_zone_utc(zone, local_s, &utc_s))
        assert_int_equal(local_of(utc_s), local_s);
    else
        utc_s = INT64_MAX;
    for (int64_t near_s = local_s - 2 * DAY_S; near_s <= local_s + 2 * DAY_S; near_s += DAY_S / 2) {
        const int64_t other_s = local_s - (local_of(near_s) - near_s);
        if (local_of(other_s) == local_s)
            assert_true(utc_s <= other_s);
    }
}

static void every_zone_agrees_with_the_c_library(void **state)
{
    static const char *const names[] = {
        "Europe/Berlin",     "America/New_York", "America/St_Johns", "Australia/Lord_Howe",
        "Europe/Dublin",     "Asia/Kolkata",     "Pacific/Apia",     "America/Santiago",
        "Africa/Casablanca", "Antarctica/Troll", "Asia/Kathmandu",   "Etc/UTC"};
    struct pm_random random = pm_random_open(SEED, 0);
    struct pm_error error;

    (void)state;
    if (!has_database())
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct pm_trace_zone *zone = NULL;
        if (pm_trace_zone_open(&zone, names[i], &error) != 0)
            fail_msg("%s", error.text);
        setenv("TZ", names[i], 1);
        tzset();
        for (unsigned k = 0; k < TRIES; k++) {
            const int64_t at_s = pm_random_between(&random, FIRST_S, LAST_S);
            assert_local(zone, at_s);
            /* the hours around a change, where one follows within a week */
            for (int64_t next_s = at_s; next_s < at_s + 7 * DAY_S && k % 16 == 0; next_s += DAY_S) {
                if (local_of(next_s) - next_s == local_of(next_s + DAY_S) - next_s - DAY_S)
                    continue;
                for (int64_t minute = -120; minute < 30 * 60; minute += 10)
                    assert_local(zone, local_of(next_s) + 60 * minute);
            }
        }
        pm_trace_zone_close(zone);
    }
    unsetenv("TZ");
}

static void summer_time_begins_and_ends_as_the_rule_says(void **state)
{
    static const struct {
        const char *text, *utc; /* NULL: there is no such time */
    } cases[] = {
        {"2024-03-31 01:59:59", "2024-03-31 00:59:59"},
        {"2024-03-31 02:00:00", NULL},
        {"2024-03-31 02:59:59", NULL},
        {"2024-03-31 03:00:00", "2024-03-31 01:00:00"},
        {"2024-10-27 02:30:00", "2024-10-27 00:30:00"}, /* the first of both */
        {"2024-10-27 03:00:00", "2024-10-27 02:00:00"},
        {"2150-07-01 12:00:00", "2150-07-01 10:00:00"},
        {"2024-07-01T12:00:00Z", "2024-07-01 12:00:00"}, /* the text's own zone goes first */
    };
    struct pm_trace_time time = {0}, plain = {0};
    struct pm_trace_zone *zone = NULL;

    (void)state;
    if (!has_database())
        skip();
    assert_int_equal(pm_trace_time_set_zone(&time, "Europe/Berlin", NULL), 0);
    assert_int_equal(pm_trace_zone_open(&zone, time.zone, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t came = 0, expected = 0;
        const bool is_time =
            pm_trace_time_read(&time, zone, cases[i].text, (uint32_t)strlen(cases[i].text), &came);
        assert_int_equal(is_time, cases[i].utc != NULL);
        if (!is_time)
            continue;
        assert_true(pm_trace_time_read(&plain, NULL, cases[i].utc, (uint32_t)strlen(cases[i].utc),
                                       &expected));
        assert_true(came == expected);
    }
    pm_trace_zone_close(zone);
}

static void rules_are_read_and_their_days_found(void **state)
{
    static const struct {
        const char *text;
        int64_t standard_s, summer_s, start_month, start_day;
    } cases[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", 3600, 7200, 3, 31},
        {"EST5EDT,M3.2.0,M11.1.0", -18000, -14400, 3, 10},
        {"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", -10800, -7200, 3, 31},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 37800, 39600, 10, 6},
        {"XXX3YYY,J60,J365/23", -10800, -7200, 3, 1},
        {"XXX3YYY,59,J365/23", -10800, -7200, 2, 29},
        {"JST-9", 32400, 0, 0, 0},
    };
    static const char *const bad[] = {
        "",
        "C-1",
        "CET",
        "CET-1CEST",
        "CET-1CEST,M3.5.0",
        "CET-168",
        "CET-1:60",
        "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0",
        "<+01-1",
        "CET-1CEST,M3.5.0,M10.5.0x",
        "CET-1CEST,J0,J3",
        "CET-1CEST,366,3",
    };
    struct pm_zone_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(pm_zone_rule_read(&rule, cases[i].text, strlen(cases[i].text)));
        assert_int_equal(rule.standard_s, cases[i].standard_s);
        assert_int_equal(rule.has_summer, cases[i].start_month != 0);
        if (!rule.has_summer)
            continue;
        assert_int_equal(rule.summer_s, cases[i].summer_s);
        assert_int_equal(pm_zone_rule_day(&rule.start, 2024),
                         pm_calendar_day(2024, cases[i].start_month, cases[i].start_day));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(pm_zone_rule_read(&rule, bad[i], strlen(bad[i])));
}

static void names_lead_nowhere_else(void **state)
{
    static const char *const names[] = {
        "",        "Mars",           "../../etc/passwd", "/etc/passwd", "Europe",
        "tzdata.", "Europe/Berlin ", "zone.tab",         "Europe/",     "posixrules/../UTC"};
    struct pm_trace_zone *zone = NULL;
    struct pm_error error;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(pm_trace_zone_open(&zone, names[i], &error), PM_EINPUT);
        assert_non_null(strstr(error.text, "Europe/Berlin"));
    }
    assert_null(zone);
}

/* --- damaged files ---------------------------------------------------------------------------- */

static size_t read_berlin(uint8_t *bytes, size_t size)
{
    FILE *file = fopen(DATABASE "/Europe/Berlin", "rb");

    assert_non_null(file);
    const size_t got = fread(bytes, 1, size, file);
    fclose(file);
    return got;
}

static int open_bytes(const char *path, const uint8_t *bytes, size_t size)
{
    struct pm_trace_zone *zone = NULL;
    int64_t utc_s;
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    const int rc = pm_trace_zone_open(&zone, "Town", NULL);
    if (rc == 0)
        pm_trace_zone_utc(zone, 1700000000, &utc_s);
    pm_trace_zone_close(zone);
    return rc;
}

static void damaged_files_are_refused_or_read_within_bounds(void **state)
{
    static char folder[] = "/tmp/test_trace_zone.XXXXXX";
    struct pm_random random = pm_random_open(SEED, 1);
    uint8_t bytes[16384];
    char path[64];

    (void)state;
    if (!has_database())
        skip();
    const size_t size = read_berlin(bytes, sizeof bytes);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/Town", folder);
    setenv("TZDIR", folder, 1);
    assert_int_equal(open_bytes(path, bytes, size), 0);
    for (size_t cut = 0; cut < size; cut += cut < 200 ? 1 : 7)
        assert_int_equal(open_bytes(path, bytes, cut), PM_EINPUT);
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t damaged[sizeof bytes];
        memcpy(damaged, bytes, size);
        for (unsigned k = 0; k < 3; k++)
            damaged[pm_random_below(&random, i % 2 == 0 ? 100 : size)] =
                (uint8_t)pm_random_u64(&random);
        open_bytes(path, damaged, size);
    }
    unsetenv("TZDIR");
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_zone_agrees_with_the_c_library),
        cmocka_unit_test(summer_time_begins_and_ends_as_the_rule_says),
        cmocka_unit_test(rules_are_read_and_their_days_found),
        cmocka_unit_test(names_lead_nowhere_else),
        cmocka_unit_test(damaged_files_are_refused_or_read_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
