/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of HdrHistogram's V2 encoding that its writer and its reader here agree on. */
#ifndef PM_HDR_FORMAT_H
#define PM_HDR_FORMAT_H

#include <stdint.h>

#define PM_HDR_COOKIE_PAYLOAD  0x1c849313u
#define PM_HDR_COOKIE_DEFLATED 0x1c849314u
#define PM_HDR_ENVELOPE_BYTES  8u                    /* cookie, deflated length */
#define PM_HDR_HEADER_BYTES    40u                   /* the offsets below, all big-endian */
#define PM_HDR_VARINT_BYTES    9u                    /* the ninth carries eight full bits */
#define PM_HDR_RATIO_ONE       0x3ff0000000000000ULL /* 1.0 as IEEE bits */

enum pm_hdr_offset {
    PM_HDR_AT_COOKIE = 0,
    PM_HDR_AT_LENGTH = 4,
    PM_HDR_AT_SHIFT = 8,
    PM_HDR_AT_DIGITS = 12,
    PM_HDR_AT_LOWEST = 16,
    PM_HDR_AT_HIGHEST = 24,
    PM_HDR_AT_RATIO = 32,
};

static inline void pm_hdr_put_u32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static inline void pm_hdr_put_u64(unsigned char *at, uint64_t value)
{
    pm_hdr_put_u32(at, (uint32_t)(value >> 32));
    pm_hdr_put_u32(at + 4, (uint32_t)value);
}

static inline uint32_t pm_hdr_get_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t pm_hdr_get_u64(const unsigned char *at)
{
    return (uint64_t)pm_hdr_get_u32(at) << 32 | pm_hdr_get_u32(at + 4);
}

#endif
