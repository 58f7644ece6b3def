/* SPDX-License-Identifier: Apache-2.0 */
/* abandonment's oracle: a user's records in order of event time, looked through from each login. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_abandonment.h"

#include <stdlib.h>

static void expect_late(struct pm_oracle *oracle, const struct pm_oracle_arrival *row)
{
    const struct pm_record *record = row->record;
    const int64_t values[] = {(int64_t)record->id, record->event_time_ns, (int64_t)record->key,
                              (int64_t)record->payload[0], (int64_t)record->payload[1]};

    pm_oracle_expect(oracle, PM_ABANDONMENT_LATE + row->stream,
                     row->stream == PM_ABANDONMENT_CARTS ? 5 : 4, values, NULL, 0);
}

/* The first record of @p stream behind number @p from, or @p count. Ties of time are in the order
 * of the streams, as partitions are numbered stream by stream. */
static uint64_t first_after(const struct pm_oracle_arrival *const *row, uint64_t count,
                            uint64_t from, unsigned stream)
{
    uint64_t i = from + 1;

    while (i < count && row[i]->stream != stream)
        i++;
    return i;
}

/* Returns the time of the alert that login number @p login leads to, or @p past_ns. */
static int64_t one_login(struct pm_oracle *oracle,
                         const struct pm_query_abandonment_settings *settings,
                         const struct pm_oracle_arrival *const *row, uint64_t count, uint64_t login,
                         int64_t past_ns)
{
    const uint64_t bought = first_after(row, count, login, PM_ABANDONMENT_PURCHASES);
    const uint64_t filled = first_after(row, count, bought, PM_ABANDONMENT_CARTS);

    if (bought >= count || filled >= count)
        return past_ns;
    const struct pm_record *cart = row[filled]->record;
    const int64_t start_ns = row[login]->record->event_time_ns;
    const int64_t end_ns = cart->event_time_ns + settings->absent_ns;
    const uint64_t again = first_after(row, count, filled, PM_ABANDONMENT_PURCHASES);
    if (end_ns - start_ns >= settings->within_ns ||
        (again < count && row[again]->record->event_time_ns <= end_ns))
        return past_ns;
    const int64_t values[] = {(int64_t)cart->key,
                              start_ns,
                              end_ns,
                              (int64_t)row[login]->record->payload[0],
                              (int64_t)row[bought]->record->payload[0],
                              (int64_t)cart->payload[0],
                              (int64_t)cart->payload[1]};
    pm_oracle_expect(oracle, PM_ABANDONMENT_ALERTS, 7, values, NULL, 0);
    return end_ns;
}

/* @p in_time has room for all rows. A later login's alert is never earlier, so the alert that was
 * raised last is the one that a login has to lie behind. */
static void one_user(struct pm_oracle *oracle, const struct pm_query_abandonment_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count,
                     const struct pm_oracle_arrival **in_time)
{
    int64_t past_ns = INT64_MIN;
    uint64_t kept = 0;

    for (uint64_t i = 0; i < count; i++) {
        if (pm_oracle_is_late(&row[i], row[i].record->event_time_ns + 1, settings->lateness_ns))
            expect_late(oracle, &row[i]);
        else
            in_time[kept++] = &row[i];
    }
    for (uint64_t i = 0; i < kept; i++) {
        if (in_time[i]->stream == PM_ABANDONMENT_LOGINS &&
            in_time[i]->record->event_time_ns > past_ns)
            past_ns = one_login(oracle, settings, in_time, kept, i, past_ns);
    }
}

int pm_oracle_abandonment(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    const struct pm_oracle_arrival **in_time = malloc((arrivals.count + 1) * sizeof *in_time);
    if (in_time == NULL)
        code = pm_error_set(error, PM_ENOMEM, "out of memory for the records of the oracle");
    pm_oracle_arrivals_by_time(&arrivals);
    for (uint64_t i = 0; code == 0 && i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_user(oracle, settings, &arrivals.row[i], end - i, in_time);
        i = end;
    }
    free(in_time);
    pm_oracle_arrivals_close(&arrivals);
    return code;
}
