/* SPDX-License-Identifier: Apache-2.0 */
/* Median and p99 of every engine in every scenario: one look at a whole suite. */
#include <math.h>
#include <string.h>

#include "pm_gnuplot.h"
#include "pm_picture.h"
#include "pm_plot.h"

#define HEIGHT       520u
#define NAMES_MAX    16u /* series of the picture */
#define PLACES_ROOMY 12u /* so many medians stand side by side in the larger type */

/* A series: all instances of one name. */
struct series {
    const char *name;
    struct pm_picture_ink ink;
    bool is_floor;
};

struct overview {
    struct pm_reading *const *readings;
    unsigned count;
    unsigned names;
    struct series series[NAMES_MAX];
    double low, high;
    struct pm_picture_key key;
};

static void add_series(struct overview *overview, const struct pm_reading *reading,
                       const struct pm_read_instance *instance)
{
    for (unsigned i = 0; i < overview->names; i++)
        if (strcmp(overview->series[i].name, instance->name) == 0)
            return;
    if (overview->names == NAMES_MAX)
        return;
    const unsigned length = (unsigned)strlen(instance->name) + (instance->is_floor ? 8 : 0);
    overview->series[overview->names++] =
        (struct series){instance->name, *pm_picture_ink(reading, instance), instance->is_floor};
    overview->key.entries++;
    overview->key.longest = length > overview->key.longest ? length : overview->key.longest;
}

static void take(struct overview *overview, const struct pm_read_figure *figure)
{
    if (figure->unknown == NULL && figure->value > 0) {
        overview->low = fmin(overview->low, figure->value);
        overview->high = fmax(overview->high, figure->value);
    }
}

static void survey(struct overview *overview)
{
    for (unsigned floor = 0; floor < 2; floor++)
        for (unsigned i = 0; i < overview->count; i++)
            for (unsigned j = 0; j < overview->readings[i]->instances; j++) {
                const struct pm_read_instance *const at = &overview->readings[i]->instance[j];
                if (at->is_floor != (floor == 1))
                    continue;
                add_series(overview, overview->readings[i], at);
                take(overview, &at->metric[PM_METRIC_P50]);
                take(overview, &at->metric[PM_METRIC_P99]);
            }
}

/* Columns: place, median, p99 (the median where there is none), the median as text. */
static void add_data(struct pm_outbuf *script, const struct overview *overview, unsigned number)
{
    const double offset = (number + 0.5) / overview->names * 0.8 - 0.4;
    char text[32];

    pm_outbuf_add(script, "$series%u << END_OF_SERIES\n", number);
    for (unsigned i = 0; i < overview->count; i++) {
        const struct pm_read_instance *const at =
            pm_reading_find(overview->readings[i], overview->series[number].name);
        if (at == NULL || at->metric[PM_METRIC_P50].unknown != NULL)
            continue;
        const double median = fmax(at->metric[PM_METRIC_P50].value, 1);
        const struct pm_read_figure *const p99 = &at->metric[PM_METRIC_P99];
        pm_picture_time(text, sizeof text, median);
        pm_outbuf_add(script, "%.4f %.6g %.6g \"%s%s\"\n", i + offset, median,
                      p99->unknown == NULL ? p99->value : median, text,
                      at->valid_runs == 0 ? "\\ninvalid" : "");
    }
    pm_outbuf_add(script, "END_OF_SERIES\n");
}

static void add_scenario_axis(struct pm_outbuf *script, const struct overview *overview)
{
    char label[128], rate[32], quoted[300];

    pm_outbuf_add(script, "set xrange [-0.5:%.1f]\nset xtics (", overview->count - 0.5);
    for (unsigned i = 0; i < overview->count; i++) {
        const struct pm_read_instance *const first = &overview->readings[i]->instance[0];
        snprintf(label, sizeof label, "%s, %s", first->scenario,
                 pm_picture_rate(rate, sizeof rate, first));
        pm_outbuf_add(script, "%s%s %u", i > 0 ? ", " : "",
                      pm_gnuplot_quote(quoted, sizeof quoted, label), i);
    }
    pm_outbuf_add(script, ") scale 0\nset grid noxtics\n");
}

static void add_plot(struct pm_outbuf *script, const struct overview *overview)
{
    const unsigned points = overview->names * overview->count > PLACES_ROOMY ? 9 : 11;
    char legend[96], quoted[224];
    const char *separator = "plot ";

    for (unsigned i = 0; i < overview->names; i++) {
        const struct series *const series = &overview->series[i];
        snprintf(legend, sizeof legend, "%s%s", series->name, series->is_floor ? " (floor)" : "");
        pm_outbuf_add(script,
                      "%s$series%u using 1:2:2:3 with yerrorbars pointtype %u pointsize 1 "
                      "linewidth 2.5 linecolor rgb '%s' title %s, \\\n  '' using 1:2:4 with labels "
                      "offset 0,-1 font ',%u' textcolor rgb '%s' notitle",
                      separator, i, series->ink.mark, series->ink.colour,
                      pm_gnuplot_quote(quoted, sizeof quoted, legend), points, series->ink.colour);
        separator = ", \\\n  ";
    }
    pm_outbuf_add(script, "\n");
}

int pm_plot_overview(struct pm_outbuf *script, struct pm_reading *const *readings, unsigned count,
                     enum pm_picture_format format)
{
    struct overview overview = {.readings = readings, .count = count, .low = 1e18, .high = 1.0};
    char below[256];

    survey(&overview);
    if (count == 0 || overview.high <= 1.0)
        return 0;
    pm_picture_begin(script, format, "overview", readings[0]->instance[0].scenario, 900, HEIGHT);
    for (unsigned i = 0; i < overview.names; i++)
        add_data(script, &overview, i);
    pm_picture_title(script, HEIGHT,
                     "How late is a result? (mark: median; bar: up to p99, where it is known)",
                     pm_picture_settings(below, sizeof below, readings[0], false));
    add_scenario_axis(script, &overview);
    pm_picture_axis(script, overview.low / 2, overview.high, 12);
    pm_picture_key(script, NULL, &overview.key);
    pm_outbuf_add(script, "set ylabel 'latency from due time' textcolor rgb '" PM_PICTURE_TEXT "'\n"
                          "set tmargin at screen 0.86\nset rmargin 3\nset errorbars 0.8\n");
    add_plot(script, &overview);
    return 1;
}
