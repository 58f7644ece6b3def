/* SPDX-License-Identifier: Apache-2.0 */
/* Latency by percentile in the terminal: braille dots or letters, a letter an engine. */
#include <math.h>
#include <string.h>

#include "pm_picture.h"
#include "pm_reading.h"
#include "pm_report.h"
#include "pm_text.h"

#define FIRST     0.0458 /* nines at the left edge: 10 % */
#define ROWS      11u    /* of the plot; title, axis, labels and legend stand around it */
#define COLUMNS   62u
#define MARGIN    9u
#define DOTS_X    2u /* braille dots of a cell */
#define DOTS_Y    4u
#define SERIES    8u
#define NONE      0xffu
#define LINE_SIZE 80u

struct chart {
    unsigned series;
    const struct pm_read_instance *of[SERIES];
    char letter[SERIES];
    double nines;     /* log10 of 1 / (1 - quantile) at the right edge */
    double low, high; /* log10 of ns, whole decades */
    unsigned char dots[ROWS][COLUMNS];
    unsigned char owner[ROWS][COLUMNS]; /* series whose colour or letter a cell has */
    unsigned char label[ROWS][COLUMNS]; /* series whose letter stands here, over the dots */
};

/* The value of a series at @p nines, or 0 where its samples do not carry it. */
static double value_at(const struct pm_read_instance *instance, double nines)
{
    const double percentile = 100.0 * (1.0 - pow(10.0, -nines));

    if (instance->latency == NULL || !pm_histogram_supports(instance->latency, percentile))
        return 0.0;
    const int64_t value = pm_histogram_percentile(instance->latency, percentile);
    return value == PM_HISTOGRAM_BEYOND ? 0.0 : log10(fmax((double)value, 1.0)) + 1e-12;
}

/* --- what is drawn --------------------------------------------------------------------------- */

static char letter_for(const struct chart *chart, const struct pm_read_instance *instance)
{
    for (const char *at = instance->name; *at != '\0'; at++) {
        const char letter = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        if (letter >= 'A' && letter <= 'Z' && memchr(chart->letter, letter, chart->series) == NULL)
            return letter;
    }
    return (char)('1' + chart->series);
}

static void choose_series(struct chart *chart, const struct pm_reading *reading)
{
    for (unsigned i = 0; i < reading->instances && chart->series < SERIES; i++) {
        const struct pm_read_instance *const instance = &reading->instance[i];
        if (value_at(instance, FIRST) <= 0.0)
            continue;
        chart->letter[chart->series] = letter_for(chart, instance);
        chart->of[chart->series++] = instance;
    }
}

static void choose_scales(struct chart *chart)
{
    chart->low = 18.0;
    chart->nines = 1.0;
    for (unsigned i = 0; i < chart->series; i++) {
        for (double nines = FIRST; nines <= 7.0; nines += 0.0625) {
            const double value = value_at(chart->of[i], nines);
            if (value <= 0.0)
                break;
            chart->nines = fmax(chart->nines, nines);
            chart->low = fmin(chart->low, value);
            chart->high = fmax(chart->high, value);
        }
    }
    chart->low = floor(chart->low);
    chart->high = fmax(ceil(chart->high), chart->low + 1.0);
}

static unsigned dot_row(const struct chart *chart, double value)
{
    const double share = (value - chart->low) / (chart->high - chart->low);
    const double row = (1.0 - share) * (ROWS * DOTS_Y - 1);

    return (unsigned)fmin(fmax(row + 0.5, 0.0), ROWS * DOTS_Y - 1.0);
}

static void set_dot(struct chart *chart, unsigned series, unsigned x, unsigned y)
{
    static const unsigned char bits[DOTS_Y][DOTS_X] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};

    chart->dots[y / DOTS_Y][x / DOTS_X] |= bits[y % DOTS_Y][x % DOTS_X];
    chart->owner[y / DOTS_Y][x / DOTS_X] = (unsigned char)series;
}

static double nines_at(const struct chart *chart, unsigned x)
{
    return FIRST + (chart->nines - FIRST) * x / (COLUMNS * DOTS_X - 1.0);
}

/* A curve is joined by vertical strokes, so that a step is seen as one. */
static void draw_series(struct chart *chart, unsigned series)
{
    unsigned before = 0, end_x = 0;

    for (unsigned x = 0; x < COLUMNS * DOTS_X; x++) {
        const double value = value_at(chart->of[series], nines_at(chart, x));
        if (value <= 0.0)
            break;
        const unsigned y = dot_row(chart, value);
        const unsigned from = x == 0 ? y : before;
        for (unsigned at = from < y ? from : y; at <= (from > y ? from : y); at++)
            set_dot(chart, series, x, at);
        before = y;
        end_x = x;
    }
    chart->label[before / DOTS_Y][end_x / DOTS_X] = (unsigned char)series;
}

/* --- as text --------------------------------------------------------------------------------- */

static const char *colour_of(const struct chart *chart, unsigned series)
{
    static const char *const colours[] = {"\033[34m", "\033[33m", "\033[32m", "\033[35m",
                                          "\033[36m"};

    return chart->of[series]->is_floor ? "\033[2m" : colours[series % 5];
}

static void add_cell(struct pm_outbuf *out, const struct chart *chart, unsigned row,
                     unsigned column, const struct pm_report_look *look)
{
    const unsigned label = chart->label[row][column];
    const unsigned dots = chart->dots[row][column];
    const unsigned series = label != NONE ? label : chart->owner[row][column];

    if (series == NONE) {
        pm_outbuf_add(out, " ");
        return;
    }
    if (look->colour)
        pm_outbuf_add(out, "%s", colour_of(chart, series));
    if (label != NONE || look->ascii)
        pm_outbuf_add(out, "%c", chart->letter[series]);
    else /* U+2800 and the dots, in UTF-8 */
        pm_outbuf_add(out, "\xe2%c%c", (char)(0xa0 | (dots >> 6)), (char)(0x80 | (dots & 63)));
    if (look->colour)
        pm_outbuf_add(out, "\033[0m");
}

