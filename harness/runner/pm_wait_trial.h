/* SPDX-License-Identifier: Apache-2.0 */
/* How the threads of a comparison wait: as asked, or by a short trial of the null engine. */
#ifndef PM_WAIT_TRIAL_H
#define PM_WAIT_TRIAL_H

#include "pm_prepare.h"
#include "pm_runner.h"

/**
 * Choose for @p prepared. With `wait: auto` the null engine runs over the scenario's own input at
 * its rate and on its transport, spinning and napping in turn. Threads spin where the worst round
 * of that had a lower tail than the best that napped; else they nap and leave the core to others.
 * There is no trial where threads that spin would be more than the cores, nor without a schedule:
 * then they nap. What @p config->waits remembers of rate and transport is not tried again.
 * Cost: four runs of 300 ms, of 100 ms for a labelled comparison.
 * Errors: PM_EINTERRUPTED, PM_EIO, PM_ENOMEM.
 */
int pm_wait_choose(struct pm_wait_choice *out, const struct pm_runner_config *config,
                   const struct pm_prepared *prepared, struct pm_error *error);

#endif
