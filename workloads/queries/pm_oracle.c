/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: every row becomes canonical bytes, identity first, and two multisets are compared. */
#include "pm_oracle.h"

#include "pm_oracle_rows.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX (PM_SCHEMA_COLUMNS + 1u) /* the record's id may stand before the columns */
#define WORDS_MAX  (VALUES_MAX + 2u)

/* How a row of one output is laid out: word 0 its output, then the identity, of an update output
 * its number in order of arrival and its op, then the rest. */
struct output {
    const char *name;
    const struct pm_schema *schema;
    bool updates;  /* its rows may be taken back */
    bool id_first; /* the identity names "id", which is no column of the schema */
    unsigned values;
    unsigned identity;            /* words of the identity */
    unsigned words;               /* behind word 0 */
    unsigned rest;                /* words before the rest, behind word 0 */
    unsigned place[VALUES_MAX];   /* canonical word of the i-th value, behind word 0 */
    const char *names[WORDS_MAX]; /* by canonical word */
    const char *text;             /* name of the text column, or NULL */
};

struct pm_oracle {
    unsigned outputs;
    struct output output[PM_PLAN_OUTPUTS_MAX];
    uint64_t expected[PM_PLAN_OUTPUTS_MAX];
    struct pm_oracle_rows rows; /* notes: of the states of updates, the input that caused it */
    uint64_t cause;
    bool sealed;
};

#define NO_CAUSE UINT64_MAX

struct pm_oracle_check {
    const struct pm_oracle *oracle;
    struct pm_oracle_rows rows; /* notes: of rows of updates, when visible, and GONE or 0 */
    pm_oracle_effect_fn tell;   /* may be NULL */
    void *payload;
    uint64_t strangers; /* rows of an output that the query does not have */
};

/* In a note behind the moment: a delete that no row of its identity follows at once. */
#define GONE 1u

/* --- layout --------------------------------------------------------------------------------- */

/* The names of the values in the order in which they are given. */
static void name_values(struct output *output, const char *names[VALUES_MAX])
{
    const struct pm_schema *schema = output->schema;

    if (output->id_first)
        names[output->values++] = "id";
    for (unsigned i = 0; i < schema->count; i++) {
        if (schema->columns[i].type == PM_TYPE_TEXT)
            output->text = schema->columns[i].name;
        else
            names[output->values++] = schema->columns[i].name;
    }
}

static int place_identity(struct output *output, const struct pm_query_output *wanted,
                          const char *const names[VALUES_MAX], bool placed[VALUES_MAX],
                          struct pm_error *error)
{
    for (unsigned i = 0; i < 6 && wanted->identity[i] != NULL; i++) {
        unsigned at = 0;
        while (at < output->values && strcmp(names[at], wanted->identity[i]) != 0)
            at++;
        if (at == output->values)
            return pm_error_set(error, PM_EINTERNAL, "%s: identity column %s is not in its schema",
                                output->name, wanted->identity[i]);
        placed[at] = true;
        output->names[output->identity] = names[at];
        output->place[at] = output->identity++;
    }
    return 0;
}

static int lay_out(struct output *output, const struct pm_query_output *wanted,
                   const struct pm_plan_output_info *info, struct pm_error *error)
{
    const char *names[VALUES_MAX];
    bool placed[VALUES_MAX] = {false};

    if (strcmp(wanted->name, info->name) != 0)
        return pm_error_set(error, PM_EINTERNAL, "output %s of the plan is %s of the query",
                            info->name, wanted->name);
    *output =
        (struct output){.name = wanted->name, .schema = info->schema, .updates = info->updates};
    for (unsigned i = 0; i < 6 && wanted->identity[i] != NULL; i++)
        output->id_first |=
            strcmp(wanted->identity[i], "id") == 0 && pm_schema_find(info->schema, "id") == NULL;
    name_values(output, names);
    const int code = place_identity(output, wanted, names, placed, error);
    if (code != 0)
        return code;
    output->rest = output->identity + (output->updates ? 2 : 0);
    output->words = output->rest;
    for (unsigned at = 0; at < output->values; at++) {
        if (!placed[at]) {
            output->names[output->words] = names[at];
            output->place[at] = output->words++;
        }
    }
    return 0;
}

