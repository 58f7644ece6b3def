/* SPDX-License-Identifier: Apache-2.0 */
/* The table that a comparison ends with: one line an instance, remarks below. */
#ifndef PM_RESULT_TABLE_H
#define PM_RESULT_TABLE_H

#include "pm_outbuf.h"
#include "pm_runner.h"
#include "pm_terminal.h"

/**
 * Append the summaries of @p outcome as a table, the floor last, then what its rows say of
 * themselves: outputs that differ with examples, reasons, warnings, why a cell is empty. A remark
 * that several rows make stands once. @p label ("quick") stands in the heading; may be NULL.
 */
void pm_result_table(struct pm_outbuf *out, const struct pm_outcome *outcome, const char *label,
                     const struct pm_ink *ink);

#endif
