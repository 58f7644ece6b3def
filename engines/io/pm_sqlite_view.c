/* SPDX-License-Identifier: Apache-2.0 */
/* A view in SQLite, read: rows become records again. */
#include "pm_sqlite_view.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_sqlite_text.h"

#define OUTPUTS_MAX 32u
#define WAIT_MS     1000 /* for what another connection holds; then PM_EBUSY */

struct pm_sqlite_view {
    sqlite3 *db;
    sqlite3_stmt *begin, *end, *commits;
    unsigned outputs;
    struct {
        const struct pm_schema *schema;
        uint32_t extension; /* bytes that the columns beyond the record take */
        sqlite3_stmt *rows;
    } table[OUTPUTS_MAX];
    struct pm_bytes bytes;
};

static int code_of(int result)
{
    if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
        return 0;
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED || result == SQLITE_SCHEMA)
        return PM_EBUSY; /* the last: tables were made meanwhile */
    return result == SQLITE_NOMEM ? PM_ENOMEM : PM_EIO;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* A table that is missing is one that is not there yet. */
static int prepare(struct pm_sqlite_view *view, sqlite3_stmt **out, const char *text)
{
    const int result = sqlite3_prepare_v3(view->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    return result == SQLITE_ERROR ? PM_EBUSY : code_of(result);
}

static uint32_t extension_of(const struct pm_schema *schema)
{
    uint32_t size = 0;

    for (unsigned i = 0; i < schema->count; i++) {
        const struct pm_column *column = &schema->columns[i];
        const uint32_t end = column->place == PM_PLACE_EXTENSION && column->type != PM_TYPE_TEXT
                                 ? column->offset + column->width
                                 : 0u;
        size = end > size ? end : size;
    }
    return size;
}

static int prepare_table(struct pm_sqlite_view *view, unsigned at, const char *name)
{
    const struct pm_schema *schema = view->table[at].schema;
    char text[PM_SQLITE_TEXT_SIZE];

    view->table[at].extension = extension_of(schema);
    return prepare(view, &view->table[at].rows, pm_sqlite_text_select(text, name, schema));
}

static int prepare_all(struct pm_sqlite_view *view, const struct pm_sqlite_view_config *config)
{
    int code = prepare(view, &view->begin, "BEGIN");

    if (code == 0)
        code = prepare(view, &view->end, "COMMIT");
    if (code == 0)
        code = prepare(view, &view->commits,
                       "SELECT writer, run, epoch FROM \"commits\" ORDER BY writer");
    for (; code == 0 && config->outputs[view->outputs] != NULL; view->outputs++) {
        if (view->outputs == OUTPUTS_MAX)
            return PM_EINPUT;
        view->table[view->outputs].schema = config->schemas[view->outputs];
        code = prepare_table(view, view->outputs, config->outputs[view->outputs]);
    }
    return code;
}

void pm_sqlite_view_close(struct pm_sqlite_view *view)
{
    if (view == NULL)
        return;
    for (unsigned i = 0; i < view->outputs; i++)
        sqlite3_finalize(view->table[i].rows);
    sqlite3_finalize(view->begin);
    sqlite3_finalize(view->end);
    sqlite3_finalize(view->commits);
    sqlite3_close(view->db);
    pm_bytes_close(&view->bytes);
    free(view);
}

/* The connection could write, though it will not: so that, closed last, it leaves one file. */
int pm_sqlite_view_open(struct pm_sqlite_view **out, const struct pm_sqlite_view_config *config,
                        struct pm_error *error)
{
    struct pm_sqlite_view *view = calloc(1, sizeof *view);
    char path[512];

    if (view == NULL)
        return pm_error_set(error, PM_ENOMEM, "sqlite: no memory");
    snprintf(path, sizeof path, "%s/" PM_SQLITE_FILE, config->place);
    const int result = sqlite3_open_v2(path, &view->db, SQLITE_OPEN_READWRITE, NULL);
    int code = result == SQLITE_CANTOPEN ? PM_EBUSY : code_of(result);
    if (code == 0)
        code = code_of(sqlite3_busy_timeout(view->db, WAIT_MS));
    if (code == 0)
        code = code_of(sqlite3_exec(view->db, "PRAGMA query_only = ON", NULL, NULL, NULL));
    if (code == 0)
        code = prepare_all(view, config);
    if (code != 0) {
        pm_error_set(error, code, "sqlite: %.120s: %s", path, sqlite3_errmsg(view->db));
        pm_sqlite_view_close(view);
        return code;
    }
    *out = view;
    return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int read_commits(struct pm_sqlite_view *view, struct pm_sqlite_commit *commits,
                        unsigned limit, unsigned *count)
{
    int result;

    *count = 0;
    while ((result = sqlite3_step(view->commits)) == SQLITE_ROW) {
        if (*count == limit)
            return PM_ESINK;
        commits[(*count)++] = (struct pm_sqlite_commit){
            .writer = (unsigned)sqlite3_column_int64(view->commits, 0),
            .run = (uint64_t)sqlite3_column_int64(view->commits, 1),
            .epoch = (uint64_t)sqlite3_column_int64(view->commits, 2),
        };
    }
    return code_of(result);
}

/* The text of the one column that is all of the extension. */
static int fill_text(struct pm_sqlite_view *view, sqlite3_stmt *rows, int at, struct pm_record *row)
{
    const void *text = sqlite3_column_text(rows, at);
    const uint32_t size = (uint32_t)sqlite3_column_bytes(rows, at);
    void *bytes = text != NULL ? pm_record_extend(row, &view->bytes, size) : NULL;

    if (bytes != NULL)
        memcpy(bytes, text, size);
    return view->bytes.failed ? PM_ENOMEM : 0;
}

static int fill_column(struct pm_sqlite_view *view, sqlite3_stmt *rows, int at,
                       const struct pm_column *column, struct pm_record *row)
{
    int64_t value = 0;

    if (column->type == PM_TYPE_TEXT)
        return fill_text(view, rows, at, row);
    if (column->type == PM_TYPE_CHOICE) {
        const char *word = (const char *)sqlite3_column_text(rows, at);
        value = word != NULL
                    ? pm_schema_word_index(column, word, (uint32_t)sqlite3_column_bytes(rows, at))
                    : -1;
        if (value < 0)
            return PM_ESINK;
    } else {
        value = sqlite3_column_int64(rows, at);
    }
    pm_schema_write(column, row, &view->bytes, value);
    return 0;
}

static int fill_row(struct pm_sqlite_view *view, unsigned at, struct pm_record *row)
{
    const struct pm_schema *schema = view->table[at].schema;
    int code = 0;

    *row = (struct pm_record){.word = pm_record_word(at, PM_KIND_DATA)};
    view->bytes.used = 0;
    if (view->table[at].extension != 0) {
        void *bytes = pm_record_extend(row, &view->bytes, view->table[at].extension);
        if (bytes == NULL)
            return PM_ENOMEM;
        memset(bytes, 0, view->table[at].extension);
    }
    for (unsigned i = 0; i < schema->count && code == 0; i++)
        code = fill_column(view, view->table[at].rows, (int)i, &schema->columns[i], row);
    return code;
}

static int read_table(struct pm_sqlite_view *view, unsigned at, pm_sqlite_row_fn each,
                      void *payload)
{
    struct pm_record row;
    int result;

    while ((result = sqlite3_step(view->table[at].rows)) == SQLITE_ROW) {
        int code = fill_row(view, at, &row);
        if (code == 0)
            code = each(payload, &row, &view->bytes);
        if (code != 0)
            return code;
    }
    return code_of(result);
}

int pm_sqlite_view_read(struct pm_sqlite_view *view, struct pm_sqlite_commit *commits,
                        unsigned limit, unsigned *count, pm_sqlite_row_fn each, void *payload,
                        struct pm_error *error)
{
    int code = code_of(sqlite3_step(view->begin));

    if (code == 0)
        code = read_commits(view, commits, limit, count);
    for (unsigned i = 0; code == 0 && i < view->outputs; i++)
        code = read_table(view, i, each, payload);
    if (code !=
        0) /* the first sentence stays: where a row was refused, sqlite's is that all is well */
        pm_error_set(error, code, "sqlite: the view cannot be read: %s (%d)",
                     sqlite3_errmsg(view->db), sqlite3_extended_errcode(view->db));
    sqlite3_reset(view->begin);
    sqlite3_reset(view->commits);
    for (unsigned i = 0; i < view->outputs; i++)
        sqlite3_reset(view->table[i].rows);
    (void)sqlite3_step(view->end);
    sqlite3_reset(view->end);
    return code;
}

int pm_sqlite_view_copy(struct pm_sqlite_view *view, const char *path, struct pm_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = code_of(sqlite3_exec(view->db, "PRAGMA query_only = OFF", NULL, NULL, NULL));

    if (code == 0)
        code = code_of(sqlite3_prepare_v2(view->db, "VACUUM INTO ?1", -1, &statement, NULL));
    if (code == 0)
        code = code_of(sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC));
    if (code == 0)
        code = code_of(sqlite3_step(statement));
    if (code != 0)
        pm_error_set(error, PM_EIO, "sqlite: %.120s: %s", path, sqlite3_errmsg(view->db));
    sqlite3_finalize(statement);
    (void)sqlite3_exec(view->db, "PRAGMA query_only = ON", NULL, NULL, NULL);
    return code == 0 ? 0 : PM_EIO;
}
