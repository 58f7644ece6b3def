/* SPDX-License-Identifier: Apache-2.0 */
/* The operators that the plan itself puts in: ends of unused ports, and copies for several readers.
 */
#ifndef PM_PLAN_WIRING_H
#define PM_PLAN_WIRING_H

#include "pm_operator.h"

/** Where an unused port leads: takes everything, does nothing. One serves a whole chain. */
struct pm_operator pm_drop_open(void);

/** Gives each of several readers of one port its own copy; the last one gets the original. */
struct pm_tee {
    struct pm_operator base;
    unsigned branches;
    struct pm_edge *branch; /* owned */
    struct pm_chunk copy;
    struct pm_bytes bytes; /* of the copies of single records */
};

int pm_tee_open(struct pm_tee *tee, unsigned branches, struct pm_task *task);
void pm_tee_close(struct pm_tee *tee);

#endif
