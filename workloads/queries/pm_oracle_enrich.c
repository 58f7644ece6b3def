/* SPDX-License-Identifier: Apache-2.0 */
/* enrich's oracle: of a user's profiles at or before the click, the last one that it may see. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_enrich.h"

/* A point in time counts as the end one nanosecond later: a profile that came below the watermark
 * is seen only by clicks that were not yet closed there. */
static bool may_see(const struct pm_oracle_arrival *profile, int64_t click_ns, int64_t lateness_ns)
{
    return profile->record->event_time_ns <= click_ns &&
           !pm_oracle_is_late(profile, click_ns + 1, lateness_ns);
}

static void expect_click(struct pm_oracle *oracle, const struct pm_record *click,
                         const struct pm_record *profile)
{
    const int64_t values[] = {
        click->event_time_ns,
        (int64_t)click->key,
        (int64_t)click->payload[0],
        (int64_t)click->payload[1],
        profile != NULL ? (int64_t)profile->payload[0] : 0,
        profile != NULL ? (int64_t)profile->payload[1] : 0,
        profile != NULL ? 1 : 0,
    };

    pm_oracle_expect(oracle, PM_ENRICH_ROWS, 7, values, NULL, 0);
}

static void expect_late(struct pm_oracle *oracle, const struct pm_record *click)
{
    const int64_t values[] = {(int64_t)click->id, click->event_time_ns, (int64_t)click->key,
                              (int64_t)click->payload[0], (int64_t)click->payload[1]};

    pm_oracle_expect(oracle, PM_ENRICH_LATE, 5, values, NULL, 0);
}

/* The rows are sorted by time, then partition and sequence, so the last that may be seen is it;
 * a profile of the click's own time may stand behind the click. */
static void one_user(struct pm_oracle *oracle, const struct pm_query_enrich_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const struct pm_record *profile = NULL;
        const int64_t time_ns = row[i].record->event_time_ns;
        if (row[i].stream != PM_ENRICH_CLICKS)
            continue;
        if (pm_oracle_is_late(&row[i], time_ns + 1, settings->lateness_ns)) {
            expect_late(oracle, row[i].record);
            continue;
        }
        uint64_t from = i + 1;
        while (from < count && row[from].record->event_time_ns == time_ns)
            from++;
        while (profile == NULL && from-- > 0) {
            if (row[from].stream == PM_ENRICH_PROFILES &&
                may_see(&row[from], time_ns, settings->lateness_ns))
                profile = row[from].record;
        }
        expect_click(oracle, row[i].record, profile);
    }
}

int pm_oracle_enrich(struct pm_oracle *oracle, const struct pm_oracle_input *input,
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
