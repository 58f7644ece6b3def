/* SPDX-License-Identifier: Apache-2.0 */
/* Plans by chance: each is built around one edge that it must have, so that every edge which a
 * checker accepts is met. */
#ifndef PM_RANDOM_PLAN_H
#define PM_RANDOM_PLAN_H

#include "pm_naive_plan.h"
#include "pm_random.h"

/** From the main or a side port of one kind of operator into an input of another. */
struct pm_random_edge {
    enum pm_naive_kind from;
    bool side;
    enum pm_naive_kind to;
    unsigned input;
};

/** A second input is another one than the first. */
bool pm_random_takes_several(enum pm_naive_kind kind);

/** False for what no plan can have: a side port of a source, a second input of a filter. */
bool pm_random_edge_is_one(struct pm_random_edge edge);

/** Edges numbered densely, those that are none among them. */
#define PM_RANDOM_EDGES (PM_NAIVE_KINDS * 2u * PM_NAIVE_KINDS * 2u)
struct pm_random_edge pm_random_edge_of(unsigned number);
unsigned pm_random_edge_number(struct pm_random_edge edge);

/**
 * Draw a plan around @p edge, which is one, and build it. The plan (checked, the caller's to
 * close), or NULL when this draw is none that the checker accepts: draw again.
 */
struct pm_plan *pm_random_plan(struct pm_naive_plan *plan, struct pm_random_edge edge,
                               struct pm_random *random);

#endif
