/* SPDX-License-Identifier: Apache-2.0 */
/* route: JSON orders, each to its region's output, what is no order to the dead letters. */
#include "pm_query_route.h"

#include "pm_decode.h"
#include "pm_json_texts.h"
#include "pm_verbs.h"

static const struct pm_option options[] = {
    {"malformed.one-in", PM_OPTION_INTEGER, PM_UNIT_COUNT,
     offsetof(struct pm_query_route_settings, malformed_one_in), 0, 1000000000, "1000", NULL,
     "one order in so many is malformed on purpose; 0: none", NULL},
    {0},
};

#define REGIONS "us-east us-west eu-north eu-south asia-east asia-south africa oceania"

#define ORDER_COLUMNS                                                                              \
    PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),                                           \
        PM_COLUMN_PAYLOAD("order", PM_TYPE_INTEGER, 0, 8, 0),                                      \
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 8, 8, 0)

static const struct pm_schema orders = {
    .name = "order",
    .count = 5,
    .columns = {ORDER_COLUMNS, PM_COLUMN_CHOICE("region", 16, 1, REGIONS)},
};

/* Two ways of writing an order that its reader must refuse. */
static const struct pm_schema orders_without_region = {
    .name = "order",
    .count = 4,
    .columns = {ORDER_COLUMNS},
};
static const struct pm_schema orders_with_numbered_region = {
    .name = "order",
    .count = 5,
    .columns = {ORDER_COLUMNS, PM_COLUMN_PAYLOAD("region", PM_TYPE_INTEGER, 16, 1, 0)},
};

static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const struct pm_query_route_settings *s = settings;
    const uint64_t one_in = (uint64_t)s->malformed_one_in;
    const bool malformed = one_in != 0 && pm_random_below(random, one_in) == 0;
    const uint64_t kind = malformed ? 1 + pm_random_below(random, 3) : 0;
    const struct pm_schema *schema = kind == 1   ? &orders_without_region
                                     : kind == 2 ? &orders_with_numbered_region
                                                 : &orders;

    record->payload[0] = pm_random_u64(random) >> 16;
    record->payload[1] = 100 + pm_random_below(random, 100000);
    record->payload[2] = pm_random_below(random, PM_ROUTE_REGIONS);
    pm_codec_encode(PM_CODEC_JSON, schema, record, bytes);
    if (kind == 3)
        pm_json_texts_cut(random, record, bytes);
    pm_json_texts_only(record);
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_json_texts_schema);
    const struct pm_flow parsed = pm_plan_decode(plan, source, PM_CODEC_JSON, &orders);
    const struct pm_flow routed = pm_plan_side_output(plan, parsed, "region", PM_ROUTE_REGIONS);

    (void)settings;
    for (unsigned i = 0; i < PM_ROUTE_REGIONS; i++)
        pm_plan_output(plan, i == 0 ? routed : pm_plan_side(routed, i), i,
                       pm_query_route.output[i].name);
    pm_plan_output(plan, pm_plan_side(parsed, PM_DECODE_DEAD_LETTERS), PM_ROUTE_DEAD_LETTERS,
                   "dead-letters");
}

const struct pm_query pm_query_route = {
    .name = "route",
    .summary = "JSON orders to one output per region, malformed ones to dead letters",
    .options = options,
    .settings_size = sizeof(struct pm_query_route_settings),
    .streams = 1,
    .stream = {{"orders", &pm_json_texts_schema, PM_CODEC_BINARY, 1, fill}},
    .outputs = PM_ROUTE_OUTPUTS,
    .output = {{"events-us-east", {"id"}},
               {"events-us-west", {"id"}},
               {"events-eu-north", {"id"}},
               {"events-eu-south", {"id"}},
               {"events-asia-east", {"id"}},
               {"events-asia-south", {"id"}},
               {"events-africa", {"id"}},
               {"events-oceania", {"id"}},
               {"dead-letters", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_route,
};
