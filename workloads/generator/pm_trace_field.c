/* SPDX-License-Identifier: Apache-2.0 */
/* Values are read exactly, or not at all. */
#include "pm_trace_field.h"

#include <string.h>

#include "pm_fixed.h"
#include "pm_hash.h"

#define FILTER_SCALE 6u

/* One of the words of @p list, which ", " parts. */
static bool is_among(const char *list, struct pm_trace_value value)
{
    for (const char *at = list;;) {
        const char *stop = strstr(at, ", ");
        const size_t size = stop != NULL ? (size_t)(stop - at) : strlen(at);
        if (size == value.size && (size == 0 || memcmp(at, value.text, size) == 0))
            return true;
        if (stop == NULL)
            return false;
        at = stop + 2;
    }
}

static bool read_number(const char *text, uint32_t size, unsigned scale, int64_t *number)
{
    bool exact = false;

    return size > 0 && pm_fixed_read(number, &exact, text, text + size, scale) == text + size &&
           exact;
}

bool pm_trace_filter_passes(const struct pm_trace_filter *filter, struct pm_trace_value value)
{
    int64_t number = 0, bound = 0;

    if (filter->kind == PM_TRACE_IS || filter->kind == PM_TRACE_IS_NOT)
        return is_among(filter->value, value) == (filter->kind == PM_TRACE_IS);
    if (!read_number(value.text, value.size, FILTER_SCALE, &number) ||
        !read_number(filter->value, (uint32_t)strlen(filter->value), FILTER_SCALE, &bound))
        return false;
    return filter->kind == PM_TRACE_AT_LEAST ? number >= bound : number <= bound;
}

/* Cuts the digits behind the field's decimals; true when what is left has to grow by one. */
static bool cut_digits(const char *text, uint32_t *size, unsigned scale)
{
    const char *point = memchr(text, '.', *size);

    if (point == NULL || *size - (uint32_t)(point - text) - 1 <= scale)
        return false;
    for (const char *at = point + 1; at < text + *size; at++) {
        if (*at < '0' || *at > '9')
            return false; /* an exponent, or no number at all */
    }
    const char *next = point + 1 + scale;
    const bool up = *next >= '5' && *next <= '9';
    *size = (uint32_t)((scale > 0 ? next : point) - text);
    return up;
}

static bool read_scaled(const struct pm_trace_field *field, struct pm_trace_value value,
                        int64_t *number)
{
    const unsigned scale = field->column.type == PM_TYPE_MONEY     ? 2
                           : field->column.type == PM_TYPE_DECIMAL ? field->column.scale
                                                                   : 0;
    const bool up = field->rounded && cut_digits(value.text, &value.size, scale);

    if (!read_number(value.text, value.size, scale, number))
        return false;
    if (!up)
        return true;
    return !__builtin_add_overflow(*number, value.text[0] == '-' ? -1 : 1, number);
}

/* A hash that fits the column and, there, is no negative number unless it takes all of 64 bits. */
static int64_t hash_for(const struct pm_column *column, struct pm_trace_value value)
{
    const uint64_t hash = pm_hash_bytes(value.text, value.size);

    return column->width == 8 ? (int64_t)hash
                              : (int64_t)(hash & ((1ULL << (8 * column->width - 1)) - 1));
}

bool pm_trace_field_read(const struct pm_trace_field *field, const struct pm_trace_zone *zone,
                         struct pm_trace_value value, int64_t *number)
{
    if (field->hashed) {
        *number = hash_for(&field->column, value);
        return true;
    }
    switch (field->column.type) {
    case PM_TYPE_TIME:
        return pm_trace_time_read(&field->time, zone, value.text, value.size, number);
    case PM_TYPE_CHOICE:
        *number = pm_schema_word_index(&field->column, value.text, value.size);
        return *number >= 0;
    default:
        return read_scaled(field, value, number) && pm_schema_fits(&field->column, *number);
    }
}
