/* SPDX-License-Identifier: Apache-2.0 */
/* Write, sync, rename without replacing, sync the folder; every result checked, no sync retried. */
#include "pm_publish.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_PREFIX ".pm-tmp-"
#define NAME_MAX_LENGTH  64u
#define DEPTH_MAX        64u

int pm_publish_name_is_safe(const char *name)
{
    const size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789._-");

    return length > 0 && length <= NAME_MAX_LENGTH && name[length] == '\0' && name[0] != '.' &&
           name[0] != '-';
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

/* Rename that fails when @p name exists; file systems without the flag get link and unlink. */
static int rename_new(int dirfd, const char *temporary, const char *name)
{
    if (renameat2(dirfd, temporary, dirfd, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (linkat(dirfd, temporary, dirfd, name, 0) != 0)
        return -1;
    return unlinkat(dirfd, temporary, 0);
}

static int fill(int fd, const void *data, size_t size, enum pm_durability durability)
{
    int rc = write_all(fd, data, size);

    if (rc == 0 && durability == PM_DURABILITY_POWER)
        rc = fsync(fd);
    const int saved = errno;
    if (close(fd) != 0)
        return -1;
    errno = saved;
    return rc;
}

int pm_publish_file(int dirfd, const char *name, const void *data, size_t size,
                    enum pm_durability durability, struct pm_error *error)
{
    static _Atomic unsigned counter;
    char temporary[64];

    assert(strchr(name, '/') == NULL && name[0] != '\0');
    snprintf(temporary, sizeof temporary, TEMPORARY_PREFIX "%ld-%u", (long)getpid(),
             atomic_fetch_add(&counter, 1u));
    const int fd =
        openat(dirfd, temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0600);
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot create its temporary file", name);
    if (fill(fd, data, size, durability) != 0) {
        const int rc = pm_error_errno(error, PM_EIO, "%s: cannot write %zu bytes", name, size);
        unlinkat(dirfd, temporary, 0);
        return rc;
    }
    if (rename_new(dirfd, temporary, name) != 0) {
        const int rc = errno == EEXIST
                           ? pm_error_set(error, PM_EMISMATCH,
                                          "%s: exists already: another writer published it", name)
                           : pm_error_errno(error, PM_EIO, "%s: cannot rename to it", name);
        unlinkat(dirfd, temporary, 0);
        return rc;
    }
    if (durability == PM_DURABILITY_POWER && fsync(dirfd) != 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot sync its folder", name);
    return 0;
}

/* Sync the folder that holds @p path, so that its new name survives a loss of power. */
static int sync_parent(const char *path)
{
    char *parent = strdup(path);

    if (parent == NULL)
        return -1;
    size_t length = strlen(parent);
    while (length > 1 && parent[length - 1] == '/')
        parent[--length] = '\0';
    char *slash = strrchr(parent, '/');
    if (slash != NULL)
        slash[slash == parent ? 1 : 0] = '\0';
    const int fd = open(slash != NULL ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(parent);
    if (fd < 0)
        return -1;
    const int rc = fsync(fd);
    const int saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

int pm_publish_folder(const char *path, struct pm_error *error)
{
    struct stat found;

    if (mkdir(path, 0700) == 0) {
        if (sync_parent(path) != 0)
            return pm_error_errno(error, PM_EIO, "%s: cannot sync the folder above", path);
        return 0;
    }
    if (errno != EEXIST)
        return pm_error_errno(error, PM_EIO, "%s: cannot create the folder", path);
    if (lstat(path, &found) != 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot look at it", path);
    if (!S_ISDIR(found.st_mode))
        return pm_error_set(error, PM_EIO, "%s: is no folder", path);
    return 0;
}

static int remove_tree(int parent, const char *name, unsigned depth);

/* Removes what @p stream lists; stops at the first failure with errno set. */
static int remove_entries(DIR *stream, unsigned depth)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL)
            return errno == 0 ? 0 : -1;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(stream), entry->d_name, 0) == 0)
            continue;
        if (errno != EISDIR && errno != EPERM)
            return -1;
        if (remove_tree(dirfd(stream), entry->d_name, depth + 1) != 0)
            return -1;
    }
}

static int remove_tree(int parent, const char *name, unsigned depth)
{
    if (depth > DEPTH_MAX) {
        errno = ELOOP;
        return -1;
    }
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    int rc = remove_entries(stream, depth);
    const int saved = errno;
    closedir(stream);
    errno = saved;
    if (rc == 0)
        rc = unlinkat(parent, name, AT_REMOVEDIR);
    return rc;
}

int pm_publish_remove(const char *path, struct pm_error *error)
{
    if (remove_tree(AT_FDCWD, path, 0) != 0 && errno != ENOENT)
        return pm_error_errno(error, PM_EIO, "%s: cannot remove the folder", path);
    return 0;
}
