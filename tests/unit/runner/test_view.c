/* SPDX-License-Identifier: Apache-2.0 */
/* A view that follows committed output: whole commits, restarts, and a writer that tears one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_publish.h"
#include "pm_sink.h"
#include "pm_view_check.h"
#include "pm_view_follow.h"

#define RUN      77u
#define WRITERS  2u
#define PRODUCTS 40

static const struct pm_schema sales = {
    .name = "sales",
    .count = 3,
    .columns = {PM_COLUMN_KEY("region"), PM_COLUMN_PAYLOAD("product", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("revenue", PM_TYPE_MONEY, 8, 8, 0)}};

static const struct pm_view_tables tables = {.names = {"sales"}, .schemas = {&sales}};

/** Committed output with a writer for each of two regions, and a view of it. */
struct fixture {
    char folder[64];
    char output[80], place[80];
    int dirfd;
    struct pm_sink *sink[WRITERS];
    uint64_t epoch[WRITERS];
    int64_t revenue[WRITERS][PRODUCTS]; /* as committed; 0: no row */
    struct pm_view_map map;
    struct pm_view_follow *follow;
    struct pm_view_watch *watch;
};

static struct pm_view_follow_config config_of(struct fixture *f)
{
    return (struct pm_view_follow_config){.output = f->output,
                                          .place = f->place,
                                          .run = RUN,
                                          .tables = &tables,
                                          .scenario = "sales",
                                          .instance = "test",
                                          .map = &f->map};
}

