/* SPDX-License-Identifier: Apache-2.0 */
/* A file that was never linked, reached through this process's descriptors. */
#include "pm_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE 65536

static int write_all(int fd, const char *from, size_t size)
{
    while (size > 0) {
        const ssize_t done = write(fd, from, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        from += done;
        size -= (size_t)done;
    }
    return 0;
}

int pm_spool_input(char path[PM_SPOOL_PATH_SIZE], struct pm_error *error)
{
    const char *folder = getenv("TMPDIR");
    char piece[PIECE];
    ssize_t got = 0;
    int fd = open(folder != NULL && folder[0] == '/' ? folder : "/tmp",
                  O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0) /* a file system without nameless files */
        fd = memfd_create("pacemark-input", MFD_CLOEXEC);
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "spool of standard input");
    for (;;) {
        got = read(STDIN_FILENO, piece, sizeof piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || write_all(fd, piece, (size_t)got) != 0)
            break;
    }
    if (got != 0) {
        close(fd);
        return pm_error_errno(error, PM_EIO, "spool of standard input");
    }
    snprintf(path, PM_SPOOL_PATH_SIZE, "/proc/%d/fd/%d", (int)getpid(), fd);
    return 0;
}

const char *pm_spool_name(const char *path)
{
    char folder[PM_SPOOL_PATH_SIZE];

    snprintf(folder, sizeof folder, "/proc/%d/fd/", (int)getpid());
    return strncmp(path, folder, strlen(folder)) == 0 ? "standard input" : path;
}
