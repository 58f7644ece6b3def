/* SPDX-License-Identifier: Apache-2.0 */
/* What a mapping makes of one value of a row: a field's number, or a filter's yes or no. */
#ifndef PM_TRACE_FIELD_H
#define PM_TRACE_FIELD_H

#include "pm_trace_map.h"
#include "pm_trace_split.h"

/** True when @p filter lets a row with @p value through. A value that is no number is let through
 * by no comparison; an absent one is the empty word. */
bool pm_trace_filter_passes(const struct pm_trace_filter *filter, struct pm_trace_value value);

/**
 * Read @p value as @p field, which is no text, writes it: money, decimals and times scaled, choices
 * as their index, what is hashed as its hash. @p zone is that of the field's times where its name
 * is given. False when it is no such value or does not fit the column.
 */
bool pm_trace_field_read(const struct pm_trace_field *field, const struct pm_trace_zone *zone,
                         struct pm_trace_value value, int64_t *number);

#endif
