/* SPDX-License-Identifier: Apache-2.0 */
/* Which engines run a query, by whose work, and why not. */
#ifndef PM_RUNS_ON_H
#define PM_RUNS_ON_H

#include "pm_outbuf.h"
#include "pm_query.h"

/** Append a line for each engine: that it runs @p query, with the lines that were written by hand
 * for it beside those of the plan's file, or why it does not. */
void pm_runs_on_text(struct pm_outbuf *out, const struct pm_query *query);

/** Append an array with an object for each engine: name, runs, the lines by hand or why not; and
 * behind it the member plan_lines. */
void pm_runs_on_json(struct pm_outbuf *out, const struct pm_query *query);

/** The names of the engines that run @p query with blanks between, behind those of hand-written
 * ones the lines in brackets ("batch event client(413 lines)"); returns @p buffer. */
char *pm_runs_on_names(char *buffer, size_t size, const struct pm_query *query);

#endif
