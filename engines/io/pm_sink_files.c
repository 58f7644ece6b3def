/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines in files: staged under hidden names, renamed by a commit, counted by its marker. */
#include "pm_sink.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_json_row.h"
#include "pm_sink_rows.h"

#define OUTPUTS_MAX 256u       /* streams of a record */
#define SPILL_BYTES (1u << 20) /* lines that are collected before they are written */
#define NAME_SIZE   160u
#define STAGED      ".staged-"

/*
 * OUTPUT-eEPOCH-wWRITER-iINCARNATION.jsonl is whole once it has its name, and counts once
 * commit-eEPOCH-wWRITER.json, published last, names its incarnation: outputs appear together.
 */
struct output {
    int fd; /* of the staged file; -1: none yet */
    struct pm_outbuf lines;
};

struct files_sink {
    struct pm_sink base;
    int folder;
    enum pm_durability durability;
    const char *const *names;
    const struct pm_schema *const *schemas;
    unsigned outputs;
    bool prepared;
    struct pm_sink_handle open;
    struct pm_sink_handle committed;
    struct pm_digest rows;
    struct output output[OUTPUTS_MAX];
};

/* --- names -------------------------------------------------------------------------------- */

static void file_name(char name[NAME_SIZE], const struct files_sink *sink, unsigned output,
                      const struct pm_sink_handle *handle)
{
    char plain[16];

    snprintf(plain, sizeof plain, "stream%u", output);
    snprintf(name, NAME_SIZE, STAGED "%.64s-e%012" PRIu64 "-w%03u-i%u.jsonl",
             sink->names != NULL ? sink->names[output] : plain, handle->epoch, handle->writer,
             handle->incarnation);
}

/* A staged file's name with the prefix taken off is its final name. */
static const char *final_name(const char *staged)
{
    return staged + sizeof STAGED - 1;
}

static void marker_name(char name[NAME_SIZE], const struct pm_sink_handle *handle)
{
    snprintf(name, NAME_SIZE, "commit-e%012" PRIu64 "-w%03u.json", handle->epoch, handle->writer);
}

/* --- markers ------------------------------------------------------------------------------ */

#define MARKER_FORMAT                                                                              \
    "{\"run\":%" PRIu64 ",\"incarnation\":%" PRIu32 ",\"writer\":%" PRIu32 ",\"epoch\":%" PRIu64   \
    ",\"rows\":%" PRIu64 ",\"digest\":%" PRIu64 "}\n"
#define MARKER_SCAN                                                                                \
    "{\"run\":%" SCNu64 ",\"incarnation\":%" SCNu32 ",\"writer\":%" SCNu32 ",\"epoch\":%" SCNu64   \
    ",\"rows\":%" SCNu64 ",\"digest\":%" SCNu64 "}"

/* Errors: PM_EINPUT when there is none, PM_ECORRUPT, PM_EIO. */
static int read_marker(const struct files_sink *sink, const char *name,
                       struct pm_sink_handle *handle)
{
    char text[256] = "";
    const int fd = openat(sink->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? PM_EINPUT : PM_EIO;
    const ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size < 0)
        return PM_EIO;
    return sscanf(text, MARKER_SCAN, &handle->run, &handle->incarnation, &handle->writer,
                  &handle->epoch, &handle->rows, &handle->digest) == 6
               ? 0
               : PM_ECORRUPT;
}

static int write_marker(const struct files_sink *sink, const struct pm_sink_handle *handle)
{
    char name[NAME_SIZE];
    char text[256];
    const int size = snprintf(text, sizeof text, MARKER_FORMAT, handle->run, handle->incarnation,
                              handle->writer, handle->epoch, handle->rows, handle->digest);

    marker_name(name, handle);
    return pm_publish_file(sink->folder, name, text, (size_t)size, sink->durability, NULL);
}

