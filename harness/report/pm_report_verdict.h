/* SPDX-License-Identifier: Apache-2.0 */
/* What repeated runs allow to be said of a difference between two engines. */
#ifndef PM_REPORT_VERDICT_H
#define PM_REPORT_VERDICT_H

#include "pm_outbuf.h"
#include "pm_reading.h"

/**
 * Append a line for each two neighbours of @p instance, @p instances of them in the order of the
 * comparison: the ratio of their medians with its 95 % interval and the verdict for p50, p99, the
 * CPU time of work and, where the input sets the pace, throughput. One line says that there is no
 * verdict where an instance has fewer than PM_STATS_RUNS_MIN valid runs. A percentile needs
 * PM_SAMPLES_TO_JUDGE samples above it in every run. Errors: PM_ENOMEM.
 * Cost: 2 ms a line and figure.
 */
int pm_report_verdict(struct pm_outbuf *out, const struct pm_reading *reading,
                      const struct pm_read_instance *const *instance, unsigned instances);

#endif
