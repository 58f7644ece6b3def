/* SPDX-License-Identifier: Apache-2.0 */
/* The null engine's table. */
#ifndef PM_NULL_ENGINE_H
#define PM_NULL_ENGINE_H

#include "pm_engine.h"

extern const struct pm_engine_ops pm_null_engine;

#endif
