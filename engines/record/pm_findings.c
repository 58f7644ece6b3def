/* SPDX-License-Identifier: Apache-2.0 */
/* From a decoder's findings to the record. */
#include "pm_findings.h"

#include <string.h>

enum pm_codec_fault pm_findings_check(const struct pm_findings *columns,
                                      const struct pm_schema *schema)
{
    uint32_t wanted = 0;

    for (unsigned i = 0; i < schema->count; i++)
        wanted |= pm_findings_wants(&schema->columns[i]) ? 1u << i : 0;
    if ((columns->wrong & wanted) != 0)
        return PM_CODEC_TYPE;
    return (columns->found & wanted) == wanted ? PM_CODEC_OK : PM_CODEC_MISSING;
}

/* The text lies in the container that may move: its place is kept as an offset. */
static bool commit_text(const struct pm_findings *columns, struct pm_record *record,
                        struct pm_bytes *bytes)
{
    const size_t offset = (size_t)((const uint8_t *)columns->text - bytes->base);
    const uint32_t size = columns->text_size;
    char *to = pm_record_extend(record, bytes, size);

    if (to == NULL)
        return false;
    const char *from = (const char *)bytes->base + offset;
    if (columns->unquote == NULL)
        memcpy(to, from, size);
    else
        pm_record_trim(record, bytes, (uint32_t)(columns->unquote(to, from, size) - to));
    return true;
}

enum pm_codec_fault pm_findings_commit(const struct pm_findings *columns,
                                       const struct pm_schema *schema, struct pm_record *record,
                                       struct pm_bytes *bytes)
{
    if (columns->text != NULL && !commit_text(columns, record, bytes))
        return PM_CODEC_TOO_LONG;
    for (unsigned i = 0; i < schema->count; i++) {
        const struct pm_column *column = &schema->columns[i];
        if ((columns->found >> i & 1u) != 0 && column->place == PM_PLACE_RECORD)
            pm_schema_write(column, record, bytes, columns->value[i]);
    }
    return PM_CODEC_OK;
}
