/* SPDX-License-Identifier: Apache-2.0 */
/* spend's oracle: the payments of a user sorted by time fall into one window after the other. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_payments.h"
#include "pm_query_spend.h"

struct window {
    int64_t start_ns;
    int64_t sum, count, max;
};

static void expect_window(struct pm_oracle *oracle, uint64_t user, const struct window *window,
                          int64_t size_ns)
{
    const int64_t values[] = {(int64_t)user, window->start_ns, window->start_ns + size_ns,
                              window->sum,   window->count,    window->max};

    if (window->count != 0)
        pm_oracle_expect(oracle, PM_SPEND_WINDOWS, 6, values, NULL, 0);
}

static void expect_late(struct pm_oracle *oracle, const struct pm_record *record)
{
    const int64_t values[] = {(int64_t)record->id, record->event_time_ns, (int64_t)record->key,
                              pm_payments_amount(record)};

    pm_oracle_expect(oracle, PM_SPEND_LATE, 4, values, NULL, 0);
}

static void one_user(struct pm_oracle *oracle, const struct pm_query_spend_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count)
{
    struct window window = {0};

    for (uint64_t i = 0; i < count; i++) {
        const int64_t amount = pm_payments_amount(row[i].record);
        const int64_t start_ns =
            pm_oracle_window_start(row[i].record->event_time_ns, settings->window_ns);
        if (pm_oracle_is_late(&row[i], start_ns + settings->window_ns, settings->lateness_ns)) {
            expect_late(oracle, row[i].record);
            continue;
        }
        if (window.count == 0 || start_ns != window.start_ns) {
            expect_window(oracle, row[0].record->key, &window, settings->window_ns);
            window = (struct window){.start_ns = start_ns, .max = amount};
        }
        window.sum += amount;
        window.count++;
        window.max = amount > window.max ? amount : window.max;
    }
    if (count != 0)
        expect_window(oracle, row[0].record->key, &window, settings->window_ns);
}

int pm_oracle_spend(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                    const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    pm_oracle_arrivals_by_time(&arrivals);
    for (uint64_t i = 0; i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_user(oracle, settings, &arrivals.row[i], end - i);
        i = end;
    }
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