static DIR *open_listing(const struct files_sink *sink)
{
    const int copy = openat(sink->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;

    if (folder == NULL && copy >= 0)
        close(copy);
    return folder;
}

static int find_newest(struct files_sink *sink, struct pm_error *error)
{
    DIR *folder = open_listing(sink);
    struct pm_sink_handle found;
    int rc = 0;

    if (folder == NULL)
        return pm_error_errno(error, PM_EIO, "sink: reading the folder");
    for (struct dirent *entry; rc == 0 && (entry = readdir(folder)) != NULL;) {
        uint64_t epoch = 0;
        unsigned writer = 0;
        if (sscanf(entry->d_name, "commit-e%" SCNu64 "-w%u.json", &epoch, &writer) != 2 ||
            writer != sink->open.writer || epoch <= sink->committed.epoch)
            continue;
        rc = read_marker(sink, entry->d_name, &found);
        if (rc != 0)
            pm_error_set(error, rc, "sink: %s is damaged", entry->d_name);
        else if (found.run != sink->open.run || found.epoch != epoch)
            rc = pm_error_set(error, PM_EMISMATCH, "sink: %s is another run's", entry->d_name);
        else
            sink->committed = found;
    }
    closedir(folder);
    return rc;
}

/* The epoch of a staged file of our writer; 0 for any other name. */
static uint64_t staged_epoch(const struct files_sink *sink, const char *name)
{
    uint64_t epoch = 0;

    if (strncmp(name, STAGED, sizeof STAGED - 1) != 0)
        return 0;
    for (const char *at = strstr(name, "-e"); at != NULL; at = strstr(at + 1, "-e")) {
        uint64_t found = 0;
        unsigned writer = 0;
        unsigned incarnation = 0;
        if (sscanf(at, "-e%" SCNu64 "-w%u-i%u.jsonl", &found, &writer, &incarnation) == 3 &&
            writer == sink->open.writer)
            epoch = found;
    }
    return epoch;
}

/* What was staged for an epoch up to the newest commit can never be committed any more. */
static int remove_dead(struct files_sink *sink, struct pm_error *error)
{
    DIR *folder = open_listing(sink);
    int rc = 0;

    if (folder == NULL)
        return pm_error_errno(error, PM_EIO, "sink: reading the folder");
    for (struct dirent *entry; rc == 0 && (entry = readdir(folder)) != NULL;) {
        const uint64_t epoch = staged_epoch(sink, entry->d_name);
        if (epoch != 0 && epoch <= sink->committed.epoch &&
            unlinkat(sink->folder, entry->d_name, 0) != 0)
            rc = pm_error_errno(error, PM_EIO, "sink: %s", entry->d_name);
    }
    closedir(folder);
    return rc;
}

/* --- opening ------------------------------------------------------------------------------ */

static void drop_output(struct output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    output->lines.used = 0;
}

static void files_close(struct pm_sink *base)
{
    struct files_sink *sink = (struct files_sink *)base;

    if (sink == NULL)
        return;
    for (unsigned i = 0; i < OUTPUTS_MAX; i++) {
        drop_output(&sink->output[i]);
        pm_outbuf_close(&sink->output[i].lines);
    }
    if (sink->folder >= 0)
        close(sink->folder);
    free(sink);
}

static int check_names(struct files_sink *sink, struct pm_error *error)
{
    sink->outputs = sink->names == NULL ? OUTPUTS_MAX : 0;
    for (; sink->names != NULL && sink->names[sink->outputs] != NULL; sink->outputs++) {
        if (sink->outputs == OUTPUTS_MAX)
            return pm_error_set(error, PM_EINPUT, "sink: more than %u outputs", OUTPUTS_MAX);
        if (!pm_publish_name_is_safe(sink->names[sink->outputs]))
            return pm_error_set(error, PM_EINPUT,
                                "sink: output %u: its name is not [A-Za-z0-9._-]{1,64}",
                                sink->outputs);
    }
    return 0;
}

static int open_folder(struct files_sink *sink, const char *place, struct pm_error *error)
{
    int rc = pm_publish_folder(place, error);

    if (rc != 0)
        return rc;
    sink->folder = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sink->folder < 0)
        return pm_error_errno(error, PM_EIO, "sink %s", place);
    rc = find_newest(sink, error);
    return rc != 0 ? rc : remove_dead(sink, error);
}

static int files_open(struct pm_sink **out, const struct pm_sink_config *config,
                      struct pm_error *error)
{
    struct files_sink *sink = calloc(1, sizeof *sink);