int pm_oracle_open(struct pm_oracle **out, const struct pm_query *query, const struct pm_plan *plan,
                   struct pm_error *error)
{
    struct pm_oracle *oracle = calloc(1, sizeof *oracle);
    int code = 0;

    if (oracle == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory for the oracle");
    oracle->cause = NO_CAUSE;
    oracle->outputs = pm_plan_outputs(plan);
    if (oracle->outputs != query->outputs)
        code = pm_error_set(error, PM_EINTERNAL, "%s: the plan has %u outputs, the query %u",
                            query->name, oracle->outputs, query->outputs);
    for (unsigned i = 0; code == 0 && i < oracle->outputs; i++) {
        struct pm_plan_output_info info;
        (void)pm_plan_output_info(plan, i, &info);
        code = lay_out(&oracle->output[i], &query->output[i], &info, error);
    }
    if (code != 0) {
        free(oracle);
        return code;
    }
    *out = oracle;
    return 0;
}

/* --- rows ----------------------------------------------------------------------------------- */

static void put_row(const struct pm_oracle *oracle, struct pm_oracle_rows *rows, unsigned number,
                    bool deletes, uint64_t note, const int64_t *values, const char *text,
                    uint32_t text_size)
{
    const struct output *output = &oracle->output[number];
    const uint32_t head = (uint32_t)(sizeof(int64_t) * (1u + output->words));
    const uint32_t identity = (uint32_t)(sizeof(int64_t) * (1u + output->identity));
    uint8_t *bytes = pm_oracle_rows_add(rows, head + text_size, identity);
    int64_t words[1 + WORDS_MAX];

    if (bytes == NULL)
        return;
    words[0] = (int64_t)number;
    if (output->updates) { /* most significant byte first: sorted by bytes is in order of arrival */
        rows->failed |= !pm_oracle_words_add(&rows->notes, note);
        words[1 + output->identity] = (int64_t)__builtin_bswap64(rows->notes.count);
        words[2 + output->identity] = deletes;
    }
    for (unsigned i = 0; i < output->values; i++)
        words[1 + output->place[i]] = values[i];
    memcpy(bytes, words, head);
    if (text_size != 0)
        memcpy(bytes + head, text, text_size);
}

void pm_oracle_cause(struct pm_oracle *oracle, uint64_t id)
{
    oracle->cause = id;
}

void pm_oracle_expect(struct pm_oracle *oracle, unsigned output, unsigned count,
                      const int64_t *values, const char *text, size_t text_size)
{
    assert(!oracle->sealed);
    assert(output < oracle->outputs);
    assert(count == oracle->output[output].values);
    assert(text_size == 0 || oracle->output[output].text != NULL);
    (void)count;
    put_row(oracle, &oracle->rows, output, false, oracle->cause, values, text, (uint32_t)text_size);
    oracle->expected[output] += oracle->output[output].updates ? 2 : 1;
}

void pm_oracle_expect_gone(struct pm_oracle *oracle, unsigned output, unsigned count,
                           const int64_t *values)
{
    assert(!oracle->sealed && oracle->output[output].updates);
    assert(count == oracle->output[output].values);
    (void)count;
    put_row(oracle, &oracle->rows, output, true, oracle->cause, values, NULL, 0);
    oracle->expected[output]++;
}

int pm_oracle_seal(struct pm_oracle *oracle, struct pm_error *error)
{
    if (oracle->rows.failed)
        return pm_error_set(error, PM_ENOMEM, "out of memory for %" PRIu64 " expected rows",
                            oracle->rows.count);
    pm_oracle_rows_sort(&oracle->rows);
    oracle->sealed = true;
    return 0;
}

uint64_t pm_oracle_expected(const struct pm_oracle *oracle, unsigned output)
{
    return oracle->expected[output];
}

void pm_oracle_close(struct pm_oracle *oracle)
{
    if (oracle == NULL)
        return;
    pm_oracle_rows_close(&oracle->rows);
    free(oracle);
}

int pm_oracle_check_open(struct pm_oracle_check **out, const struct pm_oracle *oracle)
{
    struct pm_oracle_check *check = calloc(1, sizeof *check);

    assert(oracle->sealed);
    if (check == NULL)
        return PM_ENOMEM;
    check->oracle = oracle;
    *out = check;
    return 0;
}

void pm_oracle_check_row(struct pm_oracle_check *check, const struct pm_record *row,
                         const struct pm_bytes *bytes, int64_t visible_ns)
{
    const uint64_t gone = pm_record_op(row) == PM_OP_DELETE ? GONE : 0;
    const unsigned number = pm_record_stream(row);
    int64_t values[VALUES_MAX];
    unsigned count = 0;
    uint32_t text_size = 0;
    const char *text = NULL;

    if (number >= check->oracle->outputs) {
        check->strangers++;
        return;
    }
    const struct output *output = &check->oracle->output[number];
    if (output->id_first)
        values[count++] = (int64_t)row->id;
    for (unsigned i = 0; i < output->schema->count; i++) {
        if (output->schema->columns[i].type != PM_TYPE_TEXT)
            values[count++] = pm_schema_read(&output->schema->columns[i], row, bytes);
    }
    if (output->text != NULL)
        text = pm_record_text(row, bytes, &text_size);
    put_row(check->oracle, &check->rows, number, pm_record_deletes(row),
            (uint64_t)visible_ns << 1 | gone, values, text, text_size);
}

void pm_oracle_check_effects(struct pm_oracle_check *check, pm_oracle_effect_fn tell, void *payload)
{
    check->tell = tell;
    check->payload = payload;
}

/* --- words ---------------------------------------------------------------------------------- */

static void add_word(char *line, size_t size, const char *text)
{
    const size_t used = strlen(line);

    if (used + 1 < size)
        (void)snprintf(line + used, size - used, "%s", text);
}

static void add_values(char *line, size_t size, const struct output *output, const uint8_t *bytes,
                       unsigned from, unsigned to)
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
static void add_rest(char *line, size_t size, const struct output *output,
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

#define NO_ROW UINT64_MAX

/* "wrong spend key=7 window_start=0: expected sum=5, came sum=6" */
static void add_example(const struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                        const char *what, uint64_t expected, uint64_t came)
{
    const struct pm_oracle_rows *ours = &check->oracle->rows;
    const uint8_t *bytes = expected != NO_ROW ? pm_oracle_rows_bytes(ours, expected)
                                              : pm_oracle_rows_bytes(&check->rows, came);
    int64_t number;

    if (verdict->examples == PM_ORACLE_EXAMPLES)
        return;
    memcpy(&number, bytes, sizeof number);
    const struct output *output = &check->oracle->output[number];
    char *line = verdict->example[verdict->examples++];
    const size_t size = sizeof verdict->example[0];
    (void)snprintf(line, size, "%s %s", what, output->name);
    add_values(line, size, output, bytes, 0, output->identity);
    add_word(line, size, expected != NO_ROW ? ": expected" : ": expected nothing");
    if (expected != NO_ROW)
        add_rest(line, size, output, ours, expected);
    if (came != NO_ROW) {
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
    uint64_t missing = 0, strange = 0, first_missing = NO_ROW, first_strange = NO_ROW;

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
            add_example(check, verdict, "duplicated", e - 1, c);
            c++;
        } else {
            first_strange = strange++ == 0 ? c : first_strange;
            c++;
        }
    }
    verdict->wrong += strange;
    verdict->lost += missing > strange ? missing - strange : 0;
    if (strange != 0)
        add_example(check, verdict, "wrong", first_missing, first_strange);
    else if (missing != 0)
        add_example(check, verdict, "lost", first_missing, NO_ROW);
}

/* --- updates -------------------------------------------------------------------------------- */

static const struct output *output_of(const struct pm_oracle *oracle,
                                      const struct pm_oracle_rows *rows, uint64_t index)
{
    int64_t number;

    memcpy(&number, pm_oracle_rows_bytes(rows, index), sizeof number);
    return &oracle->output[number];
}

static bool is_delete(const struct output *output, const struct pm_oracle_rows *rows,
                      uint64_t index)
{
    int64_t op;

    memcpy(&op, pm_oracle_rows_bytes(rows, index) + sizeof op * (2u + output->identity), sizeof op);
    return op != 0;
}

static uint64_t note_of(const struct output *output, const struct pm_oracle_rows *rows,
                        uint64_t index)
{
    uint64_t number;

    memcpy(&number, pm_oracle_rows_bytes(rows, index) + sizeof number * (1u + output->identity),
           sizeof number);
    return rows->notes.word[__builtin_bswap64(number) - 1];
}

/* Rows of one identity that are equal but for their number and op. */
static bool same_state(const struct output *output, const struct pm_oracle_rows *a, uint64_t i,
                       const struct pm_oracle_rows *b, uint64_t j)
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
    const struct output *output;
    uint64_t state, states_end; /* the state reached, of those expected */
    uint64_t shown;             /* states before this one have been seen by a reader */
    uint64_t out;               /* the row that is out, of those that came, or NO_ROW */
    unsigned wrong;
};

