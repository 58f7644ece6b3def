/* SPDX-License-Identifier: Apache-2.0 */
/* The record: one cache line that crosses every hop, and the extension that holds what is longer.
 */
#ifndef PM_RECORD_H
#define PM_RECORD_H

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a log slot or ring slot is. Operators see PM_KIND_DATA alone. */
enum pm_record_kind {
    PM_KIND_DATA,  /* a record */
    PM_KIND_IDLE,  /* a promise: raises the partition's watermark as a record of its time would */
    PM_KIND_FLUSH, /* the last of a partition: raises the watermark beyond every window */
    PM_KIND_WATERMARK, /* in rings only: event_time_ns is the sender's watermark */
    PM_KIND_END,       /* in rings only: the sender is finished */
};

/**
 * A row's place in a changelog. An update is two rows: BEFORE, which deletes the old one, and right
 * behind it the INSERT of the new one, of the same key. DELETE is a row that nothing replaces.
 */
enum pm_record_op { PM_OP_INSERT, PM_OP_DELETE, PM_OP_BEFORE };

#define PM_PAYLOAD_SIZE  24u
#define PM_PAYLOAD_WORDS 3u

/**
 * 64 bytes, little-endian in files. Times are ns of scenario time since the epoch; stamp_ns is
 * CLOCK_MONOTONIC: the due time in the source log, the time of reading from there on.
 */
struct pm_record {
    int64_t event_time_ns;
    int64_t stamp_ns;
    uint64_t id;  /* partition << 48 | sequence; of a made row 0 */
    uint64_t key; /* what the last key_by chose */
    /* stream 8 bits | kind 4 | op 2 | behind 1 | replayed 1 | spare 8 | extension 40 (x 8 bytes) */
    uint64_t word;
    uint64_t payload[PM_PAYLOAD_WORDS];
};
static_assert(sizeof(struct pm_record) == 64, "a record is one cache line");
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files hold records as memory does");

#define PM_WORD_KIND_SHIFT      8
#define PM_WORD_OP_SHIFT        12
#define PM_WORD_BEHIND          (1ULL << 14)
#define PM_WORD_REPLAYED        (1ULL << 15)
#define PM_WORD_EXTENSION_SHIFT 24
#define PM_DELAY_TO_END         INT64_MAX /* a delay: no watermark before the end */
#define PM_TIME_MIN             INT64_MIN /* the watermark before the first record */
#define PM_TIME_MAX             INT64_MAX /* the watermark after the last */

static inline uint64_t pm_record_word(unsigned stream, enum pm_record_kind kind)
{
    return (uint64_t)(stream & 0xffu) | (uint64_t)kind << PM_WORD_KIND_SHIFT;
}
static inline unsigned pm_record_stream(const struct pm_record *record)
{
    return (unsigned)(record->word & 0xffu);
}
static inline void pm_record_set_stream(struct pm_record *record, unsigned stream)
{
    record->word = (record->word & ~0xffULL) | (stream & 0xffu);
}
static inline enum pm_record_kind pm_record_kind(const struct pm_record *record)
{
    return (enum pm_record_kind)(record->word >> PM_WORD_KIND_SHIFT & 0xfu);
}
static inline enum pm_record_op pm_record_op(const struct pm_record *record)
{
    return (enum pm_record_op)(record->word >> PM_WORD_OP_SHIFT & 0x3u);
}
static inline void pm_record_set_op(struct pm_record *record, enum pm_record_op op)
{
    record->word = (record->word & ~(0x3ULL << PM_WORD_OP_SHIFT)) | (uint64_t)op
                                                                        << PM_WORD_OP_SHIFT;
}
/** True when the record takes a row back: PM_OP_DELETE and PM_OP_BEFORE. */
static inline bool pm_record_deletes(const struct pm_record *record)
{
    return (record->word >> PM_WORD_OP_SHIFT & 0x3u) != PM_OP_INSERT;
}
/** True when the record came below its partition's watermark; its extension carries that mark. */
static inline bool pm_record_is_behind(const struct pm_record *record)
{
    return (record->word & PM_WORD_BEHIND) != 0;
}
/** True when a batch job reads it again only to rebuild state: what it makes is not published. */
static inline bool pm_record_is_replayed(const struct pm_record *record)
{
    return (record->word & PM_WORD_REPLAYED) != 0;
}

