/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing, writing and describing settings from their table. */
#include "pm_option.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DECIMAL_DIGITS 15u /* as many significant digits as a double always gives back */
#define NEAR_DISTANCE  3u
#define NEAR_LENGTH    63u

static const char *const unit_names[] = {
    [PM_UNIT_COUNT] = "count",
    [PM_UNIT_DURATION] = "duration",
    [PM_UNIT_SIZE] = "size",
    [PM_UNIT_RATE] = "rate",
};

static const char *const bool_words[] = {"false", "true", "no", "yes", "off", "on"};

static void *field_of(const struct pm_option *option, void *target)
{
    return (char *)target + option->offset;
}

static int refuse(const struct pm_option *option, const char *text, struct pm_error *error)
{
    char shown[48];
    char range[128];

    pm_text_printable(shown, sizeof shown, text);
    return pm_error_set(error, PM_EINPUT, "%s: %s: expected %s", option->name, shown,
                        pm_option_range(option, range, sizeof range));
}

static int set_integer(const struct pm_option *option, void *field, const char *text,
                       struct pm_error *error)
{
    struct pm_error inner;
    int64_t value = 0;

    if (pm_text_parse(&value, text, option->unit, &inner) != 0)
        return pm_error_set(error, PM_EINPUT, "%s: %s", option->name, inner.text);
    if (value < option->min || value > option->max)
        return refuse(option, text, error);
    memcpy(field, &value, sizeof value);
    return 0;
}

/*
 * Parses [-]digits[.digits] with at most 15 digits: an integer below 2^53 over a power of ten below
 * 10^22 is rounded once, so the result is the nearest double without any help from the C library.
 */
static bool parse_decimal(double *out, const char *text)
{
    const char *at = text + (text[0] == '-' ? 1 : 0);
    const size_t whole = strspn(at, "0123456789");
    const char *point = at + whole;
    const size_t decimals = *point == '.' ? strspn(point + 1, "0123456789") : 0;
    const char *end = *point == '.' ? point + 1 + decimals : point;
    double digits = 0;
    double scale = 1;

    if (whole == 0 || *end != '\0' || (*point == '.' && decimals == 0) ||
        whole + decimals > DECIMAL_DIGITS || (at[0] == '0' && whole > 1))
        return false;
    for (; at < end; at++)
        digits = *at == '.' ? digits : digits * 10 + (*at - '0');
    for (size_t i = 0; i < decimals; i++)
        scale *= 10;
    *out = text[0] == '-' ? -(digits / scale) : digits / scale;
    return true;
}

static int set_decimal(const struct pm_option *option, void *field, const char *text,
                       struct pm_error *error)
{
    double value = 0;

    if (!parse_decimal(&value, text) || value < (double)option->min || value > (double)option->max)
        return refuse(option, text, error);
    memcpy(field, &value, sizeof value);
    return 0;
}

static int set_bool(const struct pm_option *option, void *field, const char *text,
                    struct pm_error *error)
{
    for (size_t i = 0; i < sizeof bool_words / sizeof bool_words[0]; i++) {
        if (strcmp(text, bool_words[i]) == 0) {
            *(bool *)field = i % 2 == 1;
            return 0;
        }
    }
    return refuse(option, text, error);
}

/* The word of @p words behind @p at: its start and length; NULL behind the last one. */
static const char *next_word(const char *at, size_t *length)
{
    at += strspn(at, " ");
    *length = strcspn(at, " ");
    return *length > 0 ? at : NULL;
}

static int set_choice(const struct pm_option *option, void *field, const char *text,
                      struct pm_error *error)
{
    size_t length = 0;
    int index = 0;

    for (const char *word = next_word(option->choices, &length); word != NULL;
         word = next_word(word + length, &length), index++) {
        if (strlen(text) == length && memcmp(word, text, length) == 0) {
            memcpy(field, &index, sizeof index);
            return 0;
        }
    }
    return refuse(option, text, error);
}

static int set_text(const struct pm_option *option, void *field, const char *text,
                    struct pm_error *error)
{
    const size_t length = strlen(text);

    if (length >= PM_OPTION_TEXT_SIZE)
        return pm_error_set(error, PM_EINPUT, "%s: %zu bytes: expected at most %d", option->name,
                            length, PM_OPTION_TEXT_SIZE - 1);
    if (!pm_text_is_utf8(text, length))
        return pm_error_set(error, PM_EINPUT, "%s: expected UTF-8", option->name);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return pm_error_set(error, PM_EINPUT, "%s: control byte 0x%02x: expected text",
                                option->name, (unsigned)(unsigned char)text[i]);
    }
    memcpy(field, text, length + 1);
    return 0;
}

int pm_option_set(const struct pm_option *option, void *target, const char *text,
                  struct pm_error *error)
{
    void *field = field_of(option, target);