static void open_follow(struct fixture *f)
{
    const struct pm_view_follow_config config = config_of(f);
    struct pm_error error = {0};

    if (pm_view_follow_open(&f->follow, &config, &error) != 0)
        fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    struct fixture *const f = calloc(1, sizeof *f);
    struct pm_error error = {0};

    snprintf(f->folder, sizeof f->folder, "/dev/shm/test-view-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->output, sizeof f->output, "%s/output", f->folder);
    snprintf(f->place, sizeof f->place, "%s/place", f->folder);
    assert_int_equal(pm_publish_folder(f->place, &error), 0);
    f->dirfd = open(f->folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(pm_view_page_create(&f->map, f->dirfd, &error), 0);
    for (unsigned i = 0; i < WRITERS; i++) {
        const struct pm_sink_config config = {.place = f->output,
                                              .writer = i,
                                              .writers = WRITERS,
                                              .run = RUN,
                                              .incarnation = 1,
                                              .capacity = 8u << 20,
                                              .outputs = tables.names};
        assert_int_equal(pm_sink_log.open(&f->sink[i], &config, &error), 0);
        assert_int_equal(f->sink[i]->ops->begin(f->sink[i], f->epoch[i] = 1), 0);
    }
    assert_int_equal(pm_view_watch_open(&f->watch, &tables, f->place, &error), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *const f = *state;

    pm_view_watch_close(f->watch);
    pm_view_follow_close(f->follow);
    for (unsigned i = 0; i < WRITERS; i++)
        f->sink[i]->ops->close(f->sink[i]);
    pm_view_page_close(&f->map);
    close(f->dirfd);
    pm_publish_remove(f->folder, NULL);
    free(f);
    return 0;
}

static void write_row(struct pm_sink *sink, enum pm_record_op op, unsigned region, int product,
                      int64_t revenue)
{
    const struct pm_bytes bytes = {0};
    struct pm_record row = {.key = region,
                            .word = pm_record_word(0, PM_KIND_DATA),
                            .payload = {(uint64_t)product, (uint64_t)revenue}};

    pm_record_set_op(&row, op);
    assert_int_equal(pm_sink_write(sink, &row, &bytes), 0);
}

/* Every product of a region sells something: one row each, or a row back and its successor. */
static void sell(struct fixture *f, struct pm_sink *sink, unsigned region, int products)
{
    for (int i = 0; i < products; i++) {
        int64_t *const revenue = &f->revenue[region][i];
        if (*revenue != 0)
            write_row(sink, PM_OP_BEFORE, region, i, *revenue);
        *revenue += 100 + i;
        write_row(sink, PM_OP_INSERT, region, i, *revenue);
    }
}

static void commit(struct fixture *f, unsigned writer)
{
    assert_int_equal(pm_sink_publish(f->sink[writer], &f->epoch[writer]), 0);
}

static int step(struct fixture *f)
{
    struct pm_error error = {0};
    const int applied = pm_view_follow_step(f->follow, &error);

    if (applied < 0)
        fail_msg("%s", error.text);
    return applied;
}

static struct pm_view_verdict check(const struct fixture *f)
{
    struct pm_view_verdict verdict;
    struct pm_error error = {0};

    if (pm_view_check(&verdict, f->watch, &tables, f->output, RUN, &error) != 0)
        fail_msg("%s", error.text);
    return verdict;
}

static uint64_t rows_seen(const struct fixture *f)
{
    return pm_view_watch_state(f->watch, pm_view_watch_states(f->watch) - 1).content.count;
}

static void a_reader_sees_what_whole_commits_make(void **state)
{
    struct fixture *const f = *state;
    const struct pm_view_follow_config config = config_of(f);

    assert_int_equal(pm_view_watch_look(f->watch, NULL), PM_EBUSY); /* not there yet */
    assert_int_equal(pm_view_follow_make(&config, NULL), 0);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_int_equal(rows_seen(f), 0);
    open_follow(f);
    for (unsigned round = 0; round < 6; round++) {
        const unsigned writer = round % WRITERS;
        sell(f, f->sink[writer], writer, PRODUCTS);
        assert_int_equal(step(f), 0); /* written, not committed */
        commit(f, writer);
        assert_int_equal(step(f), 1);
        assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
        assert_int_equal(pm_view_watch_look(f->watch, NULL), 0); /* the same state again */
    }
    assert_int_equal(rows_seen(f), WRITERS * PRODUCTS);
    assert_int_equal(pm_view_watch_reads(f->watch), 13);
    assert_int_equal(pm_view_watch_states(f->watch), 7);
    assert_int_equal(atomic_load(&f->map.page->commits), 6);
    assert_int_equal(pm_histogram_count(f->map.lag), 6);
    assert_int_equal(pm_histogram_negative(f->map.lag), 0);
    const struct pm_view_verdict verdict = check(f);
    assert_int_equal(verdict.torn, 0);
    assert_true(verdict.complete);
    assert_string_equal(verdict.example, "");
}

static void commits_that_wait_go_in_together_and_a_large_one_stays_whole(void **state)
{
    struct fixture *const f = *state;

    open_follow(f);
    for (unsigned i = 0; i < 5; i++) {
        sell(f, f->sink[0], 0, 3);
        commit(f, 0);
    }
    assert_int_equal(step(f), 5);
    assert_int_equal(atomic_load(&f->map.page->transactions), 1);
    for (unsigned i = 0; i < 300; i++)
        sell(f, f->sink[1], 1, PRODUCTS); /* some 24,000 rows: many frames */
    commit(f, 1);
    sell(f, f->sink[1], 1, 1);
    commit(f, 1);
    assert_int_equal(step(f), 1); /* the next one is the next transaction's */
    assert_int_equal(atomic_load(&f->map.page->transactions), 2);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_int_equal(rows_seen(f), 3 + PRODUCTS);
    assert_false(check(f).complete);
    assert_int_equal(step(f), 1);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_int_equal(check(f).torn, 0);
    assert_true(check(f).complete);
}

static void a_keeper_that_is_started_again_goes_on(void **state)
{
    struct fixture *const f = *state;

    open_follow(f);
    sell(f, f->sink[0], 0, 10);
    commit(f, 0);
    assert_int_equal(step(f), 1);
    pm_view_follow_close(f->follow);
    sell(f, f->sink[0], 0, 20);
    commit(f, 0);
    sell(f, f->sink[1], 1, 5);
    commit(f, 1);
    open_follow(f);
    assert_int_equal(step(f), 2);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_int_equal(rows_seen(f), 25);
    assert_int_equal(check(f).torn, 0);
    assert_true(check(f).complete);
}

/* A keeper of our own that puts the rows of one commit into two transactions. */
static struct pm_sink *open_torn(const struct fixture *f)
{
    const struct pm_sink_config config = {.place = f->place,
                                          .writer = 0,
                                          .writers = WRITERS,
                                          .run = RUN,
                                          .incarnation = 1,
                                          .outputs = tables.names,
                                          .schemas = tables.schemas};
    struct pm_sink *sink = NULL;
    struct pm_error error = {0};

    if (pm_sink_sqlite.open(&sink, &config, &error) != 0)
        fail_msg("%s", error.text);
    return sink;
}

/* Which number half of the second commit goes under. */
static void tear(struct fixture *f, uint64_t named)
{
    struct pm_sink *const torn = open_torn(f);
    uint64_t epoch = 1;

    assert_int_equal(torn->ops->begin(torn, 1), 0);
    sell(f, f->sink[0], 0, PRODUCTS);
    commit(f, 0);
    for (int i = 0; i < PRODUCTS; i++)
        write_row(torn, PM_OP_INSERT, 0, i, f->revenue[0][i]);
    assert_int_equal(pm_sink_publish(torn, &epoch), 0);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_int_equal(check(f).torn, 0);

    assert_int_equal(torn->ops->begin(torn, named), 0);
    for (int i = 0; i < PRODUCTS / 2; i++) {
        write_row(torn, PM_OP_BEFORE, 0, i, f->revenue[0][i]);
        write_row(torn, PM_OP_INSERT, 0, i, f->revenue[0][i] + 100 + i);
    }
    sell(f, f->sink[0], 0, PRODUCTS);
    commit(f, 0);
    assert_int_equal(pm_sink_publish(torn, &named), 0);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    torn->ops->close(torn);
    const struct pm_view_verdict verdict = check(f);
    assert_int_equal(verdict.torn, 1);
    assert_non_null(strstr(verdict.example, "state 2 of the view has 40 rows"));
}

static void half_a_commit_under_its_own_number_is_noticed(void **state)
{
    tear(*state, 2);
}

static void half_a_commit_under_a_number_that_never_was_is_noticed(void **state)
{
    tear(*state, 3);
}

static void a_row_that_no_commit_made_is_noticed(void **state)
{
    struct fixture *const f = *state;
    struct pm_sink *sink = NULL;
    uint64_t epoch = 2;

    open_follow(f);
    sell(f, f->sink[0], 0, 10);
    commit(f, 0);
    assert_int_equal(step(f), 1);
    pm_view_follow_close(f->follow);
    f->follow = NULL;
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    sink = open_torn(f);
    assert_int_equal(sink->ops->begin(sink, epoch), 0);
    write_row(sink, PM_OP_BEFORE, 0, 3, f->revenue[0][3]);
    write_row(sink, PM_OP_INSERT, 0, 3, f->revenue[0][3] + 1); /* one cent too much */
    write_row(f->sink[0], PM_OP_BEFORE, 0, 3, f->revenue[0][3]);
    write_row(f->sink[0], PM_OP_INSERT, 0, 3, f->revenue[0][3] + 2);
    commit(f, 0);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    sink->ops->close(sink);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_int_equal(check(f).torn, 1);
}

static void the_thread_looks_until_it_is_stopped(void **state)
{
    struct fixture *const f = *state;
    struct pm_error error = {0};

    open_follow(f);
    assert_int_equal(pm_view_watch_start(f->watch, &error), 0);
    for (unsigned i = 0; i < 50; i++) {
        sell(f, f->sink[i % WRITERS], i % WRITERS, PRODUCTS);
        commit(f, i % WRITERS);
        assert_int_equal(step(f), 1);
        pm_clock_sleep_until(pm_clock_ns() + 4 * PM_NS_PER_MS);
    }
    assert_int_equal(pm_view_watch_stop(f->watch, NULL), 0);
    assert_int_equal(pm_view_watch_look(f->watch, NULL), 0);
    assert_true(pm_view_watch_reads(f->watch) >= 1);
    assert_int_equal(check(f).torn, 0);
    assert_true(check(f).complete);
}

#define VIEW_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW_TEST(a_reader_sees_what_whole_commits_make),
        VIEW_TEST(commits_that_wait_go_in_together_and_a_large_one_stays_whole),
        VIEW_TEST(a_keeper_that_is_started_again_goes_on),
        VIEW_TEST(half_a_commit_under_its_own_number_is_noticed),
        VIEW_TEST(half_a_commit_under_a_number_that_never_was_is_noticed),
        VIEW_TEST(a_row_that_no_commit_made_is_noticed),
        VIEW_TEST(the_thread_looks_until_it_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
