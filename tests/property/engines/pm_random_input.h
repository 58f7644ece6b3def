/* SPDX-License-Identifier: Apache-2.0 */
/* Input by chance: disorder, equal times, stragglers, idle marks, empty partitions. */
#ifndef PM_RANDOM_INPUT_H
#define PM_RANDOM_INPUT_H

#include "pm_engine.h"
#include "pm_memory_io.h"
#include "pm_naive_plan.h"

/**
 * Draw 1..3 partitions for each source of @p plan: records into @p memory (empty; the caller's to
 * close), the streams into @p job, and the same records with their behind marks into @p answer. In
 * an arrival-order plan a key stays in one partition.
 */
void pm_random_input(const struct pm_naive_plan *plan, struct pm_random *random,
                     struct pm_memory *memory, struct pm_job *job, struct pm_naive_answer *answer);

#endif
