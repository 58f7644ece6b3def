/* SPDX-License-Identifier: Apache-2.0 */
/* What crosses exchanges: texts, behind marks and idle marks arrive as they were sent, at every
 * parallelism, over real logs, with partitions that are empty or too few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_fixture.h"
#include "pm_random.h"
#include "pm_verbs.h"

#define ROWS    400u
#define PASSED  0u /* output: every record, behind two exchanges */
#define LATE    1u /* output: those behind their partition's watermark */
#define WINDOWS 2u

static struct pm_plan *two_exchanges(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config window = {
        .kind = PM_WINDOW_TUMBLING,
        .size_ns = 1,
        .folds = 1,
        .fold = {{PM_FOLD_COUNT, NULL, "n", 0}},
    };
    struct pm_flow flow = pm_plan_source(plan, 0, &fixture_schema);

    flow = pm_plan_key_by(plan, pm_plan_key_by(plan, flow, "text"), "user");
    pm_plan_output(plan, flow, PASSED, "passed");
    flow = pm_plan_window(plan, flow, &window);
    pm_plan_output(plan, pm_plan_side(flow, 1), LATE, "late");
    pm_plan_output(plan, flow, WINDOWS, "windows");
    assert_int_equal(pm_plan_check(plan, NULL), 0);
    return plan;
}

/* The text of the record with this id: its length and bytes follow from it; many have none. */
static uint32_t text_of(uint64_t id, char *text)
{
    struct pm_random random = pm_random_open(id, 3);
    const uint32_t size =
        id % 3 == 0 ? 0 : (uint32_t)pm_random_below(&random, id % 50 == 1 ? 9000 : 60);

    for (uint32_t i = 0; i < size; i++)
        text[i] = (char)('a' + pm_random_below(&random, 26));
    return size;
}

static const int64_t delay_ns = 5;

/* Times in disorder, some idle marks; says in @p behind which records are behind. */
static void fill(struct pm_rig_partition *part, unsigned number, bool *behind)
{
    struct pm_random random = pm_random_open(number, 4);
    int64_t now = 0, max = INT64_MIN / 2;
    char text[9000];

    part->rows = calloc(ROWS, sizeof *part->rows);
    part->bytes = calloc(1, sizeof *part->bytes);
    part->count = ROWS;
    for (unsigned i = 0; i < ROWS; i++) {
        struct pm_record *row = &part->rows[i];
        const bool idle = pm_random_below(&random, 20) == 0;
        now += pm_random_between(&random, 0, 4);
        *row = (struct pm_record){.event_time_ns = now - pm_random_between(&random, 0, 12),
                                  .id = pm_record_id(number, i),
                                  .key = pm_random_below(&random, 30),
                                  .word = pm_record_word(0, idle ? PM_KIND_IDLE : PM_KIND_DATA),
                                  .payload = {i}};
        const uint32_t size = idle ? 0 : text_of(row->id, text);
        if (size != 0)
            memcpy(pm_record_extend(row, part->bytes, size), text, size);
        behind[number * ROWS + i] = !idle && row->event_time_ns < max - delay_ns;
        max = row->event_time_ns > max ? row->event_time_ns : max;
    }
}

static void empty(struct pm_rig_config *config)
{
    for (unsigned p = 0; p < config->partitions; p++) {
        if (config->partition[p].bytes != NULL)
            pm_bytes_close(config->partition[p].bytes);
        free(config->partition[p].bytes);
        free(config->partition[p].rows);
        config->partition[p] = (struct pm_rig_partition){0};
    }
}

static void check_row(const struct pm_rig_row *row, const bool *behind, unsigned *seen)
{
    char text[9000];
    const uint64_t id = row->record.id;
    const unsigned place =
        pm_record_partition(&row->record) * ROWS + (unsigned)pm_record_sequence(&row->record);

    assert_int_equal(row->text_size, text_of(id, text));
    assert_memory_equal(row->text, text, row->text_size);
    assert_int_equal(pm_record_is_behind(&row->record), behind[place]);
    assert_int_equal(row->record.payload[0], pm_record_sequence(&row->record));
    seen[place]++;
}

/* Every record passed once, those behind were late once: windows of 1 ns have no other end. */
static void check_rows(const struct pm_rig_config *config, const struct pm_rig_result *result,
                       const bool *behind)
{
    unsigned passed[PM_RIG_PARTITIONS * ROWS] = {0}, late[PM_RIG_PARTITIONS * ROWS] = {0};
    uint64_t counted = 0;

    for (size_t i = 0; i < result->count; i++) {
        const unsigned output = pm_record_stream(&result->rows[i].record);
        if (output == WINDOWS)
            counted += result->rows[i].record.payload[2];
        else
            check_row(&result->rows[i], behind, output == PASSED ? passed : late);
    }
    for (unsigned p = 0; p < config->partitions; p++) {
        for (unsigned i = 0; i < config->partition[p].count; i++) {
            const bool data = pm_record_kind(&config->partition[p].rows[i]) == PM_KIND_DATA;
            const bool is_behind = behind[p * ROWS + i];
            assert_int_equal(passed[p * ROWS + i], data);
            assert_int_equal(late[p * ROWS + i], is_behind);
            counted -= data && !is_behind;
        }
    }
    assert_int_equal(counted, 0);
}

