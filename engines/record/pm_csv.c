/* SPDX-License-Identifier: Apache-2.0 */
/* CSV lines: fields in schema order, quoted only where their bytes ask for it. */
#include "pm_csv.h"

#include <string.h>

#include "pm_findings.h"
#include "pm_fixed.h"

static bool needs_quotes(const char *text, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r')
            return true;
    }
    return false;
}

static char *put_text(char *at, const char *from, uint32_t size)
{
    if (!needs_quotes(from, size)) {
        if (size > 0)
            memcpy(at, from, size);
        return at + size;
    }
    *at++ = '"';
    for (uint32_t i = 0; i < size; i++) {
        if (from[i] == '"')
            *at++ = '"';
        *at++ = from[i];
    }
    *at++ = '"';
    return at;
}

/* @p before: where the extension was; all else is read from @p record. */
static char *put_value(char *at, const struct pm_column *column, const struct pm_record *record,
                       const struct pm_record *before, const struct pm_bytes *bytes)
{
    uint32_t size = 0;

    if (column->type == PM_TYPE_TEXT) {
        const char *text = pm_record_text(before, bytes, &size);
        return put_text(at, text, size);
    }
    const int64_t value =
        pm_schema_read(column, column->place == PM_PLACE_RECORD ? record : before, bytes);
    if (column->type != PM_TYPE_CHOICE)
        return pm_fixed_write(at, value, pm_findings_scale(column));
    const char *word = pm_schema_word(column, value, &size); /* without a word an empty field */
    return put_text(at, word, size);
}

/* The most bytes that @p column may take with its comma. */
static size_t value_bound(const struct pm_column *column, const struct pm_record *record,
                          const struct pm_bytes *bytes)
{
    uint32_t size = 0;

    if (column->type == PM_TYPE_TEXT)
        pm_record_text(record, bytes, &size);
    else if (column->type == PM_TYPE_CHOICE)
        size = (uint32_t)strlen(column->choices);
    return (size_t)size * 2 + PM_FIXED_TEXT_MAX + sizeof ",\"\"";
}

void pm_csv_encode(const struct pm_schema *schema, struct pm_record *record, struct pm_bytes *bytes)
{
    PM_FINDINGS_SCRATCH struct pm_record before; /* a whole copy would wait for the fill's stores */
    size_t bound = 0;

    before.word = record->word;
    for (unsigned i = 0; i < schema->count; i++)
        bound += value_bound(&schema->columns[i], record, bytes);
    if (bound > UINT32_MAX) {
        bytes->failed = true;
        return;
    }
    char *start = pm_record_extend(record, bytes, (uint32_t)bound);
    if (start == NULL)
        return;
    char *at = start;
    for (unsigned i = 0; i < schema->count; i++) {
        if (i > 0)
            *at++ = ',';
        at = put_value(at, &schema->columns[i], record, &before, bytes);
    }
    pm_record_trim(record, bytes, (uint32_t)(at - start));
}

/* One field: its bytes without the outer quotes, and whether doubled quotes stand within. */
struct field {
    const char *text;
    uint32_t size;
    bool doubled;
};

/* Reads the field at *@p at up to its comma or the end; false when quotes are left or misplaced. */
static bool read_field(const char **at, const char *end, struct field *out)
{
    const char *from = *at;
    const char *stop = from;

    *out = (struct field){.text = from};
    if (from == end || *from != '"') {
        while (stop < end && *stop != ',' && *stop != '"')
            stop++;
        out->size = (uint32_t)(stop - from);
        *at = stop;
        return stop == end || *stop == ',';
    }
    out->text = ++from;
    while ((stop = memchr(from, '"', (size_t)(end - from))) != NULL) {
        if (stop + 1 == end || stop[1] != '"')
            break;
        out->doubled = true;
        from = stop + 2;
    }
    if (stop == NULL)
        return false;
    out->size = (uint32_t)(stop - out->text);
    *at = stop + 1;
    return *at == end || **at == ',';
}

static char *undouble(char *to, const char *from, uint32_t size)
{
    const char *end = from + size;

    for (; from < end; from++) {
        *to++ = *from;
        from += *from == '"' ? 1 : 0;
    }
    return to;
}

static void take_field(const struct field *field, const struct pm_schema *schema, unsigned i,
                       struct pm_findings *columns)
{
    const struct pm_column *column = &schema->columns[i];
    int64_t value = 0;
    bool exact = true;

    if (column->type == PM_TYPE_TEXT) {
        pm_findings_set_text(columns, i, field->text, field->size,
                             field->doubled ? undouble : NULL);
        return;
    }
    if (field->size == 0)
        return;
    if (column->type == PM_TYPE_CHOICE) {
        value = pm_schema_word_index(column, field->text, field->size);
        exact = value >= 0;
    } else {
        const char *end = field->text + field->size;
        exact = pm_fixed_read(&value, &exact, field->text, end, pm_findings_scale(column)) == end &&
                exact;
    }
    pm_findings_set(columns, schema, i, value, exact);
}

/* The line without the line end that may stand behind it. */
static const char *line_end(const char *text, uint32_t size)
{
    if (size > 0 && text[size - 1] == '\n')
        size--;
    if (size > 0 && text[size - 1] == '\r')
        size--;
    return text + size;
}

enum pm_codec_fault pm_csv_decode(const struct pm_schema *schema, const char *text, uint32_t size,
                                  struct pm_record *record, struct pm_bytes *bytes)
{
    const char *end = line_end(text, size);
    const char *at = text;
    PM_FINDINGS_SCRATCH struct pm_findings columns;
    struct field field;

    columns.found = 0;
    columns.wrong = 0;
    columns.text = NULL;
    for (unsigned i = 0;; i++, at++) {
        if (i >= schema->count || !read_field(&at, end, &field))
            return PM_CODEC_MALFORMED;
        take_field(&field, schema, i, &columns);
        if (at == end)
            break;
    }
    const enum pm_codec_fault fault = pm_findings_check(&columns, schema);
    return fault != PM_CODEC_OK ? fault : pm_findings_commit(&columns, schema, record, bytes);
}
