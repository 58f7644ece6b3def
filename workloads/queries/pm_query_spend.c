/* SPDX-License-Identifier: Apache-2.0 */
/* spend: per user, sum, count and largest of the payments in tumbling windows. */
#include "pm_query_spend.h"

#include "pm_payments.h"
#include "pm_verbs.h"

#define HOUR_NS 3600000000000

static const struct pm_option options[] = {
    {"window.size", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_spend_settings, window_ns), 1, 240 * HOUR_NS, "5m", NULL,
     "length of a window", "Spark: window(); Flink: TumblingEventTimeWindows"},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_spend_settings, lateness_ns), 0, 24 * HOUR_NS, "0s", NULL,
     "how long behind the watermark a window still takes payments", "Flink: allowedLateness"},
    {0},
};

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_spend_settings *s = settings;
    const struct pm_window_config window = {
        .kind = PM_WINDOW_TUMBLING,
        .size_ns = s->window_ns,
        .lateness_ns = s->lateness_ns,
        .folds = 3,
        .fold = {{PM_FOLD_SUM, "amount", "sum", 0},
                 {PM_FOLD_COUNT, NULL, "count", 0},
                 {PM_FOLD_MAX, "amount", "max", 0}},
    };
    const struct pm_flow payments = pm_plan_source(plan, 0, &pm_payments_schema);
    const struct pm_flow by_user = pm_plan_key_by(plan, payments, "user");
    const struct pm_flow windows = pm_plan_window(plan, by_user, &window);

    pm_plan_output(plan, windows, PM_SPEND_WINDOWS, "spend");
    pm_plan_output(plan, pm_plan_side(windows, 1), PM_SPEND_LATE, "late");
}

const struct pm_query pm_query_spend = {
    .name = "spend",
    .summary = "per user, sum, count and largest payment in 5-minute windows",
    .options = options,
    .settings_size = sizeof(struct pm_query_spend_settings),
    .streams = 1,
    .stream = {{"payments", &pm_payments_schema, PM_CODEC_BINARY, 1, pm_payments_fill}},
    .outputs = PM_SPEND_OUTPUTS,
    .output = {{"spend", {"key", "window_start", "window_end"}}, {"late", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_spend,
};
