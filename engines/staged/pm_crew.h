/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that do one share of work each, with a barrier at the end. */
#ifndef PM_CREW_H
#define PM_CREW_H

#include "pm_engine.h"

struct pm_crew;

/**
 * Start @p workers - 1 threads (the caller is the first); they wait for work as @p wait says, and
 * all of them book the CPU time that waiting burnt in @p wait_cpu_ns, which outlives the crew.
 */
int pm_crew_open(struct pm_crew **out, unsigned workers, enum pm_wait wait,
                 _Atomic int64_t *wait_cpu_ns, struct pm_error *error);

/**
 * Call @p share(payload, i) for each i in [0, @p shares): worker w does those that are w modulo the
 * workers. Returns when all are done: 0, or one of the negative results.
 */
int pm_crew_run(struct pm_crew *crew, int (*share)(void *payload, unsigned index), void *payload,
                unsigned shares);

void pm_crew_close(struct pm_crew *crew); /* accepts NULL */

#endif
