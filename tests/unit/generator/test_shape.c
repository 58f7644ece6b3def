/* SPDX-License-Identifier: Apache-2.0 */
/* Rates that move: exact counts at every moment, whole in the mean, monotonic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "pm_shape.h"

#define SECOND PM_NS_PER_S

static struct pm_generator_settings settings_of(enum pm_schedule schedule)
{
    struct pm_generator_settings settings;

    pm_option_defaults(pm_generator_options, &settings);
    settings.schedule = (int)schedule;
    settings.spacing = PM_SPACING_EVEN;
    settings.rate_per_s = 10000;
    settings.duration_ns = 4 * SECOND;
    return settings;
}

static struct pm_generator *generator_of(const struct pm_generator_settings *settings)
{
    const struct pm_generator_config config = {
        .settings = *settings,
        .streams = 1,
        .stream = {{.partitions = 1, .share = 1, .codec = PM_CODEC_BINARY}},
    };
    struct pm_generator *generator = NULL;
    struct pm_error error = {0};

    if (pm_generator_open(&generator, &config, &error) != 0)
        fail_msg("%s", error.text);
    return generator;
}

/* Records that fall due in each of the @p bins equal parts of the schedule; their sum. */
static uint64_t count_bins(const struct pm_generator_settings *settings, uint64_t *bin,
                           unsigned bins)
{
    struct pm_generator *generator = generator_of(settings);
    struct pm_bytes bytes = {0};
    struct pm_record record;
    uint64_t sum = 0;
    int64_t last_ns = 0;

    for (unsigned i = 0; i < bins; i++)
        bin[i] = 0;
    while (pm_generator_next(generator, &record, &bytes) == 1) {
        if (pm_record_kind(&record) != PM_KIND_DATA)
            continue;
        assert_true(record.stamp_ns >= last_ns && record.stamp_ns < settings->duration_ns);
        last_ns = record.stamp_ns;
        bin[record.stamp_ns / (settings->duration_ns / bins)]++;
        sum++;
    }
    pm_generator_close(generator);
    return sum;
}

static void on_off_sends_a_period_in_its_first_part(void **state)
{
    struct pm_generator_settings settings = settings_of(PM_SCHEDULE_ON_OFF);
    uint64_t bin[40];

    (void)state;
    settings.length_ns = 200 * PM_NS_PER_MS;
    assert_int_equal(count_bins(&settings, bin, 40), 40000);
    for (unsigned i = 0; i < 40; i++) /* 100 ms each */
        assert_int_equal(bin[i], i % 10 < 2 ? 5000 : 0);
}

static void a_burst_ends_every_period_and_keeps_the_mean(void **state)
{
    struct pm_generator_settings settings = settings_of(PM_SCHEDULE_BURST);
    uint64_t bin[40];

    (void)state;
    settings.length_ns = 100 * PM_NS_PER_MS;
    settings.burst_factor = 11; /* 9 parts at 1, one at 11: a period has 20 */
    assert_int_equal(count_bins(&settings, bin, 40), 40000);
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(bin[i], i % 10 < 9 ? 500 : 5500);
}

/* By t, p/100 t + (100 - p)/(100 T) t^2 of the load have come, times the rate. */
static void a_ramp_is_a_straight_line(void **state)
{
    static const int64_t percents[] = {0, 20, 100, 180, 200};

    (void)state;
    for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++) {
        struct pm_generator_settings settings = settings_of(PM_SCHEDULE_RAMP);
        const int64_t p = percents[i];
        uint64_t bin[16], sum = 0;
        settings.ramp_percent = p;
        assert_int_equal(count_bins(&settings, bin, 16), 40000);
        for (int64_t k = 1; k <= 16; k++) {
            sum += bin[k - 1];
            /* of 40000: p/100 k/16 + (100-p)/100 (k/16)^2; the record at the bound is the next's */
            const int64_t exact = (40000 * p * k * 16 + 40000 * (100 - p) * k * k) / 25600;
            assert_true((int64_t)sum - exact >= 0 && (int64_t)sum - exact <= 1);
        }
    }
}

