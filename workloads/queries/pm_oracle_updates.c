/* SPDX-License-Identifier: Apache-2.0 */
/* Judging updates: rows pass through the states of their identity, and the last one stands. */
#include "pm_oracle_inside.h"

#include <string.h>

static bool is_delete(const struct pm_oracle_output *output, const struct pm_oracle_rows *rows,
                      uint64_t index)
{
    int64_t op;

    memcpy(&op, pm_oracle_rows_bytes(rows, index) + sizeof op * (2u + output->identity), sizeof op);
    return op != 0;
}

static uint64_t note_of(const struct pm_oracle_output *output, const struct pm_oracle_rows *rows,
                        uint64_t index)
{
    uint64_t number;

    memcpy(&number, pm_oracle_rows_bytes(rows, index) + sizeof number * (1u + output->identity),
           sizeof number);
    return rows->notes.word[__builtin_bswap64(number) - 1];
}

/* Rows of one identity that are equal but for their number and op. */
static bool same_state(const struct pm_oracle_output *output, const struct pm_oracle_rows *a,
                       uint64_t i, const struct pm_oracle_rows *b, uint64_t j)
{
    const uint32_t from = (uint32_t)(sizeof(int64_t) * (1u + output->rest));

    return a->row[i].size == b->row[j].size &&
           memcmp(pm_oracle_rows_bytes(a, i) + from, pm_oracle_rows_bytes(b, j) + from,
                  a->row[i].size - from) == 0;
}

/* One identity's way through its states, from its first row that came to its last. */
struct passage {
    const struct pm_oracle_check *check;
    struct pm_oracle_verdict *verdict;
    const struct pm_oracle_output *output;
    uint64_t state, states_end; /* the state reached, of those expected */
    uint64_t shown;             /* states before this one have been seen by a reader */
    uint64_t out;               /* the row that is out, of those that came, or PM_ORACLE_NO_ROW */
    unsigned wrong;
};

static void note_wrong(struct passage *passage, uint64_t came)
{
    passage->wrong++;
    passage->verdict->wrong++;
    pm_oracle_example(passage->check, passage->verdict, "wrong",
                      passage->state < passage->states_end ? passage->state : PM_ORACLE_NO_ROW,
                      came);
}

/* Once too much is wrong the states are not searched any more: that would be quadratic. */
static bool reach(struct passage *passage, uint64_t came)
{
    const struct pm_oracle_rows *ours = &passage->check->oracle->rows;

    for (uint64_t at = passage->state; passage->wrong < 8 && at < passage->states_end; at++) {
        if (!is_delete(passage->output, ours, at) &&
            same_state(passage->output, ours, at, &passage->check->rows, came)) {
            passage->state = at;
            return true;
        }
    }
    return false;
}

/* Row @p came shows the effects of all inputs up to the state that is reached. */
static void show(struct passage *passage, uint64_t came)
{
    const struct pm_oracle_check *check = passage->check;
    const uint64_t note = note_of(passage->output, &check->rows, came);

    for (; passage->shown <= passage->state && passage->shown < passage->states_end;
         passage->shown++) {
        const uint64_t id = note_of(passage->output, &check->oracle->rows, passage->shown);
        if (check->tell != NULL && id != PM_ORACLE_NO_CAUSE)
            check->tell(check->payload, id, (int64_t)(note >> 1));
    }
}

/* A row that is taken back for good shows that its identity had to go, at the earliest then. */
static void show_gone(struct passage *passage, uint64_t came)
{
    const struct pm_oracle_rows *ours = &passage->check->oracle->rows;
    uint64_t at = passage->state;

    if ((note_of(passage->output, &passage->check->rows, came) & PM_ORACLE_GONE) == 0)
        return;
    while (at < passage->states_end && !is_delete(passage->output, ours, at))
        at++;
    if (at == passage->states_end)
        return;
    passage->state = at;
    show(passage, came);
}

static void pass_row(struct passage *passage, uint64_t came)
{
    const struct pm_oracle_rows *theirs = &passage->check->rows;
    const bool is_out = passage->out != PM_ORACLE_NO_ROW &&
                        same_state(passage->output, theirs, passage->out, theirs, came);

    if (is_delete(passage->output, theirs, came)) {
        if (!is_out)
            note_wrong(passage, came);
        else
            show_gone(passage, came);
        passage->out = PM_ORACLE_NO_ROW;
        return;
    }
    if (is_out) {
        passage->verdict->duplicated++;
        pm_oracle_example(passage->check, passage->verdict, "duplicated", passage->state, came);
        return;
    }
    if (passage->out != PM_ORACLE_NO_ROW || !reach(passage, came))
        note_wrong(passage, came);
    else
        show(passage, came);
    passage->out = came;
}

/* Rows of one identity of an update output, in their order. The last row that is out goes into the
 * digest, without its number. */
void pm_oracle_judge_updates(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                             const struct pm_oracle_output *output, uint64_t e, uint64_t e_end,
                             uint64_t c, uint64_t c_end)
{
    const struct pm_oracle_rows *ours = &check->oracle->rows;
    const bool remains = e < e_end && !is_delete(output, ours, e_end - 1);
    struct passage passage = {check, verdict, output, e, e_end, e, PM_ORACLE_NO_ROW, 0};

    for (; c < c_end; c++)
        pass_row(&passage, c);
    if (remains != (passage.out != PM_ORACLE_NO_ROW) ||
        (remains && !same_state(output, ours, e_end - 1, &check->rows, passage.out))) {
        verdict->lost++;
        pm_oracle_example(check, verdict, "lost", e < e_end ? e_end - 1 : PM_ORACLE_NO_ROW,
                          passage.out);
    }
    if (passage.out != PM_ORACLE_NO_ROW) {
        uint8_t *bytes = check->rows.bytes + check->rows.row[passage.out].at;
        memset(bytes + sizeof(int64_t) * (1u + output->identity), 0, 2 * sizeof(int64_t));
        pm_digest_add(&verdict->digest, bytes, check->rows.row[passage.out].size);
    }
}
