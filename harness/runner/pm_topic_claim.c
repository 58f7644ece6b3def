/* SPDX-License-Identifier: Apache-2.0 */
/* Making, finding and ending claims of topics. */
#include "pm_topic_claim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE   16u /* the run's number in hexadecimal */
#define SWEPT_MAX   8u
#define FOLDER_MODE 0700

/* The folder of the claims, made where it is missing: false where there can be none. */
static bool find_folder(char *path, size_t size)
{
    const char *const chosen = getenv("PACEMARK_CACHE");
    const char *const home = getenv("HOME");
    const bool is_chosen = chosen != NULL && chosen[0] == '/';
    const int used =
        is_chosen ? snprintf(path, size, "%s/topics", chosen)
                  : snprintf(path, size, "%s/.cache/pacemark/topics", home != NULL ? home : "");

    if ((!is_chosen && (home == NULL || home[0] != '/')) || used < 0 || (size_t)used >= size)
        return false;
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool there = mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST;
        *slash = '/';
        if (!there)
            return false;
    }
    return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST;
}

void pm_topic_claim_open(struct pm_topic_claim *out, uint64_t run, const char *cluster)
{
    const size_t size = strlen(cluster);
    char folder[PM_TOPIC_CLAIM_SIZE - NAME_SIZE - 2];

    *out = (struct pm_topic_claim){.fd = -1};
    if (!find_folder(folder, sizeof folder))
        return;
    snprintf(out->path, sizeof out->path, "%s/%016" PRIx64, folder, run);
    out->fd = open(out->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    /* Until its text is there nobody takes the file for a claim. */
    if (out->fd < 0 || flock(out->fd, LOCK_EX) != 0 ||
        write(out->fd, cluster, size) != (ssize_t)size)
        pm_topic_claim_close(out, true);
}

void pm_topic_claim_close(struct pm_topic_claim *claim, bool gone)
{
    if (claim->path[0] != '\0' && claim->fd >= 0) {
        if (gone)
            unlink(claim->path);
        close(claim->fd);
    }
    *claim = (struct pm_topic_claim){.fd = -1};
}

static bool is_number(const char *name)
{
    return strlen(name) == NAME_SIZE && strspn(name, "0123456789abcdef") == NAME_SIZE;
}

/* True when the file is ours, its lock was free and is held now, and it names @p cluster. */
static bool take_dead(int fd, const char *cluster)
{
    char text[PM_TOPIC_CLAIM_SIZE];
    struct stat status;

    if (fstat(fd, &status) != 0 || status.st_uid != geteuid() || !S_ISREG(status.st_mode) ||
        flock(fd, LOCK_EX | LOCK_NB) != 0)
        return false;
    const ssize_t size = pread(fd, text, sizeof text, 0);
    return size > 0 && (size_t)size == strlen(cluster) && memcmp(text, cluster, (size_t)size) == 0;
}

/* 1 when the claim @p name was a dead run's and its topics are removed, 0 when it is none, and what
 * @p remove says when they cannot be. */
static int sweep_one(int folder, const char *name, const char *cluster,
                     int (*remove)(void *payload, uint64_t run), void *payload)
{
    const int fd =
        is_number(name) ? openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
    int swept = 0;

    if (fd < 0)
        return 0;
    if (take_dead(fd, cluster)) {
        swept = remove(payload, strtoull(name, NULL, 16));
        if (swept == 0 && unlinkat(folder, name, 0) == 0)
            swept = 1;
    }
    close(fd);
    return swept;
}

unsigned pm_topic_claims_sweep(const char *cluster, int (*remove)(void *payload, uint64_t run),
                               void *payload)
{
    char path[PM_TOPIC_CLAIM_SIZE];
    const struct dirent *entry = NULL;
    unsigned ended = 0;
    int swept = 0;
    DIR *const folder = find_folder(path, sizeof path) ? opendir(path) : NULL;

    if (folder == NULL)
        return 0;
    while (ended < SWEPT_MAX && swept >= 0 && (entry = readdir(folder)) != NULL) {
        swept = sweep_one(dirfd(folder), entry->d_name, cluster, remove, payload);
        ended += swept > 0 ? 1u : 0u;
    }
    closedir(folder);
    return ended;
}
