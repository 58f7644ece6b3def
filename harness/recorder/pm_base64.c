/* SPDX-License-Identifier: Apache-2.0 */
/* Base64, strict on the way in. */
#include "pm_base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t pm_base64_encoded_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

void pm_base64_encode(char *text, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 |
                               (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                               (left > 2 ? bytes[i + 2] : 0u);

        *text++ = alphabet[group >> 18];
        *text++ = alphabet[group >> 12 & 63];
        *text++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *text++ = left > 2 ? alphabet[group & 63] : '=';
    }
}

/* The six bits of a character, or -1. */
static int bits_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

long pm_base64_decode(unsigned char *bytes, const char *text, size_t size)
{
    unsigned char *at = bytes;
    size_t padding = 0;

    if (size % 4 != 0)
        return -1;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < size; i += 4) {
        const size_t cut = i + 4 == size ? padding : 0;
        uint32_t group = 0;

        for (size_t j = 0; j < 4; j++) {
            const int bits = j < 4 - cut ? bits_of(text[i + j]) : 0;
            if (bits < 0)
                return -1;
            group = group << 6 | (uint32_t)bits;
        }
        for (size_t j = 0; j < 3 - cut; j++)
            *at++ = (unsigned char)(group >> (16 - 8 * j));
        if (cut != 0 && (group & ((1u << (8 * cut)) - 1)) != 0)
            return -1;
    }
    return at - bytes;
}
