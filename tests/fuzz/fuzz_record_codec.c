/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON, CSV or a log line: refused without a trace, or read, written, read again. */
#include <stdlib.h>
#include <string.h>

#include "pm_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pm_schema order = {
    "order",
    6,
    {
        PM_COLUMN_EVENT_TIME("time"),
        PM_COLUMN_KEY("user"),
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),
        PM_COLUMN_CHOICE("method", 8, 1, "GET POST HEAD"),
        PM_COLUMN_PAYLOAD("status", PM_TYPE_INTEGER, 10, 2, 0),
        PM_COLUMN_PAYLOAD("score", PM_TYPE_DECIMAL, 12, 4, 3),
    },
};

static const struct pm_schema note = {
    "note",
    2,
    {PM_COLUMN_PAYLOAD("bytes", PM_TYPE_INTEGER, 0, 8, 0), PM_COLUMN_TEXT("path")},
};

static void require(bool right)
{
    if (!right)
        abort();
}

/* What was read comes back from what is written of it. */
static void check_round_trip(enum pm_codec codec, const struct pm_schema *schema,
                             const struct pm_record *record, struct pm_bytes *bytes)
{
    struct pm_record back = *record;
    uint32_t size = 0, back_size = 0;

    pm_codec_encode(codec, schema, &back, bytes);
    pm_record_text(&back, bytes, &size);
    if (size > PM_CODEC_TEXT_MAX)
        return;
    require(pm_codec_decode(codec, schema, &back, bytes) == PM_CODEC_OK);
    require(memcmp(back.payload, record->payload, sizeof back.payload) == 0);
    require(back.event_time_ns == record->event_time_ns && back.key == record->key);
    if (schema != &note)
        return;
    const char *text = pm_record_text(record, bytes, &size);
    const char *back_text = pm_record_text(&back, bytes, &back_size);
    require(size == back_size && memcmp(text, back_text, size) == 0);
}

/* The first byte chooses codec and schema; the text ends where its block does. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > PM_CODEC_TEXT_MAX + 2)
        return 0;
    const enum pm_codec codec = (enum pm_codec)(1 + data[0] % 3);
    const struct pm_schema *schema = data[0] / 3 % 2 == 0 ? &order : &note;
    const size_t used = 8 + sizeof(struct pm_extension) + size - 1;
    const size_t padded = (used + 7) / 8 * 8;
    struct pm_bytes bytes = {.base = calloc(1, used), .used = padded, .capacity = padded};
    struct pm_record record = {0};

    require(bytes.base != NULL);
    memcpy(bytes.base + used - (size - 1), data + 1, size - 1);
    pm_record_set_extension(&record, 8);
    pm_record_extension(&record, &bytes)->size = (uint32_t)(size - 1);
    const struct pm_record before = record;
    if (pm_codec_decode(codec, schema, &record, &bytes) != PM_CODEC_OK)
        require(memcmp(&record, &before, sizeof record) == 0);
    else if (codec != PM_CODEC_CLF)
        check_round_trip(codec, schema, &record, &bytes);
    pm_bytes_close(&bytes);
    return 0;
}
