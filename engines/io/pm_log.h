/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded log: partitions of framed records in mapped files, written once, read by offset. */
#ifndef PM_LOG_H
#define PM_LOG_H

#include "pm_error.h"
#include "pm_publish.h"
#include "pm_record.h"

#define PM_LOG_MAGIC          0x31474f4c4b4d4150ULL /* "PAMKLOG1" in bytes */
#define PM_LOG_PARTITIONS_MAX 1024u
#define PM_LOG_CONSUMERS_MAX  8u

/**
 * One frame: this header, count records of 64 bytes, their extensions; padded to 64 bytes. Written
 * body first, the length word last with a release store, after the next length word was zeroed:
 * a reader finds either a whole frame or the end. length 0 is the end of what is written.
 */
struct pm_log_frame {
    uint32_t length;         /* bytes of the whole frame, a multiple of 64 */
    uint32_t lap;            /* how often the ring has come round: a stale frame is known by it */
    uint64_t checksum;       /* XXH3-64 over the body and over this header but for synced_after */
    uint64_t first_sequence; /* of the first record */
    uint32_t count;          /* records; 0 in a commit frame and in padding */
    uint32_t type;           /* enum pm_log_frame_type */
    int64_t max_time_before_ns; /* the partition's largest event time before this frame */
    int64_t written_ns;         /* CLOCK_MONOTONIC when only the length word was still to store */
    uint64_t epoch;             /* of committed output; 0 in a source log: visible at once */
    uint32_t incarnation;       /* of the process that wrote the epoch; 0 in a source log */
    uint32_t synced_after;      /* from written_ns until it was on the disk, in PM_LOG_SYNC_NS; 0
                                   where nothing is synced, or the writer was killed before */
};
static_assert(sizeof(struct pm_log_frame) == 64, "frames are cut at cache lines");

#define PM_LOG_SYNC_NS 256 /* 18 minutes fit; longer is shown as that */

/** CLOCK_MONOTONIC when @p frame could be seen: at POWER not before it was synced. */
static inline int64_t pm_log_frame_visible_ns(const struct pm_log_frame *frame)
{
    return frame->written_ns + (int64_t)frame->synced_after * PM_LOG_SYNC_NS;
}

enum pm_log_frame_type {
    PM_LOG_RECORDS,   /* of an epoch other than 0: not to be seen before the COMMIT of that epoch */
    PM_LOG_COMMIT,    /* every RECORDS frame of this epoch and incarnation before it is visible from
                         then on; all that is older and not committed never will be */
    PM_LOG_PADDING,   /* skip to the ring's start */
    PM_LOG_COMMITTED, /* records that are an epoch of their own, visible from then on: one
                         frame, one checksum and one clock for what is published row by row */
};

/** The body of a COMMIT frame. */
struct pm_log_commit {
    uint64_t epoch;
    uint32_t incarnation;
    uint32_t writer;
    uint64_t rows;
    uint64_t digest; /* of the epoch's rows, independent of their order */
    uint64_t reserved[4];
};
static_assert(sizeof(struct pm_log_commit) == 64, "frames are cut at cache lines");

struct pm_log_config {
    unsigned partitions;
    uint64_t capacity; /* bytes a partition, rounded up to a power of two of at least a page */
    enum pm_durability durability;
    uint64_t run; /* goes into every file; a reader with another run is refused */
};

struct pm_log_writer;

/**
 * Create the log as the new folder @p path and allocate and touch all its pages (posix_fallocate):
 * one file a partition, a header page and a ring. The folder appears whole or not at all.
 * The place decides the medium: a folder of /dev/shm unless durability is POWER.
 * Errors: PM_EINPUT for a bad config, PM_EMISMATCH when @p path exists, PM_EIO with the remedy when
 * there is no room for it.
 */
int pm_log_create(const char *path, const struct pm_log_config *config, struct pm_error *error);

/**
 * Open one partition for writing; one writer a partition, in any process. A torn tail is cut and
 * its bytes are reported in @p torn (may be NULL). Errors: PM_ECORRUPT when a later good frame
 * follows a bad one, PM_EOFFSET when the file is shorter than it was, PM_ELOCKED, PM_EMISMATCH
 * (format version), PM_EIO. Cost: reads what is kept and looks once through the rest of the ring.
 */
int pm_log_writer_open(struct pm_log_writer **out, const char *path, unsigned partition,
                       uint64_t *torn, struct pm_error *error);

