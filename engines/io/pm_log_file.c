/* SPDX-License-Identifier: Apache-2.0 */
/* Creating, mapping and measuring the files of a log. */
#include "pm_log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "pm_digest.h"
#include "pm_log_guard.h"

#define MIB ((uint64_t)1 << 20)

static void name_of(char name[16], unsigned partition)
{
    snprintf(name, 16, "p%04u.log", partition);
}

static uint64_t header_checksum(const struct pm_log_header *header)
{
    return pm_digest_bytes(header, offsetof(struct pm_log_header, checksum));
}

/* --- creating ----------------------------------------------------------------------------- */

static uint64_t rounded(uint64_t capacity)
{
    uint64_t power = PM_LOG_PAGE;

    while (power < capacity)
        power *= 2;
    return power;
}

static int check_config(const struct pm_log_config *config, struct pm_error *error)
{
    if (config->partitions == 0 || config->partitions > PM_LOG_PARTITIONS_MAX)
        return pm_error_set(error, PM_EINPUT, "log: %u partitions: expected 1..%u",
                            config->partitions, PM_LOG_PARTITIONS_MAX);
    if (config->capacity == 0 || config->capacity > PM_LOG_CAPACITY_MAX)
        return pm_error_set(error, PM_EINPUT,
                            "log: capacity of %" PRIu64 " bytes a partition: expected 1..%llu",
                            config->capacity, PM_LOG_CAPACITY_MAX);
    return 0;
}

/* A store into a hole of a full file system is SIGBUS, so the room is asked for before. */
static int check_room(int folder, const char *path, uint64_t bytes, struct pm_error *error)
{
    struct statvfs place;

    if (fstatvfs(folder, &place) != 0)
        return pm_error_errno(error, PM_EIO, "log %s", path);
    const uint64_t room = (uint64_t)place.f_bavail * place.f_frsize;
    if (room >= bytes)
        return 0;
    return pm_error_set(error, PM_EIO,
                        "log %s: needs %" PRIu64 " MiB, %" PRIu64 " MiB are free there: lower "
                        "the rate or the duration, or make that file system larger",
                        path, (bytes + MIB - 1) / MIB, room / MIB);
}

/* Pages are written, not only reserved: the first store of a run must not find them new. */
static int touch(int fd, uint64_t size)
{
    const int failed = posix_fallocate(fd, 0, (off_t)size);

    if (failed != 0) {
        errno = failed;
        return -1;
    }
    uint8_t *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return -1;
    for (uint64_t at = 0; at < size; at += PM_LOG_PAGE)
        *(volatile uint8_t *)(base + at) = 0;
    return munmap(base, size);
}

static int create_partition(int folder, unsigned partition, const struct pm_log_config *config,
                            struct pm_error *error)
{
    const uint64_t capacity = rounded(config->capacity);
    struct pm_log_header header = {.magic = PM_LOG_MAGIC,
                                   .version = PM_LOG_VERSION,
                                   .partition = partition,
                                   .partitions = config->partitions,
                                   .durability = config->durability,
                                   .run = config->run,
                                   .capacity = capacity};
    char name[16];

    header.checksum = header_checksum(&header);
    name_of(name, partition);
    const int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "log: %s", name);
    int failed = touch(fd, PM_LOG_PAGE + capacity);
    if (failed == 0 && pwrite(fd, &header, sizeof header, 0) != (ssize_t)sizeof header)
        failed = -1;
    if (failed == 0 && config->durability == PM_DURABILITY_POWER)
        failed = fsync(fd);
    if (failed != 0)
        pm_error_errno(error, PM_EIO, "log: %s of %" PRIu64 " MiB", name, capacity / MIB);
    if (close(fd) != 0 && failed == 0)
        failed = pm_error_errno(error, PM_EIO, "log: %s", name);
    return failed != 0 ? PM_EIO : 0;
}

static int create_partitions(int folder, const char *path, const struct pm_log_config *config,
                             struct pm_error *error)
{
    const uint64_t bytes = config->partitions * (PM_LOG_PAGE + rounded(config->capacity));
    int rc = check_room(folder, path, bytes, error);