static inline uint64_t pm_record_id(unsigned partition, uint64_t sequence)
{
    return (uint64_t)partition << 48 | sequence;
}
static inline unsigned pm_record_partition(const struct pm_record *record)
{
    return (unsigned)(record->id >> 48);
}
static inline uint64_t pm_record_sequence(const struct pm_record *record)
{
    return record->id & 0xffffffffffffULL;
}

/* --- extension ------------------------------------------------------------------------------ */

/**
 * What the word's 40 bits point at, in units of 8 bytes from the base of the container; 0 is none.
 * size counts the bytes behind the header. watermark_ns means something only for a behind record.
 */
struct pm_extension {
    uint32_t size;
    uint32_t spare;
    int64_t watermark_ns; /* the partition's watermark just before the record */
};
static_assert(sizeof(struct pm_extension) == 16, "the text begins 16 bytes behind");

/**
 * The container of extensions: a chunk's arena, a ring's byte ring, a log frame. Offset 0 is never
 * an extension. Writers append; the owner resets used. A full container grows by moving, so keep
 * offsets, never addresses, across an append.
 */
struct pm_bytes {
    uint8_t *base;
    size_t used;
    size_t capacity;
    bool failed; /* an allocation failed; the owner ends with PM_ENOMEM */
};

static inline uint64_t pm_record_extension_offset(const struct pm_record *record)
{
    return record->word >> PM_WORD_EXTENSION_SHIFT << 3;
}
static inline void pm_record_set_extension(struct pm_record *record, uint64_t offset)
{
    record->word = (record->word & ((1ULL << PM_WORD_EXTENSION_SHIFT) - 1)) |
                   offset >> 3 << PM_WORD_EXTENSION_SHIFT;
}
/** The extension of @p record in @p bytes, or NULL; valid until the next append. */
static inline struct pm_extension *pm_record_extension(const struct pm_record *record,
                                                       const struct pm_bytes *bytes)
{
    const uint64_t offset = pm_record_extension_offset(record);

    return offset != 0 ? (struct pm_extension *)(void *)(bytes->base + offset) : NULL;
}
/** The bytes behind the extension's header; NULL and size 0 where there is none. */
static inline const char *pm_record_text(const struct pm_record *record,
                                         const struct pm_bytes *bytes, uint32_t *size)
{
    const struct pm_extension *extension = pm_record_extension(record, bytes);

    *size = extension != NULL ? extension->size : 0;
    return extension != NULL ? (const char *)(extension + 1) : NULL;
}
/** The watermark that a behind record carries; PM_TIME_MIN for any other (nothing is closed). */
static inline int64_t pm_record_closed_below(const struct pm_record *record,
                                             const struct pm_bytes *bytes)
{
    return pm_record_is_behind(record) ? pm_record_extension(record, bytes)->watermark_ns
                                       : PM_TIME_MIN;
}

/**
 * Append an extension of @p size bytes to @p bytes, uninitialised behind its header, and point
 * @p record at it; a behind record's watermark is carried over. Returns the @p size bytes, or NULL
 * when memory ran out (bytes->failed is set). Amortised O(size).
 */
void *pm_record_extend(struct pm_record *record, struct pm_bytes *bytes, uint32_t size);

/**
 * Cut the extension that pm_record_extend made last to @p size bytes (at most those it asked for)
 * and give the rest of @p bytes back: for writers that know the size only afterwards.
 */
void pm_record_trim(const struct pm_record *record, struct pm_bytes *bytes, uint32_t size);

/** As pm_record_carry, for a record that has an extension. */
void pm_record_carry_extension(struct pm_record *record, const struct pm_bytes *from,
                               struct pm_bytes *to);

/** Copy the extension of @p record from @p from to @p to and point it there; no-op without one. */
static inline void pm_record_carry(struct pm_record *record, const struct pm_bytes *from,
                                   struct pm_bytes *to)
{
    if (pm_record_extension_offset(record) != 0)
        pm_record_carry_extension(record, from, to);
}

/** Mark @p record behind @p watermark_ns (below which its event time lies). */
void pm_record_mark_behind(struct pm_record *record, struct pm_bytes *bytes, int64_t watermark_ns);

/** The bytes that the extension takes in a container, header and padding included; 0 without. */
size_t pm_record_extension_bytes(const struct pm_record *record, const struct pm_bytes *bytes);

/** Free what @p bytes holds; it may be used again. A zeroed struct is an empty container. */
void pm_bytes_close(struct pm_bytes *bytes);

#endif
