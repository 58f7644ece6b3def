/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a Combined Log Format line; the parser itself is pm_clf_parse of pm_codec.h. */
#ifndef PM_CLF_H
#define PM_CLF_H

#include "pm_codec.h"

/** pm_codec_decode for CLF; @p text is the extension of @p record, which lies in @p bytes. */
enum pm_codec_fault pm_clf_decode(const struct pm_schema *schema, const char *text, uint32_t size,
                                  struct pm_record *record, struct pm_bytes *bytes);

#endif
