/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over ranges: what a renewed job reads again, and that it starts from nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_memory_io.h"
#include "pm_staged.h"
#include "pm_verbs.h"

static const struct pm_schema numbers = {
    .name = "numbers",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0)},
};

/* Two streams, united and counted in windows of 10. */
static struct pm_plan *counts_of_both(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config window = {
        .kind = PM_WINDOW_TUMBLING,
        .size_ns = 10,
        .folds = 1,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0}},
    };
    const struct pm_flow both[2] = {pm_plan_source(plan, 0, &numbers),
                                    pm_plan_source(plan, 1, &numbers)};
    const struct pm_flow flow = pm_plan_key_by(plan, pm_plan_union(plan, 2, both), "user");

    pm_plan_output(plan, pm_plan_window(plan, flow, &window), 0, "counts");
    assert_int_equal(pm_plan_check(plan, NULL), 0);
    return plan;
}

struct fixture {
    struct pm_memory memory;
    struct pm_plan *plan;
    struct pm_job job;
    struct pm_engine_stats stats;
    struct pm_staged *staged;
};

/* Partition 0 (stream 0) holds times 0, 1, ... 99; partition 1 (stream 1) the same. */
static void open_fixture(struct fixture *f)
{
    *f = (struct fixture){.memory = {.partitions = 2, .all_visible = true},
                          .plan = counts_of_both()};
    for (unsigned p = 0; p < 2; p++) {
        for (int64_t t = 0; t < 100; t++) {
            const struct pm_record record = {.event_time_ns = t,
                                             .id = pm_record_id(p, (uint64_t)t)};
            pm_memory_add(&f->memory.partition[p], &record);
        }
        pm_memory_flush(&f->memory.partition[p], p);
    }
    pm_memory_rewind(&f->memory, 1);
    f->job = (struct pm_job){.plan = f->plan,
                             .streams = 2,
                             .stream = {{0, 1, 0}, {1, 1, 0}},
                             .source = &pm_source_memory,
                             .source_config = {.place = (const char *)&f->memory},
                             .sink = &pm_sink_memory,
                             .sink_config = {.place = (const char *)&f->memory},
                             .state = &pm_state_memory,
                             .parallelism = 2,
                             .workers = 1,
                             .wait = PM_WAIT_NAP};
    assert_int_equal(pm_staged_open(&f->staged, &f->job, &f->stats, NULL), 0);
}

static void close_fixture(struct fixture *f)
{
    pm_staged_close(f->staged);
    pm_plan_close(f->plan);
    pm_memory_close(&f->memory);
}

/* Job @p number up to these ends; the cuts of the job before are replaced by its own. */
static void run_job(struct fixture *f, unsigned number, uint64_t end0, uint64_t end1,
                    struct pm_staged_cut *cuts)
{
    const uint64_t ends[2] = {end0, end1};

    assert_int_equal(pm_staged_renew(f->staged, number == 1 ? NULL : cuts, false, 10, NULL), 0);
    assert_int_equal(pm_staged_pass(f->staged, ends, NULL), 0);
    assert_int_equal(pm_staged_publish(f->staged, NULL), 0);
    for (unsigned p = 0; p < 2; p++)
        pm_staged_cut(f->staged, p, &cuts[p]);
}

static void a_job_reads_again_what_the_slower_stream_leaves_open(void **state)
{
    struct pm_staged_cut cuts[2];
    struct fixture f;

    (void)state;
    open_fixture(&f);
    run_job(&f, 1, 90, 15, cuts); /* stream 0 is far ahead: windows from 10 on are open */
    assert_int_equal(f.memory.count, 1);
    assert_int_equal(cuts[0].sequence, 90);
    assert_int_equal(cuts[1].max_time_ns, 14);
    run_job(&f, 2, 101, 101, cuts);
    assert_int_equal(f.memory.count, 10);
    for (size_t i = 0; i < f.memory.count; i++) {
        const struct pm_record *row = &f.memory.rows[i].record;
        assert_int_equal(row->payload[0], 10 * i);
        assert_int_equal(row->payload[2], 20);
    }
    assert_true(pm_staged_has_ended(f.staged));
    close_fixture(&f);
}

static void a_bounded_look_back_spares_most_of_the_input(void **state)
{
    struct pm_staged_cut cuts[2];
    struct fixture f;

    (void)state;
    open_fixture(&f);
    run_job(&f, 1, 80, 80, cuts);
    assert_int_equal(f.stats.records_read, 160);
    run_job(&f, 2, 101, 101, cuts);
    assert_int_equal(f.stats.records_read, 160 + 2 * 31); /* from 79 - 10 on */
    assert_int_equal(f.memory.count, 10);
    close_fixture(&f);
}

static void completeness_is_known_by_the_flush_records(void **state)
{
    struct fixture f;
    uint64_t end;

    (void)state;
    open_fixture(&f);
    assert_true(pm_staged_is_complete(f.staged));
    f.memory.partition[1].count--; /* as if it were not yet written */
    f.memory.partition[1].visible--;
    assert_false(pm_staged_is_complete(f.staged));
    assert_int_equal(pm_staged_end(f.staged, 1, &end), 0);
    assert_int_equal(end, 100);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_reads_again_what_the_slower_stream_leaves_open),
        cmocka_unit_test(a_bounded_look_back_spares_most_of_the_input),
        cmocka_unit_test(completeness_is_known_by_the_flush_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
