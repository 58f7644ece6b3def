/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine made of a plan against what the definitions give. */
#ifndef PM_PLAN_RESULTS_H
#define PM_PLAN_RESULTS_H

#include "pm_memory_io.h"
#include "pm_naive_plan.h"

struct pm_result;
struct pm_results {
    size_t count;
    struct pm_result *rows; /* of one key and output in the order in which they came */
};

/** All rows of the outputs of @p plan by the interpreter; the caller's to close. */
struct pm_results pm_results_expected(const struct pm_naive_plan *plan,
                                      const struct pm_naive_answer *answer);

/** All rows that a run of the library's @p plan has committed to @p memory; the same. */
struct pm_results pm_results_found(const struct pm_naive_plan *naive, const struct pm_plan *plan,
                                   const struct pm_memory *memory);
void pm_results_close(struct pm_results *results);

/**
 * NULL when @p found agrees with @p want on what two runs must agree on at each output: all rows,
 * or, of coalesced ones, those that stand in the end, and that no state came which none had. At
 * each output a row that is taken back must stand. Else what is wrong; the rows that differ are
 * printed.
 */
const char *pm_results_differ(const struct pm_naive_plan *plan, const struct pm_results *want,
                              const struct pm_results *found);

#endif