    switch (option->kind) {
    case PM_OPTION_INTEGER:
        return set_integer(option, field, text, error);
    case PM_OPTION_BOOL:
        return set_bool(option, field, text, error);
    case PM_OPTION_CHOICE:
        return set_choice(option, field, text, error);
    case PM_OPTION_TEXT:
        return set_text(option, field, text, error);
    case PM_OPTION_DECIMAL:
        return set_decimal(option, field, text, error);
    }
    return pm_error_set(error, PM_EINTERNAL, "%s: unknown kind of option", option->name);
}

void pm_option_defaults(const struct pm_option *table, void *target)
{
    for (const struct pm_option *option = table; option->name != NULL; option++) {
        const int rc = pm_option_set(option, target, option->fallback, NULL);
        assert(rc == 0 && "the table's default does not parse");
        (void)rc;
    }
}

const struct pm_option *pm_option_find(const struct pm_option *table, const char *name)
{
    for (const struct pm_option *option = table; option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

/* Tries ever more decimals until the text reads back as @p value. */
static void write_decimal(char *buffer, size_t size, double value)
{
    unsigned long long power = 1;

    for (int decimals = 0; decimals <= (int)DECIMAL_DIGITS; decimals++, power *= 10) {
        const double scaled = floor(fabs(value) * (double)power + 0.5);
        const unsigned long long digits = scaled < 1e18 ? (unsigned long long)scaled : 0;
        double back = 0;

        if (decimals == 0)
            snprintf(buffer, size, "%s%llu", value < 0 ? "-" : "", digits);
        else
            snprintf(buffer, size, "%s%llu.%0*llu", value < 0 ? "-" : "", digits / power, decimals,
                     digits % power);
        if (parse_decimal(&back, buffer) && back == value)
            return;
    }
}

static void write_choice(const struct pm_option *option, int index, char *buffer, size_t size)
{
    size_t length = 0;
    const char *word = next_word(option->choices, &length);

    for (int i = 0; i < index && word != NULL; i++)
        word = next_word(word + length, &length);
    snprintf(buffer, size, "%.*s", word != NULL ? (int)length : 0, word != NULL ? word : "");
}

char *pm_option_get(const struct pm_option *option, const void *target, char *buffer, size_t size)
{
    const void *field = (const char *)target + option->offset;

    switch (option->kind) {
    case PM_OPTION_INTEGER:
        return pm_text_format(buffer, size, *(const int64_t *)field, option->unit);
    case PM_OPTION_BOOL:
        snprintf(buffer, size, "%s", *(const bool *)field ? "true" : "false");
        break;
    case PM_OPTION_CHOICE:
        write_choice(option, *(const int *)field, buffer, size);
        break;
    case PM_OPTION_TEXT:
        snprintf(buffer, size, "%s", (const char *)field);
        break;
    case PM_OPTION_DECIMAL:
        write_decimal(buffer, size, *(const double *)field);
        break;
    }
    return buffer;
}

static void write_integer_range(const struct pm_option *option, char *buffer, size_t size)
{
    char low[48];
    char high[48];

    pm_text_format(low, sizeof low, option->min, option->unit);
    pm_text_format(high, sizeof high, option->max, option->unit);
    if (option->max == INT64_MAX)
        snprintf(buffer, size, "%s, %s or more", unit_names[option->unit], low);
    else
        snprintf(buffer, size, "%s, %s..%s", unit_names[option->unit], low, high);
}

char *pm_option_range(const struct pm_option *option, char *buffer, size_t size)
{
    switch (option->kind) {
    case PM_OPTION_INTEGER:
        write_integer_range(option, buffer, size);
        break;
    case PM_OPTION_BOOL:
        snprintf(buffer, size, "true|false");
        break;
    case PM_OPTION_CHOICE:
        snprintf(buffer, size, "%s", option->choices);
        for (char *at = strchr(buffer, ' '); at != NULL; at = strchr(at, ' '))
            *at = '|';
        break;
    case PM_OPTION_TEXT:
        snprintf(buffer, size, "text of at most %d bytes", PM_OPTION_TEXT_SIZE - 1);
        break;
    case PM_OPTION_DECIMAL:
        snprintf(buffer, size, "decimal, %lld..%lld", (long long)option->min,
                 (long long)option->max);
        break;
    }
    return buffer;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance with one row of the table kept. */
static unsigned edit_distance(const char *a, const char *b)
{
    const size_t columns = strlen(b);
    unsigned row[NEAR_LENGTH + 1];

    for (size_t j = 0; j <= columns; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= columns; j++) {
            const unsigned replaced = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[columns];
}

const struct pm_option *pm_option_nearest(const struct pm_option *table, const char *name)
{
    const struct pm_option *nearest = NULL;
    unsigned best = NEAR_DISTANCE + 1;

    if (strlen(name) > NEAR_LENGTH)
        return NULL;
    for (const struct pm_option *option = table; option->name != NULL; option++) {
        const unsigned distance =
            strlen(option->name) <= NEAR_LENGTH ? edit_distance(name, option->name) : best;
        if (distance < best) {
            best = distance;
            nearest = option;
        }
    }
    return nearest;
}
