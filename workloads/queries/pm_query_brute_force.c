/* SPDX-License-Identifier: Apache-2.0 */
/* brute-force: failed logins in a row, in the order of event time, one alert a burst. */
#include "pm_query_brute_force.h"

#include "pm_pattern.h"

#define HOUR_NS   3600000000000
#define ADDRESSES 100000u

#define FIELD(name_) offsetof(struct pm_query_brute_force_settings, name_)

static const struct pm_option options[] = {
    {"failures", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(failures), 2, PM_PATTERN_TIMES_MAX, "3",
     NULL, "failed logins of a user in a row that raise an alert", NULL},
    {"within", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(within_ns), 1, 24 * HOUR_NS, "10s", NULL,
     "the last of them comes less than this after the first", NULL},
    {"quiet", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(quiet_ns), 1, 24 * HOUR_NS, "60s", NULL,
     "alerts of a user this soon after one that was raised belong to its burst", NULL},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(lateness_ns), 0, 24 * HOUR_NS, "0s",
     NULL, "how far behind the watermark a login still counts", NULL},
    {0},
};

static const struct pm_schema logins = {
    .name = "login",
    .count = 5,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("attempt", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("address", PM_TYPE_INTEGER, 8, 4, 0),
                PM_COLUMN_CHOICE("result", 12, 1, "failed succeeded")},
};

/* One user in 8 is under attack and sees 19 failures of 20; the others mistype one in 8. */
static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const bool attacked = pm_hash_u64(record->key ^ 0xb07e) % 8 == 0;
    const bool fails = pm_random_below(random, 40) < (attacked ? 38u : 5u);
    const uint64_t result = fails ? PM_LOGIN_FAILED : PM_LOGIN_SUCCEEDED;

    (void)settings;
    (void)bytes;
    record->payload[0] = pm_random_u64(random) >> 1;
    record->payload[1] = pm_random_below(random, ADDRESSES) | result << 32;
}

/* The alert keeps of its last attempt what fits beside its times: the bursts are told apart by
 * dedup, which keeps no extension. */
static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_brute_force_settings *s = settings;
    const struct pm_pattern_config failures = {
        .steps = 1,
        .step = {{.name = "failure",
                  .is = {0, "result", PM_EQUAL, PM_LOGIN_FAILED},
                  .times = (unsigned)s->failures,
                  .has_unless = true,
                  .unless = {0, "result", PM_EQUAL, PM_LOGIN_SUCCEEDED}}},
        .within_ns = s->within_ns,
        .lateness_ns = s->lateness_ns,
        .skip = PM_SKIP_PAST_LAST,
        .measures = 1,
        .measure = {{"attempt", 0, "attempt", PM_LAST_OF}},
    };
    const struct pm_dedup_config once = {.keep = PM_KEEP_FIRST, .within_ns = s->quiet_ns};
    const struct pm_flow source = pm_plan_source(plan, 0, &logins);
    const struct pm_flow by_user = pm_plan_key_by(plan, source, "user");
    const struct pm_flow rows = pm_plan_pattern(plan, 1, &by_user, &failures);

    pm_plan_output(plan, pm_plan_dedup(plan, rows, &once), PM_BRUTE_FORCE_ALERTS, "alerts");
    pm_plan_output(plan, pm_plan_side(rows, 1), PM_BRUTE_FORCE_LATE, "late");
}

const struct pm_query pm_query_brute_force = {
    .name = "brute-force",
    .summary = "failed logins of a user in a row, none successful between; one alert a burst",
    .options = options,
    .settings_size = sizeof(struct pm_query_brute_force_settings),
    .streams = 1,
    .stream = {{"logins", &logins, PM_CODEC_BINARY, 1, fill}},
    .outputs = PM_BRUTE_FORCE_OUTPUTS,
    .output = {{"alerts", {"key", "end"}}, {"late", {"id"}}},
    .order = PM_ORDER_EVENT_TIME,
    .build = build,
    .oracle = pm_oracle_brute_force,
};
