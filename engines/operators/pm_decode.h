/* SPDX-License-Identifier: Apache-2.0 */
/* decode: from the text that a record carries to columns, bad texts to a side port. */
#ifndef PM_DECODE_H
#define PM_DECODE_H

#include "pm_codec.h"
#include "pm_plan.h"

#define PM_DECODE_DEAD_LETTERS 1u /* the side port */

/**
 * What a dead letter is, whichever operator refuses the text: the record as it came, but for its
 * payload: columns fault (enum pm_codec_fault by its word), line (of the file that the record was
 * read from; of made data its place in its partition, 1 the first) and text, the raw bytes.
 */
extern const struct pm_schema pm_dead_letter_schema;

/** Make @p record of line @p line a dead letter because of @p fault; its text stays. */
void pm_dead_letter_write(struct pm_record *record, enum pm_codec_fault fault, uint64_t line);

/**
 * Parse the text column of @p from by @p codec into the columns of @p schema (copied). Without a
 * text column in @p schema the raw text stays and keeps its name. Port 1 "dead-letters": what
 * cannot be parsed, in pm_dead_letter_schema.
 */
struct pm_flow pm_plan_decode(struct pm_plan *plan, struct pm_flow from, enum pm_codec codec,
                              const struct pm_schema *schema);

extern const struct pm_operator_class pm_class_decode;

#endif
