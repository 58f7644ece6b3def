/* SPDX-License-Identifier: Apache-2.0 */
/* SQL from a schema. */
#include "pm_sqlite_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char *text, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + used, PM_SQLITE_TEXT_SIZE - used, format, args);
    va_end(args);
}

char *pm_sqlite_text_create(char *text, const char *name, const struct pm_schema *schema)
{
    text[0] = '\0';
    add(text, "CREATE TABLE IF NOT EXISTS \"%s\" (", name);
    for (unsigned i = 0; i < schema->count; i++)
        add(text, "%s\"%s\" %s", i != 0 ? ", " : "", schema->columns[i].name,
            pm_sqlite_is_words(&schema->columns[i]) ? "TEXT" : "INTEGER");
    add(text, "); CREATE INDEX IF NOT EXISTS \"%s by name\" ON \"%s\" (\"%s\"", name, name,
        schema->columns[0].name);
    if (schema->count > 1)
        add(text, ", \"%s\"", schema->columns[1].name);
    add(text, ")");
    return text;
}

char *pm_sqlite_text_insert(char *text, const char *name, const struct pm_schema *schema)
{
    text[0] = '\0';
    add(text, "INSERT INTO \"%s\" VALUES (", name);
    for (unsigned i = 0; i < schema->count; i++)
        add(text, "%s?%u", i != 0 ? ", " : "", i + 1);
    add(text, ")");
    return text;
}

char *pm_sqlite_text_take(char *text, const char *name, const struct pm_schema *schema)
{
    text[0] = '\0';
    add(text, "DELETE FROM \"%s\" WHERE rowid = (SELECT rowid FROM \"%s\" WHERE ", name, name);
    for (unsigned i = 0; i < schema->count; i++)
        add(text, "%s\"%s\" IS ?%u", i != 0 ? " AND " : "", schema->columns[i].name, i + 1);
    add(text, " LIMIT 1)");
    return text;
}

char *pm_sqlite_text_select(char *text, const char *name, const struct pm_schema *schema)
{
    text[0] = '\0';
    add(text, "SELECT ");
    for (unsigned i = 0; i < schema->count; i++)
        add(text, "%s\"%s\"", i != 0 ? ", " : "", schema->columns[i].name);
    add(text, " FROM \"%s\"", name);
    return text;
}
