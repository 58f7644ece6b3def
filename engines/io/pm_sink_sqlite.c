/* SPDX-License-Identifier: Apache-2.0 */
/* A view in SQLite, written: a table an output, in which updates are folded. */
#include "pm_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_sink_rows.h"
#include "pm_sqlite_table.h"
#include "pm_sqlite_view.h"

/*
 * The rows of an epoch wait in memory; commit applies all of them and notes the epoch in one
 * transaction, so a reader sees whole commits only, and what a kill left half done never was. A
 * row is inserted; one that takes back deletes the row that equals it, found by the first two
 * columns, which name a row of results. Writers share the file and take turns. Beside its epoch
 * each notes how many rows of it are in the view and the sum of their numbers: what a reader finds
 * in the tables has to be that, or it did not see whole commits.
 */

#define WAIT_MS     2000 /* for another writer's transaction; then PM_EBUSY */
#define OUTPUTS_MAX 32u

struct sqlite_sink {
    struct pm_sink base;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *rollback, *note;
    unsigned outputs;
    struct pm_sqlite_table table[OUTPUTS_MAX];
    struct pm_sink_handle open, committed;
    bool prepared;
    struct pm_digest digest;
    struct pm_sqlite_content content; /* by the newest commit */
    struct pm_sqlite_content applied; /* the same with the rows of the commit in hand */
    struct pm_record *rows;
    size_t count, capacity;
    struct pm_bytes bytes;
};

/* --- opening ---------------------------------------------------------------------------------- */

static int open_notes(struct sqlite_sink *sink, const struct pm_sink_config *config,
                      struct pm_error *error)
{
    static const char begin[] = "BEGIN IMMEDIATE";
    int code = pm_sqlite_run(sink->db,
                             "PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS \"commits\" ("
                             "writer INTEGER PRIMARY KEY, run INTEGER, incarnation INTEGER,"
                             " epoch INTEGER, rows INTEGER, digest INTEGER, view_rows INTEGER,"
                             " view_sum INTEGER, time TEXT)",
                             error);

    if (code == 0)
        code = pm_sqlite_run(sink->db,
                             config->durability == PM_DURABILITY_POWER ? "PRAGMA synchronous = FULL"
                                                                       : "PRAGMA synchronous = OFF",
                             error);
    if (code == 0)
        code = pm_sqlite_prepare(sink->db, &sink->begin, begin, error);
    if (code == 0)
        code = pm_sqlite_prepare(sink->db, &sink->commit, "COMMIT", error);
    if (code == 0)
        code = pm_sqlite_prepare(sink->db, &sink->rollback, "ROLLBACK", error);
    if (code == 0)
        code =
            pm_sqlite_prepare(sink->db, &sink->note,
                              "INSERT OR REPLACE INTO \"commits\" VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
                              "?7, ?8, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                              error);
    return code;
}

/* The job as a table of names and values. */
static int open_about(struct sqlite_sink *sink, const char *const *about, struct pm_error *error)
{
    sqlite3_stmt *statement = NULL;
    int code = pm_sqlite_run(
        sink->db, "CREATE TABLE IF NOT EXISTS \"about\" (name TEXT PRIMARY KEY, value TEXT)",
        error);

    if (code == 0)
        code = pm_sqlite_prepare(sink->db, &statement,
                                 "INSERT OR REPLACE INTO \"about\" VALUES (?1, ?2)", error);
    for (unsigned i = 0; code == 0 && about != NULL && about[i] != NULL; i++) {
        const size_t name = strcspn(about[i], "=");
        sqlite3_bind_text(statement, 1, about[i], (int)name, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, about[i] + name + (about[i][name] != '\0'), -1,
                          SQLITE_STATIC);
        code = pm_sqlite_step(statement);
    }
    sqlite3_finalize(statement);
    return code;
}

static int read_notes(struct sqlite_sink *sink, struct pm_error *error)
{
    struct pm_sink_handle *last = &sink->committed;
    sqlite3_stmt *statement = NULL;
    const int code = pm_sqlite_prepare(sink->db, &statement,
                                       "SELECT run, incarnation, epoch, rows, digest, view_rows, "
                                       "view_sum FROM \"commits\" WHERE writer = ?1",
                                       error);

    if (code != 0)
        return code;
    sqlite3_bind_int64(statement, 1, sink->open.writer);
    last->writer = sink->open.writer;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        last->run = (uint64_t)sqlite3_column_int64(statement, 0);
        last->incarnation = (uint32_t)sqlite3_column_int64(statement, 1);
        last->epoch = (uint64_t)sqlite3_column_int64(statement, 2);
        last->rows = (uint64_t)sqlite3_column_int64(statement, 3);
        last->digest = (uint64_t)sqlite3_column_int64(statement, 4);
        sink->content.rows = sqlite3_column_int64(statement, 5);
        sink->content.sum = (uint64_t)sqlite3_column_int64(statement, 6);
    }
    sqlite3_finalize(statement);
    if (last->epoch != 0 && last->run != sink->open.run)
        return pm_error_set(error, PM_EMISMATCH, "sqlite: the view is of another run: remove it");
    return 0;
}

