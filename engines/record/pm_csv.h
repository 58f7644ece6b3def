/* SPDX-License-Identifier: Apache-2.0 */
/* One CSV line a record (RFC 4180). */
#ifndef PM_CSV_H
#define PM_CSV_H

#include "pm_codec.h"

/** pm_codec_encode for CSV: no header, no line end. */
void pm_csv_encode(const struct pm_schema *schema, struct pm_record *record,
                   struct pm_bytes *bytes);

/**
 * pm_codec_decode for CSV; @p text is the extension of @p record, which lies in @p bytes. A line
 * end behind the last field is allowed. An empty field is a missing number and an empty text.
 */
enum pm_codec_fault pm_csv_decode(const struct pm_schema *schema, const char *text, uint32_t size,
                                  struct pm_record *record, struct pm_bytes *bytes);

#endif
