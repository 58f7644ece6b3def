/* SPDX-License-Identifier: Apache-2.0 */
/* The micro-batch engine's table and settings. */
#ifndef PM_MICROBATCH_ENGINE_H
#define PM_MICROBATCH_ENGINE_H

#include "pm_engine.h"

/** trigger: what starts a batch. Written "fixed:100ms", "asap", "available-now", "realtime:5s". */
struct pm_microbatch_settings {
    char trigger[PM_OPTION_TEXT_SIZE];
};

extern const struct pm_engine_ops pm_microbatch_engine;

#endif
