/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of all engines; nothing outside this folder names one. */
#ifndef PM_ENGINES_H
#define PM_ENGINES_H

#include "pm_engine.h"

/** Every engine, in the order of tables and help; ends with NULL. The null engine is the last. */
extern const struct pm_engine_ops *const pm_engines[];

/** The engine called @p name, or NULL. */
const struct pm_engine_ops *pm_engines_find(const char *name);

#endif
