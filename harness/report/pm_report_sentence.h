/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence above a table, and the order that it tells engines in. */
#ifndef PM_REPORT_SENTENCE_H
#define PM_REPORT_SENTENCE_H

#include "pm_outbuf.h"
#include "pm_reading.h"
#include "pm_report.h"

/** Those of @p instance, @p instances of one scenario, that are no floor into @p out, the smallest
 * median first and unknown ones last; returns their number. */
unsigned pm_report_order(const struct pm_read_instance **out,
                         const struct pm_read_instance *const *instance, unsigned instances);

/** Append what was seen in one line, "spend at 20k/s: half of all results came within 61 us
 * (event) and ...", without a verdict. @p label of the comparison; "": none. */
void pm_report_sentence(struct pm_outbuf *out, const char *label, const struct pm_report_look *look,
                        const struct pm_read_instance *const *instance, unsigned instances);

#endif
