/* SPDX-License-Identifier: Apache-2.0 */
/* A view in SQLite that a run keeps: read from another process, killed, stopped, and falsified. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_runner_rig.h"

#define ENGINES 3u
static const char *const engines[ENGINES] = {"batch", "microbatch", "event"};

/* What stands in workloads/README.md: one statement, so one state of the view. */
static const char whole[] =
    "SELECT (SELECT count(*) FROM products) + (SELECT count(*) FROM top) ="
    " (SELECT total(view_rows) FROM commits) AND"
    " (SELECT total(key + product + inputs + count + revenue + users) FROM products) +"
    " (SELECT total(key + product + revenue) FROM top) = (SELECT total(view_sum) FROM commits),"
    " (SELECT max(epoch) FROM commits)";

/** What the other process saw, in memory that both map. */
struct seen {
    _Atomic int done;
    struct {
        unsigned reads, torn, epochs;
        int64_t epoch;
    } engine[ENGINES];
};

static void look(struct seen *seen, unsigned at, const char *results)
{
    char path[160];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    snprintf(path, sizeof path, "%s/live/dashboard-%s.db", results, engines[at]);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, whole, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_type(statement, 1) == SQLITE_INTEGER) {
        const int64_t epoch = sqlite3_column_int64(statement, 1);

        seen->engine[at].reads++;
        seen->engine[at].torn += sqlite3_column_int(statement, 0) != 1 ? 1 : 0;
        seen->engine[at].epochs += epoch != seen->engine[at].epoch ? 1 : 0;
        seen->engine[at].epoch = epoch;
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* The other process: reads every view until the run is over. */
static pid_t start_reader(struct seen *seen, const char *results)
{
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid != 0)
        return pid;
    while (seen->done == 0) {
        for (unsigned i = 0; i < ENGINES; i++)
            look(seen, i, results);
        usleep(3000);
    }
    _exit(0);
}

static int64_t rows_of(const char *path, const char *table)
{
    char text[80];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t rows = -1;

    snprintf(text, sizeof text, "SELECT count(*) FROM %s", table);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, text, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        rows = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return rows;
}

/* A view that came to its end: whole, complete, the oracle's, and in the result as one file. */
static void assert_view_is_right(const struct pm_row *row, const char *directory)
{
    char path[640];

    assert_null(row->view.unknown);
    assert_true(row->view.commits > 0);
    assert_true(row->view.transactions > 0 && row->view.transactions <= row->view.commits);
    assert_int_equal(row->view.rows, row->outputs);
    assert_true(row->view.reads > 0);
    assert_int_equal(row->view.torn, 0);
    assert_int_equal(row->view.end, PM_ORACLE_EQUAL);
    assert_int_equal(row->view.lag.count, row->view.commits);
    snprintf(path, sizeof path, "%s/%s.view.db", directory, row->engine);
    assert_true(rows_of(path, "products") > 0);
    assert_int_equal(rows_of(path, "top"), 32 * 10);
}

static void another_process_sees_whole_commits_of_every_engine(void **state)
{
    static const char *const settings[] = {"duration=3s", "rate=8k", "parallelism=2",
                                           "microbatch.trigger=fixed:100ms", NULL};
    struct seen *const seen =
        mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};

    (void)state;
    assert_ptr_not_equal(seen, MAP_FAILED);
    pm_runner_rig_open(&rig, "dashboard", settings);
    const pid_t reader = start_reader(seen, rig.results);
    const int code = pm_runner_run(&outcome, &rig.config, NULL, NULL, &error);
    seen->done = 1;
    assert_int_equal(waitpid(reader, NULL, 0), reader);
    if (code != 0 && code != PM_EINVALID) /* the machine may be busy */
        fail_msg("%s", error.text);
    for (unsigned i = 0; i < ENGINES; i++) {
        const struct pm_row *const row = pm_runner_rig_row(&outcome, engines[i]);

        print_message("%s: %u reads, %u torn, %u epochs; %llu commits\n", engines[i],
                      seen->engine[i].reads, seen->engine[i].torn, seen->engine[i].epochs,
                      (unsigned long long)row->view.commits);
        assert_view_is_right(row, outcome.directory);
        assert_true(seen->engine[i].reads > 0);
        assert_int_equal(seen->engine[i].torn, 0);
    }
    assert_true(seen->engine[1].epochs >= 2);
    assert_true(seen->engine[2].epochs >= 2);
    assert_string_equal(pm_runner_rig_row(&outcome, "null")->view.unknown,
                        "the engine passes on what it reads");
    assert_non_null(strstr(outcome.document, "\"view_lag_ns\""));
    assert_true(pm_runner_rig_is_childless());
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
    munmap(seen, sizeof *seen);
}

/* --- harm ------------------------------------------------------------------------------------- */

/* The process that keeps the view: the child of this one that is called so. 0: none. */
static pid_t keeper(void)
{
    DIR *const folder = opendir("/proc");
    const struct dirent *entry = NULL;
    pid_t found = 0;

    assert_non_null(folder);
    while (found == 0 && (entry = readdir(folder)) != NULL) {
        char path[300];
        char line[512] = "";
        int parent = 0;

        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        if (fgets(line, sizeof line, file) == NULL ||
            sscanf(strrchr(line, ')') != NULL ? strrchr(line, ')') : "", ") %*c %d", &parent) != 1)
            parent = 0;
        fclose(file);
        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        file = parent == (int)getpid() ? fopen(path, "r") : NULL;
        if (file == NULL)
            continue;
        memset(line, 0, sizeof line);
        if (fread(line, 1, sizeof line - 1, file) > 0 &&
            strcmp(line + strlen(line) + 1, "child-view") == 0)
            found = (pid_t)strtol(entry->d_name, NULL, 10);
        fclose(file);
    }
    closedir(folder);
    return found;
}

