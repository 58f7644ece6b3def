/* SPDX-License-Identifier: Apache-2.0 */
/* Mapped files that another process cuts short: a flag instead of a core dump (rule L7). */
#ifndef PM_LOG_GUARD_H
#define PM_LOG_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define PM_LOG_GUARD_NONE 0u

/**
 * Guard the mapping of @p size bytes at @p base: when an access beyond the end of its file raises
 * SIGBUS, the missing page is replaced by a private page of zeros and the mapping is marked lost.
 * A SIGBUS anywhere else goes to the handler that was there before. Costs nothing until it happens.
 * Returns the guard's number, or PM_LOG_GUARD_NONE when there are 4095 already. Thread: any.
 */
unsigned pm_log_guard_add(void *base, size_t size);
bool pm_log_guard_is_lost(unsigned guard);
/** Before munmap. PM_LOG_GUARD_NONE is fine. */
void pm_log_guard_remove(unsigned guard);

#endif
