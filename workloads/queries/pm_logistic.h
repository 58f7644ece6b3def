/* SPDX-License-Identifier: Apache-2.0 */
/* The logistic function in integers, so that scores are the same bytes on every machine. */
#ifndef PM_LOGISTIC_H
#define PM_LOGISTIC_H

#include <stdint.h>

#define PM_LOGISTIC_ONE 1000000

/**
 * 1 / (1 + e^-x) in parts per million, for x = @p milli / 1000.
 * Exact at multiples of 0.25 up to rounding to a part; linear between them, the quotient cut off;
 * x counts as the nearer of -8 and 8 beyond them. f(-x) = PM_LOGISTIC_ONE - f(x).
 * Error: below 800 parts per million (0.25^2 / 8 x the largest curvature, 0.0963).
 */
int32_t pm_logistic(int64_t milli);

#endif
