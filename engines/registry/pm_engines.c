/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of all engines: a new one is a row here. */
#include "pm_engines.h"

#include "pm_batch_engine.h"
#include "pm_client_engine.h"
#include "pm_event_engine.h"
#include "pm_microbatch_engine.h"
#include "pm_null_engine.h"

#include <stddef.h>
#include <string.h>

const struct pm_engine_ops *const pm_engines[] = {
    &pm_batch_engine,  &pm_microbatch_engine, &pm_event_engine,
    &pm_client_engine, &pm_null_engine,       NULL,
};

const struct pm_engine_ops *pm_engines_find(const char *name)
{
    for (unsigned i = 0; pm_engines[i] != NULL; i++) {
        if (strcmp(pm_engines[i]->name, name) == 0)
            return pm_engines[i];
    }
    return NULL;
}
