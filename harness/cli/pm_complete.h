/* SPDX-License-Identifier: Apache-2.0 */
/* Completion of command lines: the shells' scripts ask the program, which reads its own tables. */
#ifndef PM_COMPLETE_H
#define PM_COMPLETE_H

#include "pm_outbuf.h"

/**
 * Append what may become of the last of the @p count words behind "pacemark": a line an offer, the
 * whole word, a tab, and what it is. A word that ends with '=' goes on. Nothing where a file's name
 * or free text goes. It opens scenario files and nothing else.
 */
void pm_complete(struct pm_outbuf *out, int count, char **words);

#endif
