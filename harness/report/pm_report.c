/* SPDX-License-Identifier: Apache-2.0 */
/* From a directory to its pictures: read, write the script, draw. */
#include "pm_report.h"

#include "pm_picture.h"
#include "pm_plot.h"

#define DIRECTORIES_MAX 32u

static int plot_percentiles(struct pm_reading *reading, const char *directory,
                            enum pm_picture_format format, struct pm_error *error)
{
    struct pm_outbuf script = {0};
    int code = pm_reading_latency(reading, directory, error);

    if (code != 0)
        return code;
    const int drawn = pm_plot_percentiles(&script, reading, format);
    if (drawn > 0)
        code = pm_picture_draw(&script, directory, PM_PICTURE_PERCENTILES, format, error);
    pm_outbuf_close(&script);
    return code != 0 ? code : drawn;
}

static int plot_timeline(struct pm_reading *reading, const char *directory,
                         enum pm_picture_format format, struct pm_error *error)
{
    struct pm_outbuf script = {0};
    struct pm_moments moments;
    int code = pm_moments_read(&moments, reading, directory, error);
    int drawn = 0;

    if (code == 0) {
        drawn = pm_plot_timeline(&script, reading, &moments, format);
        if (drawn > 0)
            code = pm_picture_draw(&script, directory, PM_PICTURE_TIMELINE, format, error);
    }
    pm_moments_close(&moments);
    pm_outbuf_close(&script);
    return code != 0 ? code : drawn;
}

int pm_report_plot(const char *directory, enum pm_picture_format format, struct pm_error *error)
{
    struct pm_reading *reading;
    const int code = pm_reading_open(&reading, directory, error);

    if (code != 0)
        return code;
    const int percentiles = plot_percentiles(reading, directory, format, error);
    const int timeline =
        percentiles >= 0 ? plot_timeline(reading, directory, format, error) : percentiles;
    pm_reading_close(reading);
    return timeline < 0 ? timeline : percentiles + timeline;
}

static int plot_overview(struct pm_reading *const *readings, unsigned count, const char *directory,
                         enum pm_picture_format format, struct pm_error *error)
{
    struct pm_outbuf script = {0};
    int code = 0;

    const int drawn = pm_plot_overview(&script, readings, count, format);
    if (drawn > 0)
        code = pm_picture_draw(&script, directory, PM_PICTURE_OVERVIEW, format, error);
    pm_outbuf_close(&script);
    return code != 0 ? code : drawn;
}

int pm_report_overview(const char *const *directories, unsigned count,
                       enum pm_picture_format format, struct pm_error *error)
{
    struct pm_reading *readings[DIRECTORIES_MAX];
    unsigned opened = 0;
    int code = 0;

    if (count == 0 || count > DIRECTORIES_MAX)
        return pm_error_set(error, PM_EINPUT, "an overview takes 1 to %u results directories",
                            DIRECTORIES_MAX);
    while (opened < count && code == 0) {
        code = pm_reading_open(&readings[opened], directories[opened], error);
        opened += code == 0;
    }
    if (code == 0)
        code = plot_overview(readings, count, directories[0], format, error);
    while (opened > 0)
        pm_reading_close(readings[--opened]);
    return code;
}
