/* SPDX-License-Identifier: Apache-2.0 */
/* attribution: impressions with the clicks of their user and ad that follow, and those without. */
#include "pm_query_attribution.h"

#include "pm_verbs.h"

#define HOUR_NS 3600000000000

#define FIELD(name_) offsetof(struct pm_query_attribution_settings, name_)

static const struct pm_option options[] = {
    {"within", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(within_ns), 0, 24 * HOUR_NS, "10m", NULL,
     "a click counts for the impressions up to this long before it", NULL},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(lateness_ns), 0, 24 * HOUR_NS, "0s",
     NULL, "how long beyond that a record that came late still counts", NULL},
    {0},
};

/* User and ad together are the key, so that both sides meet where both are the same. */
#define SIDE(number_)                                                                              \
    PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("pair"),                                           \
        PM_COLUMN_PAYLOAD(number_, PM_TYPE_INTEGER, 0, 8, 0),                                      \
        PM_COLUMN_PAYLOAD("user", PM_TYPE_INTEGER, 8, 4, 0),                                       \
        PM_COLUMN_PAYLOAD("ad", PM_TYPE_INTEGER, 12, 4, 0)

static const struct pm_schema impressions = {
    .name = "impression",
    .count = 6,
    .columns = {SIDE("impression"), PM_COLUMN_PAYLOAD("cost", PM_TYPE_MONEY, 16, 8, 0)},
};

static const struct pm_schema clicks = {
    .name = "click",
    .count = 5,
    .columns = {SIDE("click")},
};

/* 63 random bits number a record: what it makes has no number of its own. */
static void fill_side(struct pm_random *random, struct pm_record *record)
{
    const uint64_t pair = record->key & 0x7fffffff;

    record->payload[0] = pm_random_u64(random) >> 1;
    record->payload[1] = pair / PM_ATTRIBUTION_ADS | pair % PM_ATTRIBUTION_ADS << 32;
}

static void fill_impression(const void *settings, struct pm_random *random,
                            struct pm_record *record, struct pm_bytes *bytes)
{
    (void)settings;
    (void)bytes;
    fill_side(random, record);
    record->payload[2] = 1 + pm_random_below(random, 500);
}

static void fill_click(const void *settings, struct pm_random *random, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    (void)settings;
    (void)bytes;
    fill_side(random, record);
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_attribution_settings *s = settings;
    const struct pm_interval_join_config join = {
        .lower_ns = 0,
        .upper_ns = s->within_ns,
        .lateness_ns = s->lateness_ns,
        .columns = 1,
        .column = {"click"},
    };
    const struct pm_flow left = pm_plan_source(plan, PM_ATTRIBUTION_IMPRESSIONS, &impressions);
    const struct pm_flow right = pm_plan_source(plan, PM_ATTRIBUTION_CLICKS, &clicks);
    const struct pm_flow left_by_pair = pm_plan_key_by(plan, left, "pair");
    const struct pm_flow right_by_pair = pm_plan_key_by(plan, right, "pair");
    const struct pm_flow rows = pm_plan_interval_join(plan, left_by_pair, right_by_pair, &join);

    pm_plan_output(plan, rows, PM_ATTRIBUTION_PAIRS, "attributed");
    pm_plan_output(plan, pm_plan_side(rows, 2), PM_ATTRIBUTION_EXPIRED, "expired");
    pm_plan_output(plan, pm_plan_side(rows, 1), PM_ATTRIBUTION_LATE_IMPRESSIONS,
                   "late-impressions");
    pm_plan_output(plan, pm_plan_side(rows, 3), PM_ATTRIBUTION_LATE_CLICKS, "late-clicks");
}

const struct pm_query pm_query_attribution = {
    .name = "attribution",
    .summary = "ad impressions with the clicks that follow, and those that expired without one",
    .options = options,
    .settings_size = sizeof(struct pm_query_attribution_settings),
    .streams = PM_ATTRIBUTION_STREAMS,
    .stream = {{"impressions", &impressions, PM_CODEC_BINARY, 9, fill_impression},
               {"clicks", &clicks, PM_CODEC_BINARY, 1, fill_click}},
    .outputs = PM_ATTRIBUTION_OUTPUTS,
    .output = {{"attributed", {"impression", "right_click"}},
               {"expired", {"impression"}},
               {"late-impressions", {"id"}},
               {"late-clicks", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_attribution,
};