/* Each due time is the last whole ns by which no more has come, also over a year. */
static void a_ramp_is_inverted_exactly(void **state)
{
    static const int64_t durations[] = {SECOND, 20 * SECOND, 365LL * 86400 * SECOND};

    (void)state;
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        for (int64_t p = 0; p <= 200; p += 25) {
            struct pm_generator_settings settings = settings_of(PM_SCHEDULE_RAMP);
            struct pm_shape shape;
            settings.ramp_percent = p;
            settings.duration_ns = durations[i];
            pm_shape_open(&shape, &settings);
            const __int128 whole = durations[i];
            for (int64_t n = 0; n < 1000; n++) {
                const int64_t even_ns = (int64_t)(whole * n / 1000);
                const __int128 t = pm_shape_due_ns(&shape, even_ns);
                assert_true(p * whole * t + (100 - p) * t * t <= 100 * whole * even_ns);
                assert_true(p * whole * (t + 1) + (100 - p) * (t + 1) * (t + 1) >
                            100 * whole * even_ns);
            }
        }
    }
}

static void a_period_that_the_duration_cuts_is_not_made_up_for(void **state)
{
    struct pm_generator_settings settings = settings_of(PM_SCHEDULE_ON_OFF);
    uint64_t bin[1];

    (void)state;
    settings.length_ns = 500 * PM_NS_PER_MS;
    settings.duration_ns = 1500 * PM_NS_PER_MS;
    assert_int_equal(count_bins(&settings, bin, 1), 20000);
    settings.duration_ns = 250 * PM_NS_PER_MS;
    assert_int_equal(count_bins(&settings, bin, 1), 5000);
}

/* Ten seeds: the counts of a moving Poisson process are Poisson counts of the moving rate. */
static void poisson_spacing_keeps_the_shape(void **state)
{
    struct pm_generator_settings settings = settings_of(PM_SCHEDULE_BURST);
    uint64_t bin[40];

    (void)state;
    settings.spacing = PM_SPACING_POISSON;
    settings.length_ns = 100 * PM_NS_PER_MS;
    settings.burst_factor = 11;
    for (settings.seed = 1; settings.seed <= 10; settings.seed++) {
        count_bins(&settings, bin, 40);
        for (unsigned i = 0; i < 40; i++) {
            const double expected = i % 10 < 9 ? 500 : 5500;
            assert_true(fabs((double)bin[i] - expected) < 5 * sqrt(expected));
        }
    }
}

static void the_peak_is_the_highest_rate(void **state)
{
    struct pm_generator_settings settings = settings_of(PM_SCHEDULE_ON_OFF);

    (void)state;
    assert_int_equal(pm_generator_peak(&settings), 50000);
    settings.schedule = PM_SCHEDULE_RAMP;
    assert_int_equal(pm_generator_peak(&settings), 18000);
    settings.schedule = PM_SCHEDULE_BURST;
    settings.length_ns = 100 * PM_NS_PER_MS;
    settings.burst_factor = 11;
    assert_int_equal(pm_generator_peak(&settings), 55000);
    settings.schedule = PM_SCHEDULE_POISSON;
    assert_int_equal(pm_generator_peak(&settings), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_off_sends_a_period_in_its_first_part),
        cmocka_unit_test(a_burst_ends_every_period_and_keeps_the_mean),
        cmocka_unit_test(a_ramp_is_a_straight_line),
        cmocka_unit_test(a_ramp_is_inverted_exactly),
        cmocka_unit_test(a_period_that_the_duration_cuts_is_not_made_up_for),
        cmocka_unit_test(poisson_spacing_keeps_the_shape),
        cmocka_unit_test(the_peak_is_the_highest_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
