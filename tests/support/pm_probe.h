/* SPDX-License-Identifier: Apache-2.0 */
/* An operator that passes rows on and notes, in one log for all instances, that it was at work. */
#ifndef PM_PROBE_H
#define PM_PROBE_H

#include <stdatomic.h>

#include "pm_plan.h"

#define PM_PROBES     4u
#define PM_PROBE_LOG  (1u << 18)
#define PM_PROBE_KEYS 64u

/** What all probes of a plan saw. One run at a time; reset between runs. */
struct pm_probe_log {
    _Atomic uint32_t steps; /* calls of any probe, as far as the log has room */
    uint8_t probe[PM_PROBE_LOG];
    _Atomic uint64_t rows[PM_PROBES], opened[PM_PROBES], closed[PM_PROBES];
    _Atomic uint64_t found_state; /* keyed: values that this instance had not written */
};
extern struct pm_probe_log pm_probes;

/** Probe number @p number behind @p from. */
struct pm_flow pm_probe_add(struct pm_plan *plan, struct pm_flow from, unsigned number);

/** The same with a count in keyed state, held against a count in the instance; keys below
 * PM_PROBE_KEYS. */
struct pm_flow pm_probe_add_keyed(struct pm_plan *plan, struct pm_flow from, unsigned number);

void pm_probe_reset(void);

#endif
