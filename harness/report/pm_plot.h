/* SPDX-License-Identifier: Apache-2.0 */
/* The gnuplot scripts of the three pictures. */
#ifndef PM_PLOT_H
#define PM_PLOT_H

#include "pm_outbuf.h"
#include "pm_reading.h"
#include "pm_report.h"

/**
 * Append a whole script, data included, to the empty @p script. Return 1, or 0 when there is
 * nothing to draw: then @p script is to be thrown away. Allocation failures show in script->failed.
 */

/** Latency by percentile, both axes logarithmic (x is 1 / (1 - quantile)), a curve an instance;
 * a curve ends where fewer than PM_SAMPLES_TO_PRINT samples lie above. All runs
 * are in it, as they are in the log; the legend counts those that are invalid. Needs
 * pm_reading_latency. */
int pm_plot_percentiles(struct pm_outbuf *script, const struct pm_reading *reading,
                        enum pm_picture_format format);

/** p50, p99 and max over time, a panel an instance with common axes, the runs end to end. Where
 * there are more than 600 moments each point is the worst of several, and the axis says so. */
int pm_plot_timeline(struct pm_outbuf *script, const struct pm_reading *reading,
                     const struct pm_moments *moments, enum pm_picture_format format);

/** Median and p99 of every instance of @p count readings, grouped by scenario. */
int pm_plot_overview(struct pm_outbuf *script, struct pm_reading *const *readings, unsigned count,
                     enum pm_picture_format format);

#endif