static void sqlite_close(struct pm_sink *base)
{
    struct sqlite_sink *sink = (struct sqlite_sink *)base;

    if (sink == NULL)
        return;
    for (unsigned i = 0; i < sink->outputs; i++)
        pm_sqlite_table_close(&sink->table[i]);
    sqlite3_finalize(sink->begin);
    sqlite3_finalize(sink->commit);
    sqlite3_finalize(sink->rollback);
    sqlite3_finalize(sink->note);
    sqlite3_close(sink->db);
    free(sink->rows);
    pm_bytes_close(&sink->bytes);
    free(sink);
}

static int open_all(struct sqlite_sink *sink, const struct pm_sink_config *config,
                    struct pm_error *error)
{
    char path[512];
    int code;

    if (snprintf(path, sizeof path, "%s/" PM_SQLITE_FILE, config->place) >= (int)sizeof path)
        return pm_error_set(error, PM_EINPUT, "sqlite: the folder's name is too long");
    if (sqlite3_open(path, &sink->db) != SQLITE_OK)
        return pm_error_set(error, PM_EIO, "sqlite: %.120s: %s", path, sqlite3_errmsg(sink->db));
    sqlite3_busy_timeout(sink->db, WAIT_MS);
    code = open_notes(sink, config, error);
    if (code == 0)
        code = open_about(sink, config->about, error);
    for (; code == 0 && config->outputs[sink->outputs] != NULL; sink->outputs++) {
        if (sink->outputs == OUTPUTS_MAX || config->schemas == NULL ||
            config->schemas[sink->outputs] == NULL)
            return pm_error_set(error, PM_EINPUT,
                                "sqlite: output %s has no columns, or is one of "
                                "more than %u",
                                config->outputs[sink->outputs], OUTPUTS_MAX);
        code = pm_sqlite_table_open(&sink->table[sink->outputs], sink->db,
                                    config->outputs[sink->outputs], config->schemas[sink->outputs],
                                    error);
    }
    return code == 0 ? read_notes(sink, error) : code;
}

static int sqlite_open(struct pm_sink **out, const struct pm_sink_config *config,
                       struct pm_error *error)
{
    struct sqlite_sink *sink = calloc(1, sizeof *sink);

    if (sink == NULL)
        return pm_error_set(error, PM_ENOMEM, "sqlite: no memory");
    sink->base.ops = &pm_sink_sqlite;
    sink->open = (struct pm_sink_handle){
        .run = config->run, .incarnation = config->incarnation, .writer = config->writer};
    const int code = open_all(sink, config, error);
    if (code != 0) {
        sqlite_close(&sink->base);
        return code;
    }
    *out = &sink->base;
    return 0;
}

/* --- epochs ----------------------------------------------------------------------------------- */

static int sqlite_begin(struct pm_sink *base, uint64_t epoch)
{
    struct sqlite_sink *sink = (struct sqlite_sink *)base;

    if (sink->prepared)
        return PM_EBUSY;
    sink->open.epoch = epoch;
    sink->digest = (struct pm_digest){0};
    sink->count = 0;
    sink->bytes.used = 0;
    return 0;
}

