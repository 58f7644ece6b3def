/* SPDX-License-Identifier: Apache-2.0 */
/* fraud: one decision per card transaction, in the order of arrival, so that it waits for nothing.
 */
#include "pm_query_fraud.h"

#include "pm_logistic.h"
#include "pm_process.h"
#include "pm_verbs.h"

#define HOUR_NS   3600000000000
#define COUNTRIES 40u

#define FIELD(name_) offsetof(struct pm_query_fraud_settings, name_)

static const struct pm_option options[] = {
    {"velocity.window", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(velocity_window_ns), 1,
     24 * HOUR_NS, "60s", NULL, "in which so many transactions are suspicious", NULL},
    {"velocity.count", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(velocity), 2, PM_FRAUD_VELOCITY_MAX,
     "5", NULL, "transactions of a card in the window, this one included", NULL},
    {"amount.deviations", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(deviations), 1, 8, "3", NULL,
     "standard deviations above the card's mean that are suspicious", NULL},
    {"amount.history", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(history), 1, 1000, "10", NULL,
     "transactions of a card before its amounts are judged", NULL},
    {"travel.time", PM_OPTION_INTEGER, PM_UNIT_DURATION, FIELD(travel_ns), 1, 24 * HOUR_NS, "10m",
     NULL, "two countries within this time are suspicious", NULL},
    {"review.score", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(review_ppm), 0, PM_LOGISTIC_ONE,
     "250k", NULL, "least score for review, in parts per million", NULL},
    {"block.score", PM_OPTION_INTEGER, PM_UNIT_COUNT, FIELD(block_ppm), 0, PM_LOGISTIC_ONE, "700k",
     NULL, "least score for block, in parts per million", NULL},
    {0},
};

#define TRANSACTION_COLUMNS                                                                        \
    PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("card"),                                           \
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),                                       \
        PM_COLUMN_PAYLOAD("merchant", PM_TYPE_INTEGER, 8, 4, 0),                                   \
        PM_COLUMN_PAYLOAD("country", PM_TYPE_INTEGER, 12, 2, 0)

static const struct pm_schema transactions = {
    .name = "transaction",
    .count = 5,
    .columns = {TRANSACTION_COLUMNS},
};

static const struct pm_schema decisions = {
    .name = "decision",
    .count = 8,
    .columns = {TRANSACTION_COLUMNS, PM_COLUMN_CHOICE("decision", 14, 1, "approve review block"),
                PM_COLUMN_PAYLOAD("reasons", PM_TYPE_INTEGER, 15, 1, 0),
                PM_COLUMN_PAYLOAD("score", PM_TYPE_DECIMAL, 16, 4, 6)},
};

/* The payload words as the two schemas place their columns. */
struct transaction {
    int64_t amount;
    int32_t merchant;
    int16_t country;
    uint8_t decision, reasons;
    int32_t score_ppm;
    int32_t spare;
};
static_assert(sizeof(struct transaction) == PM_PAYLOAD_SIZE, "a transaction is the payload");

static inline struct transaction *payload(struct pm_record *record)
{
    return (struct transaction *)(void *)record->payload;
}

/* Sorted by merchant: it is searched by halves. */
const struct pm_fraud_merchant pm_fraud_merchants[] = {
    {13, 1500},  {57, 800},   {101, 2500}, {144, 800}, {206, 1500}, {271, 800},
    {333, 2500}, {389, 800},  {452, 1500}, {518, 800}, {601, 2500}, {666, 3500},
    {718, 800},  {777, 2500}, {849, 1500}, {951, 800},
};
const unsigned pm_fraud_merchant_count = sizeof pm_fraud_merchants / sizeof pm_fraud_merchants[0];

static int32_t merchant_logit(int32_t merchant)
{
    unsigned low = 0, high = pm_fraud_merchant_count;

    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (pm_fraud_merchants[middle].merchant < merchant)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pm_fraud_merchant_count && pm_fraud_merchants[low].merchant == merchant
               ? pm_fraud_merchants[low].logit
               : 0;
}

/* A card has a level of spending and a home country; some transactions leave either. */
static void fill(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes)
{
    const uint64_t card = pm_hash_u64(record->key ^ 0xca4d);
    const uint64_t level = 500 + card % 20000;
    const uint64_t draw = pm_random_below(random, 200);
    struct transaction *to = payload(record);

    (void)settings;
    (void)bytes;
    *to = (struct transaction){
        .amount = (int64_t)(level / 2 + pm_random_below(random, level)),
        .merchant = (int32_t)pm_random_below(random, PM_FRAUD_MERCHANTS),
        .country = (int16_t)((card >> 32) % COUNTRIES),
    };
    if (draw < 3)
        to->amount *= 5 + (int64_t)pm_random_below(random, 40);
    else if (draw < 6)
        to->country = (int16_t)pm_random_below(random, COUNTRIES);
}

/* --- the decision --------------------------------------------------------------------------- */

/* What is kept of a card. The 128-bit sum of squares stands in two words: slots are 8-aligned. */
struct card {
    int64_t earlier_ns[PM_FRAUD_VELOCITY_MAX]; /* a ring of the last event times */
    uint64_t seen;                             /* transactions, all of them */
    int64_t last_ns;
    int64_t last_country;
    int64_t history; /* transactions in the statistics */
    int64_t sum;
    uint64_t squares_low, squares_high;
};

struct decide {
    struct pm_process process;
    struct pm_query_fraud_settings settings;
};

