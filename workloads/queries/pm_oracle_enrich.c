/* SPDX-License-Identifier: Apache-2.0 */
/* enrich's oracle: of a user's profiles at or before the click, the last one that it may see. */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_query_enrich.h"

#include <stdlib.h>

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

/* The last of the @p count profiles, sorted by time, partition and sequence, that the click sees.
 */
static const struct pm_record *last_seen(const struct pm_oracle_arrival *const *profiles,
                                         uint64_t count, int64_t click_ns, int64_t lateness_ns)
{
    while (count-- > 0) {
        if (may_see(profiles[count], click_ns, lateness_ns))
            return profiles[count]->record;
    }
    return NULL;
}

/* @p profiles has room for all rows. A profile of a click's own time may stand behind the click,
 * so the profiles come first. */
static void one_user(struct pm_oracle *oracle, const struct pm_query_enrich_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count,
                     const struct pm_oracle_arrival **profiles)
{
    uint64_t known = 0;

    for (uint64_t i = 0; i < count; i++) {
        if (row[i].stream == PM_ENRICH_PROFILES)
            profiles[known++] = &row[i];
    }
    for (uint64_t i = 0; i < count; i++) {
        const int64_t time_ns = row[i].record->event_time_ns;
        if (row[i].stream != PM_ENRICH_CLICKS)
            continue;
        if (pm_oracle_is_late(&row[i], time_ns + 1, settings->lateness_ns))
            expect_late(oracle, row[i].record);
        else
            expect_click(oracle, row[i].record,
                         last_seen(profiles, known, time_ns, settings->lateness_ns));
    }
}

int pm_oracle_enrich(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                     const void *settings, struct pm_error *error)
{
    struct pm_oracle_arrivals arrivals;
    int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    const struct pm_oracle_arrival **profiles = malloc((arrivals.count + 1) * sizeof *profiles);
    if (profiles == NULL)
        code = pm_error_set(error, PM_ENOMEM, "out of memory for the profiles of the oracle");
    pm_oracle_arrivals_by_time(&arrivals);
    for (uint64_t i = 0; code == 0 && i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_user(oracle, settings, &arrivals.row[i], end - i, profiles);
        i = end;
    }
    free(profiles);
    pm_oracle_arrivals_close(&arrivals);
    return code;
}
