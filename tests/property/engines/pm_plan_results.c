/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing rows of outputs: each of them, or those that stand once the deletes are taken off. */
#include "pm_plan_results.h"

#include "pm_hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of an output, in a form that memcmp compares: what may vary is 0. */
struct pm_result {
    uint64_t output, op, behind;
    int64_t time_ns;
    uint64_t id, key;
    int64_t value[PM_NAIVE_COLUMNS];
};

static const struct pm_naive_facts *facts_of(const struct pm_naive_plan *plan, uint64_t output)
{
    const struct pm_naive_flow flow = plan->output[output];

    return &plan->node[flow.node].facts[flow.port];
}

static const struct pm_naive_schema *schema_of(const struct pm_naive_plan *plan, uint64_t output)
{
    const struct pm_naive_flow flow = plan->output[output];

    return &plan->node[flow.node].schema[flow.port];
}

/* Leave nothing in @p row that another run may have otherwise. */
static void blank(const struct pm_naive_plan *plan, struct pm_result *row)
{
    const struct pm_naive_facts *facts = facts_of(plan, row->output);

    if (facts->any_id || facts->is_coalesced)
        row->id = 0;
    if (facts->is_coalesced) {
        row->behind = 0;
        row->time_ns = 0;
    }
}

/* --- what must come out ----------------------------------------------------------------------- */

static struct pm_result expect_row(const struct pm_naive_plan *plan, unsigned output,
                                   const struct pm_naive_row *row)
{
    const struct pm_naive_schema *schema = schema_of(plan, output);
    struct pm_result to = {.output = output,
                           .op = row->op,
                           .behind = row->closed_ns != PM_TIME_MIN,
                           .time_ns = row->time_ns,
                           .id = row->id,
                           .key = row->key};

    for (unsigned i = 0; i < schema->count; i++)
        to.value[i] = schema->column[i].place == PM_NAIVE_TEXT
                          ? (int64_t)pm_hash_bytes(row->text, row->text_size)
                          : pm_naive_read(schema, row, i);
    blank(plan, &to);
    return to;
}

static struct pm_results open_results(size_t count)
{
    const struct pm_results results = {.rows = calloc(count + 1, sizeof *results.rows)};

    if (results.rows == NULL)
        abort();
    return results;
}

struct pm_results pm_results_expected(const struct pm_naive_plan *plan,
                                      const struct pm_naive_answer *answer)
{
    size_t count = 0;

    for (unsigned o = 0; o < plan->outputs; o++)
        count += answer->of[plan->output[o].node][plan->output[o].port].count;
    struct pm_results all = open_results(count);
    for (unsigned o = 0; o < plan->outputs; o++) {
        const struct pm_naive_rows *rows = &answer->of[plan->output[o].node][plan->output[o].port];
        for (size_t i = 0; i < rows->count; i++)
            all.rows[all.count++] = expect_row(plan, o, &rows->rows[i]);
    }
    return all;
}

/* --- what came out ---------------------------------------------------------------------------- */

static struct pm_result find_row(const struct pm_naive_plan *naive, const struct pm_plan *plan,
                                 const struct pm_memory_row *row)
{
    const struct pm_record *record = &row->record;
    struct pm_plan_output_info info;
    struct pm_result to = {.output = pm_record_stream(record),
                           .op = pm_record_op(record),
                           .behind = pm_record_is_behind(record),
                           .time_ns = record->event_time_ns,
                           .id = record->id,
                           .key = record->key};

    if (pm_plan_output_info(plan, (unsigned)to.output, &info) != 0)
        abort();
    for (unsigned k = 0; k < info.schema->count; k++) {
        const struct pm_column *column = &info.schema->columns[k];
        uint32_t size;
        const char *text = pm_record_text(record, &row->bytes, &size);
        to.value[k] = column->type == PM_TYPE_TEXT
                          ? (int64_t)pm_hash_bytes(text, size)
                          : pm_schema_read_any(column, record, &row->bytes);
    }
    blank(naive, &to);
    return to;
}

struct pm_results pm_results_found(const struct pm_naive_plan *naive, const struct pm_plan *plan,
                                   const struct pm_memory *memory)
{
    struct pm_results all = open_results(memory->count);

    for (size_t i = 0; i < memory->count; i++)
        all.rows[all.count++] = find_row(naive, plan, &memory->rows[i]);
    return all;
}

void pm_results_close(struct pm_results *results)
{
    free(results->rows);
    *results = (struct pm_results){0};
}

