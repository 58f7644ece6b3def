/* SPDX-License-Identifier: Apache-2.0 */
/* Percentile distributions as text (.hgrm): what HdrHistogram's plotters read. */
#ifndef PM_HGRM_H
#define PM_HGRM_H

#include "pm_histogram.h"

#include <stdio.h>

#define PM_HGRM_TICKS 5u /* rows a halving of the distance to 100 %, as HdrHistogram's tools */

/**
 * Write the percentile distribution of @p histogram, values divided by @p ratio (1e6: ns as ms).
 * The text is byte for byte that of HistogramLogProcessor 2.1 for the same counts: header, blank
 * line, rows of value, quantile, samples up to there, 1 / (1 - quantile), and three comment lines.
 * Values out of range are no part of it; if there are any, a fourth comment line counts them.
 * Errors: PM_EIO. Cost: O(cells). Locale-free.
 */
int pm_hgrm_write(FILE *stream, const struct pm_histogram *histogram, double ratio,
                  struct pm_error *error);

#endif
