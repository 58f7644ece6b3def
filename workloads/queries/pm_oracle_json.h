/* SPDX-License-Identifier: Apache-2.0 */
/* What a JSON text says, by jansson, for the oracles of queries that decode. */
#ifndef PM_ORACLE_JSON_H
#define PM_ORACLE_JSON_H

#include "pm_codec.h"

/** One value that the text must have: a number times scale, or one of the words. */
struct pm_oracle_field {
    const char *name;
    int64_t *to;              /* the number, or the word's place */
    double scale;             /* 100 for money */
    const char *const *words; /* ends with NULL; NULL: a number */
};

/**
 * Read @p fields of the object that @p text is. Returns what a decoder must find: PM_CODEC_OK, or
 * malformed, a value of the wrong type (which counts before an absent one), or one that is missing.
 */
enum pm_codec_fault pm_oracle_json_read(const char *text, size_t size, unsigned fields,
                                        const struct pm_oracle_field *field);

#endif
