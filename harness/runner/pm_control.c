/* SPDX-License-Identifier: Apache-2.0 */
/* Making, mapping and checking the control page. */
#include "pm_control.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct pm_histogram_config lateness_config = PM_HISTOGRAM_CONFIG_INIT;

static int map_file(struct pm_control_map *out, int fd, size_t size, struct pm_error *error)
{
    void *const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

    if (memory == MAP_FAILED)
        return pm_error_errno(error, PM_EIO, "%s: cannot be mapped", PM_CONTROL_FILE);
    *out = (struct pm_control_map){.page = memory, .size = size};
    return 0;
}

static void *part_of(const struct pm_control_map *map, unsigned generator, size_t part)
{
    return (char *)map->page + PM_CONTROL_HEAD + generator * part;
}

/* One generator's part behind the head: whole pages. */
static int part_size(size_t *size, struct pm_error *error)
{
    const int code = pm_histogram_size(size, &lateness_config, error);

    *size = (*size + PM_CONTROL_HEAD - 1) & ~(size_t)(PM_CONTROL_HEAD - 1);
    return code;
}

int pm_control_create(struct pm_control_map *out, int dirfd, uint64_t run, unsigned generators,
                      struct pm_error *error)
{
    size_t part = 0;
    int code = part_size(&part, error);

    if (code != 0)
        return code;
    const size_t size = PM_CONTROL_HEAD + generators * part;

    const int fd =
        openat(dirfd, PM_CONTROL_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be made", PM_CONTROL_FILE);

    errno = posix_fallocate(fd, 0, (off_t)size);
    code = errno != 0 ? pm_error_errno(error, PM_EIO, "%s: no room for it", PM_CONTROL_FILE)
                      : map_file(out, fd, size, error);
    close(fd);
    if (code != 0)
        return code;

    out->page->version = PM_CONTROL_VERSION;
    out->page->head = PM_CONTROL_HEAD;
    out->page->run = run;
    out->page->size = size;
    out->page->generators = generators;
    for (unsigned i = 0; i < generators && code == 0; i++)
        code = pm_histogram_place(&out->lateness[i], part_of(out, i, part), part, &lateness_config,
                                  error);
    out->page->magic = PM_CONTROL_MAGIC;
    if (code != 0)
        pm_control_close(out);
    return code;
}

static int check_page(struct pm_control_map *map, struct pm_error *error)
{
    const struct pm_control *const page = map->page;

    size_t part = 0;
    int code = part_size(&part, error);

    if (code != 0)
        return code;
    if (page->magic != PM_CONTROL_MAGIC || page->version != PM_CONTROL_VERSION ||
        page->head != PM_CONTROL_HEAD || page->size != map->size ||
        page->generators > PM_GENERATOR_PARTS_MAX ||
        page->size != PM_CONTROL_HEAD + page->generators * part)
        return pm_error_set(error, PM_EMISMATCH, "%s: made by another version of the program",
                            PM_CONTROL_FILE);
    for (unsigned i = 0; i < page->generators && code == 0; i++)
        code = pm_histogram_attach(&map->lateness[i], part_of(map, i, part), part, error);
    return code;
}

int pm_control_open(struct pm_control_map *out, int dirfd, struct pm_error *error)
{
    struct stat status;
    const int fd = openat(dirfd, PM_CONTROL_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "%s: cannot be opened", PM_CONTROL_FILE);
    int code = fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
                       status.st_size <= (off_t)PM_CONTROL_HEAD
                   ? pm_error_set(error, PM_EMISMATCH, "%s: is no control page", PM_CONTROL_FILE)
                   : map_file(out, fd, (size_t)status.st_size, error);
    close(fd);
    if (code != 0)
        return code;
    code = check_page(out, error);
    if (code != 0)
        pm_control_close(out);
    return code;
}

void pm_control_close(struct pm_control_map *map)
{
    if (map->page != NULL)
        munmap(map->page, map->size);
    *map = (struct pm_control_map){0};
}

struct pm_control_total pm_control_total(const struct pm_control *page)
{
    struct pm_control_total total = {0};

    for (unsigned i = 0; i < page->generators; i++) {
        total.records += atomic_load(&page->sent[i].records);
        total.unsent += atomic_load(&page->sent[i].unsent);
        total.marks += atomic_load(&page->sent[i].marks);
    }
    return total;
}

static int64_t process_cpu_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * PM_NS_PER_S + used.tv_nsec;
}

void pm_control_ready(struct pm_control *page, enum pm_role role)
{
    atomic_store(&page->child[role].cpu_before_ns, process_cpu_ns());
    atomic_store(&page->child[role].ready, 1);
}

int64_t pm_control_await_start(struct pm_control *page)
{
    for (;;) {
        const int64_t start_ns = atomic_load(&page->start_ns);

        if (start_ns != 0)
            return start_ns;
        if (atomic_load(&page->stop))
            return 0;
        pm_clock_wait(PM_WAIT_NAP);
    }
}

int pm_control_fail(struct pm_control *page, enum pm_role role, int code,
                    const struct pm_error *error)
{
    struct pm_control_child *const child = &page->child[role];

    memcpy(child->text, error->text, sizeof child->text);
    child->text[sizeof child->text - 1] = '\0';
    atomic_store(&child->code, code);
    return code;
}
