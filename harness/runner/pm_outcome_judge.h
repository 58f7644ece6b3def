/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows of a comparison say of it as a whole. */
#ifndef PM_OUTCOME_JUDGE_H
#define PM_OUTCOME_JUDGE_H

#include "pm_runner.h"

/**
 * The first bad row of @p outcome speaks for all; wrong output outweighs the rest. In a labelled
 * comparison an invalid run counts only where its instance has no majority of valid ones.
 * Errors: PM_EWRONG (output differs), PM_EINVALID (a row is invalid), what engines returned.
 */
int pm_outcome_judge(const struct pm_outcome *outcome, bool is_labelled, struct pm_error *error);

#endif
