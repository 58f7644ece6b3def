/* SPDX-License-Identifier: Apache-2.0 */
/* Latency over time: a panel an instance, so that a stall of one hides nothing of another. */
#include <math.h>
#include <string.h>

#include "pm_gnuplot.h"
#include "pm_picture.h"
#include "pm_plot.h"

#define POINTS_MAX   600u
#define PANEL_HEIGHT 150u
#define HEAD_HEIGHT  70u
#define FOOT_HEIGHT  56u

/* The common axes, and how many moments one point stands for. */
struct frame {
    unsigned panels;
    unsigned bucket;
    double interval; /* of a moment, in seconds */
    double length;   /* of one run: runs stand end to end */
    unsigned runs;
    double low, high;
};

static unsigned height_of(const struct frame *frame)
{
    return HEAD_HEIGHT + PANEL_HEIGHT * frame->panels + FOOT_HEIGHT;
}

static void widen(struct frame *frame, double value)
{
    if (value > 0) {
        frame->low = fmin(frame->low, value);
        frame->high = fmax(frame->high, value);
    }
}

static void take_instance(struct frame *frame, const struct pm_moment *moments, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct pm_moment *const moment = &moments[i];
        const double step = i > 0 ? moment->second - moments[i - 1].second : 0;

        widen(frame, moment->p50);
        widen(frame, moment->max);
        if (step > 0)
            frame->interval = fmin(frame->interval, step);
        frame->length = fmax(frame->length, moment->second);
        frame->runs = moment->run > frame->runs ? moment->run : frame->runs;
    }
}

static struct frame frame_of(const struct pm_reading *reading, const struct pm_moments *moments)
{
    struct frame frame = {.low = 1e18, .high = 1.0, .interval = INFINITY};
    unsigned longest = 0;

    for (unsigned i = 0; i < reading->instances; i++) {
        frame.panels += moments->counts[i] > 0;
        longest = moments->counts[i] > longest ? moments->counts[i] : longest;
        take_instance(&frame, moments->of[i], moments->counts[i]);
    }
    if (isinf(frame.interval)) /* a moment a run */
        frame.interval = 1.0;
    frame.length += frame.interval;
    frame.bucket = (longest + POINTS_MAX - 1) / POINTS_MAX;
    return frame;
}

static void add_worst(struct pm_moment *into, const struct pm_moment *from)
{
    into->p50 = fmax(into->p50, from->p50);
    into->p99 = fmax(into->p99, from->p99);
    into->max = fmax(into->max, from->max);
}

static void add_value(struct pm_outbuf *script, double value)
{
    if (value < 0)
        pm_outbuf_add(script, " NaN");
    else
        pm_outbuf_add(script, " %.6g", fmax(value, 1)); /* a logarithmic axis has no 0 */
}

/* A blank line ends a line of the picture: between runs, and where nothing was due. */
static void add_point(struct pm_outbuf *script, const struct frame *frame,
                      const struct pm_moment *moment)
{
    if (moment->max >= 0) {
        pm_outbuf_add(script, "%.6g",
                      (moment->run - 1.0) * frame->length + moment->second + frame->interval / 2);
        add_value(script, moment->p50);
        add_value(script, moment->p99);
        add_value(script, moment->max);
    }
    pm_outbuf_add(script, "\n");
}

static void add_data(struct pm_outbuf *script, const struct frame *frame, unsigned number,
                     const struct pm_moment *moments, unsigned count)
{
    pm_outbuf_add(script, "$panel%u << END_OF_PANEL\n", number);
    for (unsigned i = 0; i < count;) {
        struct pm_moment point = moments[i];
        unsigned taken = 1;

        while (taken < frame->bucket && i + taken < count && moments[i + taken].run == point.run)
            add_worst(&point, &moments[i + taken++]);
        add_point(script, frame, &point);
        i += taken;
        if (i < count && moments[i].run != point.run)
            pm_outbuf_add(script, "\n");
    }
    pm_outbuf_add(script, "END_OF_PANEL\n");
}

