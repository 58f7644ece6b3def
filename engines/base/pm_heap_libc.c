/* SPDX-License-Identifier: Apache-2.0 */
/* Heap figures where libc's allocator is kept, as the sanitizers need it: there are none. */
#include "pm_heap.h"

bool pm_heap_figures(struct pm_heap_figures *out)
{
    *out = (struct pm_heap_figures){0};
    return false;
}

const char *pm_heap_name(void)
{
    return "libc";
}
