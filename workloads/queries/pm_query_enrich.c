/* SPDX-License-Identifier: Apache-2.0 */
/* enrich: clicks with the profile that the user had at the click's event time. */
#include "pm_query_enrich.h"

#include "pm_verbs.h"

#define HOUR_NS 3600000000000
#define PAGES   10000u

static const struct pm_option options[] = {
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_enrich_settings, lateness_ns), 0, 24 * HOUR_NS, "0s", NULL,
     "how far behind the watermark a click is still answered", NULL},
    {0},
};

/* A joined row is made, so it has no id of its own: the click's number names it. */
static const struct pm_schema clicks = {
    .name = "click",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("click", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("page", PM_TYPE_INTEGER, 8, 4, 0)},
};

static const struct pm_schema profiles = {
    .name = "profile",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_CHOICE("tier", 0, 1, "basic silver gold platinum"),
                PM_COLUMN_PAYLOAD("credit", PM_TYPE_MONEY, 8, 8, 0)},
};

/* 63 random bits: two clicks of a run share a number less often than once in 10^5 runs of 10^7. */
static void fill_click(const void *settings, struct pm_random *random, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    (void)settings;
    (void)bytes;
    record->payload[0] = pm_random_u64(random) >> 1;
    record->payload[1] = pm_random_below(random, PAGES);
}

/* One user in eight is above silver; credit goes with the tier. */
static void fill_profile(const void *settings, struct pm_random *random, struct pm_record *record,
                         struct pm_bytes *bytes)
{
    const uint64_t draw = pm_random_below(random, 16);
    const uint64_t tier = draw < 10 ? 0 : draw < 14 ? 1 : draw - 12;

    (void)settings;
    (void)bytes;
    record->payload[0] = tier;
    record->payload[1] = (tier + 1) * pm_random_below(random, 100000);
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_enrich_settings *s = settings;
    const struct pm_temporal_join_config join = {
        .lateness_ns = s->lateness_ns,
        .columns = 2,
        .column = {"tier", "credit"},
    };
    const struct pm_flow left = pm_plan_source(plan, PM_ENRICH_CLICKS, &clicks);
    const struct pm_flow right = pm_plan_source(plan, PM_ENRICH_PROFILES, &profiles);
    const struct pm_flow left_by_user = pm_plan_key_by(plan, left, "user");
    const struct pm_flow right_by_user = pm_plan_key_by(plan, right, "user");
    const struct pm_flow rows = pm_plan_temporal_join(plan, left_by_user, right_by_user, &join);

    pm_plan_output(plan, rows, PM_ENRICH_ROWS, "enriched");
    pm_plan_output(plan, pm_plan_side(rows, 1), PM_ENRICH_LATE, "late");
}

const struct pm_query pm_query_enrich = {
    .name = "enrich",
    .summary = "clicks with the user's profile as of the click's event time",
    .options = options,
    .settings_size = sizeof(struct pm_query_enrich_settings),
    .streams = PM_ENRICH_STREAMS,
    .stream = {{"clicks", &clicks, PM_CODEC_BINARY, 99, fill_click},
               {"profiles", &profiles, PM_CODEC_BINARY, 1, fill_profile}},
    .outputs = PM_ENRICH_OUTPUTS,
    .output = {{"enriched", {"click"}}, {"late", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_enrich,
};
