/* SPDX-License-Identifier: Apache-2.0 */
/* One partition of a log as a mapped file: header page, ring of bytes, frames by position. */
#ifndef PM_LOG_FILE_H
#define PM_LOG_FILE_H

#include <stdatomic.h>

#include "pm_log.h"

#define PM_LOG_VERSION      1u
#define PM_LOG_PAGE         4096u /* the header page; the ring follows */
#define PM_LOG_STEP         64u   /* frames begin at multiples of it */
#define PM_LOG_FRAME_MAX    (64u << 20)
#define PM_LOG_CAPACITY_MAX (1ULL << 40)

/** What a consumer has given back, on a line of its own: its process writes it, the writer reads.
 */
struct pm_log_consumer {
    _Alignas(PM_LOG_STEP) _Atomic uint64_t released;
};

/**
 * The first page of a partition's file. The words up to checksum never change; the others are
 * shared between processes. Positions count bytes since the log was created, over all laps.
 */
struct pm_log_header {
    uint64_t magic;
    uint32_t version;
    uint32_t partition;
    uint32_t partitions;
    uint32_t durability;
    uint64_t run;
    uint64_t capacity;
    uint64_t checksum;                             /* XXH3-64 of the words before */
    _Alignas(PM_LOG_STEP) _Atomic uint64_t oldest; /* what lies before may be overwritten */
    _Atomic uint64_t synced; /* what lies before is on the disk; kept at PM_DURABILITY_POWER */
    _Alignas(PM_LOG_STEP) _Atomic uint64_t registered; /* bit set of consumers */
    struct pm_log_consumer consumers[PM_LOG_CONSUMERS_MAX];
};
static_assert(sizeof(struct pm_log_header) <= PM_LOG_PAGE, "the header is one page");
static_assert(sizeof(_Atomic uint64_t) == 8 && ATOMIC_LLONG_LOCK_FREE == 2,
              "shared between processes");

/** A mapped partition. What was checked at open is kept here and never read from the file again. */
struct pm_log_file {
    int fd;
    unsigned guard; /* the mapping's number in pm_log_guard */
    unsigned partition;
    unsigned partitions;
    unsigned lap_shift; /* log2 of the capacity */
    bool synced;        /* PM_DURABILITY_POWER: only what is on the disk is handed out */
    uint64_t run;
    uint64_t capacity;
    struct pm_log_header *header;
    uint8_t *ring;
};

/**
 * Map partition @p partition of the log at @p path; @p writable decides whether the ring may be
 * written (the header page always is). A writer locks the file. Every page is mapped at once.
 * Errors: PM_EOFFSET shorter than its header says, PM_ECORRUPT, PM_EMISMATCH another format
 * version, PM_ELOCKED, PM_EIO.
 */
int pm_log_file_open(struct pm_log_file *file, const char *path, unsigned partition, bool writable,
                     struct pm_error *error);
void pm_log_file_close(struct pm_log_file *file);

/** True when the file has become shorter than its mapping: what is read there is not the log. */
bool pm_log_file_is_truncated(const struct pm_log_file *file);

/** True when an access met the missing end already. Cost: a load; is_truncated asks the file too.
 */
bool pm_log_file_is_lost(const struct pm_log_file *file);

/** The first position that is certainly kept for @p consumer. */
uint64_t pm_log_file_oldest(const struct pm_log_file *file, unsigned consumer);

/* --- frames ------------------------------------------------------------------------------- */

static inline struct pm_log_frame *pm_log_file_frame(const struct pm_log_file *file,
                                                     uint64_t position)
{
    return (struct pm_log_frame *)(void *)(file->ring + (position & (file->capacity - 1)));
}

/** A frame's first eight bytes, length and lap, are read and written as one word. */
static inline _Atomic uint64_t *pm_log_frame_word(struct pm_log_frame *frame)
{
    return (_Atomic uint64_t *)(void *)frame;
}

static inline uint64_t pm_log_file_word(const struct pm_log_file *file, uint64_t position,
                                        uint64_t length)
{
    return length | (position >> file->lap_shift) << 32;
}

/** The checksum of @p frame under the word that it will get. Padding counts by its header alone. */
uint64_t pm_log_frame_checksum(const struct pm_log_frame *frame, uint64_t word);

/** Its two halves: of what stands behind the header, and of the header with @p word. The first is
 * the long one: a writer has it before it takes written_ns. */
uint64_t pm_log_frame_body(const struct pm_log_frame *frame, uint64_t word);
uint64_t pm_log_frame_head(const struct pm_log_frame *frame, uint64_t word);

/**
 * Look at the frame at @p position: 1 and *frame when its header makes sense there, 0 when nothing
 * is written yet, PM_ECORRUPT otherwise. Cost: one cache line; the checksum is not looked at.
 */
int pm_log_frame_peek(const struct pm_log_file *file, uint64_t position,
                      const struct pm_log_frame **frame);

/** Verify what pm_log_frame_peek left: checksum and the bounds of every extension. */
bool pm_log_frame_is_whole(const struct pm_log_frame *frame);

#endif
