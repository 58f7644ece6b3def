/* SPDX-License-Identifier: Apache-2.0 */
/* The statements over one table of a view, as text. */
#ifndef PM_SQLITE_TEXT_H
#define PM_SQLITE_TEXT_H

#include "pm_schema.h"

#define PM_SQLITE_TEXT_SIZE 4096u /* holds every statement over PM_SCHEMA_COLUMNS columns */
#define PM_SQLITE_NAMES     2u    /* columns that name a row of results, and are its index */

/** True of a column that is TEXT in the table; all others are INTEGER. */
static inline bool pm_sqlite_is_words(const struct pm_column *column)
{
    return column->type == PM_TYPE_TEXT || column->type == PM_TYPE_CHOICE;
}

/**
 * Each writes its statement over table @p name, which has the columns of @p schema, to @p text of
 * PM_SQLITE_TEXT_SIZE bytes and returns it. Parameter ?n is column number n, from 1.
 *
 *   create  the table and an index over its first two columns, which name a row of results
 *   insert  a row
 *   take    delete one row that equals the parameters in every column
 *   update  give one such row the values of parameters count + 3 and on behind its first two
 *           columns, so that the index is not touched; "" where there are no more columns
 *   select  every row
 */
char *pm_sqlite_text_create(char *text, const char *name, const struct pm_schema *schema);
char *pm_sqlite_text_insert(char *text, const char *name, const struct pm_schema *schema);
char *pm_sqlite_text_take(char *text, const char *name, const struct pm_schema *schema);
char *pm_sqlite_text_update(char *text, const char *name, const struct pm_schema *schema);
char *pm_sqlite_text_select(char *text, const char *name, const struct pm_schema *schema);

#endif
