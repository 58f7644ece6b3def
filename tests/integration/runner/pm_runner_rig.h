/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner's integration tests share: a scenario with settings, and a folder for results. */
#ifndef PM_RUNNER_RIG_H
#define PM_RUNNER_RIG_H

#include "pm_runner.h"

/** A comparison ready to run; results go to a folder of its own. */
struct pm_runner_rig {
    struct pm_scenario *scenario;
    struct pm_runner_config config;
    char results[64];
};

/** Open variant quick of @p scenario with @p settings ("key=value", NULL at end), fixed warm-up,
 * one run; the generator's headroom is not asked, for the machine may be busy. */
void pm_runner_rig_open(struct pm_runner_rig *rig, const char *scenario,
                        const char *const *settings);
void pm_runner_rig_close(struct pm_runner_rig *rig);

/** Run the comparison; the test fails unless it ends with 0 or, for a busy machine may miss the
 * schedule, PM_EINVALID. */
void pm_runner_rig_run(struct pm_outcome *out, const struct pm_runner_rig *rig,
                       pm_progress_fn progress, void *payload);

/** The row of @p engine, which must be there. */
const struct pm_row *pm_runner_rig_row(const struct pm_outcome *outcome, const char *engine);

/** True when the calling process has no child left. */
bool pm_runner_rig_is_childless(void);

#endif