static void run_all(struct pm_rig_config *config, const bool *behind)
{
    static const unsigned parallelisms[] = {1, 2, 3, 5};
    static const char *const settings[2][4] = {
        {"trigger=asap", "cadence=1ms", "dispatch=one", NULL},
        {"trigger=asap", "dispatch=chunk", NULL}};

    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        if ((pm_engines[e]->caps & PM_CAP_PLANS) == 0)
            continue;
        for (unsigned n = 0; n < 4; n++) {
            struct pm_rig_result result;
            struct pm_error error = {0};
            config->parallelism = parallelisms[n];
            config->workers = parallelisms[n] > 2 ? 2 : 1; /* fewer than subtasks */
            config->settings = settings[n % 2];
            config->frame_rows = 1 + 40 * n;
            config->rounds = n % 2;
            if (pm_rig_run(&result, pm_engines[e], config, &error) != 0)
                fail_msg("%s x %u: %s", pm_engines[e]->name, config->parallelism, error.text);
            check_rows(config, &result, behind);
            pm_rig_result_close(&result);
        }
    }
}

static struct pm_rig_config config_of(unsigned partitions)
{
    return (struct pm_rig_config){
        .plan = two_exchanges(),
        .streams = 1,
        .stream = {{0, partitions, delay_ns}},
        .partitions = partitions,
        .state = &pm_state_memory,
    };
}

static void texts_and_behind_marks_arrive_as_they_were_sent(void **state)
{
    static bool behind[PM_RIG_PARTITIONS * ROWS];
    static const unsigned partitions[] = {1, 3, 4, 7}; /* fewer and more than subtasks */

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct pm_rig_config config = config_of(partitions[i]);
        unsigned marked = 0;
        memset(behind, 0, sizeof behind);
        for (unsigned p = 0; p < partitions[i]; p++) {
            if (p != 1) /* the second partition is empty */
                fill(&config.partition[p], p, behind);
        }
        for (unsigned r = 0; r < PM_RIG_PARTITIONS * ROWS; r++)
            marked += behind[r];
        assert_true(marked > 20);
        run_all(&config, behind);
        empty(&config);
        pm_plan_close((struct pm_plan *)config.plan);
    }
}

static void an_input_of_flush_records_gives_nothing_and_ends(void **state)
{
    static const bool behind[PM_RIG_PARTITIONS * ROWS];
    struct pm_rig_config config = config_of(3);

    (void)state;
    run_all(&config, behind);
    pm_plan_close((struct pm_plan *)config.plan);
}

static void an_input_of_idle_marks_gives_nothing_and_ends(void **state)
{
    static const bool behind[PM_RIG_PARTITIONS * ROWS];
    struct pm_rig_config config = config_of(3);

    (void)state;
    for (unsigned p = 0; p < 3; p++) {
        config.partition[p].rows = calloc(10, sizeof *config.partition[p].rows);
        config.partition[p].count = 10;
        for (unsigned i = 0; i < 10; i++)
            config.partition[p].rows[i] = (struct pm_record){
                .event_time_ns = 10 * i, .word = pm_record_word(0, PM_KIND_IDLE)};
    }
    run_all(&config, behind);
    empty(&config);
    pm_plan_close((struct pm_plan *)config.plan);
}

/* A partition of idle marks alone must not hold back what another partition's records close. */
static void idle_marks_close_windows_while_the_input_flows(void **state)
{
    static const char *const settings[] = {"trigger=asap", NULL};
    struct pm_rig_config config = config_of(2);

    (void)state;
    for (unsigned p = 0; p < 2; p++) {
        struct pm_record *rows = calloc(100, sizeof *rows);
        for (unsigned i = 0; i < 100; i++)
            rows[i] =
                (struct pm_record){.event_time_ns = 10 * i,
                                   .id = pm_record_id(p, i),
                                   .word = pm_record_word(0, p == 0 ? PM_KIND_DATA : PM_KIND_IDLE)};
        config.partition[p] = (struct pm_rig_partition){.rows = rows, .count = 100};
    }
    config.settings = settings;
    config.parallelism = 2;
    config.workers = 1;
    config.rounds = 10;
    config.awaited_rows = 150; /* 90 passed by then, and most of their windows */
    for (unsigned e = 0; pm_engines[e] != NULL; e++) {
        struct pm_rig_result result;
        unsigned early = 0;
        if ((~pm_engines[e]->caps & (PM_CAP_PLANS | PM_CAP_LIVE)) != 0)
            continue;
        assert_int_equal(pm_rig_run(&result, pm_engines[e], &config, NULL), 0);
        for (size_t i = 0; i < result.count; i++)
            early += pm_record_stream(&result.rows[i].record) == WINDOWS &&
                     result.rows[i].visible_ns < result.last_written_ns;
        assert_true(early > 50);
        pm_rig_result_close(&result);
    }
    empty(&config);
    pm_plan_close((struct pm_plan *)config.plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_behind_marks_arrive_as_they_were_sent),
        cmocka_unit_test(an_input_of_flush_records_gives_nothing_and_ends),
        cmocka_unit_test(an_input_of_idle_marks_gives_nothing_and_ends),
        cmocka_unit_test(idle_marks_close_windows_while_the_input_flows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
