/* SPDX-License-Identifier: Apache-2.0 */
/* high-value: JSON payments, of which those above a limit are kept; broken ones to dead letters. */
#include "pm_query_high_value.h"

#include "pm_decode.h"
#include "pm_json_texts.h"
#include "pm_payments.h"
#include "pm_verbs.h"

static const struct pm_option options[] = {
    {"amount.above", PM_OPTION_INTEGER, PM_UNIT_COUNT,
     offsetof(struct pm_query_high_value_settings, above), 0, 1000000000000, "100000", NULL,
     "payments above so many cents are kept", NULL},
    {"malformed.one-in", PM_OPTION_INTEGER, PM_UNIT_COUNT,
     offsetof(struct pm_query_high_value_settings, malformed_one_in), 0, 1000000000, "1000", NULL,
     "one payment in so many is malformed on purpose; 0: none", NULL},
    {0},
};

#define PAYMENT_COLUMNS                                                                            \
    PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("user"),                                           \
        PM_COLUMN_PAYLOAD("payment", PM_TYPE_INTEGER, 8, 8, 0)

static const struct pm_schema payments = {
    .name = "payment",
    .count = 4,
    .columns = {PAYMENT_COLUMNS, PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0)},
};

/* Two ways of writing a payment that its reader must refuse. */
static const struct pm_schema payments_without_amount = {
    .name = "payment",
    .count = 3,
    .columns = {PAYMENT_COLUMNS},
};
static const struct pm_schema payments_in_words = {
    .name = "payment",
    .count = 4,
    .columns = {PAYMENT_COLUMNS, PM_COLUMN_CHOICE("amount", 16, 1, "little much")},
};

static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const struct pm_query_high_value_settings *s = settings;
    const uint64_t one_in = (uint64_t)s->malformed_one_in;
    const bool malformed = one_in != 0 && pm_random_below(random, one_in) == 0;
    const uint64_t kind = malformed ? 1 + pm_random_below(random, 3) : 0;
    const struct pm_schema *schema = kind == 1   ? &payments_without_amount
                                     : kind == 2 ? &payments_in_words
                                                 : &payments;

    pm_payments_fill(NULL, random, record, bytes);
    record->payload[1] = pm_random_u64(random) >> 16;
    record->payload[2] = pm_random_below(random, 2);
    pm_codec_encode(PM_CODEC_JSON, schema, record, bytes);
    if (kind == 3)
        pm_json_texts_cut(random, record, bytes);
    pm_json_texts_only(record);
}

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_query_high_value_settings *s = settings;
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_json_texts_schema);
    const struct pm_flow parsed = pm_plan_decode(plan, source, PM_CODEC_JSON, &payments);
    const struct pm_flow high = pm_plan_filter(plan, parsed, "amount", PM_GREATER, s->above);

    pm_plan_output(plan, high, PM_HIGH_VALUE_EVENTS, "high-value-events");
    pm_plan_output(plan, pm_plan_side(parsed, PM_DECODE_DEAD_LETTERS), PM_HIGH_VALUE_DEAD_LETTERS,
                   "dead-letters");
}

const struct pm_query pm_query_high_value = {
    .name = "high-value",
    .summary = "JSON payments above 1000.00, malformed ones to dead letters",
    .options = options,
    .settings_size = sizeof(struct pm_query_high_value_settings),
    .streams = 1,
    .stream = {{"payments", &pm_json_texts_schema, PM_CODEC_BINARY, 1, fill}},
    .outputs = PM_HIGH_VALUE_OUTPUTS,
    .output = {{"high-value-events", {"id"}}, {"dead-letters", {"id"}}},
    .order = PM_ORDER_NONE,
    .build = build,
    .oracle = pm_oracle_high_value,
};
