/* SPDX-License-Identifier: Apache-2.0 */
/* hourly's oracle: one window after the other, each over all readings that lie in it. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_hourly.h"

static int64_t reading(const struct pm_oracle_arrival *row)
{
    return (int64_t)row->record->payload[0];
}

/* sum / count with PM_HOURLY_MEAN_SCALE decimals, a half away from zero. */
static int64_t average(int64_t sum, int64_t count)
{
    const __int128 scaled = (__int128)(sum < 0 ? -sum : sum) * 1000;
    const int64_t rounded = (int64_t)((2 * scaled + count) / (2 * (__int128)count));

    return sum < 0 ? -rounded : rounded;
}

/* The window that starts at @p start_ns: row[0..count) are sorted and begin inside it. */
static void one_window(struct pm_oracle *oracle, const struct pm_query_hourly_settings *settings,
                       const struct pm_oracle_arrival *row, uint64_t count, int64_t start_ns)
{
    const int64_t end_ns = start_ns + settings->size_ns;
    int64_t sum = 0, readings = 0, min = INT64_MAX, max = INT64_MIN;

    for (uint64_t i = 0; i < count && row[i].record->event_time_ns < end_ns; i++) {
        const int64_t value = reading(&row[i]);
        if (pm_oracle_is_late(&row[i], end_ns, settings->lateness_ns))
            continue;
        sum += value;
        readings++;
        min = value < min ? value : min;
        max = value > max ? value : max;
    }
    if (readings == 0)
        return;
    const int64_t values[] = {
        (int64_t)row[0].record->key, start_ns, end_ns, average(sum, readings), readings, min, max};
    pm_oracle_expect(oracle, PM_HOURLY_WINDOWS, 7, values, NULL, 0);
}

/* Late is what even the last window that holds it may not count. */
static void expect_late(struct pm_oracle *oracle, const struct pm_query_hourly_settings *settings,
                        const struct pm_oracle_arrival *row)
{
    const struct pm_record *record = row->record;
    const int64_t last_ns = pm_oracle_window_start(record->event_time_ns, settings->slide_ns);
    const int64_t values[] = {(int64_t)record->id, record->event_time_ns, (int64_t)record->key,
                              reading(row)};

    if (pm_oracle_is_late(row, last_ns + settings->size_ns, settings->lateness_ns))
        pm_oracle_expect(oracle, PM_HOURLY_LATE, 4, values, NULL, 0);
}

static void one_sensor(struct pm_oracle *oracle, const struct pm_query_hourly_settings *settings,
                       const struct pm_oracle_arrival *row, uint64_t count)
{
    int64_t start_ns = PM_TIME_MIN;

    for (uint64_t i = 0; i < count; i++)
        expect_late(oracle, settings, &row[i]);
    for (uint64_t i = 0; i < count;) {
        const int64_t time_ns = row[i].record->event_time_ns;
        const int64_t first_ns = pm_oracle_window_start(time_ns, settings->slide_ns) -
                                 settings->size_ns + settings->slide_ns;
        start_ns = first_ns > start_ns ? first_ns : start_ns;
        one_window(oracle, settings, &row[i], count - i, start_ns);
        start_ns += settings->slide_ns;
        while (i < count && row[i].record->event_time_ns < start_ns)
            i++;
    }
}

int pm_oracle_hourly(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                     const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    pm_oracle_arrivals_by_time(&arrivals);
    for (uint64_t i = 0; i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_sensor(oracle, settings, &arrivals.row[i], end - i);
        i = end;
    }
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
