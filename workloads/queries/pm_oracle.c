/* SPDX-License-Identifier: Apache-2.0 */
/* The judge's books: every row becomes canonical bytes, identity first. */
#include "pm_oracle_inside.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- layout --------------------------------------------------------------------------------- */

/* The names of the values in the order in which they are given. */
static void name_values(struct pm_oracle_output *output, const char *names[PM_ORACLE_VALUES])
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

static int place_identity(struct pm_oracle_output *output, const struct pm_query_output *wanted,
                          const char *const names[PM_ORACLE_VALUES], bool placed[PM_ORACLE_VALUES],
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

static int lay_out(struct pm_oracle_output *output, const struct pm_query_output *wanted,
                   const struct pm_plan_output_info *info, struct pm_error *error)
{
    const char *names[PM_ORACLE_VALUES];
    bool placed[PM_ORACLE_VALUES] = {false};

    if (strcmp(wanted->name, info->name) != 0)
        return pm_error_set(error, PM_EINTERNAL, "output %s of the plan is %s of the query",
                            info->name, wanted->name);
    *output = (struct pm_oracle_output){
        .name = wanted->name, .schema = info->schema, .updates = info->updates};
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
    oracle->cause = PM_ORACLE_NO_CAUSE;
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
    const struct pm_oracle_output *output = &oracle->output[number];
    const uint32_t head = (uint32_t)(sizeof(int64_t) * (1u + output->words));
    const uint32_t identity = (uint32_t)(sizeof(int64_t) * (1u + output->identity));
    uint8_t *bytes = pm_oracle_rows_add(rows, head + text_size, identity);
    int64_t words[1 + PM_ORACLE_WORDS];

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
    const uint64_t gone = pm_record_op(row) == PM_OP_DELETE ? PM_ORACLE_GONE : 0;
    const unsigned number = pm_record_stream(row);
    int64_t values[PM_ORACLE_VALUES];
    unsigned count = 0;
    uint32_t text_size = 0;
    const char *text = NULL;

    if (number >= check->oracle->outputs) {
        check->strangers++;
        return;
    }
    const struct pm_oracle_output *output = &check->oracle->output[number];
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
