/* SPDX-License-Identifier: Apache-2.0 */
/* maintenance's oracle: each reading against the readings of its machine and kind before it. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_maintenance.h"

#include <stdlib.h>

/* The readings of one kind so far, in order of arrival; what each was found to be. */
struct series {
    int64_t *reading;
    bool *too_far;
    int64_t count;
    int64_t alarm_ns;
    bool has_alarm;
};

/* Sums over the last `readings` of @p series, from nothing. */
struct moments {
    __int128 n, sum, squares;
};

static struct moments moments_of(const struct pm_query_maintenance_settings *settings,
                                 const struct series *series)
{
    struct moments all = {0, 0, 0};

    for (int64_t i = series->count - 1; i >= 0 && all.n < settings->readings; i--) {
        all.n++;
        all.sum += series->reading[i];
        all.squares += (__int128)series->reading[i] * series->reading[i];
    }
    return all;
}

static bool is_too_far(const struct pm_query_maintenance_settings *settings,
                       const struct moments *usual, int64_t reading)
{
    const __int128 off = usual->n * reading - usual->sum; /* n (x - mean) */
    const __int128 variance = usual->n * usual->squares - usual->sum * usual->sum; /* n^2 var */

    return usual->n >= settings->history &&
           off * off > (__int128)settings->deviations * settings->deviations * variance;
}

/* The mean in thousandths, a half away from zero; 0 of nothing. */
static int64_t mean(const struct moments *usual)
{
    const __int128 size = usual->sum < 0 ? -usual->sum : usual->sum;

    if (usual->n == 0)
        return 0;
    const __int128 twice = 2000 * size / usual->n;
    const int64_t rounded = (int64_t)((twice + 1) / 2);
    return usual->sum < 0 ? -rounded : rounded;
}

static int64_t beyond(const struct pm_query_maintenance_settings *settings,
                      const struct series *series)
{
    int64_t found = 0;

    for (int64_t i = series->count - 1; i >= 0 && i >= series->count - settings->successive; i--)
        found += series->too_far[i];
    return found;
}

static void one_reading(struct pm_oracle *oracle,
                        const struct pm_query_maintenance_settings *settings,
                        struct series series[2], const struct pm_record *record)
{
    const unsigned kind = pm_maintenance_kind(record);
    const int64_t reading = pm_maintenance_clamp(pm_maintenance_reading(record));
    struct series *mine = &series[kind];
    const struct series *other = &series[1 - kind];
    const struct moments usual = moments_of(settings, mine);

    mine->too_far[mine->count] = is_too_far(settings, &usual, reading);
    mine->reading[mine->count++] = reading;
    const int64_t found = beyond(settings, mine);
    if (found < settings->beyond)
        return;
    mine->alarm_ns = record->event_time_ns;
    mine->has_alarm = true;
    const int64_t apart_ns = llabs(mine->alarm_ns - other->alarm_ns);
    if (!other->has_alarm || apart_ns > settings->agree_ns)
        return;
    const int64_t values[] = {(int64_t)record->id,
                              (int64_t)record->key,
                              record->event_time_ns,
                              pm_maintenance_reading(record),
                              kind,
                              mean(&usual),
                              found,
                              apart_ns};
    pm_oracle_expect(oracle, 0, 8, values, NULL, 0);
}

static int one_machine(struct pm_oracle *oracle,
                       const struct pm_query_maintenance_settings *settings,
                       const struct pm_oracle_arrival *row, uint64_t count)
{
    int64_t *readings = calloc(2 * count, sizeof *readings);
    bool *too_far = calloc(2 * count, sizeof *too_far);
    const bool has_room = readings != NULL && too_far != NULL;

    if (has_room) {
        struct series series[2] = {{readings, too_far, 0, 0, false},
                                   {readings + count, too_far + count, 0, 0, false}};
        for (uint64_t i = 0; i < count; i++)
            one_reading(oracle, settings, series, row[i].record);
    }
    free(readings);
    free(too_far);
    return has_room ? 0 : PM_ENOMEM;
}

int pm_oracle_maintenance(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    pm_oracle_arrivals_by_arrival(&arrivals);
    for (uint64_t i = 0; code == 0 && i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        code = one_machine(oracle, settings, &arrivals.row[i], end - i);
        i = end;
    }
    pm_oracle_arrivals_close(&arrivals);
    return code != 0 ? pm_error_set(error, code, "out of memory for a machine's readings") : 0;
}
