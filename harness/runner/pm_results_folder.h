/* SPDX-License-Identifier: Apache-2.0 */
/* The results directory: appears whole under its name, or not at all. */
#ifndef PM_RESULTS_FOLDER_H
#define PM_RESULTS_FOLDER_H

#include <stddef.h>

#include "pm_error.h"

/** One file of it. */
struct pm_results_file {
    const char *name; /* safe as a file name */
    const void *data;
    size_t size;
};

/** Check that a directory can be made in the folder @p root, or that the folder can be made; makes
 * nothing. Errors: PM_EIO. */
int pm_results_folder_check(const char *root, struct pm_error *error);

/**
 * Publish @p files (@p root is made if it is missing, its parent exists) as
 * "<root>/<utc>-<scenario>-<id>", mode 0700, and point the link "latest" there. They are written
 * below a hidden name, each made new (O_EXCL, O_NOFOLLOW, 0600) and synced, then the directory is
 * renamed without replacing. Its path is written to @p directory of @p size bytes. Errors:
 * PM_EINPUT (an unsafe name), PM_EIO; nothing stays behind.
 */
int pm_results_folder_publish(char *directory, size_t size, const char *root, const char *scenario,
                              const struct pm_results_file *files, unsigned count,
                              struct pm_error *error);

#endif
