/* SPDX-License-Identifier: Apache-2.0 */
/* The allocator's own figures. The one door to jemalloc; without it the figures are unknown. */
#ifndef PM_HEAP_H
#define PM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct pm_heap_figures {
    uint64_t allocated_bytes; /* asked for and not given back */
    uint64_t resident_bytes;  /* of the allocator's pages that are in memory */
};

/** The figures of this process now; false when the allocator tells none. Cost: about 10 us. */
bool pm_heap_figures(struct pm_heap_figures *out);

/** The allocator's name and version ("jemalloc 5.3.0", "libc"); static storage. */
const char *pm_heap_name(void);

#endif
