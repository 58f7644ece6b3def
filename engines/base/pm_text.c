/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with suffixes, parsed and written in integers: no locale and no rounding enters. */
#include "pm_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FRACTION_DIGITS 18u /* 10^18 is the last power of ten that fits an int64 */
#define SHORT_DIGITS    3u  /* how many decimals pm_text_format tries before a smaller suffix */

struct suffix {
    const char *name;
    int64_t factor;
};

struct unit_row {
    const char *expected;
    const char *tail;          /* may follow the suffix, and always does in text for people */
    bool bare;                 /* a number without a suffix counts in the base unit */
    struct suffix suffixes[8]; /* ascending; the first is the base unit; ends with a NULL name */
};

static const struct unit_row units[] = {
    [PM_UNIT_COUNT] = {"a count such as 50k",
                       "",
                       true,
                       {{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}}},
    [PM_UNIT_DURATION] = {"a duration such as 100ms",
                          "",
                          false,
                          {{"ns", 1},
                           {"us", 1000},
                           {"ms", 1000000},
                           {"s", 1000000000},
                           {"m", 60000000000},
                           {"h", 3600000000000},
                           {"d", 86400000000000}}},
    [PM_UNIT_SIZE] = {"a size such as 64MiB",
                      "",
                      true,
                      {{"B", 1},
                       {"kB", 1000},
                       {"KiB", 1 << 10},
                       {"MB", 1000000},
                       {"MiB", 1 << 20},
                       {"GB", 1000000000},
                       {"GiB", 1 << 30}}},
    [PM_UNIT_RATE] = {"a rate such as 50k/s",
                      "/s",
                      true,
                      {{"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}}},
};

/* A number as written: whole + fraction / scale. */
struct number {
    bool negative;
    uint64_t whole;
    uint64_t fraction;
    uint64_t scale;
    const char *rest;
};

char *pm_text_printable(char *buffer, size_t size, const char *text)
{
    size_t used = 0;

    for (; used + 1 < size && text[used] != '\0'; used++) {
        const unsigned char byte = (unsigned char)text[used];
        buffer[used] = byte < 0x20 || byte > 0x7e ? '?' : text[used];
    }
    if (size > 0)
        buffer[used] = '\0';
    return buffer;
}

static int refuse(const char *text, const char *why, enum pm_unit unit, struct pm_error *error)
{
    char shown[48];

    pm_text_printable(shown, sizeof shown, text);
    return pm_error_set(error, PM_EINPUT, "%s: %s: expected %s", shown, why, units[unit].expected);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Reads digits from @p at on; returns what follows them, or NULL when the value overflows. */
static const char *read_digits(const char *at, uint64_t *value)
{
    for (; is_digit(*at); at++) {
        if (__builtin_mul_overflow(*value, 10u, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*at - '0'), value))
            return NULL;
    }
    return at;
}

/* Returns NULL, or what is wrong with the digits of @p text. */
static const char *read_number(struct number *out, const char *text)
{
    const char *at = text;

    *out = (struct number){.scale = 1};
    out->negative = *at == '-';
    at += out->negative ? 1 : 0;
    if (!is_digit(*at))
        return "no digits";
    if (at[0] == '0' && is_digit(at[1]))
        return "leading zero"; /* would be octal elsewhere */
    at = read_digits(at, &out->whole);
    if (at == NULL)
        return "too large";
    if (*at == '.') {
        const char *first = at + 1;
        const size_t digits = strspn(first, "0123456789");
        if (digits == 0 || digits > FRACTION_DIGITS)
            return digits == 0 ? "no digits behind the point" : "too many digits";
        at = read_digits(first, &out->fraction);
        for (size_t i = 0; i < digits; i++)
            out->scale *= 10;
    }
    out->rest = at;
    return NULL;
}

/* The factor of the suffix @p rest, or 0. */
static int64_t find_factor(const struct number *number, const struct unit_row *row)
{
    size_t length = strlen(number->rest);
    const size_t tail = strlen(row->tail);

    if (tail > 0 && length >= tail && strcmp(number->rest + length - tail, row->tail) == 0)
        length -= tail;
    if (length == 0 && (row->bare || (number->whole == 0 && number->fraction == 0)))
        return 1;
    for (const struct suffix *suffix = row->suffixes; suffix->name != NULL; suffix++) {
        if (length > 0 && strlen(suffix->name) == length &&
            memcmp(suffix->name, number->rest, length) == 0)
            return suffix->factor;
    }
    return 0;
}

int pm_text_parse(int64_t *out, const char *text, enum pm_unit unit, struct pm_error *error)
{
    struct number number;
    const char *wrong = read_number(&number, text);

    if (wrong != NULL)
        return refuse(text, wrong, unit, error);
    const int64_t factor = find_factor(&number, &units[unit]);
    if (factor == 0)
        return refuse(text, *number.rest == '\0' ? "no unit" : "unknown suffix", unit, error);
    const unsigned __int128 parts = (unsigned __int128)number.fraction * (uint64_t)factor;
    if (parts % number.scale != 0)
        return refuse(text, "not a whole number of the smallest unit", unit, error);
    const unsigned __int128 magnitude =
        (unsigned __int128)number.whole * (uint64_t)factor + parts / number.scale;
    if (magnitude > (unsigned __int128)INT64_MAX + (number.negative ? 1 : 0))
        return refuse(text, "too large", unit, error);
    *out = (int64_t)(number.negative ? 0 - (uint64_t)magnitude : (uint64_t)magnitude);
    return 0;
}

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* Writes @p value in units of @p suffix when that takes at most SHORT_DIGITS decimals. */
static bool write_exact(char *buffer, size_t size, int64_t value, const struct suffix *suffix)
{
    const uint64_t factor = (uint64_t)suffix->factor;
    uint64_t rest = magnitude_of(value) % factor;
    char decimals[SHORT_DIGITS + 2] = {rest != 0 ? '.' : '\0'};

    for (size_t i = 1; rest != 0 && i <= SHORT_DIGITS; i++) {
        rest *= 10;
        decimals[i] = (char)('0' + rest / factor);
        rest %= factor;
    }
    if (rest != 0)
        return false;
    snprintf(buffer, size, "%s%llu%s%s", value < 0 ? "-" : "",
             (unsigned long long)(magnitude_of(value) / factor), decimals, suffix->name);
    return true;
}

char *pm_text_format(char *buffer, size_t size, int64_t value, enum pm_unit unit)
{
    const struct unit_row *row = &units[unit];
    char best[48] = "";

    for (const struct suffix *suffix = row->suffixes; suffix->name != NULL; suffix++) {
        char tried[48];
        if (suffix->factor > 1 && magnitude_of(value) < (uint64_t)suffix->factor)
            continue;
        if (write_exact(tried, sizeof tried, value, suffix) &&
            (best[0] == '\0' || strlen(tried) <= strlen(best)))
            memcpy(best, tried, sizeof best);
    }
    snprintf(buffer, size, "%s%s", value == 0 && unit == PM_UNIT_DURATION ? "0" : best, row->tail);
    return buffer;
}

/* People read sizes in powers of two only. */
static bool for_people(const struct suffix *suffix, enum pm_unit unit)
{
    return unit != PM_UNIT_SIZE || suffix->factor == 1 || strchr(suffix->name, 'i') != NULL;
}

static const struct suffix *human_suffix(double magnitude, enum pm_unit unit)
{
    const struct suffix *chosen = units[unit].suffixes;

    for (const struct suffix *suffix = chosen + 1; suffix->name != NULL; suffix++) {
        if (for_people(suffix, unit) && magnitude >= 0.9995 * (double)suffix->factor)
            chosen = suffix;
    }
    return chosen;
}

char *pm_text_human(char *buffer, size_t size, double value, enum pm_unit unit)
{
    static const unsigned powers[] = {1, 10, 100};
    const struct suffix *suffix = human_suffix(fabs(value), unit);
    const double scaled = fabs(value) / (double)suffix->factor;
    unsigned decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;

    if (!(scaled < 1e15)) {
        snprintf(buffer, size, "-");
        return buffer;
    }
    if (suffix->factor == 1 && scaled == floor(scaled))
        decimals = 0;
    const unsigned power = powers[decimals];
    const unsigned long long digits = (unsigned long long)(scaled * power + 0.5);
    char fraction[16] = "";
    if (decimals > 0)
        snprintf(fraction, sizeof fraction, ".%0*llu", (int)decimals, digits % power);
    const char *space = suffix->name[0] != '\0' || units[unit].tail[0] != '\0' ? " " : "";
    snprintf(buffer, size, "%s%llu%s%s%s%s", value < 0 ? "-" : "", digits / power, fraction, space,
             suffix->name, units[unit].tail);
    return buffer;
}

/* The length of the well-formed sequence at @p at (table 3-7 of the Unicode Standard), or 0. */
static size_t sequence_length(const unsigned char *at, size_t left)
{
    if (at[0] < 0x80)
        return at[0] != 0 ? 1 : 0;
    const size_t length = at[0] < 0xc2   ? 0
                          : at[0] < 0xe0 ? 2
                          : at[0] < 0xf0 ? 3
                          : at[0] < 0xf5 ? 4
                                         : 0;
    if (length == 0 || length > left)
        return 0;
    const unsigned low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

bool pm_text_is_utf8(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text;

    for (size_t used = 0; used < size;) {
        const size_t length = sequence_length(at + used, size - used);
        if (length == 0)
            return false;
        used += length;
    }
    return true;
}