/* --- the same? -------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct pm_result));
}

static void print_row(const char *what, const struct pm_result *row)
{
    static const char *const ops[] = {"insert", "delete", "before"};

    fprintf(stderr, "%s out%llu %s time %lld id %llx key %lld behind %llu:", what,
            (unsigned long long)row->output, ops[row->op], (long long)row->time_ns,
            (unsigned long long)row->id, (long long)row->key, (unsigned long long)row->behind);
    for (unsigned i = 0; i < 10; i++)
        fprintf(stderr, " %lld", (long long)row->value[i]);
    fprintf(stderr, "\n");
}

static bool print_difference(const struct pm_results *want, const struct pm_results *have)
{
    size_t w = 0, h = 0;
    unsigned shown = 0;

    while ((w < want->count || h < have->count) && shown < 12) {
        const int order = w == want->count   ? 1
                          : h == have->count ? -1
                                             : compare(&want->rows[w], &have->rows[h]);
        if (order != 0)
            shown++;
        if (order < 0)
            print_row("missing ", &want->rows[w]);
        else if (order > 0)
            print_row("too much", &have->rows[h]);
        w += order <= 0;
        h += order >= 0;
    }
    return shown != 0;
}

static bool is_same_state(const struct pm_result *a, const struct pm_result *b)
{
    return a->output == b->output && a->key == b->key &&
           memcmp(a->value, b->value, sizeof a->value) == 0;
}

/* The last of rows[0..count) with the state of @p row; count when there is none. */
static size_t last_like(const struct pm_result *rows, size_t count, const struct pm_result *row)
{
    for (size_t i = count; i-- > 0;) {
        if (is_same_state(&rows[i], row))
            return i;
    }
    return count;
}

/* Take the deletes off: *stands is what is left of @p results, the caller's to close. False when
 * one is of a row that does not stand. */
static bool settle(const struct pm_results *results, struct pm_results *stands)
{
    *stands = open_results(results->count);
    for (size_t i = 0; i < results->count; i++) {
        const struct pm_result *row = &results->rows[i];
        if (row->op == PM_OP_INSERT) {
            stands->rows[stands->count++] = *row;
            continue;
        }
        const size_t at = last_like(stands->rows, stands->count, row);
        if (at == stands->count) {
            print_row("no such row stands", row);
            return false;
        }
        memmove(&stands->rows[at], &stands->rows[at + 1],
                (--stands->count - at) * sizeof stands->rows[at]);
    }
    return true;
}

/* Those of outputs that are coalesced, or that are not. */
static struct pm_results pick(const struct pm_naive_plan *plan, const struct pm_results *from,
                              bool is_coalesced)
{
    struct pm_results picked = open_results(from->count);

    for (size_t i = 0; i < from->count; i++) {
        if (facts_of(plan, from->rows[i].output)->is_coalesced == is_coalesced)
            picked.rows[picked.count++] = from->rows[i];
    }
    qsort(picked.rows, picked.count, sizeof *picked.rows, compare);
    return picked;
}

static bool differ(const struct pm_naive_plan *plan, const struct pm_results *want,
                   const struct pm_results *found, bool is_coalesced)
{
    struct pm_results wanted = pick(plan, want, is_coalesced),
                      had = pick(plan, found, is_coalesced);
    const bool same = !print_difference(&wanted, &had);

    pm_results_close(&wanted);
    pm_results_close(&had);
    return !same;
}

/* Every state that the reader of a coalesced output saw must be one of the row's. */
static bool pass_through(const struct pm_naive_plan *plan, const struct pm_results *want,
                         const struct pm_results *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct pm_result *row = &found->rows[i];
        if (!facts_of(plan, row->output)->is_coalesced ||
            last_like(want->rows, want->count, row) != want->count)
            continue;
        print_row("never stood", row);
        return false;
    }
    return true;
}

const char *pm_results_differ(const struct pm_naive_plan *plan, const struct pm_results *want,
                              const struct pm_results *found)
{
    struct pm_results left = {0}, stands = {0};
    const char *what = NULL;

    if (differ(plan, want, found, false))
        what = "other rows";
    else if (!pass_through(plan, want, found))
        what = "a state that no row had";
    else if (!settle(want, &left))
        what = "the interpreter takes back what does not stand";
    else if (!settle(found, &stands))
        what = "a row is taken back that does not stand";
    else if (differ(plan, &left, &stands, true))
        what = "other rows stand";
    pm_results_close(&left);
    pm_results_close(&stands);
    return what;
}
