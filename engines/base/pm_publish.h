/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all, and the folders that hold them. */
#ifndef PM_PUBLISH_H
#define PM_PUBLISH_H

#include <stddef.h>

#include "pm_error.h"

/** What must survive: nothing, the death of a process, the loss of power. */
enum pm_durability { PM_DURABILITY_NONE, PM_DURABILITY_PROCESS, PM_DURABILITY_POWER };

#define PM_DURABILITY_WORDS "none process power"

/**
 * Publish @p size bytes at @p data as @p name below @p dirfd: a temporary file in the same folder,
 * written, synced at PM_DURABILITY_POWER, renamed without replacing, folder synced.
 * @p name: one path component. Errors: PM_EMISMATCH when the name exists (a second writer), PM_EIO
 * (full disk and failed sync included: never retried); no temporary file stays behind. When only
 * the sync of the folder failed the file is there, but may not survive a loss of power.
 */
int pm_publish_file(int dirfd, const char *name, const void *data, size_t size,
                    enum pm_durability durability, struct pm_error *error);

/** True in the return value when @p name is [A-Za-z0-9._-]{1,64} and begins with none of ".-". */
int pm_publish_name_is_safe(const char *name);

/** Create folder @p path (its parent exists), mode 0700, and sync the parent. Errors: PM_EIO,
 * also when @p path is a file or a link; an existing folder is fine. */
int pm_publish_folder(const char *path, struct pm_error *error);

/** Remove the folder @p path, which may be absent, with all it holds; follows no link, not even
 * @p path itself. Errors: PM_EIO; also for folders nested deeper than 64. */
int pm_publish_remove(const char *path, struct pm_error *error);

#endif
