/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of the histogram codec: nothing that the text says of itself is believed. */
#include "pm_hdr_codec.h"

#include "pm_base64.h"
#include "pm_hdr_format.h"

#include <stdlib.h>
#include <zlib.h>

/* Inflates piece by piece, so that a small text cannot ask for a large buffer. */
struct inflater {
    z_stream zlib;
    unsigned char piece[4096];
    size_t at, filled;
    int status; /* Z_OK until the stream ends or is found broken */
};

/* The next inflated byte, or -1 at the end and on broken input (status tells them apart). */
static int next_byte(struct inflater *in)
{
    while (in->at == in->filled) {
        if (in->status != Z_OK)
            return -1;
        in->zlib.next_out = in->piece;
        in->zlib.avail_out = sizeof in->piece;
        in->status = inflate(&in->zlib, Z_NO_FLUSH);
        in->at = 0;
        in->filled = sizeof in->piece - in->zlib.avail_out;
        if (in->status != Z_OK && in->status != Z_STREAM_END)
            in->filled = 0;
    }
    return in->piece[in->at++];
}

/* Read one count into @p out and take its bytes off @p left; false when they do not suffice. */
static bool next_varint(struct inflater *in, uint32_t *left, int64_t *out)
{
    uint64_t zigzag = 0;

    for (unsigned i = 0; i < PM_HDR_VARINT_BYTES; i++) {
        const int byte = *left > 0 ? next_byte(in) : -1;
        const bool last = i + 1 == PM_HDR_VARINT_BYTES || (byte & 0x80) == 0;

        if (byte < 0)
            return false;
        (*left)--;
        zigzag |= (uint64_t)(i + 1 == PM_HDR_VARINT_BYTES ? byte : byte & 0x7f) << (7 * i);
        if (last)
            break;
    }
    *out = (int64_t)(zigzag >> 1 ^ (0 - (zigzag & 1)));
    return true;
}

static int refuse(struct pm_error *error, const char *what)
{
    return pm_error_set(error, PM_EINPUT, "histogram text: %s", what);
}

static int check_header(const unsigned char *header, struct pm_histogram_config *config,
                        const struct pm_hdr_limits *limits, struct pm_error *error)
{
    const uint32_t cookie = pm_hdr_get_u32(header + PM_HDR_AT_COOKIE);
    size_t size = 0;

    config->digits = pm_hdr_get_u32(header + PM_HDR_AT_DIGITS);
    config->lowest = (int64_t)pm_hdr_get_u64(header + PM_HDR_AT_LOWEST);
    config->highest = (int64_t)pm_hdr_get_u64(header + PM_HDR_AT_HIGHEST);
    if (cookie != PM_HDR_COOKIE_PAYLOAD)
        return pm_error_set(error, PM_EINPUT, "histogram text: cookie %08x: expected V2, %08x",
                            cookie, PM_HDR_COOKIE_PAYLOAD);
    if (pm_hdr_get_u32(header + PM_HDR_AT_SHIFT) != 0 ||
        pm_hdr_get_u64(header + PM_HDR_AT_RATIO) != PM_HDR_RATIO_ONE)
        return refuse(error, "an index shift or a ratio: expected plain whole numbers");
    if (config->digits > limits->digits)
        return pm_error_set(error, PM_EINPUT, "histogram text: %u digits: expected at most %u",
                            config->digits, limits->digits);

    const int code = pm_histogram_size(&size, config, error);
    const size_t cells = code < 0 ? 0 : (size - sizeof(struct pm_histogram)) / sizeof(uint64_t) - 2;

    if (cells > limits->cells)
        return pm_error_set(error, PM_EINPUT,
                            "histogram text: %zu cells up to %lld: expected at most %u", cells,
                            (long long)config->highest, limits->cells);
    return code;
}

/* Fill the cells from the @p left bytes of counts that the header announces. */
static int read_counts(struct pm_histogram *histogram, struct inflater *in, uint32_t left,
                       struct pm_error *error)
{
    uint64_t cell = 0;
    int64_t total = 0;

    while (left > 0) {
        int64_t count = 0;

        if (!next_varint(in, &left, &count))
            return refuse(error, "the counts end before their length");
        if (count < 0) {
            if (0 - (uint64_t)count > histogram->length - cell)
                return refuse(error, "a run of empty cells beyond the last cell");
            cell += 0 - (uint64_t)count;
            continue;
        }
        if (cell >= histogram->length)
            return refuse(error, "more counts than cells");
        if (__builtin_add_overflow(total, count, &total))
            return refuse(error, "more samples than 63 bits hold");
        atomic_store_explicit(&histogram->cells[cell++], (uint64_t)count, memory_order_relaxed);
    }
    if (next_byte(in) >= 0 || in->status != Z_STREAM_END || in->zlib.avail_in != 0)
        return refuse(error, "bytes behind the counts, or a broken end");
    return 0;
}

static int read_payload(struct pm_histogram **out, struct inflater *in,
                        const struct pm_hdr_limits *limits, struct pm_error *error)
{
    struct pm_histogram_config config = {0};
    struct pm_histogram *histogram = NULL;
    unsigned char header[PM_HDR_HEADER_BYTES];

    for (size_t i = 0; i < sizeof header; i++) {
        const int byte = next_byte(in);
        if (byte < 0)
            return refuse(error, "no whole header, or no zlib stream");
        header[i] = (unsigned char)byte;
    }

    int code = check_header(header, &config, limits, error);

    if (code == 0)
        code = pm_histogram_open(&histogram, &config, error);
    if (code == 0)
        code = read_counts(histogram, in, pm_hdr_get_u32(header + PM_HDR_AT_LENGTH), error);
    if (code == 0)
        *out = histogram;
    else
        pm_histogram_close(histogram);
    return code;
}

static int read_wire(struct pm_histogram **out, unsigned char *wire, size_t size,
                     const struct pm_hdr_limits *limits, struct pm_error *error)
{
    struct inflater in = {.status = Z_OK};

    if (size < PM_HDR_ENVELOPE_BYTES || pm_hdr_get_u32(wire) != PM_HDR_COOKIE_DEFLATED)
        return refuse(error, "not a deflated V2 histogram (such a text begins with HISTFAAA)");
    if (pm_hdr_get_u32(wire + 4) != size - PM_HDR_ENVELOPE_BYTES)
        return refuse(error, "its length is not the one that it states");
    if (inflateInit(&in.zlib) != Z_OK)
        return pm_error_set(error, PM_ENOMEM, "histogram text: no memory to inflate");
    in.zlib.next_in = wire + PM_HDR_ENVELOPE_BYTES;
    in.zlib.avail_in = (uInt)(size - PM_HDR_ENVELOPE_BYTES);

    const int code = read_payload(out, &in, limits, error);

    inflateEnd(&in.zlib);
    return code;
}

int pm_hdr_decode(struct pm_histogram **out, const char *text, size_t size,
                  const struct pm_hdr_limits *limits, struct pm_error *error)
{
    if (size > limits->text_bytes)
        return pm_error_set(error, PM_EINPUT,
                            "histogram text: %zu characters: expected at most %zu", size,
                            limits->text_bytes);

    unsigned char *wire = malloc(size / 4 * 3 + 1);

    if (wire == NULL)
        return pm_error_set(error, PM_ENOMEM, "histogram text: no memory for %zu characters", size);

    const long decoded = pm_base64_decode(wire, text, size);
    const int code = decoded < 0 ? refuse(error, "not base64")
                                 : read_wire(out, wire, (size_t)decoded, limits, error);

    free(wire);
    return code;
}
