/* SPDX-License-Identifier: Apache-2.0 */
/* What the operators without state give, and the rows of a whole plan. */
#include "pm_naive_work.h"

#include "pm_hash.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 6000u

struct pm_naive_row *pm_naive_add(struct pm_naive_rows *rows, const struct pm_naive_row *from)
{
    if (rows->count == rows->room) {
        rows->room = rows->room * 2 + 64;
        rows->rows = realloc(rows->rows, rows->room * sizeof *rows->rows);
        if (rows->rows == NULL)
            abort();
    }
    struct pm_naive_row *row = &rows->rows[rows->count++];
    *row = from != NULL ? *from : (struct pm_naive_row){.closed_ns = PM_TIME_MIN};
    return row;
}

int64_t pm_naive_read(const struct pm_naive_schema *schema, const struct pm_naive_row *row,
                      unsigned column)
{
    const enum pm_naive_place place = schema->column[column].place;

    return place == PM_NAIVE_TIME  ? row->time_ns
           : place == PM_NAIVE_KEY ? (int64_t)row->key
                                   : row->value[column];
}

void pm_naive_write(const struct pm_naive_schema *schema, struct pm_naive_row *row, unsigned column,
                    int64_t value)
{
    row->value[column] = schema->column[column].width == 4 ? (int32_t)value : value;
}

/* --- one row after the other ------------------------------------------------------------------ */

bool pm_naive_compares(enum pm_compare compare, int64_t x, int64_t y)
{
    switch (compare) {
    case PM_LESS:
        return x < y;
    case PM_LESS_EQUAL:
        return x <= y;
    case PM_EQUAL:
        return x == y;
    case PM_NOT_EQUAL:
        return x != y;
    case PM_GREATER_EQUAL:
        return x >= y;
    default:
        return x > y;
    }
}

static void flat_map(const struct pm_naive_work *w, const struct pm_naive_row *row)
{
    int64_t copies = pm_naive_read(w->schema[0], row, w->node->column);

    copies = copies > w->node->a ? w->node->a : copies;
    for (int64_t i = 0; i < copies; i++)
        pm_naive_write(w->schema[0], pm_naive_add(w->out, row), w->node->column, i);
}

static void key_by(const struct pm_naive_work *w, const struct pm_naive_row *row)
{
    const bool is_text = w->schema[0]->column[w->node->column].place == PM_NAIVE_TEXT;

    pm_naive_add(w->out, row)->key =
        is_text ? pm_hash_bytes(row->text, row->text_size)
                : (uint64_t)pm_naive_read(w->schema[0], row, w->node->column);
}

static void side_output(const struct pm_naive_work *w, const struct pm_naive_row *row)
{
    const int64_t port = pm_naive_read(w->schema[0], row, w->node->column);

    pm_naive_add(&w->out[port > 0 && port < w->node->a ? port : 0], row);
}

static void enrich(const struct pm_naive_work *w, const struct pm_naive_row *row)
{
    const int64_t key = pm_naive_read(w->schema[0], row, w->node->column);
    int64_t value = w->node->a;

    for (unsigned i = 0; i < 3; i++)
        value = w->node->table[i].key == key ? w->node->table[i].value : value;
    pm_naive_write(w->schema[0], pm_naive_add(w->out, row), w->node->result, value);
}

/* A text is "v,n"; one field too few or too many is a dead letter. */
static void decode(const struct pm_naive_work *w, const struct pm_naive_row *row)
{
    unsigned commas = 0;

    for (uint32_t i = 0; i < row->text_size; i++)
        commas += row->text[i] == ',';
    struct pm_naive_row *made = pm_naive_add(&w->out[commas == 1 ? 0 : 1], row);
    memset(made->value, 0, sizeof made->value);
    if (commas == 1) {
        made->value[0] = atoll(row->text);
        made->value[1] = atoll(strchr(row->text, ',') + 1);
        return;
    }
    made->value[0] = commas == 0 ? 2 : 1; /* missing, malformed */
    made->value[1] = (int64_t)(row->id & 0xffffffffffffULL) + 1;
}

