/* SPDX-License-Identifier: Apache-2.0 */
/* The names of what a row holds. */
#include "pm_row.h"

const double pm_percentile_values[PM_PERCENTILES] = {50.0, 90.0, 99.0, 99.9, 99.99};
const char *const pm_percentile_names[PM_PERCENTILES] = {"p50", "p90", "p99", "p99_9", "p99_99"};