    for (unsigned i = 0; i < config->partitions && rc == 0; i++)
        rc = create_partition(folder, i, config, error);
    if (rc == 0 && config->durability == PM_DURABILITY_POWER && fsync(folder) != 0)
        rc = pm_error_errno(error, PM_EIO, "log %s", path);
    return rc;
}

static void remove_partitions(int folder, const char *path, unsigned partitions)
{
    char name[16];

    for (unsigned i = 0; i < partitions; i++) {
        name_of(name, i);
        unlinkat(folder, name, 0);
    }
    rmdir(path);
}

/* The name of the new log must survive with it: its parent is synced too. */
static int sync_parent(const char *path, struct pm_error *error)
{
    char parent[PATH_MAX];

    snprintf(parent, sizeof parent, "%s/..", path);
    const int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int failed = fd < 0 ? -1 : fsync(fd);
    if (failed != 0)
        pm_error_errno(error, PM_EIO, "log %s", parent);
    if (fd >= 0)
        close(fd);
    return failed != 0 ? PM_EIO : 0;
}

int pm_log_create(const char *path, const struct pm_log_config *config, struct pm_error *error)
{
    char fresh[PATH_MAX];
    int rc = check_config(config, error);

    if (rc != 0)
        return rc;
    /* Built under another name, so that whoever finds the log finds all of it. */
    if ((size_t)snprintf(fresh, sizeof fresh, "%s.XXXXXX", path) >= sizeof fresh - 8)
        return pm_error_set(error, PM_EINPUT, "log: the path is longer than %d bytes", PATH_MAX);
    if (mkdtemp(fresh) == NULL)
        return pm_error_errno(error, PM_EIO, "log %s", path);
    const int folder = open(fresh, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) {
        rc = pm_error_errno(error, PM_EIO, "log %s", path);
        rmdir(fresh);
        return rc;
    }
    rc = create_partitions(folder, path, config, error);
    if (rc == 0 && renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
        rc = pm_error_errno(error, errno == EEXIST ? PM_EMISMATCH : PM_EIO, "log %s", path);
    if (rc != 0)
        remove_partitions(folder, fresh, config->partitions);
    else if (config->durability == PM_DURABILITY_POWER)
        rc = sync_parent(path, error);
    close(folder);
    return rc;
}

/* --- mapping ------------------------------------------------------------------------------ */

static int open_file(const char *path, unsigned partition, uint64_t *size, struct pm_error *error)
{
    struct stat info;
    char name[16];

    name_of(name, partition);
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return pm_error_errno(error, PM_EIO, "log %s", path);
    const int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    const int why = errno;
    close(folder);
    errno = why;
    if (fd < 0)
        return pm_error_errno(error, PM_EIO, "log %s: %s", path, name);
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return pm_error_set(error, PM_EIO, "log %s: %s is not a regular file", path, name);
    }
    *size = (uint64_t)info.st_size;
    return fd;
}

static int check_header(const struct pm_log_header *header, const char *path, unsigned partition,
                        uint64_t size, struct pm_error *error)
{
    if (header->magic != PM_LOG_MAGIC)
        return pm_error_set(error, PM_ECORRUPT, "log %s: p%04u.log is not a log", path, partition);
    if (header->version != PM_LOG_VERSION)
        return pm_error_set(error, PM_EMISMATCH, "log %s: format version %u: this program reads %u",
                            path, header->version, PM_LOG_VERSION);
    if (header->checksum != header_checksum(header) || header->partition != partition ||
        header->partitions == 0 || header->partitions > PM_LOG_PARTITIONS_MAX ||
        partition >= header->partitions || header->durability > PM_DURABILITY_POWER ||
        header->capacity < PM_LOG_PAGE || header->capacity > PM_LOG_CAPACITY_MAX ||
        (header->capacity & (header->capacity - 1)) != 0)
        return pm_error_set(error, PM_ECORRUPT, "log %s: the header of p%04u.log is damaged", path,
                            partition);
    if (size < PM_LOG_PAGE + header->capacity)
        return pm_error_set(error, PM_EOFFSET,
                            "log %s: p%04u.log was truncated to %" PRIu64 " of %" PRIu64 " bytes",
                            path, partition, size, PM_LOG_PAGE + header->capacity);
    return 0;
}

