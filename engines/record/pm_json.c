/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a record as one JSON object: one reservation, no formatted printing. */
#include "pm_json.h"

#include <string.h>

#include "pm_findings.h"
#include "pm_fixed.h"
#include "pm_text.h"

#define ESCAPED_MAX 6u /* bytes that one byte of a text may become: \u001f */

/* Bytes that a text is written with as they are. */
static const bool plain[256] = {
    [0x20 ... '"' - 1] = true, ['"' + 1 ... '\\' - 1] = true, ['\\' + 1 ... 0x7f] = true};

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Short pieces dominate, so they are copied by two overlapping words instead of a call. */
static inline char *put(char *at, const char *from, size_t size)
{
    uint64_t first, last;
    uint32_t first_half, last_half;

    if (size > 16) {
        memcpy(at, from, size);
    } else if (size >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + size - 8, 8);
        memcpy(at, &first, 8);
        memcpy(at + size - 8, &last, 8);
    } else if (size >= 4) {
        memcpy(&first_half, from, 4);
        memcpy(&last_half, from + size - 4, 4);
        memcpy(at, &first_half, 4);
        memcpy(at + size - 4, &last_half, 4);
    } else {
        for (size_t i = 0; i < size; i++)
            at[i] = from[i];
    }
    return at + size;
}

static char *put_escape(char *at, unsigned char byte)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = "btn\0fr"; /* of 8 to 13, without 11 */

    *at++ = '\\';
    if (byte == '"' || byte == '\\') {
        *at++ = (char)byte;
    } else if (byte >= 8 && byte <= 13 && byte != 11) {
        *at++ = shorts[byte - 8];
    } else {
        at = put(at, "u00", 3);
        *at++ = hex[byte >> 4];
        *at++ = hex[byte & 15];
    }
    return at;
}

/* Bytes of the UTF-8 character at @p from, 0 when none stands there. */
static uint32_t utf8_size(const char *from, uint32_t left)
{
    const unsigned char lead = (unsigned char)*from;
    const uint32_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

    return size <= left && pm_text_is_utf8(from, size) ? size : 0;
}

static char *put_text(char *at, const char *from, uint32_t size)
{
    const char *end = from + size;

    while (from < end) {
        const unsigned char byte = (unsigned char)*from;
        if (__builtin_expect(plain[byte], 1)) {
            *at++ = *from++;
        } else if (byte >= 0x80) {
            const uint32_t character = utf8_size(from, (uint32_t)(end - from));
            at = character != 0 ? put(at, from, character) : put(at, replacement, 3);
            from += character != 0 ? character : 1;
        } else {
            at = put_escape(at, byte);
            from++;
        }
    }
    return at;
}

/* An index without a word has no text: null. */
static char *put_word(char *at, const struct pm_column *column, int64_t index)
{
    uint32_t size = 0;
    const char *word = pm_schema_word(column, index, &size);

    if (word == NULL)
        return put(at, "null", 4);
    *at++ = '"';
    at = put_text(at, word, size);
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
        *at++ = '"';
        at = put_text(at, text, size);
        *at++ = '"';
        return at;
    }
    const int64_t value =
        pm_schema_read(column, column->place == PM_PLACE_RECORD ? record : before, bytes);
    if (column->type == PM_TYPE_CHOICE)
        return put_word(at, column, value);
    return pm_fixed_write(at, value, pm_findings_scale(column));
}

/* The most bytes that @p column may take. */
static size_t value_bound(const struct pm_column *column, const struct pm_record *record,
                          const struct pm_bytes *bytes)
{
    uint32_t size = 0;

    if (column->type == PM_TYPE_TEXT)
        pm_record_text(record, bytes, &size);
    else if (column->type == PM_TYPE_CHOICE)
        size = (uint32_t)strlen(column->choices);
    return (size_t)size * ESCAPED_MAX + PM_FIXED_TEXT_MAX + sizeof ",\"\":\"\"";
}

void pm_json_encode(const struct pm_schema *schema, struct pm_record *record,
                    struct pm_bytes *bytes)
{
    PM_FINDINGS_SCRATCH struct pm_record before; /* a whole copy would wait for the fill's stores */
    PM_FINDINGS_SCRATCH size_t name_size[PM_SCHEMA_COLUMNS];
    size_t bound = sizeof "{}";

    before.word = record->word;
    for (unsigned i = 0; i < schema->count; i++) {
        name_size[i] = strlen(schema->columns[i].name);
        bound += name_size[i] + value_bound(&schema->columns[i], record, bytes);
    }
    if (bound > UINT32_MAX) {
        bytes->failed = true;
        return;
    }
    char *start = pm_record_extend(record, bytes, (uint32_t)bound);
    if (start == NULL)
        return;
    char *at = start;
    *at++ = '{';
    for (unsigned i = 0; i < schema->count; i++) {
        if (i > 0)
            *at++ = ',';
        *at++ = '"';
        at = put(at, schema->columns[i].name, name_size[i]);
        *at++ = '"';
        *at++ = ':';
        at = put_value(at, &schema->columns[i], record, &before, bytes);
    }
    *at++ = '}';
    pm_record_trim(record, bytes, (uint32_t)(at - start));
}
