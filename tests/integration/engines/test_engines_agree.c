/* SPDX-License-Identifier: Apache-2.0 */
/* Every engine, at every parallelism, gives the rows of every other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "pm_engine_rig.h"
#include "pm_random.h"
#include "pm_verbs.h"

static const struct pm_schema payments = {
    .name = "payments",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0)},
};

static struct pm_plan *spend_plan(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_window_config window = {
        .kind = PM_WINDOW_TUMBLING,
        .size_ns = 1000,
        .lateness_ns = 200,
        .folds = 2,
        .fold = {{.fold = PM_FOLD_SUM, .column = "amount", .result = "total"},
                 {.fold = PM_FOLD_COUNT, .result = "payments"}},
    };
    struct pm_flow flow = pm_plan_source(plan, 0, &payments);
    flow = pm_plan_filter(plan, flow, "amount", PM_GREATER, 100);
    flow = pm_plan_map(plan, flow, "amount", 2, 1);
    flow = pm_plan_key_by(plan, flow, "user");
    flow = pm_plan_window(plan, flow, &window);
    pm_plan_output(plan, flow, 0, "totals");
    pm_plan_output(plan, pm_plan_side(flow, 1), 1, "late");
    return plan;
}

static void fill(struct pm_rig_config *config, uint64_t seed, size_t count)
{
    struct pm_random random = pm_random_open(seed, 0);

    config->streams = 1;
    config->partitions = 4;
    config->stream[0] = (struct pm_job_stream){0, 4, 100};
    for (unsigned p = 0; p < 4; p++) {
        struct pm_record *rows = calloc(count, sizeof *rows);
        for (size_t i = 0; i < count; i++) {
            rows[i].id = pm_record_id(p, i);
            rows[i].key = pm_random_below(&random, 50);
            rows[i].event_time_ns =
                (int64_t)i * 10 + pm_random_between(&random, 0, 200) -
                (pm_random_below(&random, 50) == 0 ? pm_random_between(&random, 0, 2000) : 0);
            rows[i].payload[0] = pm_random_below(&random, 1000);
        }
        config->partition[p] = (struct pm_rig_partition){.rows = rows, .count = count};
    }
}

static void every_engine_gives_the_same_rows(void **state)
{
    static const char *const cases[][3] = {
        {"dispatch=one", "trigger=fixed:1ms", NULL},
        {"dispatch=chunk", "trigger=asap", "cadence=4ms"},
        {"dispatch=auto", "trigger=realtime:5s", "cadence=9ms"},
    };
    struct pm_rig_config config = {.plan = spend_plan(), .state = &pm_state_memory};
    struct pm_rig_result first = {0};
    struct pm_error error = {0};

    (void)state;
    if (pm_plan_check((struct pm_plan *)config.plan, &error) != 0)
        fail_msg("%s", error.text);
    fill(&config, 7, 3000);
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned e = 0; pm_engines[e] != NULL; e++) {
            if ((pm_engines[e]->caps & PM_CAP_PLANS) == 0)
                continue;
            for (unsigned n = 1; n <= 4; n++) {
                const char *settings[] = {cases[k][0], cases[k][1], cases[k][2], NULL};
                struct pm_rig_result result;
                config.parallelism = n;
                config.workers = n > 2 ? 2 : n;
                config.settings = settings;
                config.rounds = k == 0 ? 0 : 5;
                if (pm_rig_run(&result, pm_engines[e], &config, &error) != 0)
                    fail_msg("%s x %u: %s", pm_engines[e]->name, n, error.text);
                pm_rig_sort(&result);
                if (first.count == 0) {
                    first = result;
                    assert_true(first.count > 100);
                    continue;
                }
                if (!pm_rig_equal(&first, &result))
                    fail_msg("%s x %u case %u: %zu rows, %zu expected, or other ones",
                             pm_engines[e]->name, n, k, result.count, first.count);
                pm_rig_result_close(&result);
            }
        }
    }
    pm_rig_result_close(&first);
    for (unsigned p = 0; p < 4; p++)
        free(config.partition[p].rows);
    pm_plan_close((struct pm_plan *)config.plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_engine_gives_the_same_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
