/* SPDX-License-Identifier: Apache-2.0 */
/* JSON is written from typed columns: numbers from numbers only, every other byte escaped. */
#include "pm_json_row.h"

#include <inttypes.h>
#include <string.h>

#include "pm_text.h"

static void put(struct pm_outbuf *out, const char *text)
{
    pm_outbuf_bytes(out, text, strlen(text));
}

static void put_text(struct pm_outbuf *out, const char *text, size_t size)
{
    const bool valid = pm_text_is_utf8(text, size);

    put(out, "\"");
    for (size_t i = 0; i < size; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (byte == '"' || byte == '\\')
            pm_outbuf_add(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            pm_outbuf_add(out, "\\u%04x", byte);
        else if (byte >= 0x80 && !valid)
            put(out, "\\ufffd");
        else
            pm_outbuf_bytes(out, &text[i], 1);
    }
    put(out, "\"");
}

/* Exact: the digits of the integer with a point in between. */
static void put_scaled(struct pm_outbuf *out, int64_t value, unsigned scale)
{
    const uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint64_t unit = 1;

    for (unsigned i = 0; i < scale; i++)
        unit *= 10;
    pm_outbuf_add(out, "%s%" PRIu64, value < 0 ? "-" : "", magnitude / unit);
    if (scale != 0)
        pm_outbuf_add(out, ".%0*" PRIu64, (int)scale, magnitude % unit);
}

static void put_choice(struct pm_outbuf *out, const char *words, int64_t index)
{
    for (; index > 0 && words != NULL; index--) {
        words = strchr(words, ' ');
        words = words != NULL ? words + 1 : NULL;
    }
    if (words != NULL && index == 0)
        put_text(out, words, strcspn(words, " "));
    else
        put(out, "null");
}

static void put_column(struct pm_outbuf *out, const struct pm_column *column,
                       const struct pm_record *record, const struct pm_bytes *bytes)
{
    uint32_t size;
    const char *text;

    put_text(out, column->name, strlen(column->name));
    put(out, ":");
    switch (column->type) {
    case PM_TYPE_TEXT:
        text = pm_record_text(record, bytes, &size);
        put_text(out, text != NULL ? text : "", size);
        break;
    case PM_TYPE_CHOICE:
        put_choice(out, column->choices, pm_schema_read(column, record, bytes));
        break;
    case PM_TYPE_MONEY:
        put_scaled(out, pm_schema_read(column, record, bytes), 2);
        break;
    case PM_TYPE_DECIMAL:
        put_scaled(out, pm_schema_read(column, record, bytes), column->scale);
        break;
    default:
        put_scaled(out, pm_schema_read(column, record, bytes), 0);
    }
}

static void put_plain(struct pm_outbuf *out, const struct pm_record *record,
                      const struct pm_bytes *bytes)
{
    uint32_t size;
    const char *text = pm_record_text(record, bytes, &size);

    pm_outbuf_add(out,
                  "\"event_time\":%" PRId64 ",\"key\":%" PRIu64 ",\"payload\":[%" PRIu64 ",%" PRIu64
                  ",%" PRIu64 "]",
                  record->event_time_ns, record->key, record->payload[0], record->payload[1],
                  record->payload[2]);
    if (text != NULL && size != 0) {
        put(out, ",\"text\":");
        put_text(out, text, size);
    }
}

void pm_json_row(struct pm_outbuf *out, const struct pm_schema *schema,
                 const struct pm_record *record, const struct pm_bytes *bytes)
{
    put(out, "{");
    if (pm_record_deletes(record))
        put(out, "\"_op\":\"delete\",");
    if (schema == NULL)
        put_plain(out, record, bytes);
    for (unsigned i = 0; schema != NULL && i < schema->count; i++) {
        if (i != 0)
            put(out, ",");
        put_column(out, &schema->columns[i], record, bytes);
    }
    put(out, "}\n");
}
