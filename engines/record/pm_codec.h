/* SPDX-License-Identifier: Apache-2.0 */
/* Codecs: a record's columns as JSON, CSV or a Combined Log Format line, and back. */
#ifndef PM_CODEC_H
#define PM_CODEC_H

#include "pm_schema.h"

enum pm_codec { PM_CODEC_BINARY, PM_CODEC_JSON, PM_CODEC_CSV, PM_CODEC_CLF };

/**
 * Replace the extension of @p record by the text of its @p schema columns (CSV: RFC 4180 order of
 * the schema, no header; JSON: one object, keys in schema order). Money is written as 12.34, a time
 * as integer ns, a text column as a string. BINARY leaves the record as it is; of CLF the text is
 * the extension already. Cost: JSON about 60 ns for 4 columns.
 */
void pm_codec_encode(enum pm_codec codec, const struct pm_schema *schema, struct pm_record *record,
                     struct pm_bytes *bytes);

/** Why a text was refused; the words of dead letters. */
enum pm_codec_fault {
    PM_CODEC_OK,
    PM_CODEC_MALFORMED, /* not JSON, CSV or CLF at all */
    PM_CODEC_MISSING,   /* a column is absent */
    PM_CODEC_TYPE,      /* a column holds what its type does not allow, or overflows */
    PM_CODEC_TOO_LONG,
};
const char *pm_codec_fault_name(enum pm_codec_fault fault);

/** The longest text that is decoded; a longer one is PM_CODEC_TOO_LONG whatever it holds. */
#define PM_CODEC_TEXT_MAX (64u << 10)

/**
 * Parse the extension's text into the @p schema columns that lie in the record; a text column's
 * bytes replace the extension (without a text column the whole text stays). JSON: unknown members
 * are skipped, keys may come in any order, duplicate keys: the last one counts. CSV: exactly the
 * schema's fields. CLF: the columns called time, status and bytes, a choice called method and a
 * text called host, method, path, referer or agent; columns of other names stay as they are.
 * Never reads outside the text, whatever it holds; nesting is bounded by 32. On a fault the record
 * is unchanged. BINARY has nothing to parse.
 */
enum pm_codec_fault pm_codec_decode(enum pm_codec codec, const struct pm_schema *schema,
                                    struct pm_record *record, struct pm_bytes *bytes);

/** One line of Combined Log Format, in place: offsets into the line. A lone "-" has size 0. */
struct pm_clf {
    int64_t time_ns; /* of the bracketed time, zone applied */
    uint32_t host_at, host_size;
    uint32_t method_at, method_size;
    uint32_t path_at, path_size; /* without the query string */
    int32_t status;
    int64_t bytes; /* "-" is 0 */
    uint32_t referer_at, referer_size;
    uint32_t agent_at, agent_size;
};

/**
 * Parse @p line (a line end behind it is allowed); request lines that are not "METHOD path version"
 * are PM_CODEC_MALFORMED. Quotes within a field are escaped by a backslash and stay as they are
 * written. Common Log Format (no referer, no agent) is read too; further fields are ignored.
 * Never reads beyond @p size. On a fault @p out is undefined.
 */
enum pm_codec_fault pm_clf_parse(const char *line, uint32_t size, struct pm_clf *out);

#endif
