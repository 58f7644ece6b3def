/* SPDX-License-Identifier: Apache-2.0 */
/* fraud's oracle: the transactions of a card in order of arrival, each rule from those before. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_fraud.h"

#include <math.h>
#include <string.h>

struct transaction {
    int64_t time_ns;
    int64_t amount;
    int32_t merchant;
    int16_t country;
};

static struct transaction read_row(const struct pm_oracle_arrival *row)
{
    const char *payload = (const char *)row->record->payload;
    struct transaction it = {.time_ns = row->record->event_time_ns};

    memcpy(&it.amount, payload, 8);
    memcpy(&it.merchant, payload + 8, 4);
    memcpy(&it.country, payload + 12, 2);
    return it;
}

static bool fast(const struct pm_query_fraud_settings *settings,
                 const struct pm_oracle_arrival *row, uint64_t now)
{
    const uint64_t others = (uint64_t)settings->velocity - 1;
    const int64_t time_ns = row[now].record->event_time_ns;

    if (now < others)
        return false;
    for (uint64_t i = now - others; i < now; i++) {
        if (time_ns - row[i].record->event_time_ns >= settings->velocity_window_ns)
            return false;
    }
    return true;
}

static int64_t counted(int64_t amount)
{
    if (amount < 0)
        return 0;
    return amount > PM_FRAUD_AMOUNT_MAX ? PM_FRAUD_AMOUNT_MAX : amount;
}

/* Exact sums of the card's amounts so far. */
struct statistics {
    int64_t count;
    __int128 sum, squares;
};

static void add(struct statistics *so_far, int64_t amount)
{
    if (so_far->count == PM_FRAUD_HISTORY_MAX)
        return;
    so_far->count++;
    so_far->sum += counted(amount);
    so_far->squares += (__int128)counted(amount) * counted(amount);
}

static bool unusual(const struct pm_query_fraud_settings *settings, const struct statistics *so_far,
                    int64_t amount)
{
    const __int128 n = so_far->count;
    const __int128 distance = n * counted(amount) - so_far->sum;               /* n (a - mean) */
    const __int128 variance = n * so_far->squares - so_far->sum * so_far->sum; /* n^2 variance */
    const __int128 k = settings->deviations;

    return n >= settings->history && distance > 0 && distance * distance > k * k * variance;
}

static bool travelled(const struct pm_query_fraud_settings *settings,
                      const struct transaction *before, const struct transaction *now)
{
    int64_t apart_ns = now->time_ns - before->time_ns;

    if (apart_ns < 0)
        apart_ns = -apart_ns;
    return now->country != before->country && apart_ns < settings->travel_ns;
}

/* The points of the table come from the function itself, the line between them from its words. */
static int64_t point(int64_t quarters)
{
    return llroundl(1e6L / (1.0L + expl(-0.25L * (long double)quarters)));
}

static int64_t score(int64_t milli)
{
    const int64_t size = milli < 0 ? -milli : milli;
    int64_t parts = point(32);

    if (size < 8000)
        parts =
            point(size / 250) + (point(size / 250 + 1) - point(size / 250)) * (size % 250) / 250;
    return milli < 0 ? 1000000 - parts : parts;
}

static int64_t merchant_risk(int32_t merchant)
{
    for (unsigned i = 0; i < pm_fraud_merchant_count; i++) {
        if (pm_fraud_merchants[i].merchant == merchant)
            return pm_fraud_merchants[i].logit;
    }
    return 0;
}

static void expect_decision(struct pm_oracle *oracle,
                            const struct pm_query_fraud_settings *settings,
                            const struct pm_oracle_arrival *row, const struct transaction *now,
                            int64_t reasons)
{
    int64_t logit = PM_FRAUD_LOGIT_NONE + merchant_risk(now->merchant);
    enum pm_fraud_decision decision = PM_FRAUD_APPROVE;

    logit += reasons & PM_FRAUD_VELOCITY ? PM_FRAUD_LOGIT_VELOCITY : 0;
    logit += reasons & PM_FRAUD_AMOUNT ? PM_FRAUD_LOGIT_AMOUNT : 0;
    logit += reasons & PM_FRAUD_COUNTRIES ? PM_FRAUD_LOGIT_COUNTRIES : 0;
    if (score(logit) >= settings->block_ppm)
        decision = PM_FRAUD_BLOCK;
    else if (score(logit) >= settings->review_ppm)
        decision = PM_FRAUD_REVIEW;
    const int64_t values[] = {(int64_t)row->record->id,
                              now->time_ns,
                              (int64_t)row->record->key,
                              now->amount,
                              now->merchant,
                              now->country,
                              decision,
                              reasons,
                              score(logit)};
    pm_oracle_expect(oracle, 0, 9, values, NULL, 0);
}

static void one_card(struct pm_oracle *oracle, const struct pm_query_fraud_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count)
{
    struct statistics so_far = {0};

    for (uint64_t i = 0; i < count; i++) {
        const struct transaction now = read_row(&row[i]);
        int64_t reasons = 0;
        if (fast(settings, row, i))
            reasons |= PM_FRAUD_VELOCITY;
        if (unusual(settings, &so_far, now.amount))
            reasons |= PM_FRAUD_AMOUNT;
        if (i > 0) {
            const struct transaction before = read_row(&row[i - 1]);
            reasons |= travelled(settings, &before, &now) ? PM_FRAUD_COUNTRIES : 0;
        }
        if (merchant_risk(now.merchant) != 0)
            reasons |= PM_FRAUD_MERCHANT;
        expect_decision(oracle, settings, &row[i], &now, reasons);
        add(&so_far, now.amount);
    }
}

int pm_oracle_fraud(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                    const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    pm_oracle_arrivals_by_arrival(&arrivals);
    for (uint64_t i = 0; i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_card(oracle, settings, &arrivals.row[i], end - i);
        i = end;
    }
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