static void stateless(const struct pm_naive_work *w, const struct pm_naive_row *row)
{
    const struct pm_naive_node *node = w->node;

    switch (node->kind) {
    case PM_NAIVE_FILTER:
        if (pm_naive_compares(node->compare, pm_naive_read(w->schema[0], row, node->column),
                              node->a))
            pm_naive_add(w->out, row);
        break;
    case PM_NAIVE_MAP:
        pm_naive_write(
            w->schema[0], pm_naive_add(w->out, row), node->column,
            pm_naive_plus(pm_naive_times(pm_naive_read(w->schema[0], row, node->column), node->a),
                          node->b));
        break;
    case PM_NAIVE_FLAT_MAP:
        flat_map(w, row);
        break;
    case PM_NAIVE_KEY_BY:
        key_by(w, row);
        break;
    case PM_NAIVE_SIDE_OUTPUT:
        side_output(w, row);
        break;
    case PM_NAIVE_ENRICH:
        enrich(w, row);
        break;
    case PM_NAIVE_DECODE:
        decode(w, row);
        break;
    default:
        pm_naive_add(w->out, row);
        break;
    }
}

/* --- keys ------------------------------------------------------------------------------------- */

/* True for the first row of its key. */
static bool opens_key(const struct pm_naive_rows *rows, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (rows->rows[k].key == rows->rows[i].key)
            return false;
    }
    return true;
}

static void keyed(const struct pm_naive_work *w)
{
    static pm_naive_key_fn *const of[PM_NAIVE_KINDS] = {
        [PM_NAIVE_WINDOW] = pm_naive_windows_of,
        [PM_NAIVE_SESSION] = pm_naive_sessions_of,
        [PM_NAIVE_JOIN] = pm_naive_join_of,
        [PM_NAIVE_INTERVAL_JOIN] = pm_naive_interval_join_of,
        [PM_NAIVE_WINDOW_JOIN] = pm_naive_window_join_of,
        [PM_NAIVE_AGGREGATE] = pm_naive_running_of,
        [PM_NAIVE_PROCESS] = pm_naive_running_of,
        [PM_NAIVE_DISTINCT] = pm_naive_distinct_of,
        [PM_NAIVE_COUNT_WINDOW] = pm_naive_count_windows_of,
        [PM_NAIVE_DEDUP] = pm_naive_dedup_of,
        [PM_NAIVE_UPDATE] = pm_naive_update_of,
        [PM_NAIVE_WINDOW_UPDATES] = pm_naive_window_updates_of,
        [PM_NAIVE_TOP_N] = pm_naive_top_n_of,
        [PM_NAIVE_COALESCE] = pm_naive_coalesce_of,
    };
    const struct pm_naive_rows *in = w->input[0];
    const struct pm_naive_row **some = calloc(in->count + 1, sizeof *some);

    for (size_t i = 0; some != NULL && i < in->count; i++) {
        if (opens_key(in, i))
            of[w->node->kind](w, in->rows[i].key, some);
    }
    free(some);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void run_node(const struct pm_naive_work *w)
{
    const enum pm_naive_kind kind = w->node->kind;

    if (kind == PM_NAIVE_PATTERN)
        pm_naive_pattern_all(w);
    else if (kind >= PM_NAIVE_WINDOW && kind != PM_NAIVE_DECODE)
        keyed(w);
    else {
        for (unsigned k = 0; k < w->node->inputs; k++) {
            for (size_t i = 0; i < w->input[k]->count; i++)
                stateless(w, &w->input[k]->rows[i]);
        }
        return;
    }
    pm_naive_late_rows(w);
}

bool pm_naive_run(const struct pm_naive_plan *plan, struct pm_naive_answer *answer)
{
    for (unsigned n = 0; n < plan->count; n++) {
        const struct pm_naive_node *node = &plan->node[n];
        struct pm_naive_work work = {.node = node, .out = answer->of[n]};
        if (node->kind == PM_NAIVE_SOURCE)
            continue;
        for (unsigned k = 0; k < node->inputs; k++) {
            work.schema[k] = &plan->node[node->input[k].node].schema[node->input[k].port];
            work.input[k] = &answer->of[node->input[k].node][node->input[k].port];
        }
        run_node(&work);
        for (unsigned port = 0; port < node->ports; port++) {
            if (answer->of[n][port].count > ROWS_MAX)
                return false;
        }
    }
    return true;
}

void pm_naive_close(struct pm_naive_answer *answer)
{
    for (unsigned n = 0; n < PM_NAIVE_NODES; n++) {
        for (unsigned port = 0; port < PM_NAIVE_PORTS; port++)
            free(answer->of[n][port].rows);
    }
    memset(answer, 0, sizeof *answer);
}
