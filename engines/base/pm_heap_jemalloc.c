/* SPDX-License-Identifier: Apache-2.0 */
/* Heap figures by jemalloc's mallctl. */
#include "pm_heap.h"

#include <jemalloc/jemalloc.h>
#include <stdio.h>

static bool read_stat(const char *name, uint64_t *out)
{
    size_t value = 0, size = sizeof value;

    if (mallctl(name, &value, &size, NULL, 0) != 0)
        return false;
    *out = value;
    return true;
}

bool pm_heap_figures(struct pm_heap_figures *out)
{
    uint64_t epoch = 1;

    /* The figures are those of the last epoch: begin a new one. */
    if (mallctl("epoch", NULL, NULL, &epoch, sizeof epoch) != 0)
        return false;
    return read_stat("stats.allocated", &out->allocated_bytes) &&
           read_stat("stats.resident", &out->resident_bytes);
}

const char *pm_heap_name(void)
{
    static char name[32];

    if (name[0] == '\0')
        snprintf(name, sizeof name, "jemalloc %d.%d.%d", JEMALLOC_VERSION_MAJOR,
                 JEMALLOC_VERSION_MINOR, JEMALLOC_VERSION_BUGFIX);
    return name;
}