/**
 * Begin a frame of at most @p count records and @p bytes extension bytes (their padded sizes);
 * the records are then appended by pm_log_append and become visible by pm_log_publish. A frame
 * that was begun and not published is forgotten.
 * Errors: PM_EBUSY when the log is full up to its slowest registered consumer (without one all is
 * kept); PM_EINPUT when such a frame is more than a quarter of the ring or 64 MiB. Nothing has then
 * been begun.
 */
int pm_log_begin(struct pm_log_writer *writer, uint32_t count, uint64_t bytes);

/**
 * Append one record: copies it and its extension (from @p bytes), sets its id's sequence to the
 * next of the partition, keeps its stamp. Cost: two copies, no checksum yet.
 */
void pm_log_append(struct pm_log_writer *writer, const struct pm_record *record,
                   const struct pm_bytes *bytes);

/** As pm_log_append for each of @p count records: a quarter less than one by one. */
void pm_log_append_rows(struct pm_log_writer *writer, const struct pm_record *rows, uint32_t count,
                        const struct pm_bytes *bytes);

/** As pm_log_append, but the record keeps its id: committed output, whose ids are the input's. */
void pm_log_append_output(struct pm_log_writer *writer, const struct pm_record *record,
                          const struct pm_bytes *bytes);

/**
 * Publish the frame as @p type (PM_LOG_RECORDS or PM_LOG_COMMITTED) of @p epoch (0 in a source
 * log): checksum, written_ns, length last. Syncs at POWER. A frame without records is forgotten.
 * Errors: PM_EIO after a failed sync, for good; PM_EOFFSET when the file was truncated.
 */
int pm_log_publish(struct pm_log_writer *writer, enum pm_log_frame_type type, uint64_t epoch);

/** Write a COMMIT frame with @p commit. Errors: those of pm_log_begin and pm_log_publish. */
int pm_log_publish_commit(struct pm_log_writer *writer, const struct pm_log_commit *commit);

/** Frames from here on are of @p incarnation. */
void pm_log_writer_set_incarnation(struct pm_log_writer *writer, uint32_t incarnation);

/** The sequence that the next record gets. */
uint64_t pm_log_next_sequence(const struct pm_log_writer *writer);

/** True while no frame has been published, by this writer or one before it. */
bool pm_log_writer_is_new(const struct pm_log_writer *writer);

void pm_log_writer_close(struct pm_log_writer *writer); /* accepts NULL */

/* --- reading frames: the source and the collector ------------------------------------------- */

struct pm_log_reader;

/**
 * Open all partitions of the log at @p path as consumer @p consumer (PM_LOG_CONSUMERS_MAX: an
 * onlooker that holds nothing back). A consumer is registered by its first open, from the oldest
 * frame on, and stays so: it holds back the writer until it releases, also while it is away, and
 * begins at what it released last. @p run 0 takes any run.
 * Errors: PM_EMISMATCH another run or version, PM_ECORRUPT, PM_EOFFSET truncated, PM_EIO; every
 * length is checked before it is used. Thread: two may read two partitions at a time.
 */
int pm_log_reader_open(struct pm_log_reader **out, const char *path, unsigned consumer,
                       uint64_t run, struct pm_error *error);
unsigned pm_log_reader_partitions(const struct pm_log_reader *reader);

/**
 * The next frame of @p partition: 1 and *frame (it lies in the log until it is released), 0 when
 * there is none yet, or PM_ECORRUPT, PM_EOFFSET (file truncated, or an onlooker was overtaken by
 * the writer). Padding is skipped; checksums are verified. At POWER only synced frames are given.
 */
int pm_log_next_frame(struct pm_log_reader *reader, unsigned partition,
                      const struct pm_log_frame **frame);

/** The records of @p frame, and its extensions as a container in @p bytes. */
static inline const struct pm_record *pm_log_frame_rows(const struct pm_log_frame *frame,
                                                        struct pm_bytes *bytes)
{
    const struct pm_record *rows = (const void *)(frame + 1);

    *bytes = (struct pm_bytes){
        .base = (uint8_t *)(uintptr_t)frame, .used = frame->length, .capacity = frame->length};
    return rows;
}

/** Give everything before the current frame of @p partition back to the writer. */
void pm_log_reader_release(struct pm_log_reader *reader, unsigned partition);

void pm_log_reader_close(struct pm_log_reader *reader); /* accepts NULL */

#endif
