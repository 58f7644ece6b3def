/* SPDX-License-Identifier: Apache-2.0 */
/* Triggers: when the next micro-batch begins, and when its range ends. */
#ifndef PM_TRIGGER_H
#define PM_TRIGGER_H

#include <stdint.h>

#include "pm_error.h"

enum pm_trigger_kind {
    PM_TRIGGER_FIXED,         /* every interval, aligned to the first; a late batch skips none */
    PM_TRIGGER_ASAP,          /* as soon as the batch before is done */
    PM_TRIGGER_AVAILABLE_NOW, /* all that is there at the start, then the end */
    PM_TRIGGER_REALTIME,      /* rows flow at once; the interval only commits */
};

struct pm_trigger {
    enum pm_trigger_kind kind;
    int64_t interval_ns; /* of FIXED and REALTIME */
};

/** Parse "fixed:100ms", "asap", "available-now" or "realtime:5s". Errors: PM_EINPUT. */
int pm_trigger_parse(struct pm_trigger *out, const char *text, struct pm_error *error);

/**
 * When the batch after the one that was due at @p due_ns begins, now being @p now_ns: the next
 * multiple of the interval that lies ahead, or at once when one was missed while the batch ran.
 */
int64_t pm_trigger_next(const struct pm_trigger *trigger, int64_t due_ns, int64_t now_ns);

#endif
