/* SPDX-License-Identifier: Apache-2.0 */
/* sessions' oracle: sorted by time, a payment within the gap of the one before joins its session.
 */
#include "pm_oracle.h"

#include "pm_oracle_input.h"
#include "pm_payments.h"
#include "pm_query_sessions.h"

struct session {
    int64_t start_ns, last_ns;
    int64_t events, revenue;
};

static void expect_session(struct pm_oracle *oracle, uint64_t user, const struct session *session,
                           int64_t gap_ns)
{
    const int64_t values[] = {(int64_t)user, session->start_ns, session->last_ns + gap_ns,
                              session->events, session->revenue};

    if (session->events != 0)
        pm_oracle_expect(oracle, PM_SESSIONS_CLOSED, 5, values, NULL, 0);
}

static void expect_late(struct pm_oracle *oracle, const struct pm_record *record)
{
    const int64_t values[] = {(int64_t)record->id, record->event_time_ns, (int64_t)record->key,
                              pm_payments_amount(record)};

    pm_oracle_expect(oracle, PM_SESSIONS_LATE, 4, values, NULL, 0);
}

/* A session has no end before it is complete, so each payment decides for itself: a point in time
 * counts as the end one nanosecond later. */
static void one_user(struct pm_oracle *oracle, const struct pm_query_sessions_settings *settings,
                     const struct pm_oracle_arrival *row, uint64_t count)
{
    struct session session = {0};

    for (uint64_t i = 0; i < count; i++) {
        const int64_t time_ns = row[i].record->event_time_ns;
        if (pm_oracle_is_late(&row[i], time_ns + 1, settings->lateness_ns)) {
            expect_late(oracle, row[i].record);
            continue;
        }
        if (session.events == 0 || time_ns >= session.last_ns + settings->gap_ns) {
            expect_session(oracle, row[0].record->key, &session, settings->gap_ns);
            session = (struct session){.start_ns = time_ns};
        }
        session.last_ns = time_ns;
        session.events++;
        session.revenue += pm_payments_amount(row[i].record);
    }
    if (count != 0)
        expect_session(oracle, row[0].record->key, &session, settings->gap_ns);
}

int pm_oracle_sessions(struct pm_oracle *oracle, const struct pm_oracle_input *input,
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
