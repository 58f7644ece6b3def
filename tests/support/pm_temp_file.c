/* SPDX-License-Identifier: Apache-2.0 */
/* A file below the folder of temporary ones. */
#include "pm_temp_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/pm_test.XXXXXX";

int pm_temp_file_make(void **state)
{
    const int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

int pm_temp_file_remove(void **state)
{
    (void)state;
    return unlink(path);
}

const char *pm_temp_file_path(void)
{
    return path;
}

void pm_temp_file_write(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}
