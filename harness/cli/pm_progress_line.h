/* SPDX-License-Identifier: Apache-2.0 */
/* Progress of a comparison: one line on standard error that is drawn over, when it is a terminal.
 */
#ifndef PM_PROGRESS_LINE_H
#define PM_PROGRESS_LINE_H

#include "pm_runner.h"

/** How much is told. Zero-initialise, then pm_progress_line_open. */
struct pm_progress_line {
    bool draws; /* a terminal: the line is drawn over */
    bool tells; /* -v without a terminal: a line for each finished run */
    bool is_drawn;
};

void pm_progress_line_open(struct pm_progress_line *line, bool quiet, unsigned verbose);

/** A pm_progress_fn; @p payload is the struct pm_progress_line. */
void pm_progress_line_show(void *payload, const struct pm_progress *progress);

/** Wipe the line before something else is printed. */
void pm_progress_line_wipe(struct pm_progress_line *line);

#endif
