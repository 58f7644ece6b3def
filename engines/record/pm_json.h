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

/** A string as it stands between its quotes; escaped: pm_json_unquote makes its bytes. */
struct pm_json_string {
    const char *text;
    uint32_t size;
    bool escaped;
};

/** Steps of the grammar for readers of other shapes: each moves *@p at behind what it names, white
 * space behind it included, and returns false where something else stands. */
bool pm_json_take(const char **at, const char *end, char byte);
bool pm_json_take_string(const char **at, const char *end, struct pm_json_string *out);
bool pm_json_take_value(const char **at, const char *end); /* any, to PM_JSON_DEPTH_MAX levels */

/** Write the bytes of an escaped string, at most its size; returns their end. */
char *pm_json_unquote(char *to, const struct pm_json_string *string);

#endif