/* The last `velocity` - 1 transactions all lie less than the window before this one. */
static bool is_fast(const struct decide *self, const struct card *card, int64_t time_ns)
{
    const uint64_t others = (uint64_t)self->settings.velocity - 1;
    bool within = card->seen >= others;

    for (uint64_t i = 1; within && i <= others; i++) {
        const int64_t earlier_ns = card->earlier_ns[(card->seen - i) % PM_FRAUD_VELOCITY_MAX];
        within = earlier_ns > time_ns - self->settings.velocity_window_ns;
    }
    return within;
}

static inline int64_t clamp_amount(int64_t amount)
{
    return amount < 0 ? 0 : amount > PM_FRAUD_AMOUNT_MAX ? PM_FRAUD_AMOUNT_MAX : amount;
}

static inline unsigned __int128 squares(const struct card *card)
{
    return (unsigned __int128)card->squares_high << 64 | card->squares_low;
}

/*
 * amount - S/n > k x deviation, both sides squared and multiplied by n^2:
 * (n x amount - S)^2 > k^2 x (n x Q - S^2). With n <= 2^20 and amounts < 2^40 the left side stays
 * below 2^120 and the right one below 2^126.
 */
static bool is_unusual(const struct decide *self, const struct card *card, int64_t amount)
{
    const __int128 above = (__int128)card->history * clamp_amount(amount) - card->sum;

    if (card->history < self->settings.history || above <= 0)
        return false;
    const __int128 spread = (__int128)((unsigned __int128)card->history * squares(card)) -
                            (__int128)card->sum * card->sum;
    return above * above > self->settings.deviations * self->settings.deviations * spread;
}

static bool has_travelled(const struct decide *self, const struct card *card, int64_t time_ns,
                          int16_t country)
{
    const int64_t apart_ns =
        time_ns > card->last_ns ? time_ns - card->last_ns : card->last_ns - time_ns;

    return card->seen != 0 && country != card->last_country && apart_ns < self->settings.travel_ns;
}

static void remember(struct card *card, int64_t time_ns, const struct transaction *transaction)
{
    const int64_t amount = clamp_amount(transaction->amount);

    card->earlier_ns[card->seen++ % PM_FRAUD_VELOCITY_MAX] = time_ns;
    card->last_ns = time_ns;
    card->last_country = transaction->country;
    if (card->history < PM_FRAUD_HISTORY_MAX) {
        const unsigned __int128 sum = squares(card) + (unsigned __int128)amount * (uint64_t)amount;
        card->squares_low = (uint64_t)sum;
        card->squares_high = (uint64_t)(sum >> 64);
        card->sum += amount;
        card->history++;
    }
}

static inline void decide(struct decide *self, void *slot, struct pm_record *record,
                          struct pm_bytes *bytes)
{
    struct card *card = slot;
    struct transaction *to = payload(record);
    const int64_t time_ns = record->event_time_ns;
    const int32_t risk = merchant_logit(to->merchant);
    int32_t logit = PM_FRAUD_LOGIT_NONE + risk;
    unsigned reasons = risk != 0 ? PM_FRAUD_MERCHANT : 0;

    (void)bytes;
    if (is_fast(self, card, time_ns)) {
        reasons |= PM_FRAUD_VELOCITY;
        logit += PM_FRAUD_LOGIT_VELOCITY;
    }
    if (is_unusual(self, card, to->amount)) {
        reasons |= PM_FRAUD_AMOUNT;
        logit += PM_FRAUD_LOGIT_AMOUNT;
    }
    if (has_travelled(self, card, time_ns, to->country)) {
        reasons |= PM_FRAUD_COUNTRIES;
        logit += PM_FRAUD_LOGIT_COUNTRIES;
    }
    remember(card, time_ns, to);
    to->reasons = (uint8_t)reasons;
    to->score_ppm = pm_logistic(logit);
    to->decision = to->score_ppm >= self->settings.block_ppm    ? PM_FRAUD_BLOCK
                   : to->score_ppm >= self->settings.review_ppm ? PM_FRAUD_REVIEW
                                                                : PM_FRAUD_APPROVE;
}
PM_KEYED_ENTRIES(decide, struct decide, PM_PROCESS_CELL, decide)

static int decide_check(struct pm_plan_node *node, struct pm_error *error)
{
    (void)error;
    node->schema = decisions;
    return 0;
}

static int decide_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    struct decide *self = (struct decide *)op;

    self->settings = *(const struct pm_query_fraud_settings *)config;
    return pm_process_open(&self->process, sizeof(struct card), error);
}

static const struct pm_operator_class decide_class = {
    .name = "decide",
    .help = "approve, review or block a card transaction",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct decide),
    .config_size = sizeof(struct pm_query_fraud_settings),
    .one = decide_one,
    .chunk = decide_chunk,
    .advance = pm_operator_advance,
    .check = decide_check,
    .open = decide_open,
};

static void build(struct pm_plan *plan, const void *settings)
{
    const struct pm_flow source = pm_plan_source(plan, 0, &transactions);
    const struct pm_flow by_card = pm_plan_key_by(plan, source, "card");

    pm_plan_output(plan, pm_plan_add(plan, &decide_class, settings, 1, &by_card), 0, "decisions");
}

const struct pm_query pm_query_fraud = {
    .name = "fraud",
    .summary = "approve, review or block each card transaction, with reasons and a score",
    .options = options,
    .settings_size = sizeof(struct pm_query_fraud_settings),
    .streams = 1,
    .stream = {{"transactions", &transactions, PM_CODEC_BINARY, 1, fill}},
    .outputs = 1,
    .output = {{"decisions", {"id"}}},
    .order = PM_ORDER_ARRIVAL,
    .build = build,
    .oracle = pm_oracle_fraud,
};
