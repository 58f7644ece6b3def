/* SPDX-License-Identifier: Apache-2.0 */
/* What all runs of a comparison share: plan, input, oracle, sizes; made once. */
#ifndef PM_PREPARE_H
#define PM_PREPARE_H

#include "pm_clock.h"
#include "pm_input.h"
#include "pm_oracle.h"
#include "pm_outbuf.h"
#include "pm_scenario.h"

/** Read-only once it is open. */
struct pm_prepared {
    const struct pm_scenario *scenario; /* borrowed */
    struct pm_plan *plan;
    struct pm_outbuf text; /* the effective configuration as YAML */
    struct pm_input input;
    struct pm_oracle *oracle; /* sealed; NULL: not checked */
    const char *unchecked;    /* why there is none */
    uint64_t source_capacity; /* bytes of each partition of the source log, for the whole input */
    uint64_t output_capacity; /* bytes of each writer's part of the output */
    enum pm_wait wait;        /* of all runs; set by who has chosen it, before the first */
};

/** The plan and the sizes of @p scenario are needed, or the oracle's answer too. */
struct pm_prepare_config {
    const struct pm_scenario *scenario;
    uint64_t check_records; /* a larger input gets no oracle */
    bool (*stop)(void);     /* asked between the steps; NULL: never */
};

/**
 * Build and check the plan, make the input again from scenario and seed, and ask the oracle.
 * Errors: PM_EINPUT, PM_ENOMEM, PM_EINTERRUPTED, and the generator's and the oracle's.
 * Cost: about 0.2 us a record without oracle; the oracle is slow (about 1 us a record).
 */
int pm_prepare_open(struct pm_prepared *out, const struct pm_prepare_config *config,
                    struct pm_error *error);
void pm_prepare_close(struct pm_prepared *prepared); /* accepts a zeroed one */

/** Bytes that source and output take in all with @p parallelism subtasks a stage. */
uint64_t pm_prepare_bytes(const struct pm_prepared *prepared, unsigned parallelism);

#endif
