/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers in histogram files: the digits that Java's tools write, whatever the locale. */
#ifndef PM_DECIMAL_H
#define PM_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PM_DECIMAL_SIZE   352 /* the longest double with PM_DECIMAL_PLACES places, and NUL */
#define PM_DECIMAL_PLACES 18

/**
 * Write finite @p value with @p places <= PM_DECIMAL_PLACES decimals and a point; returns @p buffer
 * (PM_DECIMAL_SIZE bytes). The shortest decimal that reads back as @p value is rounded half up.
 * Source: java.util.Formatter's %.nf; C's printf rounds the exact binary value instead, which
 * differs for one value in a thousand that ends in 5, and uses the locale's point.
 */
char *pm_decimal_format(char *buffer, double value, unsigned places);

/**
 * Read "12", "12.5" or "1795169524.000" from the @p size bytes at @p text as billionths, whole
 * text. Further decimals than nine are cut off. False (and @p out unchanged) for anything else: a
 * sign, an exponent, an empty text, more than INT64_MAX billionths.
 */
bool pm_decimal_parse(int64_t *out, const char *text, size_t size);

#endif
