/* SPDX-License-Identifier: Apache-2.0 */
/* Rows against one table, each by a statement that is prepared once. */
#include "pm_sqlite_table.h"

#include "pm_sqlite_text.h"

static int code_of(int result)
{
    if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
        return 0;
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED)
        return PM_EBUSY;
    return result == SQLITE_NOMEM ? PM_ENOMEM : PM_ESINK;
}

int pm_sqlite_step(sqlite3_stmt *statement)
{
    const int code = code_of(sqlite3_step(statement));

    sqlite3_reset(statement);
    return code;
}

int pm_sqlite_run(sqlite3 *db, const char *text, struct pm_error *error)
{
    const int code = code_of(sqlite3_exec(db, text, NULL, NULL, NULL));

    return code == 0 ? 0 : pm_error_set(error, code, "sqlite: %s", sqlite3_errmsg(db));
}

int pm_sqlite_prepare(sqlite3 *db, sqlite3_stmt **out, const char *text, struct pm_error *error)
{
    const int code =
        code_of(sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL));

    return code == 0 ? 0 : pm_error_set(error, code, "sqlite: %s", sqlite3_errmsg(db));
}

int pm_sqlite_table_open(struct pm_sqlite_table *table, sqlite3 *db, const char *name,
                         const struct pm_schema *schema, struct pm_error *error)
{
    char text[PM_SQLITE_TEXT_SIZE];
    int code = pm_sqlite_run(db, pm_sqlite_text_create(text, name, schema), error);

    table->schema = schema;
    if (code == 0)
        code =
            pm_sqlite_prepare(db, &table->insert, pm_sqlite_text_insert(text, name, schema), error);
    if (code == 0)
        code = pm_sqlite_prepare(db, &table->take, pm_sqlite_text_take(text, name, schema), error);
    if (code == 0) /* of an empty text SQLite makes no statement */
        code =
            pm_sqlite_prepare(db, &table->update, pm_sqlite_text_update(text, name, schema), error);
    return code;
}

void pm_sqlite_table_close(struct pm_sqlite_table *table)
{
    sqlite3_finalize(table->insert);
    sqlite3_finalize(table->take);
    sqlite3_finalize(table->update);
}

/* Returns the number that was bound; of words 0. */
static uint64_t bind(sqlite3_stmt *statement, int at, const struct pm_column *column,
                     const struct pm_record *row, const struct pm_bytes *bytes)
{
    uint32_t size = 0;
    const char *text = NULL;

    if (column->type == PM_TYPE_TEXT)
        text = pm_record_text(row, bytes, &size);
    else if (column->type == PM_TYPE_CHOICE)
        text = pm_schema_word(column, pm_schema_read(column, row, bytes), &size);
    if (pm_sqlite_is_words(column)) {
        sqlite3_bind_text(statement, at, text, (int)size, SQLITE_STATIC);
        return 0;
    }
    const int64_t value = pm_schema_read(column, row, bytes);
    sqlite3_bind_int64(statement, at, value);
    return (uint64_t)value;
}

/* Bind every column of @p row behind parameter @p at; returns the sum of its numbers. */
static uint64_t bind_row(const struct pm_schema *schema, sqlite3_stmt *statement, unsigned at,
                         const struct pm_record *row, const struct pm_bytes *bytes)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < schema->count; i++)
        sum += bind(statement, (int)(at + i + 1), &schema->columns[i], row, bytes);
    return sum;
}

/* As step, of a statement that has to change one row. */
static int step_one(sqlite3_stmt *statement)
{
    const int code = pm_sqlite_step(statement);

    return code == 0 && sqlite3_changes(sqlite3_db_handle(statement)) != 1 ? PM_ESINK : code;
}

int pm_sqlite_table_apply(const struct pm_sqlite_table *table, const struct pm_record *row,
                          const struct pm_bytes *bytes, struct pm_sqlite_content *content)
{
    const bool takes = pm_record_deletes(row);
    sqlite3_stmt *statement = takes ? table->take : table->insert;
    const uint64_t sum = bind_row(table->schema, statement, 0, row, bytes);

    content->rows += takes ? -1 : 1;
    content->sum += takes ? -sum : sum;
    return takes ? step_one(statement) : pm_sqlite_step(statement);
}

bool pm_sqlite_table_is_update(const struct pm_sqlite_table *table, const struct pm_record *row,
                               const struct pm_bytes *bytes)
{
    if (pm_record_op(row) != PM_OP_BEFORE || pm_record_op(row + 1) != PM_OP_INSERT ||
        pm_record_stream(row) != pm_record_stream(row + 1) || table->update == NULL)
        return false;
    for (unsigned i = 0; i < PM_SQLITE_NAMES; i++) {
        const struct pm_column *column = &table->schema->columns[i];
        if (column->type == PM_TYPE_TEXT ||
            pm_schema_read(column, row, bytes) != pm_schema_read(column, row + 1, bytes))
            return false;
    }
    return true;
}

int pm_sqlite_table_update(const struct pm_sqlite_table *table, const struct pm_record *row,
                           const struct pm_bytes *bytes, struct pm_sqlite_content *content)
{
    content->sum -= bind_row(table->schema, table->update, 0, row, bytes);
    content->sum += bind_row(table->schema, table->update, table->schema->count, row + 1, bytes);
    return step_one(table->update);
}
