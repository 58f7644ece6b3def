/* SPDX-License-Identifier: Apache-2.0 */
/* fraud: the settings, tables and words that the query and its oracle share. */
#ifndef PM_QUERY_FRAUD_H
#define PM_QUERY_FRAUD_H

#include "pm_query.h"

#define PM_FRAUD_VELOCITY_MAX 16
#define PM_FRAUD_MERCHANTS    1000
#define PM_FRAUD_AMOUNT_MAX   ((1LL << 40) - 1) /* cents; statistics take larger ones as this */
#define PM_FRAUD_HISTORY_MAX  (1LL << 20)       /* transactions that describe a card: the first */

struct pm_query_fraud_settings {
    int64_t velocity_window_ns;
    int64_t velocity;              /* transactions within the window that are suspicious */
    int64_t deviations;            /* of an amount above the card's mean */
    int64_t history;               /* transactions before amounts are judged */
    int64_t travel_ns;             /* two countries within it are suspicious */
    int64_t review_ppm, block_ppm; /* the least scores, in parts per million */
};

enum pm_fraud_decision { PM_FRAUD_APPROVE, PM_FRAUD_REVIEW, PM_FRAUD_BLOCK };

/** Why a transaction is suspicious: a bit set. */
enum pm_fraud_reason {
    PM_FRAUD_VELOCITY = 1 << 0,
    PM_FRAUD_AMOUNT = 1 << 1,
    PM_FRAUD_COUNTRIES = 1 << 2,
    PM_FRAUD_MERCHANT = 1 << 3,
};

/** Thousandths that the reasons add to the logit of a transaction without any. */
#define PM_FRAUD_LOGIT_NONE      (-3500)
#define PM_FRAUD_LOGIT_VELOCITY  2500
#define PM_FRAUD_LOGIT_AMOUNT    2000
#define PM_FRAUD_LOGIT_COUNTRIES 3000

/** Merchants with chargebacks, by number; the others add nothing. */
struct pm_fraud_merchant {
    int32_t merchant;
    int32_t logit;
};
extern const struct pm_fraud_merchant pm_fraud_merchants[];
extern const unsigned pm_fraud_merchant_count;

extern const struct pm_query pm_query_fraud;

/** struct pm_query's oracle: per card in order of arrival, each rule from the transactions so far.
 */
int pm_oracle_fraud(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                    const void *settings, struct pm_error *error);

#endif
