/* SPDX-License-Identifier: Apache-2.0 */
/* brute-force's oracle: the times of a user's failures since the last success or alert. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_brute_force.h"

#include <stdlib.h>

static void expect_late(struct pm_oracle *oracle, const struct pm_record *login)
{
    const int64_t values[] = {(int64_t)login->id,
                              login->event_time_ns,
                              (int64_t)login->key,
                              (int64_t)login->payload[0],
                              (int64_t)(login->payload[1] & 0xffffffff),
                              (int64_t)(login->payload[1] >> 32)};

    pm_oracle_expect(oracle, PM_BRUTE_FORCE_LATE, 6, values, NULL, 0);
}

/* @p failure has room for all rows of the user. */
static void one_user(struct pm_oracle *oracle, const struct pm_query_brute_force_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count, int64_t *failure)
{
    int64_t raised_ns = 0;
    uint64_t failures = 0;
    bool raised = false;

    for (uint64_t i = 0; i < count; i++) {
        const struct pm_record *login = row[i].record;
        const int64_t now_ns = login->event_time_ns;
        if (pm_oracle_is_late(&row[i], now_ns + 1, settings->lateness_ns)) {
            expect_late(oracle, login);
            continue;
        }
        if (login->payload[1] >> 32 == PM_LOGIN_SUCCEEDED) {
            failures = 0;
            continue;
        }
        failure[failures++] = now_ns;
        const uint64_t wanted = (uint64_t)settings->failures;
        if (failures < wanted || now_ns - failure[failures - wanted] >= settings->within_ns)
            continue;
        if (!raised || now_ns - raised_ns >= settings->quiet_ns) {
            const int64_t values[] = {(int64_t)login->key, failure[failures - wanted], now_ns,
                                      (int64_t)login->payload[0]};
            pm_oracle_expect(oracle, PM_BRUTE_FORCE_ALERTS, 4, values, NULL, 0);
            raised_ns = now_ns;
            raised = true;
        }
        failures = 0;
    }
}

int pm_oracle_brute_force(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    int64_t *failure = malloc((arrivals.count + 1) * sizeof *failure);
    if (failure == NULL)
        code = pm_error_set(error, PM_ENOMEM, "out of memory for the failures of the oracle");
    pm_oracle_arrivals_by_time(&arrivals);
    for (uint64_t i = 0; code == 0 && i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_user(oracle, settings, &arrivals.row[i], end - i, failure);
        i = end;
    }
    free(failure);
    pm_oracle_arrivals_close(&arrivals);
    return code;
}
