/* SPDX-License-Identifier: Apache-2.0 */
/* hourly-plain's oracle: readings that no window may count, then each window over all of them. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_hourly_plain.h"

#include <stdlib.h>

static int by_time(const void *a, const void *b)
{
    const struct pm_oracle_arrival *x = a, *y = b;
    const int64_t p = x->record->event_time_ns, q = y->record->event_time_ns;

    return (p > q) - (p < q);
}

/* sum / count with PM_HOURLY_PLAIN_SCALE decimals, a half away from zero. */
static int64_t average(int64_t sum, int64_t count)
{
    const __int128 scaled = (__int128)(sum < 0 ? -sum : sum) * 1000;
    const int64_t rounded = (int64_t)((2 * scaled + count) / (2 * (__int128)count));

    return sum < 0 ? -rounded : rounded;
}

static void expect_late(struct pm_oracle *oracle, const struct pm_record *record)
{
    const int64_t values[] = {(int64_t)record->id, record->event_time_ns,
                              (int64_t)record->payload[1], (int64_t)record->payload[0], 0};

    pm_oracle_expect(oracle, PM_HOURLY_PLAIN_LATE, 5, values, NULL, 0);
}

/* The window that holds row 0; returns how many rows lie in it. */
static uint64_t one_window(struct pm_oracle *oracle,
                           const struct pm_query_hourly_plain_settings *settings,
                           const struct pm_oracle_arrival *row, uint64_t count)
{
    const int64_t start_ns =
        pm_oracle_window_start(row[0].record->event_time_ns, settings->size_ns);
    const int64_t end_ns = start_ns + settings->size_ns;
    int64_t sum = 0, readings = 0;
    uint64_t i = 0;

    for (; i < count && row[i].record->event_time_ns < end_ns; i++) {
        if (pm_oracle_is_late(&row[i], end_ns, settings->lateness_ns)) {
            expect_late(oracle, row[i].record);
            continue;
        }
        sum += (int64_t)row[i].record->payload[0];
        readings++;
    }
    if (readings != 0) {
        const int64_t values[] = {0, start_ns, end_ns, average(sum, readings), readings};
        pm_oracle_expect(oracle, PM_HOURLY_PLAIN_WINDOWS, 5, values, NULL, 0);
    }
    return i;
}

int pm_oracle_hourly_plain(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                           const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    if (arrivals.count != 0)
        qsort(arrivals.row, arrivals.count, sizeof *arrivals.row, by_time);
    for (uint64_t i = 0; i < arrivals.count;)
        i += one_window(oracle, settings, &arrivals.row[i], arrivals.count - i);
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
