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
    for (unsigned i = 1; i < schema->count && i < PM_SQLITE_NAMES; i++)
        add(text, ", \"%s\"", schema->columns[i].name);
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

static void add_row(char *text, const char *name, const struct pm_schema *schema)
{
    add(text, " WHERE rowid = (SELECT rowid FROM \"%s\" WHERE ", name);
    for (unsigned i = 0; i < schema->count; i++)
        add(text, "%s\"%s\" IS ?%u", i != 0 ? " AND " : "", schema->columns[i].name, i + 1);
    add(text, " LIMIT 1)");
}

char *pm_sqlite_text_take(char *text, const char *name, const struct pm_schema *schema)
{
    text[0] = '\0';
    add(text, "DELETE FROM \"%s\"", name);
    add_row(text, name, schema);
    return text;
}

char *pm_sqlite_text_update(char *text, const char *name, const struct pm_schema *schema)
{
    text[0] = '\0';
    if (schema->count <= PM_SQLITE_NAMES)
        return text;
    add(text, "UPDATE \"%s\" SET ", name);
    for (unsigned i = PM_SQLITE_NAMES; i < schema->count; i++)
        add(text, "%s\"%s\" = ?%u", i != PM_SQLITE_NAMES ? ", " : "", schema->columns[i].name,
            schema->count + i + 1);
    add_row(text, name, schema);
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