/* The decade that lies on this row of cells, or -1. */
static int decade_on(const struct chart *chart, unsigned row)
{
    for (int decade = (int)chart->low; decade <= (int)chart->high; decade++)
        if (dot_row(chart, decade) / DOTS_Y == row)
            return decade;
    return -1;
}

/* printf pads bytes, and the sign for micro has two. */
static int width_of_label(const char *text)
{
    return (int)MARGIN - 1 + (strchr(text, '\xc2') != NULL);
}

static void add_rows(struct pm_outbuf *out, const struct chart *chart,
                     const struct pm_report_look *look)
{
    char text[32];

    for (unsigned row = 0; row < ROWS; row++) {
        const int decade = decade_on(chart, row);
        text[0] = '\0';
        if (decade >= 0)
            pm_picture_decade(text, sizeof text, decade, look->ascii ? "u" : "\xc2\xb5");
        pm_outbuf_add(out, "%*s %s", width_of_label(text), text,
                      look->ascii ? (decade >= 0 ? "+" : "|") : (decade >= 0 ? "┤" : "│"));
        unsigned last = COLUMNS;
        while (last > 0 && chart->owner[row][last - 1] == NONE)
            last--;
        for (unsigned column = 0; column < last; column++)
            add_cell(out, chart, row, column, look);
        pm_outbuf_add(out, "\n");
    }
}

/* Where in a line of the picture a share of results stands, by its nines. */
static size_t place_of(const struct chart *chart, double nines)
{
    const double share = (nines - FIRST) / (chart->nines - FIRST);

    return MARGIN + 1 + (size_t)(share * (COLUMNS - 1) + 0.5);
}

static void add_axis(struct pm_outbuf *out, const struct chart *chart,
                     const struct pm_report_look *look)
{
    static const struct {
        double nines;
        const char *label;
    } ticks[] = {{FIRST, "10 %"}, {0.30103, "50 %"}, {1.0, "90 %"},     {2.0, "99 %"},
                 {3.0, "99.9 %"}, {4.0, "99.99 %"},  {5.0, "99.999 %"}, {6.0, "99.9999 %"}};
    char line[MARGIN + COLUMNS + 16];
    size_t used = 0;

    pm_outbuf_add(out, "%*s%s", MARGIN, "", look->ascii ? "+" : "└");
    for (unsigned i = 0; i < COLUMNS; i++)
        pm_outbuf_add(out, "%s", look->ascii ? "-" : "─");
    memset(line, ' ', sizeof line);
    for (unsigned i = 0; i < sizeof ticks / sizeof ticks[0] && ticks[i].nines <= chart->nines;
         i++) {
        const size_t at = place_of(chart, ticks[i].nines);
        const size_t length = strlen(ticks[i].label);
        const bool hides_median = i == 0 && at + length + 2 > place_of(chart, ticks[1].nines);
        if (hides_median || at < used + 2 || at + length > LINE_SIZE)
            continue;
        memcpy(line + at, ticks[i].label, length);
        used = at + length;
    }
    pm_outbuf_add(out, "\n%.*s\n", (int)used, line);
}

static void add_legend(struct pm_outbuf *out, const struct chart *chart,
                       const struct pm_report_look *look)
{
    unsigned used = MARGIN + 1;

    pm_outbuf_add(out, "%*s", MARGIN + 1, "");
    for (unsigned i = 0; i < chart->series; i++) {
        char text[48], name[32];
        pm_text_printable(name, sizeof name, chart->of[i]->name);
        const int length = snprintf(text, sizeof text, "%c %s%s", chart->letter[i], name,
                                    chart->of[i]->is_floor ? " (floor)" : "");
        if (used + (unsigned)length + 3 > LINE_SIZE)
            break;
        pm_outbuf_add(out, "%s%s%s%s", i > 0 ? "   " : "", look->colour ? colour_of(chart, i) : "",
                      text, look->colour ? "\033[0m" : "");
        used += (unsigned)length + 3;
    }
    pm_outbuf_add(out, "\n");
}

static int add_chart(struct pm_outbuf *out, const struct pm_reading *reading,
                     const struct pm_report_look *look)
{
    struct chart chart = {.series = 0};
    char name[40];

    memset(chart.owner, NONE, sizeof chart.owner);
    memset(chart.label, NONE, sizeof chart.label);
    choose_series(&chart, reading);
    if (chart.series == 0)
        return 0;
    choose_scales(&chart);
    for (unsigned i = chart.series; i-- > 0;)
        draw_series(&chart, i);
    pm_outbuf_add(out, "%*s%s%s: latency by percentile\n", MARGIN + 1, "",
                  pm_text_printable(name, sizeof name, reading->instance[0].scenario),
                  strcmp(reading->instance[0].transport, "kafka") == 0 ? " over Kafka" : "");
    add_rows(out, &chart, look);
    add_axis(out, &chart, look);
    add_legend(out, &chart, look);
    return 1;
}

int pm_report_chart(struct pm_outbuf *out, const char *directory, const struct pm_report_look *look,
                    struct pm_error *error)
{
    struct pm_reading *reading;
    int code = pm_reading_open(&reading, directory, error);

    if (code != 0)
        return code;
    code = pm_reading_latency(reading, directory, error);
    if (code == 0)
        code = add_chart(out, reading, look);
    pm_reading_close(reading);
    return code >= 0 && out->failed ? pm_error_set(error, PM_ENOMEM, "chart: out of memory") : code;
}
