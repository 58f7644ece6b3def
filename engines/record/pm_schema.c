/* SPDX-License-Identifier: Apache-2.0 */
/* Columns by name, and loads and stores of every width. */
#include "pm_schema.h"

#include <assert.h>
#include <string.h>

const struct pm_column *pm_schema_find(const struct pm_schema *schema, const char *name)
{
    for (unsigned i = 0; i < schema->count; i++) {
        if (strcmp(schema->columns[i].name, name) == 0)
            return &schema->columns[i];
    }
    return NULL;
}

static int64_t load(const uint8_t *at, unsigned width)
{
    int64_t wide;
    int32_t word;
    int16_t half;

    switch (width) {
    case 8:
        memcpy(&wide, at, sizeof wide);
        return wide;
    case 4:
        memcpy(&word, at, sizeof word);
        return word;
    case 2:
        memcpy(&half, at, sizeof half);
        return half;
    default:
        return (int8_t)*at;
    }
}

int64_t pm_schema_read_any(const struct pm_column *column, const struct pm_record *record,
                           const struct pm_bytes *bytes)
{
    if (column->place == PM_PLACE_RECORD)
        return load((const uint8_t *)record + column->offset, column->width);
    const struct pm_extension *extension = pm_record_extension(record, bytes);
    if (extension == NULL || extension->size < (uint32_t)column->offset + column->width)
        return 0;
    return load((const uint8_t *)(extension + 1) + column->offset, column->width);
}

void pm_schema_write(const struct pm_column *column, struct pm_record *record,
                     struct pm_bytes *bytes, int64_t value)
{
    uint8_t *at = (uint8_t *)record;

    assert(column->type != PM_TYPE_TEXT);
    assert(column->place == PM_PLACE_RECORD ||
           pm_record_extension(record, bytes)->size >= (uint32_t)column->offset + column->width);
    if (column->place == PM_PLACE_EXTENSION)
        at = (uint8_t *)(pm_record_extension(record, bytes) + 1);
    memcpy(at + column->offset, &value, column->width); /* little-endian: the low bytes are first */
}
