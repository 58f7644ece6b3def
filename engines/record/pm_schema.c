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

/* Little-endian: the low bytes are first. A copy of variable size would cost ten times as much. */
static void store(uint8_t *at, int64_t value, unsigned width)
{
    switch (width) {
    case 8:
        memcpy(at, &value, 8);
        break;
    case 4:
        memcpy(at, &value, 4);
        break;
    case 2:
        memcpy(at, &value, 2);
        break;
    default:
        memcpy(at, &value, 1);
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
    store(at + column->offset, value, column->width);
}

/* Words are short and few: a loop over their bytes is quicker than calls that find the blanks. */
const char *pm_schema_word(const struct pm_column *column, int64_t index, uint32_t *size)
{
    const char *word = column->choices;
    const char *at = word;

    for (; index != 0 && *at != '\0'; at++) {
        if (*at == ' ') {
            word = at + 1;
            index--;
        }
    }
    for (at = word; *at != '\0' && *at != ' ';)
        at++;
    *size = index == 0 ? (uint32_t)(at - word) : 0;
    return index == 0 ? word : NULL;
}

int64_t pm_schema_word_index(const struct pm_column *column, const char *text, uint32_t size)
{
    int64_t index = 0;

    for (const char *word = column->choices; word != NULL; index++) {
        const char *stop = strchrnul(word, ' ');
        if ((size_t)(stop - word) == size && memcmp(word, text, size) == 0)
            return index;
        word = *stop != '\0' ? stop + 1 : NULL;
    }
    return -1;
}
