/* SPDX-License-Identifier: Apache-2.0 */
/* Hiccup monitor: one sample for each time it was due, readable while it runs. */
#include "pm_hiccup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pm_histogram *open_default(void)
{
    const struct pm_histogram_config config = PM_HISTOGRAM_CONFIG_INIT;
    struct pm_histogram *histogram = NULL;

    assert_int_equal(pm_histogram_open(&histogram, &config, NULL), 0);
    return histogram;
}

static void every_due_time_is_one_sample(void **state)
{
    struct pm_histogram *histogram = open_default();
    struct pm_histogram *seen = open_default();
    struct pm_hiccup *hiccup = NULL;
    const int64_t start_ns = pm_clock_ns();

    (void)state;
    assert_int_equal(pm_hiccup_start(&hiccup, histogram, PM_HICCUP_NAP_NS, NULL), 0);
    pm_clock_sleep_until(start_ns + 120 * PM_NS_PER_MS);
    assert_int_equal(pm_histogram_snapshot(seen, histogram, NULL), 0);
    pm_hiccup_stop(hiccup);

    /* As many samples as naps fit in, however the machine stalled; the start may take a while. */
    const uint64_t naps = (uint64_t)((pm_clock_ns() - start_ns) / PM_HICCUP_NAP_NS);

    assert_true(pm_histogram_count(seen) >= 10);
    assert_true(pm_histogram_count(histogram) >= pm_histogram_count(seen));
    assert_true(pm_histogram_count(histogram) <= naps);
    assert_int_equal(pm_histogram_negative(histogram), 0);
    pm_histogram_close(histogram);
    pm_histogram_close(seen);
}

static void naps_below_the_timer_are_refused(void **state)
{
    struct pm_histogram *histogram = open_default();
    struct pm_hiccup *hiccup = NULL;

    (void)state;
    assert_int_equal(pm_hiccup_start(&hiccup, histogram, 0, NULL), PM_EINPUT);
    assert_int_equal(pm_hiccup_start(&hiccup, histogram, 99999, NULL), PM_EINPUT);
    pm_hiccup_stop(NULL);
    pm_histogram_close(histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_due_time_is_one_sample),
        cmocka_unit_test(naps_below_the_timer_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
