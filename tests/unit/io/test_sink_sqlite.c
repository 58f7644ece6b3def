/* SPDX-License-Identifier: Apache-2.0 */
/* The view in SQLite: updates folded, commits whole for a reader in another process. */
#include "log_fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pm_sink.h"
#include "pm_sqlite_view.h"

static const struct pm_schema sales = {
    .name = "sales",
    .count = 4,
    .columns = {PM_COLUMN_KEY("region"), PM_COLUMN_PAYLOAD("product", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("revenue", PM_TYPE_MONEY, 8, 8, 0),
                PM_COLUMN_CHOICE("side", 16, 1, "buy sell")}};

static const struct pm_schema notes = {
    .name = "notes", .count = 2, .columns = {PM_COLUMN_KEY("region"), PM_COLUMN_TEXT("words")}};

static const char *const names[] = {"best sales", "notes", NULL};
static const struct pm_schema *const schemas[] = {&sales, &notes, NULL};
static const char *const about[] = {"engine=event", "odd", NULL};

static int try_open(struct pm_sink **out, const struct place *place, unsigned writer, uint64_t run,
                    struct pm_error *error)
{
    const struct pm_sink_config config = {.place = place->log,
                                          .writer = writer,
                                          .writers = 2,
                                          .run = run,
                                          .incarnation = 1,
                                          .outputs = names,
                                          .schemas = schemas,
                                          .about = about};

    return pm_sink_sqlite.open(out, &config, error);
}

static struct pm_sink *open_sink(const struct place *place, unsigned writer)
{
    struct pm_sink *sink = NULL;
    struct pm_error error = {0};

    (void)mkdir(place->log, 0700);
    if (try_open(&sink, place, writer, RUN, &error) != 0)
        fail_msg("%s", error.text);
    return sink;
}

static void change(struct pm_sink *sink, enum pm_record_op op, uint64_t region, int64_t product,
                   int64_t revenue)
{
    const struct pm_bytes bytes = {0};
    struct pm_record row = {.key = region,
                            .word = pm_record_word(0, PM_KIND_DATA),
                            .payload = {(uint64_t)product, (uint64_t)revenue, 1}};

    pm_record_set_op(&row, op);
    assert_int_equal(pm_sink_write(sink, &row, &bytes), 0);
}

/* The first column of the first row that @p text gives over a connection of its own, or -1. */
static int64_t ask(const struct place *place, const char *text)
{
    char path[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    snprintf(path, sizeof path, "%s/view.db", place->log);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
        sqlite3_busy_timeout(db, 1000);
        if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW)
            value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static void updates_are_folded_into_rows(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 0);
    struct pm_sink_handle handle;
    uint64_t epoch = 1;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    change(sink, PM_OP_INSERT, 7, 1, 100);
    change(sink, PM_OP_BEFORE, 7, 1, 100);
    change(sink, PM_OP_INSERT, 7, 1, 250);
    change(sink, PM_OP_INSERT, 7, 2, 9);
    assert_int_equal(ask(place, "SELECT count(*) FROM \"best sales\""), 0); /* not before commit */
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    assert_int_equal(ask(place, "SELECT count(*) FROM \"best sales\""), 2);
    assert_int_equal(ask(place, "SELECT revenue FROM \"best sales\" WHERE product = 1 AND region ="
                                " 7 AND side = 'sell'"),
                     250);
    change(sink, PM_OP_DELETE, 7, 2, 9);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0); /* again: nothing happens */
    assert_int_equal(ask(place, "SELECT count(*) FROM \"best sales\""), 1);
    assert_int_equal(ask(place, "SELECT epoch FROM commits WHERE writer = 0"), 2);
    sink->ops->close(sink);
}

static void a_commit_that_fails_leaves_nothing(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 0);
    struct pm_sink_handle handle;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    change(sink, PM_OP_INSERT, 7, 1, 100);
    change(sink, PM_OP_DELETE, 7, 1, 99); /* never was */
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->begin(sink, 2), PM_EBUSY);
    assert_int_equal(sink->ops->commit(sink, &handle), PM_ESINK);
    assert_int_equal(ask(place, "SELECT count(*) FROM \"best sales\""), 0);
    assert_int_equal(ask(place, "SELECT count(*) FROM commits"), 0);
    assert_int_equal(sink->ops->abort(sink, &handle), 0);
    assert_int_equal(sink->ops->begin(sink, 2), 0);
    sink->ops->close(sink);
}

static void an_old_row_need_not_have_the_name_of_the_new_one(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 0);
    struct pm_sink_handle handle;
    uint64_t epoch = 1;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    change(sink, PM_OP_INSERT, 7, 1, 100);
    change(sink, PM_OP_INSERT, 7, 2, 30);
    change(sink, PM_OP_BEFORE, 7, 1, 100);
    change(sink, PM_OP_INSERT, 7, 3, 40);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    assert_int_equal(ask(place, "SELECT sum(product * 1000 + revenue) FROM \"best sales\""), 5070);
    change(sink, PM_OP_BEFORE, 7, 2, 31); /* it is 30 */
    change(sink, PM_OP_INSERT, 7, 2, 32);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), PM_ESINK);
    assert_int_equal(ask(place, "SELECT sum(product * 1000 + revenue) FROM \"best sales\""), 5070);
    sink->ops->close(sink);
}