static int sqlite_write(struct pm_sink *base, const struct pm_record *record,
                        const struct pm_bytes *bytes)
{
    struct sqlite_sink *sink = (struct sqlite_sink *)base;

    if (pm_record_stream(record) >= sink->outputs)
        return PM_EINTERNAL;
    if (sink->count == sink->capacity) {
        const size_t capacity = sink->capacity != 0 ? 2 * sink->capacity : 256;
        struct pm_record *rows = realloc(sink->rows, capacity * sizeof *rows);
        if (rows == NULL)
            return PM_ENOMEM;
        sink->rows = rows;
        sink->capacity = capacity;
    }
    struct pm_record *row = &sink->rows[sink->count++];
    *row = *record;
    pm_record_carry(row, bytes, &sink->bytes);
    pm_sink_rows_add(&sink->digest, record, bytes);
    return sink->bytes.failed ? PM_ENOMEM : 0;
}

static int sqlite_prepare(struct pm_sink *base, struct pm_sink_handle *handle)
{
    struct sqlite_sink *sink = (struct sqlite_sink *)base;

    sink->open.rows = sink->digest.count;
    sink->open.digest = pm_digest_value(&sink->digest);
    sink->prepared = true;
    *handle = sink->open;
    return 0;
}

static int apply_all(struct sqlite_sink *sink)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < sink->count; i++) {
        const struct pm_record *row = &sink->rows[i];
        const struct pm_sqlite_table *table = &sink->table[pm_record_stream(row)];

        if (i + 1 < sink->count && pm_sqlite_table_is_update(table, row, &sink->bytes)) {
            code = pm_sqlite_table_update(table, row, &sink->bytes, &sink->applied);
            i++;
        } else {
            code = pm_sqlite_table_apply(table, row, &sink->bytes, &sink->applied);
        }
    }
    return code;
}

static int note(struct sqlite_sink *sink, const struct pm_sink_handle *handle)
{
    const int64_t values[] = {handle->writer,        (int64_t)handle->run,
                              handle->incarnation,   (int64_t)handle->epoch,
                              (int64_t)handle->rows, (int64_t)handle->digest,
                              sink->applied.rows,    (int64_t)sink->applied.sum};

    for (int i = 0; i < 8; i++)
        sqlite3_bind_int64(sink->note, i + 1, values[i]);
    return pm_sqlite_step(sink->note);
}

static int sqlite_commit(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct sqlite_sink *sink = (struct sqlite_sink *)base;

    if (handle->epoch <= sink->committed.epoch)
        return 0;
    if (!sink->prepared || handle->epoch != sink->open.epoch)
        return PM_ESINK; /* its rows were in the memory of a process that is gone */
    int code = pm_sqlite_step(sink->begin);
    if (code != 0)
        return code;
    sink->applied = sink->content;
    code = apply_all(sink);
    if (code == 0)
        code = note(sink, handle);
    if (code == 0)
        code = pm_sqlite_step(sink->commit);
    if (code != 0) {
        (void)pm_sqlite_step(sink->rollback);
        return code;
    }
    sink->committed = *handle;
    sink->content = sink->applied;
    sink->prepared = false;
    return 0;
}

static int sqlite_abort(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct sqlite_sink *sink = (struct sqlite_sink *)base;

    if (handle->epoch == sink->open.epoch)
        sink->prepared = false;
    return 0;
}

static int sqlite_last_committed(struct pm_sink *base, struct pm_sink_handle *handle)
{
    *handle = ((struct sqlite_sink *)base)->committed;
    return 0;
}

const struct pm_sink_ops pm_sink_sqlite = {
    .name = "sqlite",
    .guarantees = 1u << PM_AT_MOST_ONCE,
    .open = sqlite_open,
    .begin = sqlite_begin,
    .write = sqlite_write,
    .prepare = sqlite_prepare,
    .commit = sqlite_commit,
    .abort = sqlite_abort,
    .last_committed = sqlite_last_committed,
    .close = sqlite_close,
};
