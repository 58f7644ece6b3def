/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them: 50k, 2.5M, 100ms, 64MiB. Locale-free, whole-string, range-checked.
 */
#ifndef PM_TEXT_H
#define PM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pm_error.h"

/** What a number counts; it decides the suffixes. */
enum pm_unit {
    PM_UNIT_COUNT,    /* k M G (powers of 1000) */
    PM_UNIT_DURATION, /* ns us ms s m h d; a bare 0 is allowed; the value is in ns */
    PM_UNIT_SIZE,     /* B kB MB GB KiB MiB GiB, or none; the value is in bytes */
    PM_UNIT_RATE,     /* a count, an optional "/s" behind it; the value is per second */
};

/**
 * Parse the whole of @p text ("50k", "1.5s", "64MiB") as an integer of @p unit into @p out.
 * A fraction is allowed when the product is whole. Errors: PM_EINPUT with what was read and what
 * was expected (sign, digits, suffix, overflow); @p out is then unchanged.
 */
int pm_text_parse(int64_t *out, const char *text, enum pm_unit unit, struct pm_error *error);

/** Write @p value of @p unit in its shortest exact form ("50k", "100ms"); returns @p buffer. */
char *pm_text_format(char *buffer, size_t size, int64_t value, enum pm_unit unit);

/**
 * Write @p value with three significant digits and the unit's suffix for people ("1.23 ms",
 * "49.9 k/s"); returns @p buffer.
 */
char *pm_text_human(char *buffer, size_t size, double value, enum pm_unit unit);

/**
 * Copy @p text, cut to @p size - 1 bytes, with '?' for every byte that is not printable ASCII, so
 * that foreign text may stand in a message; returns @p buffer.
 */
char *pm_text_printable(char *buffer, size_t size, const char *text);

/** True when the @p size bytes at @p text are valid UTF-8 without NUL. */
bool pm_text_is_utf8(const char *text, size_t size);

#endif
