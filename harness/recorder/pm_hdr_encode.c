/* SPDX-License-Identifier: Apache-2.0 */
/* The writing half of the histogram codec. */
#include "pm_hdr_codec.h"

#include "pm_base64.h"
#include "pm_hdr_format.h"

#include <stdlib.h>
#include <zlib.h>

static unsigned char *put_varint(unsigned char *at, int64_t value)
{
    uint64_t zigzag = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);

    for (unsigned i = 1; i < PM_HDR_VARINT_BYTES; i++) {
        if (zigzag < 0x80) {
            *at++ = (unsigned char)zigzag;
            return at;
        }
        *at++ = (unsigned char)(zigzag | 0x80);
        zigzag >>= 7;
    }
    *at++ = (unsigned char)zigzag;
    return at;
}

/* Cells up to the last one in use, at least one. */
static uint32_t cells_in_use(const struct pm_histogram *histogram)
{
    uint32_t cells = histogram->length;

    while (cells > 1 && pm_histogram_count_at(histogram, cells - 1) == 0)
        cells--;
    return cells;
}

static unsigned char *put_counts(unsigned char *at, const struct pm_histogram *histogram,
                                 uint32_t cells)
{
    for (uint32_t i = 0; i < cells;) {
        const uint64_t count = pm_histogram_count_at(histogram, i);
        uint32_t zeros = 0;

        while (i + zeros < cells && pm_histogram_count_at(histogram, i + zeros) == 0)
            zeros++;
        at = put_varint(at, zeros > 1 ? -(int64_t)zeros : (int64_t)count);
        i += zeros > 1 ? zeros : 1;
    }
    return at;
}

/* The undeflated form; returns its size. */
static size_t put_payload(unsigned char *payload, const struct pm_histogram *histogram,
                          uint32_t cells)
{
    const unsigned char *end = put_counts(payload + PM_HDR_HEADER_BYTES, histogram, cells);
    const size_t size = (size_t)(end - payload);

    pm_hdr_put_u32(payload + PM_HDR_AT_COOKIE, PM_HDR_COOKIE_PAYLOAD);
    pm_hdr_put_u32(payload + PM_HDR_AT_LENGTH, (uint32_t)(size - PM_HDR_HEADER_BYTES));
    pm_hdr_put_u32(payload + PM_HDR_AT_SHIFT, 0);
    pm_hdr_put_u32(payload + PM_HDR_AT_DIGITS, histogram->digits);
    pm_hdr_put_u64(payload + PM_HDR_AT_LOWEST, (uint64_t)histogram->lowest);
    pm_hdr_put_u64(payload + PM_HDR_AT_HIGHEST, (uint64_t)histogram->highest);
    pm_hdr_put_u64(payload + PM_HDR_AT_RATIO, PM_HDR_RATIO_ONE);
    return size;
}

/* Deflate @p size bytes behind an envelope into @p wire; 0 when zlib has no memory. */
static size_t put_envelope(unsigned char *wire, size_t room, const unsigned char *payload,
                           size_t size)
{
    uLongf deflated = (uLongf)(room - PM_HDR_ENVELOPE_BYTES);

    if (compress2(wire + PM_HDR_ENVELOPE_BYTES, &deflated, payload, (uLong)size,
                  Z_DEFAULT_COMPRESSION) != Z_OK)
        return 0;
    pm_hdr_put_u32(wire, PM_HDR_COOKIE_DEFLATED);
    pm_hdr_put_u32(wire + 4, (uint32_t)deflated);
    return PM_HDR_ENVELOPE_BYTES + (size_t)deflated;
}

int pm_hdr_encode(FILE *stream, const struct pm_histogram *histogram, struct pm_error *error)
{
    const uint32_t cells = cells_in_use(histogram);
    const size_t payload_room = PM_HDR_HEADER_BYTES + (size_t)cells * PM_HDR_VARINT_BYTES;
    const size_t wire_room = PM_HDR_ENVELOPE_BYTES + compressBound((uLong)payload_room);
    const size_t text_room = pm_base64_encoded_size(wire_room);
    unsigned char *memory = malloc(payload_room + wire_room + text_room);
    int code = 0;

    if (memory == NULL)
        return pm_error_set(error, PM_ENOMEM, "histogram: no memory to encode %u cells", cells);

    unsigned char *wire = memory + payload_room;
    char *text = (char *)wire + wire_room;
    const size_t size = put_payload(memory, histogram, cells);
    const size_t wire_size = put_envelope(wire, wire_room, memory, size);
    const size_t text_size = pm_base64_encoded_size(wire_size);

    pm_base64_encode(text, wire, wire_size);
    if (wire_size == 0)
        code = pm_error_set(error, PM_ENOMEM, "histogram: no memory to deflate %zu bytes", size);
    else if (fwrite(text, 1, text_size, stream) != text_size)
        code = pm_error_errno(error, PM_EIO, "histogram: cannot write %zu characters", text_size);
    free(memory);
    return code;
}
