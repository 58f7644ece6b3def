/* SPDX-License-Identifier: Apache-2.0 */
/* The comparison as comma-separated values. */
#ifndef PM_REPORT_CSV_H
#define PM_REPORT_CSV_H

#include "pm_outbuf.h"
#include "pm_reading.h"

/** Append a line of names and a line an instance of @p reading, in its order; base units. What
 * would break a field (a comma, a quote, a line break) becomes '_'. */
void pm_report_csv(struct pm_outbuf *out, const struct pm_reading *reading);

#endif
