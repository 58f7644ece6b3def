/* SPDX-License-Identifier: Apache-2.0 */
/* The judgement: two multisets of rows are compared, identity by identity. */
#include "pm_oracle_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- words ---------------------------------------------------------------------------------- */

static void add_word(char *line, size_t size, const char *text)
{
    const size_t used = strlen(line);

    if (used + 1 < size)
        (void)snprintf(line + used, size - used, "%s", text);
}

static void add_values(char *line, size_t size, const struct pm_oracle_output *output,
                       const uint8_t *bytes, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        int64_t value;
        char word[96];
        memcpy(&value, bytes + sizeof value * (1u + i), sizeof value);
        (void)snprintf(word, sizeof word, " %s=%" PRId64, output->names[i], value);
        add_word(line, size, word);
    }
}

/* What is not identity, the text shortened. */
static void add_rest(char *line, size_t size, const struct pm_oracle_output *output,
                     const struct pm_oracle_rows *rows, uint64_t index)
{
    const uint8_t *bytes = pm_oracle_rows_bytes(rows, index);
    const uint32_t head = (uint32_t)(sizeof(int64_t) * (1u + output->words));

    add_values(line, size, output, bytes, output->rest, output->words);
    if (output->text != NULL) {
        const uint32_t text_size = rows->row[index].size - head;
        char text[48];
        char shown[48];
        (void)snprintf(text, sizeof text, "%.*s", text_size > 40 ? 40 : (int)text_size,
                       (const char *)bytes + head);
        add_word(line, size, " \"");
        add_word(line, size, pm_text_printable(shown, sizeof shown, text));
        add_word(line, size, text_size > 40 ? "...\"" : "\"");
    }
}

/* "wrong spend key=7 window_start=0: expected sum=5, came sum=6" */
void pm_oracle_example(const struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                       const char *what, uint64_t expected, uint64_t came)
{
    const struct pm_oracle_rows *ours = &check->oracle->rows;
    const uint8_t *bytes = expected != PM_ORACLE_NO_ROW ? pm_oracle_rows_bytes(ours, expected)
                                                        : pm_oracle_rows_bytes(&check->rows, came);
    int64_t number;

    if (verdict->examples == PM_ORACLE_EXAMPLES)
        return;
    memcpy(&number, bytes, sizeof number);
    const struct pm_oracle_output *output = &check->oracle->output[number];
    char *line = verdict->example[verdict->examples++];
    const size_t size = sizeof verdict->example[0];
    (void)snprintf(line, size, "%s %s", what, output->name);
    add_values(line, size, output, bytes, 0, output->identity);
    add_word(line, size, expected != PM_ORACLE_NO_ROW ? ": expected" : ": expected nothing");
    if (expected != PM_ORACLE_NO_ROW)
        add_rest(line, size, output, ours, expected);
    if (came != PM_ORACLE_NO_ROW) {
        add_word(line, size, ", came");
        add_rest(line, size, output, &check->rows, came);
    }
}

/* --- judgement ------------------------------------------------------------------------------ */

/* Rows of one identity: expected [e, e_end) against came [c, c_end); either may be empty. */
static void judge(const struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                  uint64_t e, uint64_t e_end, uint64_t c, uint64_t c_end)
{
    const struct pm_oracle_rows *ours = &check->oracle->rows;
    const struct pm_oracle_rows *theirs = &check->rows;
    const uint64_t e_first = e;
    uint64_t missing = 0, strange = 0, first_missing = PM_ORACLE_NO_ROW,
             first_strange = PM_ORACLE_NO_ROW;

    while (e < e_end || c < c_end) {
        const int order = e == e_end   ? 1
                          : c == c_end ? -1
                                       : pm_oracle_rows_compare(ours, e, theirs, c);
        if (order == 0) {
            e++;
            c++;
        } else if (order < 0) {
            first_missing = missing++ == 0 ? e : first_missing;
            e++;
        } else if (e > e_first && pm_oracle_rows_compare(ours, e - 1, theirs, c) == 0) {
            verdict->duplicated++;
            pm_oracle_example(check, verdict, "duplicated", e - 1, c);
            c++;
        } else {
            first_strange = strange++ == 0 ? c : first_strange;
            c++;
        }
    }
    verdict->wrong += strange;
    verdict->lost += missing > strange ? missing - strange : 0;
    if (strange != 0)
        pm_oracle_example(check, verdict, "wrong", first_missing, first_strange);
    else if (missing != 0)
        pm_oracle_example(check, verdict, "lost", first_missing, PM_ORACLE_NO_ROW);
}

static const struct pm_oracle_output *output_of(const struct pm_oracle *oracle,
                                                const struct pm_oracle_rows *rows, uint64_t index)
{
    int64_t number;

    memcpy(&number, pm_oracle_rows_bytes(rows, index), sizeof number);
    return &oracle->output[number];
}

static void judge_plain(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                        uint64_t e, uint64_t e_end, uint64_t c, uint64_t c_end)
{
    for (uint64_t i = c; i < c_end; i++)
        pm_digest_add(&verdict->digest, pm_oracle_rows_bytes(&check->rows, i),
                      check->rows.row[i].size);
    judge(check, verdict, e, e_end, c, c_end);
}

static void judge_all(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict)
{
    const struct pm_oracle_rows *ours = &check->oracle->rows;
    const struct pm_oracle_rows *theirs = &check->rows;
    uint64_t e = 0, c = 0;

    while (e < ours->count || c < theirs->count) {
        const int order = e == ours->count ? 1
                          : c == theirs->count
                              ? -1
                              : pm_oracle_rows_compare_identity(ours, e, theirs, c);
        const uint64_t e_end = order <= 0 ? pm_oracle_rows_group(ours, e) : e;
        const uint64_t c_end = order >= 0 ? pm_oracle_rows_group(theirs, c) : c;
        const struct pm_oracle_output *output =
            order <= 0 ? output_of(check->oracle, ours, e) : output_of(check->oracle, theirs, c);
        if (output->updates)
            pm_oracle_judge_updates(check, verdict, output, e, e_end, c, c_end);
        else
            judge_plain(check, verdict, e, e_end, c, c_end);
        e = e_end;
        c = c_end;
    }
}

int pm_oracle_check_close(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict)
{
    int code = check->rows.failed ? PM_ENOMEM : 0;

    *verdict = (struct pm_oracle_verdict){.expected = check->oracle->rows.count};
    verdict->wrong = check->strangers;
    if (code == 0) {
        pm_oracle_rows_sort(&check->rows);
        judge_all(check, verdict);
        if (verdict->lost + verdict->duplicated + verdict->wrong != 0)
            code = PM_EWRONG;
    }
    pm_oracle_rows_close(&check->rows);
    free(check);
    return code;
}
