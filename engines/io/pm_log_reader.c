/* SPDX-License-Identifier: Apache-2.0 */
/* Reading frames one after the other; every frame is verified before it is given out. */
#include "pm_log_reader.h"

#include <stdlib.h>

#include "pm_clock.h"

/* A cut within the last page raises no signal, so the file is asked about once in so many polls. */
#define IDLE_POLLS 4096u

#define LINES_AHEAD 16u

/* Stored first, looked at second, as the writer does: one of the two sees the other. */
static uint64_t enrol(struct pm_log_header *header, unsigned consumer)
{
    const uint64_t bit = 1ULL << consumer;
    uint64_t oldest = atomic_load(&header->oldest);

    if ((atomic_load(&header->registered) & bit) != 0)
        return atomic_load(&header->consumers[consumer].released);
    for (;;) {
        atomic_store(&header->consumers[consumer].released, oldest);
        atomic_fetch_or(&header->registered, bit);
        const uint64_t again = atomic_load(&header->oldest);
        if (again <= oldest)
            return oldest;
        oldest = again;
    }
}

/* The writer never gives up its last frame, so but in a new log one begins at each position. */
static bool begins_a_frame(const struct pm_log_file *file, uint64_t position)
{
    const struct pm_log_frame *frame;

    return position == 0 ||
           (position % PM_LOG_STEP == 0 && pm_log_frame_peek(file, position, &frame) == 1);
}

static int open_cursor(struct pm_log_cursor *cursor, const char *path, unsigned partition,
                       unsigned consumer, struct pm_error *error)
{
    int rc = pm_log_file_open(&cursor->file, path, partition, false, error);

    if (rc != 0)
        return rc;
    struct pm_log_header *header = cursor->file.header;
    uint64_t oldest = atomic_load(&header->oldest);
    uint64_t start = consumer < PM_LOG_CONSUMERS_MAX ? enrol(header, consumer) : oldest;
    while (!begins_a_frame(&cursor->file, start) && atomic_load(&header->oldest) != oldest)
        start = oldest = atomic_load(&header->oldest); /* overtaken by the writer: once more */
    if (start < oldest || start - oldest > cursor->file.capacity ||
        !begins_a_frame(&cursor->file, start))
        return pm_error_set(error, PM_ECORRUPT, "log %s: p%04u.log: a consumer's position is none",
                            path, partition);
    cursor->position = start;
    cursor->current = start;
    cursor->known = start;
    cursor->anchored = start == 0;
    rc = pm_log_marks_open(cursor);
    if (rc != 0)
        pm_error_set(error, rc, "log %s: no memory for a reader", path);
    return rc;
}

static int open_cursors(struct pm_log_reader *reader, const char *path, uint64_t run,
                        struct pm_error *error)
{
    int rc = 0;

    for (unsigned i = 0; i < reader->partitions && rc == 0; i++) {
        rc = open_cursor(&reader->cursors[i], path, i, reader->consumer, error);
        if (rc != 0)
            break;
        const struct pm_log_file *file = &reader->cursors[i].file;
        if (run != 0 && file->run != run)
            rc = pm_error_set(error, PM_EMISMATCH, "log %s belongs to another run", path);
        else if (file->partitions != reader->partitions)
            rc = pm_error_set(error, PM_EMISMATCH, "log %s: p%04u.log counts %u partitions, not %u",
                              path, i, file->partitions, reader->partitions);
    }
    return rc;
}

static int count_partitions(const char *path, unsigned *partitions, struct pm_error *error)
{
    struct pm_log_file file;
    const int rc = pm_log_file_open(&file, path, 0, false, error);

    if (rc != 0)
        return rc;
    *partitions = file.partitions;
    pm_log_file_close(&file);
    return 0;
}