static int read_header(struct pm_log_header *header, int fd, const char *path, unsigned partition,
                       uint64_t size, struct pm_error *error)
{
    const ssize_t got = pread(fd, header, sizeof *header, 0);

    if (got < 0)
        return pm_error_errno(error, PM_EIO, "log %s: p%04u.log", path, partition);
    if (got == 0)
        return pm_error_set(error, PM_ECORRUPT, "log %s: p%04u.log is empty", path, partition);
    if ((size_t)got < sizeof *header)
        return pm_error_set(error, PM_EOFFSET, "log %s: p%04u.log was truncated to %zd bytes", path,
                            partition, got);
    return check_header(header, path, partition, size, error);
}

static int map(struct pm_log_file *file, bool writable, struct pm_error *error)
{
    const size_t size = PM_LOG_PAGE + file->capacity;
    uint8_t *base =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file->fd, 0);

    if (base == MAP_FAILED)
        return pm_error_errno(error, PM_EIO, "log: mapping %" PRIu64 " MiB", size / MIB);
    file->guard = pm_log_guard_add(base, size);
    if (file->guard == PM_LOG_GUARD_NONE) {
        munmap(base, size);
        return pm_error_set(error, PM_EIO, "log: more than 4095 partitions are open at a time");
    }
    file->header = (void *)base;
    file->ring = base + PM_LOG_PAGE;
    if (!writable && mprotect(file->ring, file->capacity, PROT_READ) != 0)
        return pm_error_errno(error, PM_EIO, "log: protecting the mapping");
    return 0;
}

int pm_log_file_open(struct pm_log_file *file, const char *path, unsigned partition, bool writable,
                     struct pm_error *error)
{
    struct pm_log_header header;
    uint64_t size = 0;

    *file = (struct pm_log_file){.fd = open_file(path, partition, &size, error)};
    if (file->fd < 0)
        return file->fd;
    int rc = 0;
    if (writable && flock(file->fd, LOCK_EX | LOCK_NB) != 0)
        rc = pm_error_errno(error, errno == EWOULDBLOCK ? PM_ELOCKED : PM_EIO,
                            "log %s: p%04u.log has a writer", path, partition);
    if (rc == 0)
        rc = read_header(&header, file->fd, path, partition, size, error);
    if (rc == 0) {
        file->partition = partition;
        file->partitions = header.partitions;
        file->lap_shift = (unsigned)__builtin_ctzll(header.capacity);
        file->synced = header.durability == PM_DURABILITY_POWER;
        file->run = header.run;
        file->capacity = header.capacity;
        rc = map(file, writable, error);
    }
    if (rc != 0)
        pm_log_file_close(file);
    return rc;
}

void pm_log_file_close(struct pm_log_file *file)
{
    pm_log_guard_remove(file->guard);
    if (file->header != NULL)
        munmap(file->header, PM_LOG_PAGE + file->capacity);
    if (file->fd >= 0)
        close(file->fd);
    *file = (struct pm_log_file){.fd = -1};
}

bool pm_log_file_is_lost(const struct pm_log_file *file)
{
    return pm_log_guard_is_lost(file->guard);
}

bool pm_log_file_is_truncated(const struct pm_log_file *file)
{
    struct stat info;

    /* Within the last page a cut raises no signal: the rest of the page just reads as zeros. */
    return pm_log_guard_is_lost(file->guard) || fstat(file->fd, &info) != 0 ||
           (uint64_t)info.st_size < PM_LOG_PAGE + file->capacity;
}

uint64_t pm_log_file_oldest(const struct pm_log_file *file, unsigned consumer)
{
    const struct pm_log_header *header = file->header;

    if (consumer < PM_LOG_CONSUMERS_MAX)
        return atomic_load_explicit(&header->consumers[consumer].released, memory_order_relaxed);
    return atomic_load_explicit(&header->oldest, memory_order_acquire);
}
