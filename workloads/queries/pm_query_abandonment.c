/* SPDX-License-Identifier: Apache-2.0 */
/* abandonment: login, purchase, cart, and no purchase after it; the alert comes from a timer. */
#include "pm_query_abandonment.h"

#include "pm_pattern.h"

#define HOUR_NS 3600000000000

#define FIELD(name_) offsetof(struct pm_query_abandonment_settings, name_)

static const struct pm_option options[] = {
    {"absent", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(absent_ns), 1, 24 * HOUR_NS, "10m", NULL,
     "a cart is abandoned when no purchase came for this long", NULL},
    {"within", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(within_ns), 2, 48 * HOUR_NS, "60m", NULL,
     "from the login to the alert less than this passes", NULL},
    {"lateness", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(lateness_ns), 0, 24 * HOUR_NS, "0s",
     NULL, "how far behind the watermark a record still counts", NULL},
    {0},
};

static const struct pm_schema logins = {
    .name = "login",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("session", PM_TYPE_INTEGER, 0, 8, 0)},
};

static const struct pm_schema purchases = {
    .name = "purchase",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0)},
};

static const struct pm_schema carts = {
    .name = "cart",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),
                PM_COLUMN_PAYLOAD("value", PM_TYPE_MONEY, 0, 8, 0),
                PM_COLUMN_PAYLOAD("items", PM_TYPE_INTEGER, 8, 4, 0)},
};

static void fill_login(const void *settings, struct pm_random *random, struct pm_record *record,
                       struct pm_bytes *bytes)
{
    (void)settings;
    (void)bytes;
    record->payload[0] = pm_random_u64(random) >> 1;
}

static void fill_purchase(const void *settings, struct pm_random *random, struct pm_record *record,
                          struct pm_bytes *bytes)
{
    (void)settings;
    (void)bytes;
    record->payload[0] = 100 + pm_random_below(random, 50000);
}

static void fill_cart(const void *settings, struct pm_random *random, struct pm_record *record,
                      struct pm_bytes *bytes)
{
    const uint64_t items = 1 + pm_random_below(random, 6);

    (void)settings;
    (void)bytes;
    record->payload[0] = items * (100 + pm_random_below(random, 8000));
    record->payload[1] = items;
}

static void build(struct pm_plan *plan, const void *settings)
{
    static const struct pm_schema *const schema[] = {&logins, &purchases, &carts};
    static const char *const late[] = {"late-logins", "late-purchases", "late-carts"};
    const struct pm_query_abandonment_settings *s = settings;
    const struct pm_pattern_config abandoned = {
        .steps = 3,
        .step = {{.name = "login", .is = {.input = PM_ABANDONMENT_LOGINS}},
                 {.name = "purchase", .is = {.input = PM_ABANDONMENT_PURCHASES}},
                 {.name = "cart", .is = {.input = PM_ABANDONMENT_CARTS}}},
        .absent_ns = s->absent_ns,
        .absent = {.input = PM_ABANDONMENT_PURCHASES},
        .within_ns = s->within_ns,
        .lateness_ns = s->lateness_ns,
        .skip = PM_SKIP_PAST_LAST,
        .measures = 4,
        .measure = {{"session", 0, "session", PM_FIRST_OF},
                    {"bought", 1, "amount", PM_FIRST_OF},
                    {"value", 2, "value", PM_FIRST_OF},
                    {"items", 2, "items", PM_FIRST_OF}},
    };
    struct pm_flow by_user[PM_ABANDONMENT_STREAMS];

    for (unsigned i = 0; i < PM_ABANDONMENT_STREAMS; i++)
        by_user[i] = pm_plan_key_by(plan, pm_plan_source(plan, i, schema[i]), "user");
    const struct pm_flow rows = pm_plan_pattern(plan, PM_ABANDONMENT_STREAMS, by_user, &abandoned);
    pm_plan_output(plan, rows, PM_ABANDONMENT_ALERTS, "alerts");
    for (unsigned i = 0; i < PM_ABANDONMENT_STREAMS; i++)
        pm_plan_output(plan, pm_plan_side(rows, 1 + i), PM_ABANDONMENT_LATE + i, late[i]);
}

const struct pm_query pm_query_abandonment = {
    .name = "abandonment",
    .summary = "users who logged in, bought, filled a cart and bought no more: from three streams",
    .options = options,
    .settings_size = sizeof(struct pm_query_abandonment_settings),
    .streams = PM_ABANDONMENT_STREAMS,
    .stream = {{"logins", &logins, PM_CODEC_BINARY, 3, fill_login},
               {"purchases", &purchases, PM_CODEC_BINARY, 2, fill_purchase},
               {"carts", &carts, PM_CODEC_BINARY, 3, fill_cart}},
    .outputs = PM_ABANDONMENT_OUTPUTS,
    .output = {{"alerts", {"key", "start"}},
               {"late-logins", {"id"}},
               {"late-purchases", {"id"}},
               {"late-carts", {"id"}}},
    .order = PM_ORDER_EVENT_TIME,
    .build = build,
    .oracle = pm_oracle_abandonment,
};