static void a_restart_knows_the_last_commit_of_its_run(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 1);
    struct pm_sink_handle last = {0};
    struct pm_error error = {0};
    uint64_t epoch = 5;

    assert_int_equal(sink->ops->begin(sink, 5), 0);
    change(sink, PM_OP_INSERT, 7, 1, 100);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    sink->ops->close(sink);
    sink = open_sink(place, 1);
    assert_int_equal(sink->ops->last_committed(sink, &last), 0);
    assert_int_equal(last.epoch, 5);
    assert_int_equal(last.rows, 1);
    sink->ops->close(sink);
    assert_int_equal(try_open(&sink, place, 1, RUN + 1, &error), PM_EMISMATCH);
}

static void what_is_in_the_view_is_noted_with_its_commits(void **state)
{
    static const char *const check =
        "SELECT (SELECT count(*) FROM \"best sales\") = (SELECT sum(view_rows) FROM commits) AND "
        "(SELECT sum(region + product + revenue) FROM \"best sales\") = "
        "(SELECT sum(view_sum) FROM commits)";
    const struct place *place = *state;
    struct pm_sink *sinks[] = {open_sink(place, 0), open_sink(place, 1)};
    uint64_t epoch = 1;

    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(sinks[i]->ops->begin(sinks[i], 1), 0);
        change(sinks[i], PM_OP_INSERT, 7 + i, 1, 100);
        change(sinks[i], PM_OP_INSERT, 7 + i, 2, -30);
        epoch = 1;
        assert_int_equal(pm_sink_publish(sinks[i], &epoch), 0);
        assert_int_equal(ask(place, check), 1);
    }
    sinks[1]->ops->close(sinks[1]);
    sinks[1] = open_sink(place, 1); /* it goes on where it was */
    assert_int_equal(sinks[1]->ops->begin(sinks[1], epoch), 0);
    change(sinks[1], PM_OP_BEFORE, 8, 1, 100);
    change(sinks[1], PM_OP_INSERT, 8, 1, 170);
    change(sinks[1], PM_OP_DELETE, 8, 2, -30);
    assert_int_equal(pm_sink_publish(sinks[1], &epoch), 0);
    assert_int_equal(ask(place, check), 1);
    assert_int_equal(ask(place, "SELECT view_sum FROM commits WHERE writer = 1"), 8 + 1 + 170);
    assert_int_equal(ask(place, "SELECT time LIKE '20__-__-__T__:__:__.___Z' FROM commits"), 1);
    assert_int_equal(ask(place, "SELECT value = 'event' FROM about WHERE name = 'engine'"), 1);
    assert_int_equal(ask(place, "SELECT value = '' FROM about WHERE name = 'odd'"), 1);
    sinks[0]->ops->close(sinks[0]);
    sinks[1]->ops->close(sinks[1]);
}

static struct pm_sqlite_view *open_view(const struct place *place)
{
    const struct pm_sqlite_view_config config = {place->log, names, schemas};
    struct pm_sqlite_view *view = NULL;
    struct pm_error error = {0};

    if (pm_sqlite_view_open(&view, &config, &error) != 0)
        fail_msg("%s", error.text);
    return view;
}

/* Rows of output 0 as a sum, of output 1 as text. */
struct read {
    int64_t revenue;
    unsigned sold, rows;
    char text[32];
};

static int take_row(void *payload, const struct pm_record *row, const struct pm_bytes *bytes)
{
    struct read *read = payload;
    uint32_t size = 0;
    const char *text = pm_record_text(row, bytes, &size);

    read->rows++;
    if (pm_record_stream(row) == 1) {
        snprintf(read->text, sizeof read->text, "%llu %.*s", (unsigned long long)row->key,
                 (int)size, text != NULL ? text : "");
        return 0;
    }
    read->revenue += pm_schema_read(&sales.columns[2], row, bytes);
    read->sold += pm_schema_read(&sales.columns[3], row, bytes) == 1 ? 1 : 0;
    return 0;
}

