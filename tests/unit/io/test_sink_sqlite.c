/* SPDX-License-Identifier: Apache-2.0 */
/* The view in SQLite: updates folded, commits whole for a reader in another process. */
#include "log_fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pm_sink.h"

static const struct pm_schema sales = {
    .name = "sales",
    .count = 4,
    .columns = {PM_COLUMN_KEY("region"), PM_COLUMN_PAYLOAD("product", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("revenue", PM_TYPE_MONEY, 8, 8, 0),
                PM_COLUMN_CHOICE("side", 16, 1, "buy sell")}};

static const char *const names[] = {"best sales", NULL};
static const struct pm_schema *const schemas[] = {&sales, NULL};

static int try_open(struct pm_sink **out, const struct place *place, unsigned writer, uint64_t run,
                    struct pm_error *error)
{
    const struct pm_sink_config config = {.place = place->log,
                                          .writer = writer,
                                          .writers = 2,
                                          .run = run,
                                          .incarnation = 1,
                                          .outputs = names,
                                          .schemas = schemas};

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
        LOG_TEST(a_restart_knows_the_last_commit_of_its_run),
        LOG_TEST(a_reader_in_another_process_sees_whole_commits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
