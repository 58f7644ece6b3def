/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal text without a locale: shortest digits, rounded half up. */
#include "pm_decimal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST_MAX 17 /* digits that tell every double from its neighbours */

/* value = 0.d1 d2 d3 ... * 10^point */
struct digits {
    char digit[SHORTEST_MAX];
    int count;
    int point;
};

/* Take the digits out of "d.ddde+xx", whatever the locale's point looks like. */
static struct digits digits_of_text(const char *text)
{
    struct digits out = {.count = 0};
    const char *at = text;

    for (; *at != '\0' && *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9' && out.count < SHORTEST_MAX)
            out.digit[out.count++] = *at;
    }
    out.point = 1 + (int)strtol(at + 1, NULL, 10);
    return out;
}

static struct digits shortest_digits(double value)
{
    char text[64];

    for (int places = 14; places < SHORTEST_MAX; places++) {
        snprintf(text, sizeof text, "%.*e", places, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return digits_of_text(text);
}

/* Keep the first @p keep digits, half up; a carry out of the first one makes a digit in front. */
static void round_half_up(struct digits *digits, int keep)
{
    if (keep >= digits->count)
        return;
    if (keep < 0) {
        digits->count = 0;
        return;
    }

    bool carry = digits->digit[keep] >= '5';

    digits->count = keep;
    for (int i = keep - 1; carry && i >= 0; i--) {
        carry = digits->digit[i] == '9';
        digits->digit[i] = carry ? '0' : (char)(digits->digit[i] + 1);
    }
    if (carry) {
        memmove(digits->digit + 1, digits->digit, (size_t)digits->count);
        digits->digit[0] = '1';
        digits->count++;
        digits->point++;
    }
}

static char digit_at(const struct digits *digits, int index)
{
    return index >= 0 && index < digits->count ? digits->digit[index] : '0';
}

char *pm_decimal_format(char *buffer, double value, unsigned places)
{
    struct digits digits = shortest_digits(fabs(value));
    char *at = buffer;

    assert(isfinite(value) && places <= PM_DECIMAL_PLACES);
    round_half_up(&digits, digits.point + (int)places);
    if (value < 0)
        *at++ = '-';
    if (digits.point <= 0)
        *at++ = '0';
    for (int i = 0; i < digits.point; i++)
        *at++ = digit_at(&digits, i);
    if (places > 0)
        *at++ = '.';
    for (int i = 0; i < (int)places; i++)
        *at++ = digit_at(&digits, digits.point + i);
    *at = '\0';
    return buffer;
}

bool pm_decimal_parse(int64_t *out, const char *text, size_t size)
{
    int64_t value = 0;
    size_t decimals = 0;
    size_t i = 0;
    bool point = false;

    for (; i < size && (point ? decimals < 9 : true); i++) {
        if (text[i] == '.' && !point && i > 0) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text[i] - '0', &value))
            return false;
        decimals += point;
    }
    for (; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    for (; decimals < 9; decimals++) {
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    }
    if (size == 0 || text[size - 1] == '.')
        return false;
    *out = value;
    return true;
}
