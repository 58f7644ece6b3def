/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one JSON object by its grammar, members in any order, never a byte beyond its end. */
#include "pm_json.h"

#include <string.h>

#include "pm_findings.h"
#include "pm_fixed.h"
#include "pm_text.h"

#define NAME_MAX_SIZE 64u /* of a name or word that is written with escapes */

struct cursor {
    const char *at;
    const char *end;
};

static inline void skip_space(struct cursor *in)
{
    while (in->at < in->end &&
           (*in->at == ' ' || *in->at == '\n' || *in->at == '\t' || *in->at == '\r'))
        in->at++;
}

static inline bool take(struct cursor *in, char byte)
{
    if (in->at == in->end || *in->at != byte)
        return false;
    in->at++;
    return true;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    const char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four digits at @p at, or -1. */
static int32_t hex4(const char *at, const char *end)
{
    int32_t value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_value(at[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* One escape behind its backslash. */
static bool skip_escape(struct cursor *in)
{
    if (in->at == in->end)
        return false;
    const char kind = *in->at++;
    if (kind != 'u')
        return kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL;
    if (hex4(in->at, in->end) < 0)
        return false;
    in->at += 4;
    return true;
}

static bool read_string(struct cursor *in, struct pm_json_string *out)
{
    if (!take(in, '"'))
        return false;
    out->text = in->at;
    out->escaped = false;
    while (in->at < in->end && (unsigned char)*in->at >= 0x20) {
        const char byte = *in->at++;
        if (byte == '"') {
            out->size = (uint32_t)(in->at - 1 - out->text);
            return true;
        }
        if (byte == '\\') {
            out->escaped = true;
            if (!skip_escape(in))
                return false;
        }
    }
    return false;
}

static char *put_utf8(char *to, uint32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    if (point < 0x800) {
        *to++ = (char)(0xc0 | point >> 6);
    } else {
        if (point < 0x10000) {
            *to++ = (char)(0xe0 | point >> 12);
        } else {
            *to++ = (char)(0xf0 | point >> 18);
            *to++ = (char)(0x80 | (point >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (point >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (point & 0x3f));
    return to;
}

/* The character of the \u escape whose digits begin at *@p from; half a surrogate is U+FFFD. */
static uint32_t read_point(const char **from, const char *end)
{
    const int32_t high = hex4(*from, end);

    *from += 4;
    if (high < 0xd800 || high > 0xdfff)
        return (uint32_t)high;
    if (high > 0xdbff || end - *from < 6 || (*from)[0] != '\\' || (*from)[1] != 'u')
        return 0xfffd;
    const int32_t low = hex4(*from + 2, end);
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    *from += 6;
    return 0x10000u + ((uint32_t)(high - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
}

/* Its escapes were checked by read_string; every one is longer than what it stands for. */
static char *unquote(char *to, const char *from, uint32_t size)
{
    static const char kinds[] = "bfnrt";
    static const char bytes[] = "\b\f\n\r\t";
    const char *end = from + size;

    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        const char kind = from[1];
        const char *known = strchr(kinds, kind);
        from += 2;
        if (kind == 'u')
            to = put_utf8(to, read_point(&from, end));
        else
            *to++ = known != NULL ? bytes[known - kinds] : kind;
    }
    return to;
}

/* The plain bytes of a short string: in place, or in @p room; false when it is too long for it. */
static bool plain(const struct pm_json_string *string, char *room, const char **text,
                  uint32_t *size)
{
    *text = string->text;
    *size = string->size;
    if (!string->escaped)
        return true;
    if (string->size > NAME_MAX_SIZE)
        return false;
    *size = (uint32_t)(unquote(room, string->text, string->size) - room);
    *text = room;
    return true;
}

static bool skip_literal(struct cursor *in, const char *word, size_t size)
{
    if ((size_t)(in->end - in->at) < size || memcmp(in->at, word, size) != 0)
        return false;
    in->at += size;
    return true;
}

static bool skip_number(struct cursor *in)
{
    int64_t value;
    bool exact;
    const char *end = pm_fixed_read(&value, &exact, in->at, in->end, 0);

    if (end == NULL)
        return false;
    in->at = end;
    return true;
}

static bool skip_value(struct cursor *in, unsigned depth);

/* The members of an object or the elements of an array, behind the opening bracket. */
static bool skip_nested(struct cursor *in, unsigned depth, bool object)
{
    const char closing = object ? '}' : ']';
    struct pm_json_string name;

    if (depth == PM_JSON_DEPTH_MAX)
        return false;
    skip_space(in);
    if (take(in, closing))
        return true;
    do {
        skip_space(in);
        if (object) {
            if (!read_string(in, &name))
                return false;
            skip_space(in);
            if (!take(in, ':'))
                return false;
            skip_space(in);
        }
        if (!skip_value(in, depth + 1))
            return false;
        skip_space(in);
    } while (take(in, ','));
    return take(in, closing);
}

/* Any value, @p depth levels deep; its recursion ends at PM_JSON_DEPTH_MAX. */
static bool skip_value(struct cursor *in, unsigned depth)
{
    struct pm_json_string string;

    if (in->at == in->end)
        return false;
    switch (*in->at) {
    case '"':
        return read_string(in, &string);
    case '{':
        in->at++;
        return skip_nested(in, depth, true);
    case '[':
        in->at++;
        return skip_nested(in, depth, false);
    case 't':
        return skip_literal(in, "true", 4);
    case 'f':
        return skip_literal(in, "false", 5);
    case 'n':
        return skip_literal(in, "null", 4);
    default:
        return skip_number(in);
    }
}

/* The value of column @p i; a value of another type is skipped and makes the column wrong. */
static bool read_column(struct cursor *in, const struct pm_schema *schema, unsigned i,
                        struct pm_findings *columns)
{
    const struct pm_column *column = &schema->columns[i];
    const bool is_string = in->at < in->end && *in->at == '"';
    const bool is_number =
        in->at < in->end && (*in->at == '-' || (*in->at >= '0' && *in->at <= '9'));
    PM_FINDINGS_SCRATCH char room[NAME_MAX_SIZE];
    struct pm_json_string string;
    uint32_t size;
    const char *text;
    int64_t value = 0;
    bool right = false;

    if (is_string && column->type >= PM_TYPE_CHOICE) {
        if (!read_string(in, &string))
            return false;
        if (column->type == PM_TYPE_TEXT) {
            pm_findings_set_text(columns, i, string.text, string.size,
                                 string.escaped ? unquote : NULL);
            return true;
        }
        value = plain(&string, room, &text, &size) ? pm_schema_word_index(column, text, size) : -1;
        right = value >= 0;
    } else if (is_number && column->type < PM_TYPE_CHOICE) {
        in->at = pm_fixed_read(&value, &right, in->at, in->end, pm_findings_scale(column));
        if (in->at == NULL)
            return false;
    } else if (!skip_value(in, 1)) {
        return false;
    }
    pm_findings_set(columns, schema, i, value, right);
    return true;
}

static inline bool is_called(const struct pm_column *column, const char *name, uint32_t size)
{
    return strlen(column->name) == size && memcmp(column->name, name, size) == 0;
}

/* The column that member @p string names, looked for from @p likely on; schema->count for none. */
static unsigned find_column(const struct pm_schema *schema, const struct pm_json_string *string,
                            unsigned likely)
{
    PM_FINDINGS_SCRATCH char room[NAME_MAX_SIZE];
    uint32_t size;
    const char *name;

    if (!plain(string, room, &name, &size))
        return schema->count;
    for (unsigned tried = 0; tried < schema->count; tried++) {
        const unsigned i =
            likely + tried < schema->count ? likely + tried : likely + tried - schema->count;
        if (is_called(&schema->columns[i], name, size))
            return i;
    }
    return schema->count;
}

static bool read_object(struct cursor *in, const struct pm_schema *schema,
                        struct pm_findings *columns)
{
    unsigned likely = 0; /* members mostly come in schema order */
    struct pm_json_string name;

    skip_space(in);
    if (!take(in, '{'))
        return false;
    skip_space(in);
    if (take(in, '}'))
        return true;
    do {
        skip_space(in);
        if (!read_string(in, &name))
            return false;
        skip_space(in);
        if (!take(in, ':'))
            return false;
        skip_space(in);
        const unsigned i = find_column(schema, &name, likely);
        if (!(i < schema->count ? read_column(in, schema, i, columns) : skip_value(in, 1)))
            return false;
        likely = i + 1 < schema->count ? i + 1 : 0;
        skip_space(in);
    } while (take(in, ','));
    return take(in, '}');
}

/* ASCII, eight bytes at a time; anything above is looked at byte by byte. */
static bool is_utf8(const char *text, uint32_t size)
{
    uint64_t high = 0;
    uint64_t word;
    uint32_t i = 0;

    for (; i + 8 <= size; i += 8) {
        memcpy(&word, text + i, 8);
        high |= word;
    }
    for (; i < size; i++)
        high |= (uint64_t)(unsigned char)text[i];
    return (high & 0x8080808080808080ULL) == 0 || pm_text_is_utf8(text, size);
}

enum pm_codec_fault pm_json_decode(const struct pm_schema *schema, const char *text, uint32_t size,
                                   struct pm_record *record, struct pm_bytes *bytes)
{
    struct cursor in = {.at = text, .end = text + size};
    PM_FINDINGS_SCRATCH struct pm_findings columns;

    columns.found = 0;
    columns.wrong = 0;
    columns.text = NULL;
    if (!is_utf8(text, size) || !read_object(&in, schema, &columns))
        return PM_CODEC_MALFORMED;
    skip_space(&in);
    if (in.at != in.end)
        return PM_CODEC_MALFORMED;
    const enum pm_codec_fault fault = pm_findings_check(&columns, schema);
    return fault != PM_CODEC_OK ? fault : pm_findings_commit(&columns, schema, record, bytes);
}

bool pm_json_take(const char **at, const char *end, char byte)
{
    struct cursor in = {.at = *at, .end = end};
    const bool taken = take(&in, byte);

    skip_space(&in);
    *at = in.at;
    return taken;
}

bool pm_json_take_string(const char **at, const char *end, struct pm_json_string *out)
{
    struct cursor in = {.at = *at, .end = end};
    const bool taken = read_string(&in, out);

    skip_space(&in);
    *at = in.at;
    return taken;
}

bool pm_json_take_value(const char **at, const char *end)
{
    struct cursor in = {.at = *at, .end = end};
    const bool taken = skip_value(&in, 1);

    skip_space(&in);
    *at = in.at;
    return taken;
}

char *pm_json_unquote(char *to, const struct pm_json_string *string)
{
    return unquote(to, string->text, string->size);
}
