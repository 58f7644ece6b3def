/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of JSON texts, some of them broken on purpose. */
#ifndef PM_JSON_TEXTS_H
#define PM_JSON_TEXTS_H

#include "pm_random.h"
#include "pm_schema.h"

/** One column: the text, since what is broken has no others. */
extern const struct pm_schema pm_json_texts_schema;

/** Cut the text of @p record, the last one in @p bytes, before its last byte or earlier: an object
 * cut so is none. */
void pm_json_texts_cut(struct pm_random *random, struct pm_record *record, struct pm_bytes *bytes);

/** Leave nothing of @p record but its text: the payload served to write it. */
static inline void pm_json_texts_only(struct pm_record *record)
{
    for (unsigned i = 0; i < PM_PAYLOAD_WORDS; i++)
        record->payload[i] = 0;
}

#endif
