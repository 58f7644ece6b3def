/* SPDX-License-Identifier: Apache-2.0 */
/* One engine over one bounded input, in this process: what it publishes is kept. */
#ifndef PM_VERIFY_ENGINE_H
#define PM_VERIFY_ENGINE_H

#include "pm_capture.h"
#include "pm_prepare.h"

/** Borrowed. The scenario's transport decides between logs and topics. */
struct pm_verify_job {
    const struct pm_scenario *scenario;
    const struct pm_prepared *prepared;
    const struct pm_engine_ops *engine;
};

/**
 * Write the input to a log or topic of its own, run the engine over it and put the committed rows
 * into @p output, which is emptied first. Nothing is left behind but topics with kafka.keep.
 * Errors: those of the medium and what the engine returns.
 */
int pm_verify_engine(struct pm_capture *output, const struct pm_verify_job *job,
                     struct pm_error *error);

#endif
