/* SPDX-License-Identifier: Apache-2.0 */
/* Reduced arguments and short series; exponents are taken apart and put together as bits. */
#include "pm_real.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the first has 32 bits, so that its product with an exponent is exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW  0x1.a39ef35793c76p-33

static double from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 (s + s^3/3 + s^5/5 + ...), s = (m-1)/(m+1). */
double pm_real_log(double x)
{
    uint64_t bits;
    double sum = 0;

    memcpy(&bits, &x, sizeof bits);
    assert(bits >> 52 > 0 && bits >> 52 < 0x7ff);
    int exponent = (int)(bits >> 52) - 1023;
    double m = from_bits((bits & 0xfffffffffffffULL) | 1023ULL << 52);
    if (m > 1.4142135623730951) {
        m /= 2;
        exponent++;
    }
    const double s = (m - 1) / (m + 1);
    const double square = s * s;
    for (int n = 23; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * square;
    return exponent * LN2_HIGH + (2 * s + (2 * s * sum + exponent * LN2_LOW));
}

/* x = k ln 2 + r with |r| <= ln(2)/2; e^x = 2^k times the series of e^r. */
double pm_real_exp(double x)
{
    assert(x >= -700 && x <= 700);
    const int k = (int)(x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5));
    const double r = (x - k * LN2_HIGH) - k * LN2_LOW;
    double sum = 1;

    for (int n = 15; n >= 1; n--)
        sum = 1 + sum * r / n;
    return sum * from_bits((uint64_t)(k + 1023) << 52);
}
