/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input as a file that child processes can open, and read more than once. */
#ifndef PM_SPOOL_H
#define PM_SPOOL_H

#include <stddef.h>

#include "pm_error.h"

#define PM_SPOOL_PATH_SIZE 64u

/**
 * Copy standard input to its end into a file without a name in $TMPDIR (or /tmp), and write to
 * @p path the name under which it can be opened while this process lives. It is gone with the
 * process, however that ends. Errors: PM_EIO.
 */
int pm_spool_input(char path[PM_SPOOL_PATH_SIZE], struct pm_error *error);

/** What a person calls the file at @p path: "standard input" for a copy of it, else @p path. */
const char *pm_spool_name(const char *path);

#endif
