/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas: the names, types and places of a record's columns; operators reach columns through them.
 */
#ifndef PM_SCHEMA_H
#define PM_SCHEMA_H

#include "pm_error.h"
#include "pm_record.h"

enum pm_column_type {
    PM_TYPE_INTEGER, /* int64 */
    PM_TYPE_TIME,    /* int64 ns of scenario time */
    PM_TYPE_MONEY,   /* int64 cents */
    PM_TYPE_DECIMAL, /* int64, scaled by 10^scale: how quotients and scores are quantised */
    PM_TYPE_CHOICE,  /* one of the column's words, by its index; as text the word */
    PM_TYPE_TEXT,    /* bytes of the extension, all of them */
};

/** Where a column lies: in the 64 bytes, or in the extension behind its header. */
enum pm_column_place { PM_PLACE_RECORD, PM_PLACE_EXTENSION };

/** One column. An integer is 1, 2, 4 or 8 bytes wide, little-endian, signed. */
struct pm_column {
    const char *name;
    enum pm_column_type type;
    enum pm_column_place place;
    uint16_t offset;     /* bytes from the record's start, or from the extension's text */
    uint8_t width;       /* bytes; 0 for text */
    uint8_t scale;       /* of PM_TYPE_DECIMAL */
    const char *choices; /* of PM_TYPE_CHOICE: words with one space between */
};

#define PM_SCHEMA_COLUMNS 24

/** Columns in their order; a name stands once. Static data of a query, or made by the plan. */
struct pm_schema {
    const char *name;
    unsigned count;
    struct pm_column columns[PM_SCHEMA_COLUMNS];
};

/* Columns of a static schema, by where they lie. */
#define PM_COLUMN_EVENT_TIME(name_)                                                                \
    {                                                                                              \
        name_, PM_TYPE_TIME, PM_PLACE_RECORD, offsetof(struct pm_record, event_time_ns), 8, 0,     \
            NULL                                                                                   \
    }
#define PM_COLUMN_KEY(name_)                                                                       \
    {                                                                                              \
        name_, PM_TYPE_INTEGER, PM_PLACE_RECORD, offsetof(struct pm_record, key), 8, 0, NULL       \
    }
#define PM_COLUMN_PAYLOAD(name_, type_, at_, width_, scale_)                                       \
    {                                                                                              \
        name_, type_, PM_PLACE_RECORD, offsetof(struct pm_record, payload) + (at_), width_,        \
            scale_, NULL                                                                           \
    }
#define PM_COLUMN_CHOICE(name_, at_, width_, choices_)                                             \
    {                                                                                              \
        name_, PM_TYPE_CHOICE, PM_PLACE_RECORD, offsetof(struct pm_record, payload) + (at_),       \
            width_, 0, choices_                                                                    \
    }
#define PM_COLUMN_EXTENSION(name_, type_, at_, width_, scale_)                                     \
    {                                                                                              \
        name_, type_, PM_PLACE_EXTENSION, at_, width_, scale_, NULL                                \
    }
#define PM_COLUMN_TEXT(name_)                                                                      \
    {                                                                                              \
        name_, PM_TYPE_TEXT, PM_PLACE_EXTENSION, 0, 0, 0, NULL                                     \
    }

/** The column called @p name, or NULL; borrowed from @p schema. */
const struct pm_column *pm_schema_find(const struct pm_schema *schema, const char *name);

/** As pm_schema_read, for any place and width. */
int64_t pm_schema_read_any(const struct pm_column *column, const struct pm_record *record,
                           const struct pm_bytes *bytes);

/** Read an integer column of @p record; a column of an absent extension reads 0. Cost: a load for
 * 8 bytes of the record itself, a call for the rest. */
static inline int64_t pm_schema_read(const struct pm_column *column, const struct pm_record *record,
                                     const struct pm_bytes *bytes)
{
    if (__builtin_expect(column->place == PM_PLACE_RECORD && column->width == 8, 1))
        return *(const int64_t *)(const void *)((const uint8_t *)record + column->offset);
    return pm_schema_read_any(column, record, bytes);
}

/** The word number @p index of a CHOICE column and its @p size, or NULL; not NUL-terminated. */
const char *pm_schema_word(const struct pm_column *column, int64_t index, uint32_t *size);

/** The index of the word of @p size bytes at @p text in a CHOICE column, or -1. */
int64_t pm_schema_word_index(const struct pm_column *column, const char *text, uint32_t size);

/** True when the integer @p value fits the width of @p column. */
static inline bool pm_schema_fits(const struct pm_column *column, int64_t value)
{
    const unsigned spare = 64u - 8u * column->width;

    return (int64_t)((uint64_t)value << spare) >> spare == value;
}

/** Write an integer column. The extension must hold it. */
void pm_schema_write(const struct pm_column *column, struct pm_record *record,
                     struct pm_bytes *bytes, int64_t value);

#endif
