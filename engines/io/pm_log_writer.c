/* SPDX-License-Identifier: Apache-2.0 */
/* Writing frames: reserve, copy, checksum once, publish by one store of the length word. */
#include "pm_log_recover.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pm_clock.h"

/* Room that records leave to commit frames: what is prepared can always be committed. */
#define COMMIT_ROOM 256u

/* Lines are asked for so far ahead: the ring is larger than any cache (a third less per append). */
#define ROWS_AHEAD 16

struct pm_log_writer {
    struct pm_log_frame *frame; /* begun, or NULL */
    uint64_t position;          /* of the frame */
    uint64_t extensions;        /* bytes of the frame up to which they are used */
    uint32_t count;
    uint32_t count_max;
    uint64_t size;  /* bytes of the frame that are reserved */
    uint64_t limit; /* the slowest consumer's position, when it was last asked for */
    uint64_t last;  /* of the frame published last: kept, so that a restart finds the sequence */
    uint64_t sequence;
    int64_t max_time_ns; /* with the records of the open frame */
    int64_t max_time_before_ns;
    uint32_t incarnation;
    int failed; /* a sync failed or the file was cut: for good */
    struct pm_log_file file;
};

static uint64_t rounded(uint64_t bytes)
{
    return (bytes + PM_LOG_STEP - 1) & ~(uint64_t)(PM_LOG_STEP - 1);
}

/* How long the frame's bytes took to the disk, rounded up. */
static uint32_t synced_after(const struct pm_log_frame *frame)
{
    const int64_t units = (pm_clock_ns() - frame->written_ns) / PM_LOG_SYNC_NS + 1;

    return units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
}

/* At POWER the range, @p frame alone, reaches the disk before any reader is told of it. */
static int sync_range(struct pm_log_writer *writer, struct pm_log_frame *frame, uint64_t from,
                      uint64_t to)
{
    const uint64_t first =
        (PM_LOG_PAGE + (from & (writer->file.capacity - 1))) & ~(uint64_t)(PM_LOG_PAGE - 1);
    const uint64_t behind = PM_LOG_PAGE + (from & (writer->file.capacity - 1)) + (to - from);

    if (!writer->file.synced)
        return 0;
    if (msync((uint8_t *)writer->file.header + first, behind - first, MS_SYNC) != 0) {
        writer->failed = PM_EIO; /* F5: the kernel may have dropped the pages; never try again */
        return PM_EIO;
    }
    frame->synced_after = synced_after(frame);
    atomic_store_explicit(&writer->file.header->synced, to, memory_order_release);
    return 0;
}

/* The stamp is taken when the hash of the body, the long part, is made: what follows is short. The
 * next length word is cleared first: a reader that passes this frame finds the end. */
static int seal(struct pm_log_writer *writer, struct pm_log_frame *frame, uint64_t length)
{
    const uint64_t word = pm_log_file_word(&writer->file, writer->position, length);
    const uint64_t next = writer->position + length;

    frame->first_sequence = writer->sequence;
    frame->max_time_before_ns = writer->max_time_before_ns;
    frame->incarnation = writer->incarnation;
    frame->synced_after = 0;
    const uint64_t body = pm_log_frame_body(frame, word);
    frame->written_ns = pm_clock_ns();
    frame->checksum = body ^ pm_log_frame_head(frame, word);
    atomic_store_explicit(pm_log_frame_word(pm_log_file_frame(&writer->file, next)), 0,
                          memory_order_relaxed);
    atomic_store_explicit(pm_log_frame_word(frame), word, memory_order_release);
    const int rc = sync_range(writer, frame, writer->position, next);
    writer->last = writer->position;
    writer->position = next;
    return rc;
}

/* Registration and this race for the same bytes: each side stores first and looks second. */
static uint64_t slowest(const struct pm_log_writer *writer, uint64_t at_most)
{
    struct pm_log_header *header = writer->file.header;
    uint64_t registered = atomic_load(&header->registered) & ((1u << PM_LOG_CONSUMERS_MAX) - 1);
    uint64_t limit = registered != 0 ? at_most : 0;

    for (; registered != 0; registered &= registered - 1) {
        const unsigned consumer = (unsigned)__builtin_ctzll(registered);
        const uint64_t released = atomic_load(&header->consumers[consumer].released);
        if (released < limit)
            limit = released;
    }
    return limit;
}

/* On the disk, too, the oldest position must be past a frame before that frame is overwritten. */
static int sync_header(struct pm_log_writer *writer)
{
    if (writer->file.synced && msync(writer->file.header, PM_LOG_PAGE, MS_SYNC) != 0)
        writer->failed = PM_EIO;
    return writer->failed;
}