/** What is done to the view in the middle of a run, once. */
struct harm {
    int signal;      /* to its keeper; 0: none */
    const char *sql; /* to the view, by another process's hand; NULL: none */
    const char *results;
    bool done;
};

static bool spoil(const struct harm *harm)
{
    char path[160];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/live/dashboard-event.db", harm->results);
    bool done = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    sqlite3_busy_timeout(db, 1000);
    done = done && sqlite3_exec(db, harm->sql, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_changes(db) > 0;
    sqlite3_close(db);
    if (!done)
        usleep(10000);
    return done;
}

static void strike(void *payload, const struct pm_progress *progress)
{
    struct harm *const harm = payload;
    const int64_t until_ns = pm_clock_ns() + 20 * PM_NS_PER_S;

    if (harm->done || progress->engine_pid == 0 || progress->elapsed_ns < PM_NS_PER_S / 2)
        return;
    if (harm->signal != 0) {
        const pid_t pid = keeper();
        assert_true(pid > 0);
        kill(pid, harm->signal);
    }
    harm->done = harm->sql == NULL;
    while (!harm->done && pm_clock_ns() < until_ns) /* on a busy machine the keeper is slow */
        harm->done = spoil(harm);
}

static int run_with(struct harm *harm, struct pm_runner_rig *rig, struct pm_outcome *outcome,
                    struct pm_error *error)
{
    static const char *const settings[] = {"duration=2s", "rate=8k", "engines=event", NULL};

    pm_runner_rig_open(rig, "dashboard", settings);
    rig->config.floor = false;
    harm->results = rig->results;
    const int code = pm_runner_run(outcome, &rig->config, strike, harm, error);
    assert_true(harm->done);
    assert_int_equal(outcome->rows, 1);
    assert_true(pm_runner_rig_is_childless());
    return code;
}

static void a_keeper_that_is_killed_or_stopped_costs_nothing_but_time(void **state)
{
    static const int signals[] = {SIGKILL, SIGSTOP};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct harm harm = {.signal = signals[i]};
        struct pm_runner_rig rig;
        struct pm_outcome outcome;
        struct pm_error error = {0};
        const int code = run_with(&harm, &rig, &outcome, &error);

        if (code != 0 && code != PM_EINVALID)
            fail_msg("%s", error.text);
        assert_view_is_right(&outcome.row[0], outcome.directory);
        assert_int_equal(outcome.row[0].oracle, PM_ORACLE_EQUAL);
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
}

static void a_row_that_nobody_committed_ends_the_run_as_wrong(void **state)
{
    struct harm harm = {.sql = "INSERT INTO top VALUES (31, 1, 1)"};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(run_with(&harm, &rig, &outcome, &error), PM_EWRONG);
    assert_non_null(strstr(error.text, "view: a reader saw part of a commit"));
    assert_true(outcome.row[0].view.torn > 0);
    assert_int_equal(outcome.row[0].oracle, PM_ORACLE_EQUAL); /* committed output is right */
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

static void a_row_that_is_not_there_to_be_taken_back_fails_the_view(void **state)
{
    struct harm harm = {.sql = "UPDATE products SET revenue = revenue + 1"};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    struct pm_error error = {0};

    (void)state;
    const int code = run_with(&harm, &rig, &outcome, &error);
    assert_true(code == PM_ESINK || code == PM_EWRONG);
    assert_non_null(strstr(error.text, "view: "));
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

/* Who has the view of the run before open keeps it. */
static void the_newest_run_has_the_name(void **state)
{
    static const char *const settings[] = {"duration=300ms", "rate=1k", "engines=event", NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    char path[160];
    struct stat before;
    struct stat after;
    int held = -1;

    (void)state;
    pm_runner_rig_open(&rig, "dashboard", settings);
    rig.config.floor = false;
    snprintf(path, sizeof path, "%s/live/dashboard-event.db", rig.results);
    for (unsigned i = 0; i < 2; i++) {
        pm_runner_rig_run(&outcome, &rig, NULL, NULL);
        assert_string_equal(outcome.row[0].view.path, path);
        assert_int_equal(lstat(path, i == 0 ? &before : &after), 0);
        assert_true(rows_of(path, "products") > 0);
        held = i == 0 ? open(path, O_RDONLY | O_CLOEXEC) : held;
        pm_outcome_close(&outcome);
    }
    assert_true(S_ISREG(before.st_mode) && S_ISREG(after.st_mode)); /* no link behind the run */
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_int_equal(fstat(held, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    close(held);
    pm_runner_rig_close(&rig);
}

static void without_a_view_nothing_is_made(void **state)
{
    static const char *const settings[] = {"duration=200ms", "rate=1k", "engines=event",
                                           "view=none", NULL};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;
    char path[160];

    (void)state;
    pm_runner_rig_open(&rig, "dashboard", settings);
    pm_runner_rig_run(&outcome, &rig, NULL, NULL);
    assert_string_equal(outcome.row[0].view.unknown, "view: none");
    snprintf(path, sizeof path, "%s/live", rig.results);
    assert_int_equal(access(path, F_OK), -1);
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_process_sees_whole_commits_of_every_engine),
        cmocka_unit_test(a_keeper_that_is_killed_or_stopped_costs_nothing_but_time),
        cmocka_unit_test(a_row_that_nobody_committed_ends_the_run_as_wrong),
        cmocka_unit_test(a_row_that_is_not_there_to_be_taken_back_fails_the_view),
        cmocka_unit_test(the_newest_run_has_the_name),
        cmocka_unit_test(without_a_view_nothing_is_made),
    };
    const int child = pm_runner_child(argc, argv);

    return child >= 0 ? child : cmocka_run_group_tests(tests, NULL, NULL);
}
