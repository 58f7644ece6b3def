/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed processing in arrival order: the frame that a query's own decision kernel fills. */
#ifndef PM_PROCESS_H
#define PM_PROCESS_H

#include "pm_operator.h"

/**
 * First member of a query's process operator. Its class has the traits KEYED, ARRIVAL_ORDER and
 * LOOKS_BACK and no use for watermarks: it decides at once and forgets only through its own key's
 * records. The kernel comes from PM_KEYED_ENTRIES with the cell macro below.
 */
struct pm_process {
    struct pm_operator base;
    struct pm_cell *value;
};

#define PM_PROCESS_CELL(self_) ((self_)->process.value)

/** Declare the process's value of @p size bytes a key (a multiple of 8). Call in the class's open.
 */
static inline int pm_process_open(struct pm_process *process, uint32_t size, struct pm_error *error)
{
    return pm_state_declare(&process->value, process->base.state, "value", PM_CELL_VALUE, size,
                            error);
}

#endif