int pm_log_reader_open(struct pm_log_reader **out, const char *path, unsigned consumer,
                       uint64_t run, struct pm_error *error)
{
    unsigned partitions = 0;
    int rc = count_partitions(path, &partitions, error);

    if (rc != 0)
        return rc;
    struct pm_log_reader *reader = calloc(1, sizeof *reader);
    struct pm_log_cursor *cursors = aligned_alloc(128, partitions * sizeof *cursors);
    if (reader == NULL || cursors == NULL) {
        free(reader);
        free(cursors);
        return pm_error_set(error, PM_ENOMEM, "log %s: no memory for a reader", path);
    }
    for (unsigned i = 0; i < partitions; i++)
        cursors[i] = (struct pm_log_cursor){.file.fd = -1};
    *reader =
        (struct pm_log_reader){.consumer = consumer, .partitions = partitions, .cursors = cursors};
    rc = open_cursors(reader, path, run, error);
    if (rc != 0) {
        pm_log_reader_close(reader);
        return rc;
    }
    *out = reader;
    return 0;
}

void pm_log_reader_close(struct pm_log_reader *reader)
{
    if (reader == NULL)
        return;
    for (unsigned i = 0; i < reader->partitions; i++) {
        pm_log_marks_close(&reader->cursors[i]);
        pm_log_file_close(&reader->cursors[i].file);
    }
    free(reader->cursors);
    free(reader);
}

unsigned pm_log_reader_partitions(const struct pm_log_reader *reader)
{
    return reader->partitions;
}

/* What is wrong with the bytes at the cursor: cut off, overwritten, or damaged. */
static int blame(const struct pm_log_cursor *cursor)
{
    if (pm_log_file_is_truncated(&cursor->file) ||
        atomic_load(&cursor->file.header->oldest) > cursor->position)
        return PM_EOFFSET;
    return PM_ECORRUPT;
}

static int nothing(struct pm_log_cursor *cursor)
{
    if (++cursor->idle % IDLE_POLLS == 0 && pm_log_file_is_truncated(&cursor->file))
        return PM_EOFFSET;
    return pm_log_file_is_lost(&cursor->file) ? PM_EOFFSET : 0;
}

/* The lines behind @p frame come while its checksum is computed: as many as a core can ask for. */
static void fetch_next(const struct pm_log_frame *frame)
{
    const uint8_t *next = (const uint8_t *)frame + frame->length;

    for (unsigned i = 0; i < LINES_AHEAD; i++)
        pm_clock_prefetch_read(next + i * PM_LOG_STEP);
}

static int step(struct pm_log_cursor *cursor, const struct pm_log_frame **frame)
{
    if (cursor->file.synced && atomic_load_explicit(&cursor->file.header->synced,
                                                    memory_order_acquire) <= cursor->position)
        return nothing(cursor);
    const int found = pm_log_frame_peek(&cursor->file, cursor->position, frame);
    if (found == 0)
        return nothing(cursor);
    if (found == 1)
        fetch_next(*frame);
    if (found < 0 || !pm_log_frame_is_whole(*frame) ||
        (cursor->anchored && (*frame)->first_sequence != cursor->sequence))
        return blame(cursor);
    pm_log_marks_pass(cursor, cursor->position, *frame);
    cursor->anchored = true;
    cursor->sequence = (*frame)->first_sequence + (*frame)->count;
    cursor->current = cursor->position;
    cursor->position += (*frame)->length;
    return 1;
}

int pm_log_next_frame(struct pm_log_reader *reader, unsigned partition,
                      const struct pm_log_frame **frame)
{
    struct pm_log_cursor *cursor = &reader->cursors[partition];
    int found;

    do {
        found = step(cursor, frame);
    } while (found == 1 && (*frame)->type == PM_LOG_PADDING);
    return found;
}

uint64_t pm_log_reader_current(const struct pm_log_reader *reader, unsigned partition)
{
    return reader->cursors[partition].current;
}

void pm_log_reader_release_to(struct pm_log_reader *reader, unsigned partition, uint64_t position)
{
    struct pm_log_header *header = reader->cursors[partition].file.header;

    if (reader->consumer >= PM_LOG_CONSUMERS_MAX)
        return;
    _Atomic uint64_t *released = &header->consumers[reader->consumer].released;
    if (position > atomic_load_explicit(released, memory_order_relaxed))
        atomic_store_explicit(released, position, memory_order_release);
}

void pm_log_reader_release(struct pm_log_reader *reader, unsigned partition)
{
    pm_log_reader_release_to(reader, partition, reader->cursors[partition].current);
}
