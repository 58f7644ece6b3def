/* SPDX-License-Identifier: Apache-2.0 */
/* The plain client's table. */
#ifndef PM_CLIENT_ENGINE_H
#define PM_CLIENT_ENGINE_H

#include "pm_engine.h"

extern const struct pm_engine_ops pm_client_engine;

#endif
