/* SPDX-License-Identifier: Apache-2.0 */
/* What stands below the table of a run and in none of its columns. */
#ifndef PM_RUN_NOTES_H
#define PM_RUN_NOTES_H

#include "pm_outbuf.h"
#include "pm_runner.h"

/** Append lines to @p out: what was made of a trace's times and rows, where the inputs of
 * @p outcome went, its views, how its threads waited; and an empty one behind. */
void pm_run_notes_add(struct pm_outbuf *out, const struct pm_runner_config *config,
                      const struct pm_outcome *outcome);

#endif
