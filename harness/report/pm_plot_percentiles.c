/* SPDX-License-Identifier: Apache-2.0 */
/* Latency by percentile: the picture that a run is known by. */
#include <math.h>
#include <string.h>

#include "pm_gnuplot.h"
#include "pm_picture.h"
#include "pm_plot.h"

#define TICKS  8u /* points a halving of the distance to 100 % */
#define FIRST  1u /* tick: the smallest latency of all would stretch the axis for one sample */
#define HEIGHT 520u
#define HALVES 40u /* 1 - 2^-40: beyond what any run can count */

/* What the curves cover. */
struct extent {
    double x_high;
    double low, high;
};

static double percentile_at(unsigned tick)
{
    return 100.0 * (1.0 - exp2(-(double)tick / TICKS));
}

/* The data block of one instance. Returns how many points it has; fewer than two are no curve. */
static unsigned add_curve(struct pm_outbuf *script, unsigned number,
                          const struct pm_histogram *latency, struct extent *extent)
{
    unsigned points = 0;

    pm_outbuf_add(script, "$curve%u << END_OF_CURVE\n", number);
    for (unsigned tick = FIRST; latency != NULL && tick <= TICKS * HALVES; tick++) {
        const double percentile = percentile_at(tick);
        const double x = exp2((double)tick / TICKS);
        if (!pm_histogram_supports(latency, percentile))
            break;
        const int64_t value = pm_histogram_percentile(latency, percentile);
        if (value == PM_HISTOGRAM_BEYOND)
            break;
        const double y = value > 0 ? (double)value : 1.0; /* a logarithmic axis has no 0 */
        pm_outbuf_add(script, "%.6g %.6g\n", x, y);
        extent->x_high = fmax(extent->x_high, x);
        extent->low = fmin(extent->low, y);
        extent->high = fmax(extent->high, y);
        points++;
    }
    pm_outbuf_add(script, "END_OF_CURVE\n");
    return points;
}

static void add_percent_axis(struct pm_outbuf *script, double x_high)
{
    static const char *const labels[] = {"10 %%",     "50 %%",      "90 %%",
                                         "99 %%",     "99.9 %%",    "99.99 %%",
                                         "99.999 %%", "99.9999 %%", "99.99999 %%"};
    static const char *const at[] = {"1.1111", "2", "10", "1e2", "1e3", "1e4", "1e5", "1e6", "1e7"};

    pm_outbuf_add(script, "set logscale x\nset xrange [1.09:%.6g]\nset xtics (", x_high);
    for (unsigned i = 0; i < sizeof at / sizeof at[0]; i++)
        pm_outbuf_add(script, "%s'%s' %s", i > 0 ? ", " : "", labels[i], at[i]);
    pm_outbuf_add(script, ")\n");
}

static struct pm_picture_key key_of(const struct pm_reading *reading, const unsigned *points)
{
    struct pm_picture_key key = {0};
    char legend[96];

    for (unsigned i = 0; i < reading->instances; i++) {
        const size_t length =
            strlen(pm_picture_legend(legend, sizeof legend, &reading->instance[i]));
        key.entries += points[i] >= 2;
        key.longest = points[i] >= 2 && length > key.longest ? (unsigned)length : key.longest;
    }
    return key;
}

static void add_plot(struct pm_outbuf *script, const struct pm_reading *reading,
                     const unsigned *points)
{
    char legend[96], quoted[224];
    const char *separator = "plot ";

    for (unsigned floor = 0; floor < 2; floor++) {
        for (unsigned i = 0; i < reading->instances; i++) {
            const struct pm_read_instance *const instance = &reading->instance[i];
            const struct pm_picture_ink *const ink = pm_picture_ink(reading, instance);
            if (points[i] < 2 || instance->is_floor != (floor == 1))
                continue;
            pm_picture_legend(legend, sizeof legend, instance);
            pm_outbuf_add(script,
                          "%s$curve%u with lines linewidth %s linecolor rgb '%s' dashtype %s "
                          "title %s",
                          separator, i, floor == 1 ? "2" : "2.5", ink->colour, ink->dash,
                          pm_gnuplot_quote(quoted, sizeof quoted, legend));
            separator = ", \\\n  ";
        }
    }
    pm_outbuf_add(script, "\n");
}

int pm_plot_percentiles(struct pm_outbuf *script, const struct pm_reading *reading,
                        enum pm_picture_format format)
{
    const struct pm_read_instance *const first = &reading->instance[0];
    struct extent extent = {2.0, 1e18, 1.0};
    unsigned points[PM_READING_INSTANCES_MAX];
    unsigned curves = 0;
    char title[128], below[256];

    pm_picture_begin(script, format, "percentiles", first->scenario, 900, HEIGHT);
    for (unsigned i = 0; i < reading->instances; i++) {
        points[i] = add_curve(script, i, reading->instance[i].latency, &extent);
        curves += points[i] >= 2;
    }
    if (curves == 0)
        return 0;
    snprintf(title, sizeof title, "%s: how late is a result?", first->scenario);
    pm_picture_title(script, HEIGHT, title,
                     pm_picture_settings(below, sizeof below, reading, true));
    add_percent_axis(script, extent.x_high);
    pm_picture_axis(script, extent.low, extent.high, 12);
    const struct pm_picture_key key = key_of(reading, points);
    pm_picture_key(script, "share of results that were at least this fast", &key);
    pm_outbuf_add(script, "set ylabel 'latency from due time' textcolor rgb '" PM_PICTURE_TEXT "'\n"
                          "set tmargin at screen 0.86\nset rmargin 5\n");
    add_plot(script, reading, points);
    return 1;
}
