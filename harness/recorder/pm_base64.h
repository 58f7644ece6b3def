/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648, section 4: the plain alphabet with padding). */
#ifndef PM_BASE64_H
#define PM_BASE64_H

#include <stddef.h>

/** Characters that @p size bytes become, without NUL: 4 * ceil(size / 3). */
size_t pm_base64_encoded_size(size_t size);

/** Write @p size bytes as pm_base64_encoded_size characters to @p text, without NUL. */
void pm_base64_encode(char *text, const unsigned char *bytes, size_t size);

/**
 * Decode the whole of @p size characters into @p bytes, which has room for size / 4 * 3.
 * Returns the bytes written, or -1: length no multiple of 4, a character outside the alphabet,
 * padding before the end, or bits set that the padding cuts off.
 */
long pm_base64_decode(unsigned char *bytes, const char *text, size_t size);

#endif
