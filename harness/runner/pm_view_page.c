/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and a histogram in one mapped file. */
#include "pm_view_page.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD 4096u
static_assert(sizeof(struct pm_view_page) <= HEAD, "the histogram begins at a page");

static const struct pm_histogram_config lag_config = PM_HISTOGRAM_CONFIG_INIT;

/* Map the file behind @p fd, which is closed. */
static int map_file(struct pm_view_map *out, int fd, struct pm_error *error)
{
    int code = pm_histogram_size(&out->size, &lag_config, error);

    out->size += HEAD;
    if (code == 0) {
        errno = posix_fallocate(fd, 0, (off_t)out->size);
        out->page = errno == 0 ? mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                               : MAP_FAILED;
        if (out->page == MAP_FAILED) {
            out->page = NULL;
            code = pm_error_errno(error, PM_EIO, "%s: no room for it", PM_VIEW_PAGE_FILE);
        }
    }
    close(fd);
    return code;
}

static void *behind_head(const struct pm_view_map *map)
{
    return (char *)map->page + HEAD;
}

int pm_view_page_create(struct pm_view_map *out, int dirfd, struct pm_error *error)
{
    const int fd =
        openat(dirfd, PM_VIEW_PAGE_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    *out = (struct pm_view_map){0};
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be made", PM_VIEW_PAGE_FILE);
    int code = map_file(out, fd, error);
    if (code == 0)
        code =
            pm_histogram_place(&out->lag, behind_head(out), out->size - HEAD, &lag_config, error);
    if (code != 0)
        pm_view_page_close(out);
    return code;
}

int pm_view_page_open(struct pm_view_map *out, int dirfd, struct pm_error *error)
{
    const int fd = openat(dirfd, PM_VIEW_PAGE_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

    *out = (struct pm_view_map){0};
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be opened", PM_VIEW_PAGE_FILE);
    int code = map_file(out, fd, error);
    if (code == 0)
        code = pm_histogram_attach(&out->lag, behind_head(out), out->size - HEAD, error);
    if (code != 0)
        pm_view_page_close(out);
    return code;
}

void pm_view_page_close(struct pm_view_map *map)
{
    if (map->page != NULL)
        munmap(map->page, map->size);
    *map = (struct pm_view_map){0};
}
