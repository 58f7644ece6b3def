/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a record (RFC 8259): written in schema order, read in any. */
#ifndef PM_JSON_H
#define PM_JSON_H

#include "pm_codec.h"

#define PM_JSON_DEPTH_MAX 32u /* of nesting, the object itself included */

/** pm_codec_encode for JSON. Bytes of a text that are no UTF-8 are written as U+FFFD. */
void pm_json_encode(const struct pm_schema *schema, struct pm_record *record,
                    struct pm_bytes *bytes);

/** pm_codec_decode for JSON; @p text is the extension of @p record, which lies in @p bytes. */
enum pm_codec_fault pm_json_decode(const struct pm_schema *schema, const char *text, uint32_t size,
                                   struct pm_record *record, struct pm_bytes *bytes);

#endif
