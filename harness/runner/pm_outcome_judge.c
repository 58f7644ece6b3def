/* SPDX-License-Identifier: Apache-2.0 */
/* One verdict from many rows. */
#include "pm_outcome_judge.h"

#include <string.h>

/* What a row says of the comparison as a whole; the comparison goes on behind it. */
static int verdict_of(const struct pm_row *row, struct pm_error *error)
{
    const bool is_wrong = row->verdict.duplicated + row->verdict.wrong + row->early_rows != 0;

    if (is_wrong && row->oracle == PM_ORACLE_DIFFERS)
        return pm_error_set(error, PM_EWRONG, "%s run %u: output differs: %.160s", row->instance,
                            row->run,
                            row->verdict.examples != 0 ? row->verdict.example[0] : row->failure);
    if (row->code != 0) /* what a run that was cut short has lost is not the engine's error */
        return pm_error_set(error, row->code, "%s run %u: %.180s", row->instance, row->run,
                            row->failure);
    if (row->audit.reasons != 0)
        return pm_error_set(error, PM_EINVALID, "%s run %u: %s", row->instance, row->run,
                            row->audit.reason[0]);
    return 0;
}

/* The first bad row speaks for the comparison, but wrong output outweighs all else. */
static void take_verdict(int *worst, const struct pm_row *row, struct pm_error *error)
{
    struct pm_error inner = {0};
    const int code = verdict_of(row, &inner);

    if (code == 0 || (*worst != 0 && (code != PM_EWRONG || *worst == PM_EWRONG)))
        return;
    *worst = code;
    pm_error_set(error, code, "%s", inner.text);
}

/*
 * A labelled comparison is short and gives no verdict: one stall of the machine is most of a run.
 * There a run that is invalid is left out of the medians, and the comparison is so only where an
 * instance has no majority of valid runs.
 */
static bool is_excused(const struct pm_outcome *outcome, const struct pm_row *row)
{
    unsigned valid = 0;
    unsigned all = 0;

    for (unsigned i = 0; i < outcome->rows; i++) {
        if (strcmp(outcome->row[i].instance, row->instance) != 0)
            continue;
        all++;
        valid += outcome->row[i].audit.reasons == 0 && outcome->row[i].code == 0 ? 1u : 0u;
    }
    return row->code == 0 && row->oracle != PM_ORACLE_DIFFERS && 2 * valid > all;
}

int pm_outcome_judge(const struct pm_outcome *outcome, bool is_labelled, struct pm_error *error)
{
    int worst = 0;

    for (unsigned i = 0; i < outcome->rows; i++)
        if (!is_labelled || !is_excused(outcome, &outcome->row[i]))
            take_verdict(&worst, &outcome->row[i], error);
    return worst;
}
