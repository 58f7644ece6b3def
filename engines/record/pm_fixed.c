/* SPDX-License-Identifier: Apache-2.0 */
/* Digits eight at a time within one word: no table, no loop, no branch on their number. */
#include "pm_fixed.h"

#include <assert.h>
#include <string.h>

#define BLOCK          100000000ULL /* eight digits */
#define EXPONENT_LIMIT 100000       /* beyond it every number but 0 overflows or vanishes */

static const uint64_t powers[] = {1ULL,
                                  10ULL,
                                  100ULL,
                                  1000ULL,
                                  10000ULL,
                                  100000ULL,
                                  1000000ULL,
                                  10000000ULL,
                                  100000000ULL,
                                  1000000000ULL,
                                  10000000000ULL,
                                  100000000000ULL,
                                  1000000000000ULL,
                                  10000000000000ULL,
                                  100000000000000ULL,
                                  1000000000000000ULL,
                                  10000000000000000ULL,
                                  100000000000000000ULL,
                                  1000000000000000000ULL};

/*
 * The eight digits of @p value < 10^8 as the bytes of a word, the first one lowest: halves,
 * quarters and eighths are divided side by side (multiplications that are exact below 10^4 and
 * 10^2).
 */
static inline uint64_t digits_of(uint32_t value)
{
    const uint64_t halves = value / 10000u | (uint64_t)(value % 10000u) << 32;
    const uint64_t high = (halves * 10486u >> 20) & 0x0000007f0000007fULL;
    const uint64_t quarters = high + ((halves - 100u * high) << 16);
    const uint64_t tens = (quarters * 103u >> 10) & 0x000f000f000f000fULL;

    return tens + ((quarters - 10u * tens) << 8);
}

/* All eight digits of @p value < 10^8. */
static inline char *put_block(char *at, uint32_t value)
{
    const uint64_t text = digits_of(value) | 0x3030303030303030ULL;

    memcpy(at, &text, sizeof text);
    return at + 8;
}

/* The digits of @p value < 10^8 without zeros in front; writes eight bytes whatever their number,
 * since a branch on the length would be mispredicted more often than not. */
static inline char *put_short(char *at, uint32_t value)
{
    const uint64_t digits = digits_of(value);
    const unsigned zeros = (unsigned)__builtin_ctzll(digits | 1ULL << 56) / 8;
    const uint64_t text = (digits | 0x3030303030303030ULL) >> (zeros * 8);

    memcpy(at, &text, sizeof text);
    return at + 8 - zeros;
}

/* The @p count digits of @p value, zeros in front included. */
static inline char *put_fixed(char *at, uint64_t value, unsigned count)
{
    for (char *digit = at + count; digit > at; value /= 10u)
        *--digit = (char)('0' + value % 10u);
    return at + count;
}

static inline char *put_digits(char *at, uint64_t value)
{
    if (value < BLOCK)
        return put_short(at, (uint32_t)value);
    const uint64_t high = value / BLOCK;
    if (high < BLOCK)
        at = put_short(at, (uint32_t)high);
    else
        at = put_block(put_short(at, (uint32_t)(high / BLOCK)), (uint32_t)(high % BLOCK));
    return put_block(at, (uint32_t)(value % BLOCK));
}

char *pm_fixed_write(char *at, int64_t value, unsigned scale)
{
    uint64_t magnitude = (uint64_t)value;

    assert(scale <= PM_FIXED_SCALE_MAX);
    if (value < 0) {
        *at++ = '-';
        magnitude = 0 - magnitude;
    }
    if (scale == 0)
        return put_digits(at, magnitude);
    if (scale == 2) { /* money: a division by a constant */
        at = put_digits(at, magnitude / 100u);
        *at++ = '.';
        return put_fixed(at, magnitude % 100u, 2);
    }
    at = put_digits(at, magnitude / powers[scale]);
    *at++ = '.';
    return put_fixed(at, magnitude % powers[scale], scale);
}

/* A number while it is read: mantissa x 10^exponent, zeros at the end kept out of the mantissa. */
struct number {
    uint64_t mantissa;
    int32_t zeros;    /* read behind the mantissa's last digit that is not 0 */
    int32_t decimals; /* digits read behind the point */
    bool overflow;
};

