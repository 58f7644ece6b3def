/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as words, and sums of their hashes from which a row can be taken again. */
#include "pm_view_tables.h"

void pm_view_tables_of(struct pm_view_tables *out, const struct pm_plan *plan)
{
    struct pm_plan_output_info info;

    *out = (struct pm_view_tables){.names = {NULL}};
    for (unsigned i = 0; i < pm_plan_outputs(plan); i++) {
        pm_plan_output_info(plan, i, &info);
        out->names[i] = info.name;
        out->schemas[i] = info.schema;
    }
}

struct pm_sqlite_view_config pm_view_tables_config(const struct pm_view_tables *tables,
                                                   const char *place)
{
    return (struct pm_sqlite_view_config){
        .place = place, .outputs = tables->names, .schemas = tables->schemas};
}

void pm_view_tables_add(const struct pm_view_tables *tables, struct pm_digest *digest,
                        const struct pm_record *row, const struct pm_bytes *bytes)
{
    const unsigned output = pm_record_stream(row);
    int64_t words[1 + PM_SCHEMA_COLUMNS] = {output};
    struct pm_digest one = {0};
    unsigned count = 1;
    uint32_t size = 0;

    if (output >= PM_PLAN_OUTPUTS_MAX || tables->names[output] == NULL)
        return;
    const struct pm_schema *const schema = tables->schemas[output];
    for (unsigned i = 0; i < schema->count; i++) {
        const struct pm_column *const column = &schema->columns[i];
        if (column->type == PM_TYPE_TEXT) {
            const char *const text = pm_record_text(row, bytes, &size);
            words[count++] = size != 0 ? (int64_t)pm_digest_bytes(text, size) : 0;
        } else {
            words[count++] = pm_schema_read(column, row, bytes);
        }
    }
    pm_digest_add(&one, words, count * sizeof words[0]);
    if (pm_record_deletes(row))
        one = (struct pm_digest){.count = -one.count, .sum = -one.sum, .mix = one.mix};
    pm_digest_merge(digest, &one);
}

bool pm_view_tables_equal(const struct pm_digest *a, const struct pm_digest *b)
{
    return a->count == b->count && a->sum == b->sum && a->mix == b->mix;
}