static void add_run_marks(struct pm_outbuf *script, const struct frame *frame)
{
    for (unsigned run = 2; run <= frame->runs && run <= 40; run++)
        pm_outbuf_add(script,
                      "set arrow %u from %.6g, graph 0 to %.6g, graph 1 nohead back linecolor rgb "
                      "'" PM_PICTURE_GRID "' linewidth 1.2\n",
                      run, (run - 1) * frame->length, (run - 1) * frame->length);
}

static void add_panel(struct pm_outbuf *script, const struct frame *frame, unsigned panel,
                      unsigned number, const struct pm_reading *reading)
{
    const struct pm_read_instance *const instance = &reading->instance[number];
    const struct pm_picture_ink *const ink = pm_picture_ink(reading, instance);
    const double height = height_of(frame);
    const double top = 1.0 - (HEAD_HEIGHT + PANEL_HEIGHT * (double)panel) / height;
    char legend[96], quoted[224];

    pm_picture_legend(legend, sizeof legend, instance);
    pm_outbuf_add(script,
                  "set tmargin at screen %.5f\nset bmargin at screen %.5f\n"
                  "set label 1 %s at graph 0, graph 1.09 textcolor rgb '%s' font ',14'\n",
                  top - 24 / height, top - (PANEL_HEIGHT - 6) / height,
                  pm_gnuplot_quote(quoted, sizeof quoted, legend), ink->colour);
    if (panel + 1 == frame->panels)
        pm_outbuf_add(
            script,
            "set format x '%%g'\nset xlabel 'due time in s, runs end to end%s' offset 0,0.5 "
            "textcolor rgb '" PM_PICTURE_TEXT "'\n",
            frame->bucket > 1 ? "; each point the worst of several" : "");
    pm_outbuf_add(script,
                  "plot $panel%u using 1:4 with points pointtype 6 pointsize 0.5 linecolor rgb "
                  "'%s' notitle, \\\n"
                  "  '' using 1:3 with linespoints pointtype 9 pointsize 0.6 linewidth 1.6 "
                  "dashtype (6,3) linecolor rgb '%s' notitle, \\\n"
                  "  '' using 1:2 with linespoints pointtype 7 pointsize 0.4 linewidth 2 dashtype "
                  "1 linecolor rgb '%s' notitle\n",
                  number, ink->colour, ink->colour, ink->colour);
    if (panel == 0)
        pm_outbuf_add(script, "unset label 101\nunset label 102\n");
}

static void add_common(struct pm_outbuf *script, const struct frame *frame)
{
    pm_picture_axis(script, frame->low, frame->high, 5);
    add_run_marks(script, frame);
    pm_outbuf_add(script,
                  "set xrange [0:%.6g]\nset format x ''\nset lmargin at screen 0.085\n"
                  "set rmargin at screen 0.975\nset ytics font ',12'\nunset key\n"
                  "set multiplot\n",
                  frame->length * frame->runs);
}

int pm_plot_timeline(struct pm_outbuf *script, const struct pm_reading *reading,
                     const struct pm_moments *moments, enum pm_picture_format format)
{
    const struct pm_read_instance *const first = &reading->instance[0];
    const struct frame frame = frame_of(reading, moments);
    char title[128], below[256];
    unsigned panel = 0;

    if (frame.panels == 0 || frame.runs == 0 || frame.high <= 1.0 ||
        frame.length * frame.runs < 2 * frame.interval)
        return 0;
    pm_picture_begin(script, format, "timeline", first->scenario, 900, height_of(&frame));
    for (unsigned i = 0; i < reading->instances; i++)
        if (moments->counts[i] > 0)
            add_data(script, &frame, i, moments->of[i], moments->counts[i]);
    snprintf(title, sizeof title, "%s: latency over time (dots p50, triangles p99, rings max)",
             first->scenario);
    pm_picture_title(script, height_of(&frame), title,
                     pm_picture_settings(below, sizeof below, reading, true));
    add_common(script, &frame);
    for (unsigned i = 0; i < reading->instances; i++)
        if (moments->counts[i] > 0)
            add_panel(script, &frame, panel++, i, reading);
    pm_outbuf_add(script, "unset multiplot\n");
    return 1;
}
