/* SPDX-License-Identifier: Apache-2.0 */
/* attribution's oracle: each impression against every click of its user and ad. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_attribution.h"

/* A record's columns behind its time and key, which both sides have, into @p values. */
static void read_side(const struct pm_record *record, int64_t values[3])
{
    values[0] = (int64_t)record->payload[0];
    values[1] = (int64_t)(record->payload[1] & 0xffffffff);
    values[2] = (int64_t)(record->payload[1] >> 32);
}

static void expect_pair(struct pm_oracle *oracle, const struct pm_record *impression,
                        const struct pm_record *click)
{
    int64_t values[] = {click->event_time_ns,
                        (int64_t)impression->key,
                        0,
                        0,
                        0,
                        (int64_t)impression->payload[2],
                        (int64_t)click->payload[0],
                        click->event_time_ns - impression->event_time_ns};

    read_side(impression, values + 2);
    pm_oracle_expect(oracle, PM_ATTRIBUTION_PAIRS, 8, values, NULL, 0);
}

static void expect_expired(struct pm_oracle *oracle, const struct pm_record *impression)
{
    int64_t values[] = {impression->event_time_ns,      (int64_t)impression->key, 0, 0, 0,
                        (int64_t)impression->payload[2]};

    read_side(impression, values + 2);
    pm_oracle_expect(oracle, PM_ATTRIBUTION_EXPIRED, 6, values, NULL, 0);
}

static void expect_late(struct pm_oracle *oracle, const struct pm_oracle_arrival *row)
{
    const bool is_click = row->stream == PM_ATTRIBUTION_CLICKS;
    int64_t values[] = {(int64_t)row->record->id,
                        row->record->event_time_ns,
                        (int64_t)row->record->key,
                        0,
                        0,
                        0,
                        (int64_t)row->record->payload[2]};

    read_side(row->record, values + 3);
    pm_oracle_expect(oracle, PM_ATTRIBUTION_LATE_IMPRESSIONS + is_click, is_click ? 6 : 7, values,
                     NULL, 0);
}

/* The impression's wait ends 1 ns after the last moment at which a click may come. */
static void one_impression(struct pm_oracle *oracle,
                           const struct pm_query_attribution_settings *settings,
                           const struct pm_oracle_arrival *impression,
                           const struct pm_oracle_arrival *row, uint64_t count)
{
    const int64_t shown_ns = impression->record->event_time_ns;
    const int64_t end_ns = shown_ns + settings->within_ns + 1;
    bool clicked = false;

    if (pm_oracle_is_late(impression, end_ns, settings->lateness_ns)) {
        expect_late(oracle, impression);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        const int64_t click_ns = row[i].record->event_time_ns;
        if (row[i].stream != PM_ATTRIBUTION_CLICKS || click_ns < shown_ns || click_ns >= end_ns ||
            pm_oracle_is_late(&row[i], end_ns, settings->lateness_ns))
            continue;
        expect_pair(oracle, impression->record, row[i].record);
        clicked = true;
    }
    if (!clicked)
        expect_expired(oracle, impression->record);
}

/* The last impression that a click may count for is one of its own time. */
static void one_click(struct pm_oracle *oracle,
                      const struct pm_query_attribution_settings *settings,
                      const struct pm_oracle_arrival *click)
{
    const int64_t end_ns = click->record->event_time_ns + settings->within_ns + 1;

    if (pm_oracle_is_late(click, end_ns, settings->lateness_ns))
        expect_late(oracle, click);
}

int pm_oracle_attribution(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                          const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    const int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    pm_oracle_arrivals_by_time(&arrivals);
    for (uint64_t i = 0; i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        for (uint64_t k = i; k < end; k++) {
            if (arrivals.row[k].stream == PM_ATTRIBUTION_IMPRESSIONS)
                one_impression(oracle, settings, &arrivals.row[k], &arrivals.row[i], end - i);
            else
                one_click(oracle, settings, &arrivals.row[k]);
        }
        i = end;
    }
    pm_oracle_arrivals_close(&arrivals);
    return 0;
}
