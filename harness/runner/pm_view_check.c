/* SPDX-License-Identifier: Apache-2.0 */
/* Committed output added up commit by commit, beside the states that were seen. */
#include "pm_view_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "pm_committed.h"
#include "pm_log.h"

/* What one writer has in the view once its commit @c epoch is. */
struct stand {
    uint64_t epoch;
    struct pm_digest content;
};

struct stands {
    struct stand *list;
    size_t count, capacity;
};

struct account {
    const struct pm_view_tables *tables;
    struct stands writer[PM_LOG_PARTITIONS_MAX];
};

/* Rows come writer by writer in the order of writing, so a new epoch ends the one before. */
static int add_row(void *payload, const struct pm_committed *committed)
{
    struct account *const account = payload;
    struct stands *const stands = &account->writer[committed->writer];

    if (stands->count == 0 || stands->list[stands->count - 1].epoch != committed->epoch) {
        if (stands->count == stands->capacity) {
            const size_t larger = stands->capacity == 0 ? 256 : 2 * stands->capacity;
            struct stand *const list = realloc(stands->list, larger * sizeof *list);
            if (list == NULL)
                return PM_ENOMEM;
            stands->list = list;
            stands->capacity = larger;
        }
        const struct pm_digest before =
            stands->count != 0 ? stands->list[stands->count - 1].content : (struct pm_digest){0};
        stands->list[stands->count++] = (struct stand){committed->epoch, before};
    }
    pm_view_tables_add(account->tables, &stands->list[stands->count - 1].content, committed->row,
                       committed->bytes);
    return 0;
}

static int compare_epochs(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = ((const struct stand *)right)->epoch;

    return a < b ? -1 : a > b ? 1 : 0;
}

/* What is in the view by @p state's own account of commits; false where one of them never was. */
static bool expected_of(const struct account *account, const struct pm_view_state *state,
                        uint64_t run, struct pm_digest *out)
{
    *out = (struct pm_digest){0};
    for (unsigned i = 0; i < state->count; i++) {
        const struct pm_sqlite_commit *const commit = &state->commits[i];
        if (commit->writer >= PM_LOG_PARTITIONS_MAX || commit->run != run)
            return false;
        const struct stands *const stands = &account->writer[commit->writer];
        const struct stand *const stand = stands->count != 0
                                              ? bsearch(&commit->epoch, stands->list, stands->count,
                                                        sizeof *stands->list, compare_epochs)
                                              : NULL;
        if (stand == NULL)
            return false;
        pm_digest_merge(out, &stand->content);
    }
    return true;
}

static uint64_t epoch_of(const struct pm_view_state *state, unsigned writer)
{
    for (unsigned i = 0; i < state->count; i++)
        if (state->commits[i].writer == writer)
            return state->commits[i].epoch;
    return 0;
}

static bool goes_back(const struct pm_view_state *before, const struct pm_view_state *after)
{
    for (unsigned i = 0; i < before->count; i++)
        if (epoch_of(after, before->commits[i].writer) < before->commits[i].epoch)
            return true;
    return false;
}

static void note_torn(struct pm_view_verdict *out, const struct pm_view_state *state, uint64_t at,
                      const struct pm_digest *expected)
{
    if (out->torn++ != 0)
        return;
    snprintf(out->example, sizeof out->example,
             "state %llu of the view has %llu rows (digest %016llx), its commits make %llu "
             "(%016llx)",
             (unsigned long long)at + 1, (unsigned long long)state->content.count,
             (unsigned long long)pm_digest_value(&state->content),
             (unsigned long long)expected->count, (unsigned long long)pm_digest_value(expected));
}

static bool is_complete(const struct account *account, const struct pm_view_state *last)
{
    for (unsigned i = 0; i < PM_LOG_PARTITIONS_MAX; i++) {
        const struct stands *const stands = &account->writer[i];
        if (stands->count != 0 && epoch_of(last, i) != stands->list[stands->count - 1].epoch)
            return false;
    }
    return true;
}

static void judge(struct pm_view_verdict *out, const struct pm_view_watch *watch,
                  const struct account *account, uint64_t run)
{
    struct pm_view_state before = {.count = 0};
    struct pm_digest expected;

    for (uint64_t i = 0; i < pm_view_watch_states(watch); i++) {
        const struct pm_view_state state = pm_view_watch_state(watch, i);
        if (!expected_of(account, &state, run, &expected) ||
            !pm_view_tables_equal(&expected, &state.content) || goes_back(&before, &state))
            note_torn(out, &state, i, &expected);
        before = state;
    }
    out->complete = is_complete(account, &before);
}

int pm_view_check(struct pm_view_verdict *out, const struct pm_view_watch *watch,
                  const struct pm_view_tables *tables, const char *output, uint64_t run,
                  struct pm_error *error)
{
    struct account *const account = calloc(1, sizeof *account);

    *out = (struct pm_view_verdict){0};
    if (account == NULL)
        return pm_error_set(error, PM_ENOMEM, "view: out of memory");
    account->tables = tables;
    const int code = pm_committed_each(output, run, add_row, account, error);
    if (code == 0)
        judge(out, watch, account, run);
    for (unsigned i = 0; i < PM_LOG_PARTITIONS_MAX; i++)
        free(account->writer[i].list);
    free(account);
    return code;
}

static int check_row(void *payload, const struct pm_record *row, const struct pm_bytes *bytes)
{
    pm_oracle_check_row(payload, row, bytes, 0);
    return 0;
}

int pm_view_check_end(struct pm_oracle_verdict *verdict, const struct pm_oracle *oracle,
                      const struct pm_view_tables *tables, const char *place,
                      struct pm_error *error)
{
    const struct pm_sqlite_view_config config = pm_view_tables_config(tables, place);
    struct pm_sqlite_commit *const commits = calloc(PM_LOG_PARTITIONS_MAX, sizeof *commits);
    struct pm_oracle_check *check = NULL;
    struct pm_sqlite_view *view = NULL;
    unsigned count = 0;

    *verdict = (struct pm_oracle_verdict){0};
    if (commits == NULL || pm_oracle_check_open(&check, oracle) != 0) {
        free(commits);
        return pm_error_set(error, PM_ENOMEM, "view: out of memory");
    }
    int code = pm_sqlite_view_open(&view, &config, error);
    if (code == 0)
        code = pm_sqlite_view_read(view, commits, PM_LOG_PARTITIONS_MAX, &count, check_row, check,
                                   error);
    pm_sqlite_view_close(view);
    free(commits);
    const int judged = pm_oracle_check_close(check, verdict);
    if (code == 0 && judged != 0)
        code = pm_error_set(error, judged, "view: it ends otherwise than the oracle: %.120s",
                            verdict->examples != 0 ? verdict->example[0] : "no example");
    return code;
}
