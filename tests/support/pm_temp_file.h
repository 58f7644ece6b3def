/* SPDX-License-Identifier: Apache-2.0 */
/* One file that a group of tests writes anew and reads, for code that wants a path. */
#ifndef PM_TEMP_FILE_H
#define PM_TEMP_FILE_H

#include <stddef.h>

/** Set-up and tear-down of a cmocka group: make the file, remove it. */
int pm_temp_file_make(void **state);
int pm_temp_file_remove(void **state);

/** Its path, while it is there. */
const char *pm_temp_file_path(void);

/** Let it hold the @p size bytes at @p bytes and nothing else; fails the test otherwise. */
void pm_temp_file_write(const void *bytes, size_t size);

#endif
