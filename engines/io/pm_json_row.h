/* SPDX-License-Identifier: Apache-2.0 */
/* One row as one line of JSON, by its schema. */
#ifndef PM_JSON_ROW_H
#define PM_JSON_ROW_H

#include "pm_outbuf.h"
#include "pm_schema.h"

/**
 * Append @p record as an object and a newline: columns in schema order, money and decimals as exact
 * numbers, choices as their word, text as UTF-8 (a byte that is none becomes U+FFFD). A deleted row
 * begins with "_op":"delete". Without a schema: event time, key, payload words and text.
 */
void pm_json_row(struct pm_outbuf *out, const struct pm_schema *schema,
                 const struct pm_record *record, const struct pm_bytes *bytes);

#endif
