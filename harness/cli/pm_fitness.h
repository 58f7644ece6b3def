/* SPDX-License-Identifier: Apache-2.0 */
/* Is this machine fit to measure: one check each for what is known to bend results. */
#ifndef PM_FITNESS_H
#define PM_FITNESS_H

#include <stdbool.h>

/** What a check found. */
struct pm_fitness_finding {
    bool warns;
    char found[120];  /* "powersave" */
    char remedy[200]; /* what to change; "" when all is well */
};

/** A check; run takes up to 0.3 s (it may measure) and changes nothing. */
struct pm_fitness_check {
    const char *name;
    void (*run)(struct pm_fitness_finding *finding);
};

/** Ends with a NULL name. */
extern const struct pm_fitness_check pm_fitness_checks[];

#endif