static void ask_consumers(struct pm_log_writer *writer)
{
    const uint64_t limit = slowest(writer, writer->last);

    if (limit <= writer->limit || limit % PM_LOG_STEP != 0)
        return;
    atomic_store(&writer->file.header->oldest, limit);
    if (slowest(writer, writer->last) < limit) /* a consumer came in between: ask again later */
        atomic_store(&writer->file.header->oldest, writer->limit);
    else if (sync_header(writer) == 0)
        writer->limit = limit;
}

static bool has_room(struct pm_log_writer *writer, uint64_t bytes)
{
    const uint64_t end = writer->position + bytes;

    if (end - writer->limit <= writer->file.capacity)
        return true;
    ask_consumers(writer);
    return end - writer->limit <= writer->file.capacity;
}

static int pad(struct pm_log_writer *writer, uint64_t length)
{
    struct pm_log_frame *frame = pm_log_file_frame(&writer->file, writer->position);

    frame->count = 0;
    frame->type = PM_LOG_PADDING;
    frame->epoch = 0;
    return seal(writer, frame, length);
}

static int reserve(struct pm_log_writer *writer, uint64_t size, uint64_t spare)
{
    const uint64_t behind =
        writer->file.capacity - (writer->position & (writer->file.capacity - 1));
    const uint64_t padding = size > behind ? behind : 0;

    writer->frame = NULL;
    if (writer->failed != 0)
        return writer->failed;
    if (size > writer->file.capacity / 4 || size > PM_LOG_FRAME_MAX)
        return PM_EINPUT;
    if (!has_room(writer, padding + size + PM_LOG_STEP + spare))
        return writer->failed != 0 ? writer->failed : PM_EBUSY;
    if (padding != 0 && pad(writer, padding) != 0)
        return writer->failed;
    writer->frame = pm_log_file_frame(&writer->file, writer->position);
    writer->size = size;
    return 0;
}

int pm_log_begin(struct pm_log_writer *writer, uint32_t count, uint64_t bytes)
{
    const uint64_t rows = sizeof *writer->frame + (uint64_t)count * sizeof(struct pm_record);
    const int rc =
        bytes > PM_LOG_FRAME_MAX ? PM_EINPUT : reserve(writer, rounded(rows + bytes), COMMIT_ROOM);

    writer->max_time_ns = writer->max_time_before_ns;
    writer->count = 0;
    writer->count_max = count;
    writer->extensions = rows;
    return rc;
}

/* Kept apart, so that a record without needs no more registers than its copy takes. */
static __attribute__((noinline)) void
append_extension(struct pm_log_writer *writer, struct pm_record *row, const struct pm_bytes *bytes)
{
    const size_t whole = pm_record_extension_bytes(row, bytes);

    assert(writer->extensions + whole <= writer->size);
    memcpy((uint8_t *)writer->frame + writer->extensions,
           bytes->base + pm_record_extension_offset(row), whole);
    pm_record_set_extension(row, writer->extensions);
    writer->extensions += whole;
}

static inline struct pm_record *row_at(const struct pm_log_writer *writer, uint32_t i)
{
    return (struct pm_record *)(void *)(writer->frame + 1) + i;
}

static inline void copy(struct pm_log_writer *writer, struct pm_record *row,
                        const struct pm_record *record, const struct pm_bytes *bytes)
{
    pm_clock_prefetch(row + ROWS_AHEAD);
    *row = *record;
    if (pm_record_extension_offset(record) != 0)
        append_extension(writer, row, bytes);
}

void pm_log_append_rows(struct pm_log_writer *writer, const struct pm_record *rows, uint32_t count,
                        const struct pm_bytes *bytes)
{
    const uint64_t id = pm_record_id(writer->file.partition, writer->sequence + writer->count);
    struct pm_record *to = row_at(writer, writer->count);
    int64_t max_time_ns = writer->max_time_ns;

    assert(writer->frame != NULL && count <= writer->count_max - writer->count);
    for (uint32_t i = 0; i < count; i++) {
        copy(writer, &to[i], &rows[i], bytes);
        to[i].id = id + i;
        max_time_ns = pm_log_max_time(max_time_ns, &rows[i]);
    }
    writer->max_time_ns = max_time_ns;
    writer->count += count;
}

void pm_log_append(struct pm_log_writer *writer, const struct pm_record *record,
                   const struct pm_bytes *bytes)
{
    pm_log_append_rows(writer, record, 1, bytes);
}

