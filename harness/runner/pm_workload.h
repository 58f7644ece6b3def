/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario as an engine sees it: streams, partitions, threads. */
#ifndef PM_WORKLOAD_H
#define PM_WORKLOAD_H

#include "pm_engine.h"
#include "pm_scenario.h"

/** Partitions of all streams of @p scenario together; stream s has those from s * partitions on. */
unsigned pm_workload_partitions(const struct pm_scenario *scenario);

/** The streams, degrees and wait of @p scenario in @p job, whose other fields are left alone. */
void pm_workload_job(struct pm_job *job, const struct pm_scenario *scenario);

/** Processors that this process may run on, at least 1. */
unsigned pm_workload_cores(void);

#endif
