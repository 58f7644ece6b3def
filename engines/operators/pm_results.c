/* SPDX-License-Identifier: Apache-2.0 */
/* Result columns: payload words first, then 8 bytes each in an extension. */
#include "pm_results.h"

#include <string.h>

void pm_results_open(struct pm_schema *schema, const char *name)
{
    *schema = (struct pm_schema){
        .name = name,
        .count = 1,
        .columns = {PM_COLUMN_KEY("key")},
    };
}

struct pm_column pm_results_column(const char *name, unsigned index)
{
    if (index < PM_PAYLOAD_WORDS)
        return (struct pm_column)PM_COLUMN_PAYLOAD(name, PM_TYPE_INTEGER, (uint16_t)(8 * index), 8,
                                                   0);
    return (struct pm_column)PM_COLUMN_EXTENSION(name, PM_TYPE_INTEGER,
                                                 (uint16_t)(8 * (index - PM_PAYLOAD_WORDS)), 8, 0);
}

struct pm_column pm_results_column_as(const struct pm_column *like, const char *name,
                                      unsigned index)
{
    struct pm_column column = pm_results_column(name, index);

    column.type = like->type;
    column.scale = like->scale;
    column.choices = like->choices;
    return column;
}

void pm_results_write(struct pm_record *row, struct pm_bytes *bytes, unsigned count,
                      const int64_t *results)
{
    const unsigned inside = count < PM_PAYLOAD_WORDS ? count : PM_PAYLOAD_WORDS;
    const uint32_t outside = (uint32_t)(count - inside) * 8;

    for (unsigned i = 0; i < PM_PAYLOAD_WORDS; i++)
        row->payload[i] = i < inside ? (uint64_t)results[i] : 0;
    if (outside == 0 && !pm_record_is_behind(row)) {
        pm_record_set_extension(row, 0);
        return;
    }
    void *text = pm_record_extend(row, bytes, outside);
    if (text != NULL && outside != 0)
        memcpy(text, results + inside, outside);
}
