/* SPDX-License-Identifier: Apache-2.0 */
/* The batch engine's table and settings. */
#ifndef PM_BATCH_ENGINE_H
#define PM_BATCH_ENGINE_H

#include "pm_engine.h"

struct pm_batch_settings {
    int64_t cadence_ns; /* between the starts of two jobs; 0: one job once the input has ended */
};

extern const struct pm_engine_ops pm_batch_engine;

#endif
