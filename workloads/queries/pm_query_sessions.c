/* SPDX-License-Identifier: Apache-2.0 */
/* sessions: per user, runs of payments without a gap: start, end, events, revenue. */
#include "pm_query_sessions.h"

#include "pm_payments.h"
#include "pm_verbs.h"

#define HOUR_NS 3600000000000

static const struct pm_option options[] = {
    {"session.gap", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_sessions_settings, gap_ns), 1, 240 * HOUR_NS, "30m", NULL,
     "a payment this long after the one before starts a new session",
     "Spark: session_window(); Flink: EventTimeSessionWindows.withGap"},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_sessions_settings, lateness_ns), 0, 24 * HOUR_NS, "0s", NULL,
     "how far behind the watermark a payment still counts", "Flink: allowedLateness"},
    {0},
};

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_sessions_settings *s = settings;
    const struct pm_window_config window = {
        .kind = PM_WINDOW_SESSION,
        .gap_ns = s->gap_ns,
        .lateness_ns = s->lateness_ns,
        .folds = 2,
        .fold = {{PM_FOLD_COUNT, NULL, "events", 0}, {PM_FOLD_SUM, "amount", "revenue", 0}},
    };
    const struct pm_flow payments = pm_plan_source(plan, 0, &pm_payments_schema);
    const struct pm_flow by_user = pm_plan_key_by(plan, payments, "user");
    const struct pm_flow sessions = pm_plan_window(plan, by_user, &window);

    pm_plan_output(plan, sessions, PM_SESSIONS_CLOSED, "sessions");
    pm_plan_output(plan, pm_plan_side(sessions, 1), PM_SESSIONS_LATE, "late");
}

const struct pm_query pm_query_sessions = {
    .name = "sessions",
    .summary = "per user, sessions with a 30-minute gap: start, end, events, revenue",
    .options = options,
    .settings_size = sizeof(struct pm_query_sessions_settings),
    .streams = 1,
    .stream = {{"payments", &pm_payments_schema, PM_CODEC_BINARY, 1, pm_payments_fill}},
    .outputs = PM_SESSIONS_OUTPUTS,
    .output = {{"sessions", {"key", "window_start", "window_end"}}, {"late", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_sessions,
};
