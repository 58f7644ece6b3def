/* SPDX-License-Identifier: Apache-2.0 */
/* hourly-plain: average and count of all readings in windows of an hour, by no key at all. */
#include "pm_query_hourly_plain.h"

#include "pm_hash.h"
#include "pm_verbs.h"

#define HOUR_NS 3600000000000

static const struct pm_option options[] = {
    {"window.size", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_hourly_plain_settings, size_ns), 1, 240 * HOUR_NS, "1h", NULL,
     "length of a window", "Spark: window(); Flink: TumblingEventTimeWindows"},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_hourly_plain_settings, lateness_ns), 0, 24 * HOUR_NS, "0s", NULL,
     "how long behind the watermark a window still takes readings", "Flink: allowedLateness"},
    {0},
};

/* The last column holds nothing but zeros: keyed by it, all readings meet in one place. */
static const struct pm_schema readings = {
    .name = "reading",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_PAYLOAD("sensor", PM_TYPE_INTEGER, 8, 8, 0),
                PM_COLUMN_PAYLOAD("reading", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("all", PM_TYPE_INTEGER, 16, 8, 0)},
};

/* Thousandths of a degree, around a base of the sensor's own. */
static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const int64_t base = (int64_t)(pm_hash_u64(record->key) >> 32) % 20000 - 5000;

    (void)settings;
    (void)bytes;
    record->payload[0] = (uint64_t)(base + pm_random_between(random, -500, 500));
    record->payload[1] = record->key;
    record->payload[2] = 0;
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_hourly_plain_settings *s = settings;
    const struct pm_window_config window = {
        .kind = PM_WINDOW_TUMBLING,
        .size_ns = s->size_ns,
        .lateness_ns = s->lateness_ns,
        .folds = 2,
        .fold = {{PM_FOLD_MEAN, "reading", "average", PM_HOURLY_PLAIN_SCALE},
                 {PM_FOLD_COUNT, NULL, "count", 0}},
    };
    const struct pm_flow source = pm_plan_source(plan, 0, &readings);
    const struct pm_flow together = pm_plan_key_by(plan, source, "all");
    const struct pm_flow windows = pm_plan_window(plan, together, &window);

    pm_plan_output(plan, windows, PM_HOURLY_PLAIN_WINDOWS, "hourly-plain");
    pm_plan_output(plan, pm_plan_side(windows, 1), PM_HOURLY_PLAIN_LATE, "late");
}

const struct pm_query pm_query_hourly_plain = {
    .name = "hourly-plain",
    .summary = "average and count of all readings in windows of an hour",
    .options = options,
    .settings_size = sizeof(struct pm_query_hourly_plain_settings),
    .streams = 1,
    .stream = {{"readings", &readings, PM_CODEC_BINARY, 1, fill}},
    .outputs = PM_HOURLY_PLAIN_OUTPUTS,
    .output = {{"hourly-plain", {"window_start", "window_end"}}, {"late", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_hourly_plain,
};
