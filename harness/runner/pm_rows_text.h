/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as text that other programs read: fields of CSV and JSON, safe to open in a spreadsheet. */
#ifndef PM_ROWS_TEXT_H
#define PM_ROWS_TEXT_H

#include <stdio.h>

#include "pm_schema.h"

/**
 * Write @p text as a field of CSV (RFC 4180). A text that begins with = + - @, a tab or CR gets an
 * apostrophe before it, so that no spreadsheet takes it for a formula.
 */
void pm_rows_text_csv(FILE *to, const char *text, uint32_t size);

/** Write @p text as a JSON string; bytes that are no UTF-8 become U+FFFD. */
void pm_rows_text_json(FILE *to, const char *text, uint32_t size);

/**
 * Write the number @p value of @p column at @p at, which has room for 40 bytes: a time as
 * 2024-01-01T00:05:00Z with as many decimals as it needs, money with two, a decimal with its own.
 * Returns its end. No CHOICE, no TEXT.
 */
char *pm_rows_text_number(char *at, const struct pm_column *column, int64_t value);

#endif
