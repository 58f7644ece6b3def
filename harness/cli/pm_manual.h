/* SPDX-License-Identifier: Apache-2.0 */
/* pacemark(1), made from the tables that the program itself runs by. */
#ifndef PM_MANUAL_H
#define PM_MANUAL_H

#include "pm_outbuf.h"

/**
 * Append the manual page of @p version as roff for man(7): every command with its flags and
 * examples, every setting with its range and default, exit codes, environment, files.
 */
void pm_manual_write(struct pm_outbuf *out, const char *version);

#endif
