/* SPDX-License-Identifier: Apache-2.0 */
/* dashboard: per region and product, what was sold so far, as a view that is always up to date. */
#include "pm_query_dashboard.h"

#include "pm_verbs.h"

#define HOUR_NS 3600000000000

static const struct pm_option options[] = {
    {"products", PM_OPTION_INTEGER, PM_UNIT_COUNT,
     offsetof(struct pm_query_dashboard_settings, products), 1, 1000000, "200", NULL,
     "products of a region", NULL},
    {"users", PM_OPTION_INTEGER, PM_UNIT_COUNT, offsetof(struct pm_query_dashboard_settings, users),
     1, 1000000000, "100k", NULL, "users who buy", NULL},
    {"update.interval", PM_OPTION_INTEGER, PM_UNIT_DURATION,
     offsetof(struct pm_query_dashboard_settings, interval_ns), 0, HOUR_NS, "100ms", NULL,
     "a region's rows change at most so often, in scenario time; 0: with every purchase",
     "Spark: trigger interval; Flink: table.exec.mini-batch.allow-latency"},
    {0},
};

static const struct pm_schema purchases = {
    .name = "purchase",
    .count = 5,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("region"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),
                PM_COLUMN_PAYLOAD("product", PM_TYPE_INTEGER, 8, 8, 0),
                PM_COLUMN_PAYLOAD("user", PM_TYPE_INTEGER, 16, 8, 0)},
};

/* Low product numbers sell more (the lower of two draws), each at a price of its own. */
static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const struct pm_query_dashboard_settings *s = settings;
    const uint64_t a = pm_random_below(random, (uint64_t)s->products);
    const uint64_t b = pm_random_below(random, (uint64_t)s->products);
    const uint64_t product = a < b ? a : b;

    (void)bytes;
    record->payload[0] = 99 + pm_hash_u64(product ^ record->key << 32) % 20000;
    record->payload[1] = product;
    record->payload[2] = pm_random_below(random, (uint64_t)s->users);
}

/* The tops see every change and not the coalesced ones: else they would show states that never
 * were. */
static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_dashboard_settings *s = settings;
    const struct pm_update_config sold = {
        .group = "product",
        .folds = 3,
        .fold = {{PM_FOLD_COUNT, NULL, "count", 0},
                 {PM_FOLD_SUM, "amount", "revenue", 0},
                 {PM_FOLD_DISTINCT, "user", "users", PM_DASHBOARD_PRECISION}},
    };
    const struct pm_flow source = pm_plan_source(plan, 0, &purchases);
    const struct pm_flow by_region = pm_plan_key_by(plan, source, "region");
    const struct pm_flow products = pm_plan_update(plan, by_region, &sold);
    const struct pm_flow top =
        pm_plan_top_n(plan, products, "product", "revenue", PM_DASHBOARD_TOP);

    pm_plan_output(plan, pm_plan_coalesce(plan, products, "product", s->interval_ns),
                   PM_DASHBOARD_PRODUCTS, "products");
    pm_plan_output(plan, pm_plan_coalesce(plan, top, "product", s->interval_ns), PM_DASHBOARD_TOPS,
                   "top");
}

const struct pm_query pm_query_dashboard = {
    .name = "dashboard",
    .summary = "per region and product, running count, revenue, users; the 10 that sell most",
    .options = options,
    .settings_size = sizeof(struct pm_query_dashboard_settings),
    .streams = 1,
    .stream = {{"purchases", &purchases, PM_CODEC_BINARY, 1, fill}},
    .outputs = PM_DASHBOARD_OUTPUTS,
    .output = {{"products", {"key", "product"}}, {"top", {"key", "product"}}},
    .order = PM_ORDER_ARRIVAL,
    .build = build,
    .oracle = pm_oracle_dashboard,
};
