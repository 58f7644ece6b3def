/* SPDX-License-Identifier: Apache-2.0 */
/* Making, locking, sweeping and removing private folders. */
#include "pm_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "pm_text.h"

#define PATTERN      "pacemark-"
#define PATTERN_SIZE (sizeof PATTERN - 1)
#define RANDOM_SIZE  6u /* what mkdtemp appends */
#define YOUNG_S      60 /* a folder as young as this may not be locked yet */

static const char *root_of(enum pm_durability durability)
{
    const char *const chosen = getenv("TMPDIR");

    if (durability != PM_DURABILITY_POWER)
        return "/dev/shm";
    return chosen != NULL && chosen[0] == '/' && strlen(chosen) < PM_PLACE_SIZE - 32 ? chosen
                                                                                     : "/var/tmp";
}

static int open_folder(int rootfd, const char *name)
{
    return openat(rootfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A folder whose lock is free belongs to a supervisor that is gone. */
static void sweep_one(int rootfd, const char *root, const char *name)
{
    char path[PM_PLACE_SIZE];
    struct stat status;
    const int fd = open_folder(rootfd, name);

    if (fd < 0)
        return;
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
        time(NULL) - status.st_mtime > YOUNG_S && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
        snprintf(path, sizeof path, "%s/%s", root, name) < (int)sizeof path)
        pm_publish_remove(path, NULL);
    close(fd);
}

static void sweep(const char *root)
{
    DIR *const folder = opendir(root);
    const struct dirent *entry = NULL;

    if (folder == NULL)
        return;
    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, PATTERN, PATTERN_SIZE) == 0 &&
            strlen(entry->d_name) == PATTERN_SIZE + RANDOM_SIZE)
            sweep_one(dirfd(folder), root, entry->d_name);
    closedir(folder);
}

int pm_place_open(struct pm_place *out, enum pm_durability durability, struct pm_error *error)
{
    const char *const root = root_of(durability);

    *out = (struct pm_place){.dirfd = -1};
    sweep(root);
    snprintf(out->path, sizeof out->path, "%s/" PATTERN "XXXXXX", root);
    if (mkdtemp(out->path) == NULL) {
        out->path[0] = '\0';
        return pm_error_errno(error, PM_EIO, "%s: cannot make a folder there", root);
    }
    out->dirfd = open_folder(AT_FDCWD, out->path);
    if (out->dirfd < 0 || flock(out->dirfd, LOCK_EX | LOCK_NB) != 0) {
        pm_error_errno(error, PM_EIO, "%s: cannot be locked", out->path);
        pm_place_close(out);
        return PM_EIO;
    }
    return 0;
}

void pm_place_close(struct pm_place *place)
{
    if (place->path[0] == '\0')
        return;
    pm_publish_remove(place->path, NULL);
    if (place->dirfd >= 0)
        close(place->dirfd);
    *place = (struct pm_place){.dirfd = -1};
}

uint64_t pm_place_room(enum pm_durability durability)
{
    struct statvfs status;

    if (statvfs(root_of(durability), &status) != 0)
        return 0;
    return (uint64_t)status.f_bavail * status.f_frsize;
}

int pm_place_check(enum pm_durability durability, uint64_t bytes, struct pm_error *error)
{
    const uint64_t room = pm_place_room(durability);
    char need[32];
    char have[32];

    if (bytes < room - room / 10)
        return 0;
    pm_text_human(need, sizeof need, (double)bytes, PM_UNIT_SIZE);
    pm_text_human(have, sizeof have, (double)room, PM_UNIT_SIZE);
    if (durability == PM_DURABILITY_POWER)
        return pm_error_set(error, PM_EIO,
                            "%s: the logs take %s and %s are free: set TMPDIR to a larger disk, or "
                            "lower rate or duration",
                            root_of(durability), need, have);
    return pm_error_set(error, PM_EIO,
                        "/dev/shm: the logs take %s and %s are free: mount -o remount,size=... "
                        "/dev/shm, or lower rate or duration",
                        need, have);
}