static void note_wrong(struct passage *passage, uint64_t came)
{
    passage->wrong++;
    passage->verdict->wrong++;
    add_example(passage->check, passage->verdict, "wrong",
                passage->state < passage->states_end ? passage->state : NO_ROW, came);
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
        if (check->tell != NULL && id != NO_CAUSE)
            check->tell(check->payload, id, (int64_t)(note >> 1));
    }
}

/* A row that is taken back for good shows that its identity had to go, at the earliest then. */
static void show_gone(struct passage *passage, uint64_t came)
{
    const struct pm_oracle_rows *ours = &passage->check->oracle->rows;
    uint64_t at = passage->state;

    if ((note_of(passage->output, &passage->check->rows, came) & GONE) == 0)
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
    const bool is_out =
        passage->out != NO_ROW && same_state(passage->output, theirs, passage->out, theirs, came);

    if (is_delete(passage->output, theirs, came)) {
        if (!is_out)
            note_wrong(passage, came);
        else
            show_gone(passage, came);
        passage->out = NO_ROW;
        return;
    }
    if (is_out) {
        passage->verdict->duplicated++;
        add_example(passage->check, passage->verdict, "duplicated", passage->state, came);
        return;
    }
    if (passage->out != NO_ROW || !reach(passage, came))
        note_wrong(passage, came);
    else
        show(passage, came);
    passage->out = came;
}