static void a_reader_gets_the_rows_as_they_were_written(void **state)
{
    const struct place *place = *state;
    struct pm_sqlite_view_config config = {"/nonexistent", names, schemas};
    struct pm_sqlite_view *view = NULL;
    struct pm_sqlite_commit commits[2];
    struct pm_record note = {.key = 5, .word = pm_record_word(1, PM_KIND_DATA)};
    struct pm_bytes bytes = {0};
    struct pm_sink *sink = NULL;
    struct read read = {0};
    unsigned count = 0;
    uint64_t epoch = 3;

    assert_int_equal(pm_sqlite_view_open(&view, &config, NULL), PM_EBUSY); /* not yet */
    sink = open_sink(place, 1);
    view = open_view(place);
    assert_int_equal(sink->ops->begin(sink, 3), 0);
    change(sink, PM_OP_INSERT, 7, 1, 100);
    change(sink, PM_OP_INSERT, 7, 2, 9);
    memcpy(pm_record_extend(&note, &bytes, 5), "it's ", 5);
    assert_int_equal(pm_sink_write(sink, &note, &bytes), 0);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    assert_int_equal(pm_sqlite_view_read(view, commits, 2, &count, take_row, &read, NULL), 0);
    assert_int_equal(count, 1);
    assert_int_equal(commits[0].writer, 1);
    assert_int_equal(commits[0].epoch, 3);
    assert_int_equal(commits[0].run, RUN);
    assert_int_equal(read.rows, 3);
    assert_int_equal(read.revenue, 109);
    assert_int_equal(read.sold, 2);
    assert_string_equal(read.text, "5 it's ");
    assert_int_equal(pm_sqlite_view_read(view, commits, 0, &count, take_row, &read, NULL),
                     PM_ESINK);
    assert_int_equal(pm_sqlite_view_read(view, commits, 2, &count, take_row, &read, NULL), 0);
    pm_sqlite_view_close(view);
    sink->ops->close(sink);
    pm_bytes_close(&bytes);
}

static void a_copy_is_one_file_that_holds_the_newest_commit(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, 0);
    struct pm_sqlite_view *view = open_view(place);
    struct place copy = *place;
    struct pm_error error = {0};
    char path[256];
    uint64_t epoch = 1;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    change(sink, PM_OP_INSERT, 7, 1, 100);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    snprintf(copy.log, sizeof copy.log, "%s/copy", place->folder);
    assert_int_equal(mkdir(copy.log, 0700), 0);
    snprintf(path, sizeof path, "%s/view.db", copy.log);
    if (pm_sqlite_view_copy(view, path, &error) != 0)
        fail_msg("%s", error.text);
    pm_sqlite_view_close(view);
    sink->ops->close(sink);
    assert_int_equal(ask(&copy, "SELECT revenue FROM \"best sales\""), 100);
    strcat(path, "-wal");
    assert_int_not_equal(access(path, F_OK), 0);
}

#define EPOCHS   150
#define PRODUCTS 10

/* Money only moves: whoever sees a sum other than none or all has seen half a commit. */
static int watch(const struct place *place)
{
    const struct timespec nap = {0, 200000};
    unsigned seen = 0;

    for (unsigned i = 0; i < 20000; i++) {
        const int64_t sum = ask(place, "SELECT sum(revenue) FROM \"best sales\"");
        if (sum != -1 && sum != 0 && sum != 1000 * PRODUCTS)
            return 1;
        seen += sum == 1000 * PRODUCTS ? 1 : 0;
        if (ask(place, "SELECT epoch FROM commits WHERE writer = 0") == EPOCHS)
            return seen != 0 ? 0 : 2;
        (void)nanosleep(&nap, NULL);
    }
    return 3;
}

static void a_reader_in_another_process_sees_whole_commits(void **state)
{
    const struct place *place = *state;
    int64_t revenue[PRODUCTS];
    uint64_t epoch = 1;
    int status = 0;

    (void)mkdir(place->log, 0700);
    const pid_t reader = fork();
    assert_true(reader >= 0);
    if (reader == 0)
        _exit(watch(place));
    struct pm_sink *sink = open_sink(place, 0);
    assert_int_equal(sink->ops->begin(sink, 1), 0);
    for (int64_t i = 0; i < PRODUCTS; i++) {
        revenue[i] = 1000;
        change(sink, PM_OP_INSERT, 7, i, revenue[i]);
    }
    while (epoch <= EPOCHS) {
        assert_int_equal(pm_sink_publish(sink, &epoch), 0);
        for (int64_t i = 0; i < PRODUCTS; i++) {
            const int64_t moved = i % 2 == 0 ? (int64_t)epoch : -(int64_t)epoch;
            change(sink, PM_OP_BEFORE, 7, i, revenue[i]);
            change(sink, PM_OP_INSERT, 7, i, revenue[i] += moved);
        }
    }
    sink->ops->close(sink);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(updates_are_folded_into_rows),
        LOG_TEST(a_commit_that_fails_leaves_nothing),
        LOG_TEST(an_old_row_need_not_have_the_name_of_the_new_one),
        LOG_TEST(a_restart_knows_the_last_commit_of_its_run),
        LOG_TEST(what_is_in_the_view_is_noted_with_its_commits),
        LOG_TEST(a_reader_gets_the_rows_as_they_were_written),
        LOG_TEST(a_copy_is_one_file_that_holds_the_newest_commit),
        LOG_TEST(a_reader_in_another_process_sees_whole_commits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
