/* SPDX-License-Identifier: Apache-2.0 */
/* hourly: per sensor, average, count, least and largest reading in windows that slide. */
#include "pm_query_hourly.h"

#include "pm_verbs.h"

#define HOUR_NS 3600000000000

static const struct pm_option options[] = {
    {"window.size", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_hourly_settings, size_ns), 1, 240 * HOUR_NS, "1h", NULL,
     "length of a window, a multiple of the slide",
     "Spark: window(); Flink: SlidingEventTimeWindows"},
    {"window.slide", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_hourly_settings, slide_ns), 1, 240 * HOUR_NS, "5m", NULL,
     "distance from one window's start to the next", NULL},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_hourly_settings, lateness_ns), 0, 24 * HOUR_NS, "0s", NULL,
     "how long behind the watermark a window still takes readings", "Flink: allowedLateness"},
    {0},
};

static const struct pm_schema readings = {
    .name = "reading",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("sensor"),
                PM_COLUMN_PAYLOAD("reading", PM_TYPE_INTEGER, 0, 8, 0)},
};

/* Thousandths of a degree: a base of the sensor's own, a day's rise and fall, and noise. */
static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const int64_t half_day = 12 * HOUR_NS;
    const int64_t into_day = pm_hash_u64(record->key) % 2 == 0
                                 ? record->event_time_ns % (2 * half_day)
                                 : (record->event_time_ns + half_day) % (2 * half_day);
    const int64_t rise = into_day < half_day ? into_day : 2 * half_day - into_day;
    const int64_t base = (int64_t)(pm_hash_u64(record->key) >> 32) % 20000 - 5000;

    (void)settings;
    (void)bytes;
    record->payload[0] =
        (uint64_t)(base + rise / (half_day / 8000) + pm_random_between(random, -500, 500));
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_hourly_settings *s = settings;
    const struct pm_window_config window = {
        .kind = PM_WINDOW_SLIDING,
        .size_ns = s->size_ns,
        .slide_ns = s->slide_ns,
        .lateness_ns = s->lateness_ns,
        .folds = 4,
        .fold = {{PM_FOLD_MEAN, "reading", "average", PM_HOURLY_MEAN_SCALE},
                 {PM_FOLD_COUNT, NULL, "count", 0},
                 {PM_FOLD_MIN, "reading", "min", 0},
                 {PM_FOLD_MAX, "reading", "max", 0}},
    };
    const struct pm_flow source = pm_plan_source(plan, 0, &readings);
    const struct pm_flow by_sensor = pm_plan_key_by(plan, source, "sensor");
    const struct pm_flow windows = pm_plan_window(plan, by_sensor, &window);

    pm_plan_output(plan, windows, PM_HOURLY_WINDOWS, "hourly");
    pm_plan_output(plan, pm_plan_side(windows, 1), PM_HOURLY_LATE, "late");
}

const struct pm_query pm_query_hourly = {
    .name = "hourly",
    .summary = "per sensor, average, count, min and max in 1-hour windows every 5 minutes",
    .options = options,
    .settings_size = sizeof(struct pm_query_hourly_settings),
    .streams = 1,
    .stream = {{"readings", &readings, PM_CODEC_BINARY, 1, fill}},
    .outputs = PM_HOURLY_OUTPUTS,
    .output = {{"hourly", {"key", "window_start", "window_end"}}, {"late", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_hourly,
};