/* Rows of one identity of an update output, in their order. The last row that is out goes into the
 * digest, without its number. */
static void judge_updates(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                          const struct output *output, uint64_t e, uint64_t e_end, uint64_t c,
                          uint64_t c_end)
{
    const struct pm_oracle_rows *ours = &check->oracle->rows;
    const bool remains = e < e_end && !is_delete(output, ours, e_end - 1);
    struct passage passage = {check, verdict, output, e, e_end, e, NO_ROW, 0};

    for (; c < c_end; c++)
        pass_row(&passage, c);
    if (remains != (passage.out != NO_ROW) ||
        (remains && !same_state(output, ours, e_end - 1, &check->rows, passage.out))) {
        verdict->lost++;
        add_example(check, verdict, "lost", e < e_end ? e_end - 1 : NO_ROW, passage.out);
    }
    if (passage.out != NO_ROW) {
        uint8_t *bytes = check->rows.bytes + check->rows.row[passage.out].at;
        memset(bytes + sizeof(int64_t) * (1u + output->identity), 0, 2 * sizeof(int64_t));
        pm_digest_add(&verdict->digest, bytes, check->rows.row[passage.out].size);
    }
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
        const struct output *output =
            order <= 0 ? output_of(check->oracle, ours, e) : output_of(check->oracle, theirs, c);
        if (output->updates)
            judge_updates(check, verdict, output, e, e_end, c, c_end);
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