    if (sink == NULL)
        return pm_error_set(error, PM_ENOMEM, "sink %s: no memory", config->place);
    for (unsigned i = 0; i < OUTPUTS_MAX; i++)
        sink->output[i].fd = -1;
    sink->base.ops = &pm_sink_files;
    sink->folder = -1;
    sink->durability = config->durability;
    sink->names = config->outputs;
    sink->schemas = config->schemas;
    sink->open = (struct pm_sink_handle){
        .run = config->run, .incarnation = config->incarnation, .writer = config->writer};
    int rc = check_names(sink, error);
    if (rc == 0)
        rc = open_folder(sink, config->place, error);
    if (rc != 0) {
        files_close(&sink->base);
        return rc;
    }
    *out = &sink->base;
    return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

static int files_begin(struct pm_sink *base, uint64_t epoch)
{
    struct files_sink *sink = (struct files_sink *)base;

    for (unsigned i = 0; i < sink->outputs; i++)
        drop_output(&sink->output[i]);
    sink->open.epoch = epoch;
    sink->rows = (struct pm_digest){0};
    sink->prepared = false;
    return 0;
}

static int spill(struct files_sink *sink, unsigned number)
{
    struct output *output = &sink->output[number];
    char name[NAME_SIZE];
    size_t written = 0;

    if (output->lines.failed)
        return PM_ENOMEM;
    if (output->fd < 0) {
        file_name(name, sink, number, &sink->open);
        output->fd =
            openat(sink->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (output->fd < 0)
            return errno == EEXIST ? PM_EMISMATCH : PM_EIO;
    }
    while (written < output->lines.used) {
        const ssize_t size =
            write(output->fd, output->lines.text + written, output->lines.used - written);
        if (size <= 0 && errno != EINTR)
            return PM_EIO;
        written += size > 0 ? (size_t)size : 0;
    }
    output->lines.used = 0;
    return 0;
}

static int files_write(struct pm_sink *base, const struct pm_record *record,
                       const struct pm_bytes *bytes)
{
    struct files_sink *sink = (struct files_sink *)base;
    const unsigned number = pm_record_stream(record);

    if (number >= sink->outputs)
        return PM_EINTERNAL;
    struct output *output = &sink->output[number];
    pm_json_row(&output->lines, sink->schemas != NULL ? sink->schemas[number] : NULL, record,
                bytes);
    pm_sink_rows_add(&sink->rows, record, bytes);
    return output->lines.used >= SPILL_BYTES || output->lines.failed ? spill(sink, number) : 0;
}

static int finish(struct files_sink *sink, unsigned number)
{
    struct output *output = &sink->output[number];
    int rc = output->lines.used != 0 || output->lines.failed ? spill(sink, number) : 0;

    if (rc != 0 || output->fd < 0)
        return rc;
    if (sink->durability == PM_DURABILITY_POWER && fsync(output->fd) != 0)
        rc = PM_EIO;
    if (close(output->fd) != 0)
        rc = PM_EIO;
    output->fd = -1;
    return rc;
}

static int sync_folder(const struct files_sink *sink)
{
    return sink->durability == PM_DURABILITY_POWER && fsync(sink->folder) != 0 ? PM_EIO : 0;
}

static int files_prepare(struct pm_sink *base, struct pm_sink_handle *handle)
{
    struct files_sink *sink = (struct files_sink *)base;
    int rc = 0;

    for (unsigned i = 0; i < sink->outputs && rc == 0 && !sink->prepared; i++)
        rc = finish(sink, i);
    if (rc == 0 && !sink->prepared)
        rc = sync_folder(sink);
    if (rc != 0)
        return rc;
    sink->prepared = true;
    sink->open.rows = sink->rows.count;
    sink->open.digest = pm_digest_value(&sink->rows);
    *handle = sink->open;
    return 0;
}

/* --- committing --------------------------------------------------------------------------- */

/* Names that are final already are those of a commit that was cut short. */
static int rename_staged(const struct files_sink *sink, const struct pm_sink_handle *handle)
{
    char name[NAME_SIZE];

    for (unsigned i = 0; i < sink->outputs; i++) {
        file_name(name, sink, i, handle);
        if (renameat2(sink->folder, name, sink->folder, final_name(name), RENAME_NOREPLACE) == 0)
            continue;
        if (errno != ENOENT)
            return errno == EEXIST ? PM_EMISMATCH : PM_EIO;
    }
    return sync_folder(sink);
}

static int files_commit(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct files_sink *sink = (struct files_sink *)base;
    struct pm_sink_handle made;
    char name[NAME_SIZE];

    marker_name(name, handle);
    int rc = read_marker(sink, name, &made);
    if (rc == 0)
        return made.run == handle->run && made.incarnation == handle->incarnation &&
                       made.rows == handle->rows && made.digest == handle->digest
                   ? 0
                   : PM_EMISMATCH;
    if (rc != PM_EINPUT)
        return rc;
    rc = rename_staged(sink, handle);
    if (rc == 0)
        rc = write_marker(sink, handle);
    if (rc == 0 && handle->epoch > sink->committed.epoch)
        sink->committed = *handle;
    return rc;
}

static int files_abort(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct files_sink *sink = (struct files_sink *)base;
    char name[NAME_SIZE];

    for (unsigned i = 0; i < sink->outputs; i++) {
        if (handle->epoch == sink->open.epoch && handle->incarnation == sink->open.incarnation)
            drop_output(&sink->output[i]);
        file_name(name, sink, i, handle);
        if (unlinkat(sink->folder, name, 0) != 0 && errno != ENOENT)
            return PM_EIO;
    }
    return 0;
}

static int files_last_committed(struct pm_sink *base, struct pm_sink_handle *handle)
{
    *handle = ((struct files_sink *)base)->committed;
    return 0;
}

const struct pm_sink_ops pm_sink_files = {
    .name = "files",
    .guarantees = 1u << PM_AT_MOST_ONCE | 1u << PM_AT_LEAST_ONCE | 1u << PM_EXACTLY_ONCE,
    .open = files_open,
    .begin = files_begin,
    .write = files_write,
    .prepare = files_prepare,
    .commit = files_commit,
    .abort = files_abort,
    .last_committed = files_last_committed,
    .close = files_close,
};