void pm_log_append_output(struct pm_log_writer *writer, const struct pm_record *record,
                          const struct pm_bytes *bytes)
{
    assert(writer->frame != NULL && writer->count < writer->count_max);
    copy(writer, row_at(writer, writer->count), record, bytes);
    writer->max_time_ns = pm_log_max_time(writer->max_time_ns, record);
    writer->count++;
}

/* Every byte up to the frame's end is written: a file never shows what lay there before. */
static uint64_t finish_body(const struct pm_log_writer *writer, struct pm_log_frame *frame)
{
    uint8_t *base = (uint8_t *)frame;
    const uint64_t first = sizeof *frame + writer->count_max * sizeof(struct pm_record);
    const uint64_t used = sizeof *frame + writer->count * sizeof(struct pm_record);

    if (writer->extensions == first)
        return used;
    const uint64_t length = rounded(writer->extensions);
    memset(base + used, 0, first - used);
    memset(base + writer->extensions, 0, length - writer->extensions);
    return length;
}

int pm_log_publish(struct pm_log_writer *writer, enum pm_log_frame_type type, uint64_t epoch)
{
    struct pm_log_frame *frame = writer->frame;

    assert(frame != NULL && (type == PM_LOG_RECORDS || type == PM_LOG_COMMITTED));
    writer->frame = NULL;
    if (writer->count == 0)
        return 0;
    frame->count = writer->count;
    frame->type = type;
    frame->epoch = epoch;
    const int rc = seal(writer, frame, finish_body(writer, frame));
    writer->sequence += writer->count;
    writer->max_time_before_ns = writer->max_time_ns;
    if (pm_log_file_is_lost(&writer->file))
        writer->failed = PM_EOFFSET;
    return writer->failed != 0 ? writer->failed : rc;
}

int pm_log_publish_commit(struct pm_log_writer *writer, const struct pm_log_commit *commit)
{
    const uint32_t incarnation = writer->incarnation;
    const int rc = reserve(writer, sizeof *writer->frame + sizeof *commit, 0);
    struct pm_log_frame *frame = writer->frame;

    if (rc != 0)
        return rc;
    memcpy(frame + 1, commit, sizeof *commit);
    frame->count = 0;
    frame->type = PM_LOG_COMMIT;
    frame->epoch = commit->epoch;
    writer->frame = NULL;
    writer->incarnation = commit->incarnation;
    seal(writer, frame, sizeof *frame + sizeof *commit);
    writer->incarnation = incarnation;
    if (pm_log_file_is_lost(&writer->file))
        writer->failed = PM_EOFFSET;
    return writer->failed;
}

void pm_log_writer_set_incarnation(struct pm_log_writer *writer, uint32_t incarnation)
{
    writer->incarnation = incarnation;
}

uint64_t pm_log_next_sequence(const struct pm_log_writer *writer)
{
    return writer->sequence;
}

bool pm_log_writer_is_new(const struct pm_log_writer *writer)
{
    return writer->position == 0;
}

static int continue_at(struct pm_log_writer *writer, const struct pm_log_tail *tail)
{
    const uint64_t oldest = atomic_load(&writer->file.header->oldest);

    writer->position = tail->position;
    writer->last = tail->last;
    writer->limit = oldest;
    writer->sequence = tail->sequence;
    writer->max_time_before_ns = tail->max_time_ns;
    if (tail->position - oldest < writer->file.capacity)
        atomic_store(pm_log_frame_word(pm_log_file_frame(&writer->file, tail->position)), 0);
    if (!writer->file.synced)
        return 0;
    if (msync(writer->file.header, PM_LOG_PAGE + writer->file.capacity, MS_SYNC) != 0)
        return PM_EIO;
    atomic_store(&writer->file.header->synced, tail->position);
    return 0;
}

int pm_log_writer_open(struct pm_log_writer **out, const char *path, unsigned partition,
                       uint64_t *torn, struct pm_error *error)
{
    struct pm_log_writer *writer = calloc(1, sizeof *writer);
    struct pm_log_tail tail;

    if (writer == NULL)
        return pm_error_set(error, PM_ENOMEM, "log: no memory for a writer");
    int rc = pm_log_file_open(&writer->file, path, partition, true, error);
    if (rc == 0)
        rc = pm_log_recover(&writer->file, &tail, error);
    if (rc == 0 && continue_at(writer, &tail) != 0)
        rc = pm_error_errno(error, PM_EIO, "log %s: p%04u.log", path, partition);
    if (rc != 0) {
        pm_log_writer_close(writer);
        return rc;
    }
    if (torn != NULL)
        *torn = tail.torn;
    *out = writer;
    return 0;
}

void pm_log_writer_close(struct pm_log_writer *writer)
{
    if (writer == NULL)
        return;
    pm_log_file_close(&writer->file);
    free(writer);
}
