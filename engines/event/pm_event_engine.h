/* SPDX-License-Identifier: Apache-2.0 */
/* The event engine's table and settings. */
#ifndef PM_EVENT_ENGINE_H
#define PM_EVENT_ENGINE_H

#include "pm_engine.h"

/** How records enter a chain: singly, by chunks, or by chunks only when a backlog fills them. */
enum pm_event_dispatch { PM_DISPATCH_ONE, PM_DISPATCH_CHUNK, PM_DISPATCH_AUTO };

struct pm_event_settings {
    int dispatch;        /* enum pm_event_dispatch */
    int64_t max_fan_out; /* rows that one task's outbox may hold */
    /* Timers that an operator fires before its task takes input, more when behind; 0: all. */
    int64_t firing;
};

extern const struct pm_engine_ops pm_event_engine;

#endif
