/* SPDX-License-Identifier: Apache-2.0 */
/* Writing below a hidden name, renaming, and the link to the latest result. */
#include "pm_results_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_publish.h"

#define LATEST    "latest"
#define NAME_SIZE 128u

int pm_results_folder_check(const char *root, struct pm_error *error)
{
    char parent[4096];
    struct stat status;

    if (stat(root, &status) == 0 && !S_ISDIR(status.st_mode))
        return pm_error_set(error, PM_EIO, "%s: is no folder", root);
    if (access(root, W_OK | X_OK) == 0)
        return 0;
    if (errno != ENOENT)
        return pm_error_errno(error, PM_EIO, "%s: results cannot be written there", root);
    snprintf(parent, sizeof parent, "%s", root);
    if (access(dirname(parent), W_OK | X_OK) != 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be made", root);
    return 0;
}

static uint32_t random_id(void)
{
    uint32_t id = 0;

    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id)
        id = (uint32_t)pm_clock_ns();
    return id & 0xffffffu;
}

static void make_name(char name[NAME_SIZE], const char *scenario)
{
    const time_t now = (time_t)(pm_clock_wall_ns() / PM_NS_PER_S);
    struct tm utc;
    char stamp[32];

    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
    snprintf(name, NAME_SIZE, "%s-%s-%06x", stamp, scenario, random_id());
}

static int write_file(int dirfd, const struct pm_results_file *file, struct pm_error *error)
{
    const char *at = file->data;
    size_t left = file->size;
    const int fd =
        openat(dirfd, file->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be made", file->name);
    while (left != 0) {
        const ssize_t written = write(fd, at, left);

        if (written < 0)
            break;
        at += written;
        left -= (size_t)written;
    }
    const int code = left != 0 || fsync(fd) != 0
                         ? pm_error_errno(error, PM_EIO, "%s: cannot be written", file->name)
                         : 0;
    close(fd);
    return code;
}

static int write_all(int rootfd, const char *hidden, const struct pm_results_file *files,
                     unsigned count, struct pm_error *error)
{
    int code = 0;

    if (mkdirat(rootfd, hidden, 0700) != 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be made", hidden);
    const int fd = openat(rootfd, hidden, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be opened", hidden);
    for (unsigned i = 0; i < count && code == 0; i++)
        code = pm_publish_name_is_safe(files[i].name)
                   ? write_file(fd, &files[i], error)
                   : pm_error_set(error, PM_EINPUT, "result: a file name is not safe");
    if (code == 0 && fsync(fd) != 0)
        code = pm_error_errno(error, PM_EIO, "%s: cannot be synced", hidden);
    close(fd);
    return code;
}

/* A link that cannot be moved (a folder of that name, say) costs a convenience, not the result. */
static void point_latest(int rootfd, const char *name)
{
    char hidden[NAME_SIZE + 16];

    snprintf(hidden, sizeof hidden, ".latest-%s", name);
    if (symlinkat(name, rootfd, hidden) == 0 && renameat(rootfd, hidden, rootfd, LATEST) != 0)
        unlinkat(rootfd, hidden, 0);
}

static void remove_hidden(const char *root, const char *hidden)
{
    char path[4096];

    if (snprintf(path, sizeof path, "%s/%s", root, hidden) < (int)sizeof path)
        pm_publish_remove(path, NULL);
}

int pm_results_folder_publish(char *directory, size_t size, const char *root, const char *scenario,
                              const struct pm_results_file *files, unsigned count,
                              struct pm_error *error)
{
    char name[NAME_SIZE];
    char hidden[NAME_SIZE + 1];

    if (!pm_publish_name_is_safe(scenario))
        return pm_error_set(error, PM_EINPUT, "scenario: its name is not safe as a file name");
    int code = pm_publish_folder(root, error);
    if (code != 0)
        return code;
    const int rootfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (rootfd < 0)
        return pm_error_errno(error, PM_EIO, "%s", root);
    make_name(name, scenario);
    snprintf(hidden, sizeof hidden, ".%s", name);

    code = write_all(rootfd, hidden, files, count, error);
    if (code == 0 && renameat2(rootfd, hidden, rootfd, name, RENAME_NOREPLACE) != 0)
        code = pm_error_errno(error, PM_EIO, "%s: cannot be published", name);
    if (code == 0) {
        fsync(rootfd);
        point_latest(rootfd, name);
        snprintf(directory, size, "%s/%s", root, name);
    } else {
        remove_hidden(root, hidden);
    }
    close(rootfd);
    return code;
}
