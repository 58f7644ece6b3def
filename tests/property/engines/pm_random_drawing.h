/* SPDX-License-Identifier: Apache-2.0 */
/* A plan while it is drawn. */
#ifndef PM_RANDOM_DRAWING_H
#define PM_RANDOM_DRAWING_H

#include "pm_naive_plan.h"
#include "pm_random.h"

struct pm_drawing {
    struct pm_naive_plan *plan;
    struct pm_random *random;
    bool failed; /* a kind found no column that it can work on */
};

static inline unsigned pm_drawing_below(struct pm_drawing *d, unsigned bound)
{
    return (unsigned)pm_random_below(d->random, bound);
}

static inline const struct pm_naive_schema *pm_drawing_schema(const struct pm_drawing *d,
                                                              struct pm_naive_flow flow)
{
    return &d->plan->node[flow.node].schema[flow.port];
}

/** Draw the settings of @p node, whose kind and inputs are there. */
void pm_drawing_settings(struct pm_drawing *d, struct pm_naive_node *node);

#endif
