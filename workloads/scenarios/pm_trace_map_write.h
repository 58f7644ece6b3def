/* SPDX-License-Identifier: Apache-2.0 */
/* Mapping files, written. */
#ifndef PM_TRACE_MAP_WRITE_H
#define PM_TRACE_MAP_WRITE_H

#include "pm_outbuf.h"
#include "pm_query.h"
#include "pm_trace_map.h"

#define PM_TRACE_FILTER_KINDS (PM_TRACE_AT_MOST + 1u)

/** What mapping files call each kind of filter. */
extern const char *const pm_trace_filter_word[PM_TRACE_FILTER_KINDS];

/** Append @p map as a mapping file that reads back to the same. */
void pm_trace_map_write(const struct pm_trace_map *map, const struct pm_query *query,
                        struct pm_outbuf *out);

#endif
