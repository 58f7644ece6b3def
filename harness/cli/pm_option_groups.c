/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the runner, the generator, each engine and each query. */
#include "pm_option_groups.h"

#include "pm_engines.h"
#include "pm_generator.h"
#include "pm_query.h"
#include "pm_run_settings.h"

void pm_option_groups_each(pm_option_groups_visit visit, void *payload)
{
    visit(payload, "run", pm_run_options);
    visit(payload, "generator", pm_generator_options);
    for (size_t i = 0; pm_engines[i] != NULL; i++)
        visit(payload, pm_engines[i]->name, pm_engines[i]->options);
    for (size_t i = 0; pm_queries[i] != NULL; i++)
        visit(payload, pm_queries[i]->name, pm_queries[i]->options);
}
