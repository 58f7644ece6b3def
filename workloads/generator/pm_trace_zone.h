/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones by name, from the system's database: local times of a trace as UTC. */
#ifndef PM_TRACE_ZONE_H
#define PM_TRACE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "pm_error.h"

#define PM_TRACE_ZONE_NAME_SIZE 48u

struct pm_trace_zone;

/**
 * Read zone @p name ("Europe/Berlin") from $TZDIR or /usr/share/zoneinfo. The process's own zone is
 * neither asked nor changed. Memory: at most 64 KiB.
 * Errors: PM_EINPUT (no such zone, no database, a file that is none), PM_ENOMEM.
 * Source: RFC 8536 (TZif), its footer as POSIX.1-2017 8.3 has TZ.
 */
int pm_trace_zone_open(struct pm_trace_zone **out, const char *name, struct pm_error *error);

/**
 * What local time @p local_s, as a clock on the wall shows it, is in UTC. A time that the clock
 * shows twice is the first of both; one that it never shows gives false. From 1970 to 2199.
 * Thread: any. Cost: 20 ns.
 */
bool pm_trace_zone_utc(const struct pm_trace_zone *zone, int64_t local_s, int64_t *utc_s);

void pm_trace_zone_close(struct pm_trace_zone *zone); /* accepts NULL */

#endif