static inline void add_digit(struct number *number, unsigned digit)
{
    if (digit == 0 && number->mantissa == 0)
        return;
    number->zeros++;
    if (digit == 0 || number->overflow)
        return;
    if (number->zeros > 19) { /* ten to the 20th is beyond any mantissa */
        number->overflow = true;
        return;
    }
    for (; number->zeros > 0; number->zeros--)
        number->overflow |= __builtin_mul_overflow(number->mantissa, 10u, &number->mantissa);
    number->overflow |= __builtin_add_overflow(number->mantissa, digit, &number->mantissa);
}

static inline bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

/* Digits from @p at on; NULL when there is none. */
static const char *read_digits(struct number *number, const char *at, const char *end)
{
    const char *start = at;

    for (; is_digit(at, end); at++)
        add_digit(number, (unsigned)(*at - '0'));
    return at > start ? at : NULL;
}

static const char *read_fraction(struct number *number, const char *at, const char *end)
{
    const char *stop = read_digits(number, at + 1, end);

    if (stop == NULL)
        return NULL;
    const int64_t decimals = stop - at - 1;
    number->decimals = decimals < EXPONENT_LIMIT * 2 ? (int32_t)decimals : EXPONENT_LIMIT * 2;
    return stop;
}

static const char *read_exponent(int32_t *exponent, const char *at, const char *end)
{
    bool negative = false;

    at++;
    if (at < end && (*at == '+' || *at == '-'))
        negative = *at++ == '-';
    if (!is_digit(at, end))
        return NULL;
    for (; is_digit(at, end); at++) {
        if (*exponent < EXPONENT_LIMIT)
            *exponent = *exponent * 10 + (*at - '0');
    }
    *exponent = negative ? -*exponent : *exponent;
    return at;
}

/* mantissa x 10^exponent with its sign, or false when that is no 64-bit integer. */
static bool scale_number(int64_t *out, uint64_t mantissa, int64_t exponent, bool negative)
{
    if (mantissa == 0)
        return true;
    for (; exponent > 0; exponent--) {
        if (__builtin_mul_overflow(mantissa, 10u, &mantissa))
            return false;
    }
    for (; exponent < 0; exponent++) {
        if (mantissa % 10u != 0)
            return false;
        mantissa /= 10u;
    }
    if (mantissa > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *out = (int64_t)(negative ? 0 - mantissa : mantissa);
    return true;
}

const char *pm_fixed_read(int64_t *out, bool *exact, const char *at, const char *end,
                          unsigned scale)
{
    const bool negative = at < end && *at == '-';
    struct number number = {0};
    int32_t exponent = 0;

    *out = 0;
    *exact = false;
    at += negative ? 1 : 0;
    if (is_digit(at, end) && *at == '0' && is_digit(at + 1, end))
        return NULL;
    /* Up to 19 digits cannot overflow: the common case is one multiplication a digit. */
    const char *start = at;
    const char *point = NULL;
    uint64_t digits = 0;
    for (unsigned count = 0; at < end; at++) {
        const unsigned digit = (unsigned)(unsigned char)*at - '0';
        if (digit > 9 && (*at != '.' || point != NULL || at == start))
            break;
        if (digit > 9) {
            point = at;
        } else if (++count > 19) {
            break;
        } else {
            digits = digits * 10u + digit;
        }
    }
    if (at == start || at - 1 == point)
        return NULL;
    if (at == end || (!is_digit(at, end) && *at != '.' && (*at | 0x20) != 'e')) {
        const int64_t decimals = point != NULL ? at - point - 1 : 0;
        *exact = scale_number(out, digits, (int64_t)scale - decimals, negative);
        return at;
    }
    at = read_digits(&number, start, end);
    if (at < end && *at == '.')
        at = read_fraction(&number, at, end);
    if (at != NULL && at < end && (*at | 0x20) == 'e')
        at = read_exponent(&exponent, at, end);
    if (at != NULL && !number.overflow)
        *exact = scale_number(out, number.mantissa,
                              (int64_t)number.zeros + exponent + scale - number.decimals, negative);
    return at;
}
