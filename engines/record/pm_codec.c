/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of codec, and the words of its faults. */
#include "pm_codec.h"

#include "pm_clf.h"
#include "pm_csv.h"
#include "pm_json.h"

const char *pm_codec_fault_name(enum pm_codec_fault fault)
{
    static const char *const names[] = {
        [PM_CODEC_OK] = "ok",
        [PM_CODEC_MALFORMED] = "malformed",
        [PM_CODEC_MISSING] = "missing",
        [PM_CODEC_TYPE] = "type",
        [PM_CODEC_TOO_LONG] = "too-long",
    };

    return (size_t)fault < sizeof names / sizeof names[0] ? names[fault] : "unknown";
}

void pm_codec_encode(enum pm_codec codec, const struct pm_schema *schema, struct pm_record *record,
                     struct pm_bytes *bytes)
{
    switch (codec) {
    case PM_CODEC_JSON:
        pm_json_encode(schema, record, bytes);
        break;
    case PM_CODEC_CSV:
        pm_csv_encode(schema, record, bytes);
        break;
    case PM_CODEC_BINARY:
    case PM_CODEC_CLF:
        break;
    }
}

enum pm_codec_fault pm_codec_decode(enum pm_codec codec, const struct pm_schema *schema,
                                    struct pm_record *record, struct pm_bytes *bytes)
{
    uint32_t size = 0;
    const char *text = pm_record_text(record, bytes, &size);

    if (codec == PM_CODEC_BINARY)
        return PM_CODEC_OK;
    if (text == NULL)
        return PM_CODEC_MALFORMED;
    if (size > PM_CODEC_TEXT_MAX)
        return PM_CODEC_TOO_LONG;
    switch (codec) {
    case PM_CODEC_JSON:
        return pm_json_decode(schema, text, size, record, bytes);
    case PM_CODEC_CSV:
        return pm_csv_decode(schema, text, size, record, bytes);
    default:
        return pm_clf_decode(schema, text, size, record, bytes);
    }
}
