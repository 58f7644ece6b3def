/* SPDX-License-Identifier: Apache-2.0 */
/* Binary search over the rises of each partition's event time. */
#include "pm_closing.h"

#include <stdlib.h>

#include "pm_error.h"

static int grow(struct pm_rises *rises)
{
    const size_t capacity = rises->capacity == 0 ? 1024 : rises->capacity * 2;
    int64_t *const times = realloc(rises->time_ns, capacity * sizeof *times);

    if (times == NULL)
        return PM_ENOMEM;
    rises->time_ns = times;

    int64_t *const dues = realloc(rises->due_ns, capacity * sizeof *dues);
    if (dues == NULL)
        return PM_ENOMEM;
    rises->due_ns = dues;
    rises->capacity = capacity;
    return 0;
}

int pm_rises_add(struct pm_rises *rises, int64_t time_ns, int64_t due_ns)
{
    if (rises->count != 0 && time_ns <= rises->time_ns[rises->count - 1])
        return 0;
    if (rises->count == rises->capacity && grow(rises) != 0)
        return PM_ENOMEM;
    rises->time_ns[rises->count] = time_ns;
    rises->due_ns[rises->count] = due_ns;
    rises->count++;
    return 0;
}

void pm_rises_close(struct pm_rises *rises)
{
    free(rises->time_ns);
    free(rises->due_ns);
    *rises = (struct pm_rises){0};
}

/* The first rise that reaches time_ns, or count. */
static size_t first_reaching(const struct pm_rises *rises, int64_t time_ns)
{
    size_t low = 0;
    size_t high = rises->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (rises->time_ns[middle] >= time_ns)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool pm_closing_due(const struct pm_closing *closing, unsigned streams, int64_t mark_ns,
                    int64_t *due_ns)
{
    int64_t latest = INT64_MIN;

    for (unsigned i = 0; i < closing->partitions; i++) {
        const struct pm_rises *const rises = &closing->partition[i];
        int64_t target = 0;

        if ((streams >> rises->stream & 1u) == 0)
            continue;
        if (__builtin_add_overflow(mark_ns, closing->watermark_delay_ns[rises->stream], &target))
            target = INT64_MAX;
        const size_t at = first_reaching(rises, target);
        if (at == rises->count)
            return false;
        if (rises->due_ns[at] > latest)
            latest = rises->due_ns[at];
    }
    *due_ns = latest;
    return latest != INT64_MIN;
}
