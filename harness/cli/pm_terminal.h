/* SPDX-License-Identifier: Apache-2.0 */
/* Manners at the terminal: which stream is one, when to colour, what becomes of closed streams. */
#ifndef PM_TERMINAL_H
#define PM_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "pm_outbuf.h"

/** Escape sequences, or empty texts where there is no colour. */
struct pm_ink {
    const char *bold, *faint, *good, *bad, *off;
};

/**
 * Make descriptors 0, 1 and 2 safe: a closed one leads to /dev/null, so that no file that is opened
 * later takes its number; a closed pipe becomes an error of write, not a signal. Call first.
 */
void pm_terminal_prepare(void);

/** True when progress may be drawn: standard error is a terminal that can move its cursor. */
bool pm_terminal_shows_progress(void);

/** Colours for @p stream: none unless it is a terminal, NO_COLOR is unset and TERM is not dumb. */
struct pm_ink pm_terminal_ink(FILE *stream);

/** Columns of the terminal behind standard error; 80 where that is unknown. */
unsigned pm_terminal_width(void);

/** Write @p out to standard output, once and whole, and close it. 0, PM_ENOMEM; see finish. */
int pm_terminal_print(struct pm_outbuf *out);

/**
 * Flush standard output at the end of a command that ended with exit code @p code: a reader that
 * went away is no error; a full disk is (5, with a message). Returns the exit code.
 */
int pm_terminal_finish(int code);

/** Append @p text as a JSON string, quotes included; bytes that are no UTF-8 become '?'. */
void pm_terminal_json(struct pm_outbuf *out, const char *text);

#endif
