/* SPDX-License-Identifier: Apache-2.0 */
/* Histograms as text: HdrHistogram's V2 payload, deflated, in base64. */
#ifndef PM_HDR_CODEC_H
#define PM_HDR_CODEC_H

#include "pm_histogram.h"

#include <stdio.h>

/**
 * What a decoder accepts from text that nobody vouches for. Memory while decoding is at most
 * 8 bytes a cell, 3/4 of the text and about 60 KiB, whatever the text says of itself.
 */
struct pm_hdr_limits {
    size_t text_bytes; /* base64 characters */
    uint32_t cells;
    unsigned digits;
};

/* Three digits up to the largest 64-bit value are 55,296 cells; PM_HDR_LIMITS_WIDE takes five. */
#define PM_HDR_LIMITS_INIT                                                                         \
    {                                                                                              \
        .text_bytes = 1u << 20, .cells = 1u << 16, .digits = 3                                     \
    }
#define PM_HDR_LIMITS_WIDE                                                                         \
    {                                                                                              \
        .text_bytes = 32u << 20, .cells = 6400000, .digits = 5                                     \
    }

/**
 * Write the counts within the range of @p histogram to @p stream, as one word without line break.
 * The format has no place for values out of range: the caller writes them beside it (pm_hlog does).
 * Errors: PM_EIO, PM_ENOMEM. Cost: O(cells), about 2 ms at the default layout; locale-free.
 * Source: the V2 encoding of HdrHistogram (cookies 0x1c849313 and 0x1c849314): a 40-byte big-endian
 * header, then counts up to the last one in use as ZigZag LEB128-64b9B, n > 1 zeros in a row as -n.
 */
int pm_hdr_encode(FILE *stream, const struct pm_histogram *histogram, struct pm_error *error);

/**
 * Read the @p size characters at @p text into a new histogram of the layout that they name.
 * Accepts V2 only, without index shift and with a ratio of 1. Owner: the caller closes @p out.
 * Errors: PM_EINPUT names what is wrong and the limit (never reads or writes out of bounds, and
 * allocates nothing from a length that was not checked), PM_ENOMEM.
 */
int pm_hdr_decode(struct pm_histogram **out, const char *text, size_t size,
                  const struct pm_hdr_limits *limits, struct pm_error *error);

#endif
