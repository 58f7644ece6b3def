/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a row of CSV or JSON into named texts. */
#ifndef PM_TRACE_SPLIT_H
#define PM_TRACE_SPLIT_H

#include "pm_trace_reader.h"

/** A value of the row, its quotes and escapes resolved; text NULL: absent. */
struct pm_trace_value {
    const char *text;
    uint32_t size;
};

/** Called for each value; @p number counts the columns of CSV from 0 and is 0 for JSON, whose
 * @p name is the path of the member ("user.id"); of CSV it is NULL. */
typedef void (*pm_trace_value_fn)(void *payload, unsigned number, const char *name,
                                  uint32_t name_size, struct pm_trace_value value);

/**
 * Each field of a row of CSV (RFC 4180; a quote within an unquoted field is a byte like others).
 * Doubled quotes are resolved in @p scratch, which has room for the row. Returns the number of
 * fields, or -1 when a quoted field does not end at its quote.
 */
int pm_trace_split_csv(const struct pm_trace_row *row, char separator, char *scratch,
                       pm_trace_value_fn each, void *payload);

/**
 * Each member of a JSON object that is a string, number or truth value; members of inner objects
 * by their path; null, arrays and names longer than 127 bytes are left out. @p scratch as above.
 * False when the row is no JSON object, or deeper than PM_JSON_DEPTH_MAX.
 */
bool pm_trace_split_json(const struct pm_trace_row *row, char *scratch, pm_trace_value_fn each,
                         void *payload);

#endif
