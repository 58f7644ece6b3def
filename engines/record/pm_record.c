/* SPDX-License-Identifier: Apache-2.0 */
/* Extensions: appended to a container, carried from one container to the next. */
#include "pm_record.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MIN 4096u

static size_t padded(size_t size)
{
    return (size + 7u) & ~(size_t)7u;
}

/* The first 8 bytes of a container stay unused. */
static size_t first_free(const struct pm_bytes *bytes)
{
    return bytes->used != 0 ? bytes->used : 8;
}

/* A larger block for @p size more bytes, apart from those who mostly find room. */
static __attribute__((noinline)) bool grow(struct pm_bytes *bytes, size_t size)
{
    const size_t used = first_free(bytes);
    size_t capacity = bytes->capacity != 0 ? bytes->capacity : BYTES_MIN;

    while (capacity < used + size)
        capacity *= 2;
    uint8_t *base = realloc(bytes->base, capacity);
    if (base == NULL) {
        bytes->failed = true;
        return false;
    }
    if (bytes->base == NULL)
        memset(base, 0, 8); /* written to files with the rest */
    bytes->base = base;
    bytes->capacity = capacity;
    return true;
}

/* Room for @p size more bytes at the end. */
static inline bool make_room(struct pm_bytes *bytes, size_t size)
{
    const size_t used = first_free(bytes);

    if (used + size > bytes->capacity && !grow(bytes, size))
        return false;
    bytes->used = used;
    return true;
}

static inline size_t whole_size(const struct pm_extension *extension)
{
    return sizeof *extension + padded(extension->size);
}

void *pm_record_extend(struct pm_record *record, struct pm_bytes *bytes, uint32_t size)
{
    const size_t whole = sizeof(struct pm_extension) + padded(size);
    const int64_t watermark_ns = pm_record_closed_below(record, bytes);

    if (!make_room(bytes, whole))
        return NULL;
    struct pm_extension *extension = (void *)(bytes->base + bytes->used);
    *extension = (struct pm_extension){.size = size, .watermark_ns = watermark_ns};
    if (size > 0) /* the padding is written to files: never stale bytes */
        memset((uint8_t *)(extension + 1) + padded(size) - 8, 0, 8);
    pm_record_set_extension(record, bytes->used);
    bytes->used += whole;
    return extension + 1;
}

void pm_record_trim(const struct pm_record *record, struct pm_bytes *bytes, uint32_t size)
{
    struct pm_extension *extension = pm_record_extension(record, bytes);

    assert(extension != NULL && size <= extension->size);
    uint8_t *end = (uint8_t *)(extension + 1) + size;
    if (size + 8 <= extension->size) { /* the padding and more: a load would wait for the stores */
        memset(end, 0, 8);
    } else if (size % 8 != 0) { /* the high bytes of the last word */
        uint64_t *last = (uint64_t *)(void *)(end - size % 8);
        *last &= (1ULL << size % 8 * 8) - 1;
    }
    extension->size = size;
    bytes->used = pm_record_extension_offset(record) + sizeof *extension + padded(size);
}

size_t pm_record_extension_bytes(const struct pm_record *record, const struct pm_bytes *bytes)
{
    const struct pm_extension *extension = pm_record_extension(record, bytes);

    return extension != NULL ? whole_size(extension) : 0;
}

void pm_record_carry_extension(struct pm_record *record, const struct pm_bytes *from,
                               struct pm_bytes *to)
{
    const size_t whole = whole_size(pm_record_extension(record, from));

    if (!make_room(to, whole)) {
        record->word &= ~PM_WORD_BEHIND;
        pm_record_set_extension(record, 0);
        return;
    }
    memcpy(to->base + to->used, from->base + pm_record_extension_offset(record), whole);
    pm_record_set_extension(record, to->used);
    to->used += whole;
}

void pm_record_mark_behind(struct pm_record *record, struct pm_bytes *bytes, int64_t watermark_ns)
{
    if (pm_record_extension(record, bytes) == NULL && pm_record_extend(record, bytes, 0) == NULL)
        return;
    record->word |= PM_WORD_BEHIND;
    pm_record_extension(record, bytes)->watermark_ns = watermark_ns;
}

void pm_bytes_close(struct pm_bytes *bytes)
{
    free(bytes->base);
    *bytes = (struct pm_bytes){0};
}
