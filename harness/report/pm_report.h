/* SPDX-License-Identifier: Apache-2.0 */
/* The report's door: a results directory as pictures, a table and a chart for the terminal. */
#ifndef PM_REPORT_H
#define PM_REPORT_H

#include <stdbool.h>

#include "pm_error.h"
#include "pm_outbuf.h"

/* All of it is made from the files of the directory, so that it can be made again at any time and
 * says of a run of last year what it says of one of today. Files are taken for hostile: bounded in
 * size, never trusted for a length, and their texts never become part of a script unquoted.
 * Errors of all functions: PM_EINPUT names the file that is missing or malformed; PM_EIO,
 * PM_ENOMEM. Thread: any; nothing is shared. */

enum pm_picture_format { PM_PICTURE_SVG, PM_PICTURE_PNG };

#define PM_PICTURE_PERCENTILES "latency-percentiles" /* .svg or .png */
#define PM_PICTURE_TIMELINE    "latency-timeline"
#define PM_PICTURE_OVERVIEW    "overview"

/**
 * Draw into @p directory its latency by percentile and its latency over time; older pictures of
 * these names are replaced, each at once. Returns how many were drawn: 0 when the run has no
 * latency (the input was preloaded) or too few samples for any percentile. Errors: PM_ESKIP when
 * gnuplot is not installed (says the package), PM_EFAIL with what it said, PM_ETIMEOUT.
 */
int pm_report_plot(const char *directory, enum pm_picture_format format, struct pm_error *error);

/**
 * Draw into directories[0] the median and p99 of every engine in every scenario of @p count
 * directories, side by side (what a suite ends with). Returns and errors as pm_report_plot.
 */
int pm_report_overview(const char *const *directories, unsigned count,
                       enum pm_picture_format format, struct pm_error *error);

enum pm_table_style { PM_TABLE_TEXT, PM_TABLE_MARKDOWN, PM_TABLE_CSV };

/** How a table or chart is to look. */
struct pm_report_look {
    enum pm_table_style style; /* of tables */
    unsigned columns; /* of the terminal; what does not fit is left out, and named; 0: all */
    bool colour;      /* escape sequences for text */
    bool ascii;       /* nothing but ASCII */
};

/**
 * Append the comparison: for each scenario a sentence that says what was seen, a line an engine
 * (medians over its valid runs), the null engine last as the floor, then the reason of every cell
 * that is "-" and of every run that is invalid. A CSV has plain numbers in base units and no prose.
 */
int pm_report_table(struct pm_outbuf *out, const char *directory, const struct pm_report_look *look,
                    struct pm_error *error);

/**
 * Append latency by percentile as text, at most 16 lines of 80 columns, a letter an engine. Returns
 * 1, or 0 with nothing appended when there is no percentile to draw.
 */
int pm_report_chart(struct pm_outbuf *out, const char *directory, const struct pm_report_look *look,
                    struct pm_error *error);

#endif
