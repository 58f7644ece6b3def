/* SPDX-License-Identifier: Apache-2.0 */
/* What a decoder has found so far: nothing reaches the record before the whole text was read. */
#ifndef PM_FINDINGS_H
#define PM_FINDINGS_H

#include "pm_codec.h"

/** For scratch that is written before it is read: zeroing it would cost more than parsing. */
#define PM_FINDINGS_SCRATCH __attribute__((uninitialized))

/** Zero-initialise found, wrong and text. A column set twice keeps the later value. */
struct pm_findings {
    uint32_t found;   /* bit i: column i has a value */
    uint32_t wrong;   /* bit i: that value is not of the column's type or width */
    const char *text; /* of the text column, inside the extension that is decoded */
    uint32_t text_size;
    /* Writes the plain bytes of a quoted text, at most as many, and returns their end; or NULL. */
    char *(*unquote)(char *to, const char *from, uint32_t size);
    int64_t value[PM_SCHEMA_COLUMNS];
};
static_assert(PM_SCHEMA_COLUMNS <= 32, "one bit a column");

/** True when a text must bring the column: those of the 64 bytes, and the text column. */
static inline bool pm_findings_wants(const struct pm_column *column)
{
    return column->place == PM_PLACE_RECORD || column->type == PM_TYPE_TEXT;
}

/** How many decimals the text of @p column has. */
static inline unsigned pm_findings_scale(const struct pm_column *column)
{
    if (column->type == PM_TYPE_MONEY)
        return 2;
    return column->type == PM_TYPE_DECIMAL ? column->scale : 0;
}

/** Column @p i is @p value, or wrong where @p right is false or the value too wide. */
static inline void pm_findings_set(struct pm_findings *columns, const struct pm_schema *schema,
                                   unsigned i, int64_t value, bool right)
{
    right = right && pm_schema_fits(&schema->columns[i], value);
    columns->found |= 1u << i;
    columns->wrong = (columns->wrong & ~(1u << i)) | (right ? 0 : 1u << i);
    columns->value[i] = value;
}

/** The text column @p i is the @p size bytes at @p text, still quoted where unquote is not NULL. */
static inline void pm_findings_set_text(struct pm_findings *columns, unsigned i, const char *text,
                                        uint32_t size,
                                        char *(*unquote)(char *, const char *, uint32_t))
{
    columns->found |= 1u << i;
    columns->wrong &= ~(1u << i);
    columns->text = text;
    columns->text_size = size;
    columns->unquote = unquote;
}

/** PM_CODEC_TYPE, PM_CODEC_MISSING or PM_CODEC_OK for what @p schema wants. */
enum pm_codec_fault pm_findings_check(const struct pm_findings *columns,
                                      const struct pm_schema *schema);

/**
 * Write the columns that were found into @p record; a text column's bytes become its extension.
 * PM_CODEC_TOO_LONG, the record unchanged, when memory for it ran out (bytes->failed is set).
 */
enum pm_codec_fault pm_findings_commit(const struct pm_findings *columns,
                                       const struct pm_schema *schema, struct pm_record *record,
                                       struct pm_bytes *bytes);

#endif
