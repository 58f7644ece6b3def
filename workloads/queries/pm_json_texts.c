/* SPDX-License-Identifier: Apache-2.0 */
/* JSON texts as a stream's records. */
#include "pm_json_texts.h"

const struct pm_schema pm_json_texts_schema = {
    .name = "json-text",
    .count = 1,
    .columns = {PM_COLUMN_TEXT("json")},
};

void pm_json_texts_cut(struct pm_random *random, struct pm_record *record, struct pm_bytes *bytes)
{
    struct pm_extension *extension = pm_record_extension(record, bytes);

    if (extension != NULL && extension->size != 0)
        pm_record_trim(record, bytes, (uint32_t)pm_random_below(random, extension->size));
}
