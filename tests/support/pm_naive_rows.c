/* SPDX-License-Identifier: Apache-2.0 */
/* What each operator must give, from its definition: every result looks at every row. */
#include "pm_naive_plan.h"

#include "pm_hash.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 20000u

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

static void write(const struct pm_naive_schema *schema, struct pm_naive_row *row, unsigned column,
                  int64_t value)
{
    row->value[column] = schema->column[column].width == 4 ? (int32_t)value : value;
}

/* One operator at work. */
struct work {
    const struct pm_naive_node *node;
    const struct pm_naive_schema *in; /* of input 0 */
    const struct pm_naive_rows *input[PM_NAIVE_INPUTS];
    const struct pm_naive_schema *right;
    struct pm_naive_rows *out; /* by port */
};

/* Modulo 2^64, as map computes. */
static int64_t plus(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x + (uint64_t)y);
}

static int64_t times(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x * (uint64_t)y);
}

/* --- one row after the other
 * ---------------------------------------------------------------------- */

static bool compares(enum pm_compare compare, int64_t x, int64_t y)
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

static void flat_map(const struct work *w, const struct pm_naive_row *row)
{
    int64_t copies = pm_naive_read(w->in, row, w->node->column);

    copies = copies > w->node->a ? w->node->a : copies;
    for (int64_t i = 0; i < copies; i++)
        write(w->in, pm_naive_add(w->out, row), w->node->column, i);
}

static void key_by(const struct work *w, const struct pm_naive_row *row)
{
    const bool is_text = w->in->column[w->node->column].place == PM_NAIVE_TEXT;

    pm_naive_add(w->out, row)->key = is_text ? pm_hash_bytes(row->text, row->text_size)
                                             : (uint64_t)pm_naive_read(w->in, row, w->node->column);
}

static void side_output(const struct work *w, const struct pm_naive_row *row)
{
    const int64_t port = pm_naive_read(w->in, row, w->node->column);

    pm_naive_add(&w->out[port > 0 && port < w->node->a ? port : 0], row);
}

static void enrich(const struct work *w, const struct pm_naive_row *row)
{
    const int64_t key = pm_naive_read(w->in, row, w->node->column);
    int64_t value = w->node->a;

    for (unsigned i = 0; i < 3; i++)
        value = w->node->table[i].key == key ? w->node->table[i].value : value;
    write(w->in, pm_naive_add(w->out, row), w->node->result, value);
}

/* A text is "v,n"; one field too few or too many is a dead letter. */
static void decode(const struct work *w, const struct pm_naive_row *row)
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

static void stateless(const struct work *w, const struct pm_naive_row *row)
{
    const struct pm_naive_node *node = w->node;

    switch (node->kind) {
    case PM_NAIVE_FILTER:
        if (compares(node->compare, pm_naive_read(w->in, row, node->column), node->a))
            pm_naive_add(w->out, row);
        break;
    case PM_NAIVE_MAP:
        write(w->in, pm_naive_add(w->out, row), node->column,
              plus(times(pm_naive_read(w->in, row, node->column), node->a), node->b));
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

/* --- folds
 * ---------------------------------------------------------------------------------------- */

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

static int64_t saturated(__int128 value)
{
    return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static int64_t mean(__int128 sum, int64_t count, int shift)
{
    const __int128 top = (sum < 0 ? -sum : sum) * power_of_ten(shift);
    const __int128 bottom = (__int128)count * power_of_ten(-shift);
    const __int128 rounded = (2 * top + bottom) / (2 * bottom);

    return saturated(sum < 0 ? -rounded : rounded);
}

/* Result @p index over the rows[0..count). */
static int64_t fold(const struct work *w, const struct pm_naive_fold *f,
                    const struct pm_naive_row *const *rows, size_t count)
{
    __int128 sum = 0;
    int64_t least = INT64_MAX, most = INT64_MIN;

    if (f->fold == PM_FOLD_COUNT)
        return (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        const int64_t value = pm_naive_read(w->in, rows[i], f->column);
        sum += value;
        least = value < least ? value : least;
        most = value > most ? value : most;
    }
    if (f->fold == PM_FOLD_MEAN)
        return mean(sum, (int64_t)count, (int)f->decimals - w->in->column[f->column].decimals);
    return f->fold == PM_FOLD_SUM ? saturated(sum) : f->fold == PM_FOLD_MIN ? least : most;
}

static void add_folds(const struct work *w, struct pm_naive_row *made, unsigned first,
                      const struct pm_naive_row *const *rows, size_t count)
{
    for (unsigned i = 0; i < w->node->folds; i++)
        made->value[first + i] = fold(w, &w->node->fold[i], rows, count);
}

/* --- keys and windows
 * ------------------------------------------------------------------------------- */

/* True for the first row of its key. */
static bool opens_key(const struct pm_naive_rows *rows, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (rows->rows[k].key == rows->rows[i].key)
            return false;
    }
    return true;
}

static void emit_window(const struct work *w, uint64_t key, int64_t start, int64_t end,
                        const struct pm_naive_row *const *rows, size_t count)
{
    struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);

    made->time_ns = end - 1;
    made->key = key;
    made->value[1] = start;
    made->value[2] = end;
    add_folds(w, made, 3, rows, count);
}

static int64_t floor_to(int64_t time, int64_t unit)
{
    int64_t whole = time / unit * unit;

    return whole > time ? whole - unit : whole;
}

static bool is_open(const struct pm_naive_row *row, int64_t end, int64_t lateness)
{
    return row->closed_ns == PM_TIME_MIN || end + lateness > row->closed_ns;
}

static void windows_of(const struct work *w, uint64_t key, const struct pm_naive_row **some)
{
    const struct pm_naive_node *node = w->node;
    const struct pm_naive_rows *in = w->input[0];
    int64_t first = INT64_MAX, last = INT64_MIN;

    for (size_t i = 0; i < in->count; i++) {
        const struct pm_naive_row *row = &in->rows[i];
        first = row->key == key && row->time_ns < first ? row->time_ns : first;
        last = row->key == key && row->time_ns > last ? row->time_ns : last;
    }
    for (int64_t end = floor_to(first, node->slide_ns); end <= last + node->size_ns;
         end += node->slide_ns) {
        size_t count = 0;
        for (size_t i = 0; i < in->count; i++) {
            const struct pm_naive_row *row = &in->rows[i];
            if (row->key == key && row->time_ns < end && row->time_ns >= end - node->size_ns &&
                is_open(row, end, node->lateness_ns))
                some[count++] = row;
        }
        if (count != 0)
            emit_window(w, key, end - node->size_ns, end, some, count);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct pm_naive_row *x = *(const struct pm_naive_row *const *)a;
    const struct pm_naive_row *y = *(const struct pm_naive_row *const *)b;

    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    return (x > y) - (x < y); /* of one array: in its order */
}

/* Rows of @p key in @p rows that are not late for @p lateness + @p extra, by time. */
static size_t in_time(const struct pm_naive_rows *rows, uint64_t key, int64_t allowed,
                      const struct pm_naive_row **some)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct pm_naive_row *row = &rows->rows[i];
        if (row->key == key &&
            (row->closed_ns == PM_TIME_MIN || row->time_ns + allowed >= row->closed_ns))
            some[count++] = row;
    }
    qsort(some, count, sizeof *some, by_time);
    return count;
}

static void sessions_of(const struct work *w, uint64_t key, const struct pm_naive_row **some)
{
    const size_t count = in_time(w->input[0], key, w->node->lateness_ns, some);

    for (size_t from = 0, to; from < count; from = to) {
        int64_t end = some[from]->time_ns + w->node->gap_ns;
        for (to = from + 1; to < count && some[to]->time_ns < end; to++)
            end = some[to]->time_ns + w->node->gap_ns;
        emit_window(w, key, some[from]->time_ns, end, some + from, to - from);
    }
}

static void late_rows(const struct work *w)
{
    const struct pm_naive_node *node = w->node;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        int64_t until = row->time_ns + node->lateness_ns + 1; /* of sessions and joins: the row's */
        if (node->kind == PM_NAIVE_WINDOW)
            until = floor_to(row->time_ns, node->slide_ns) + node->size_ns + node->lateness_ns;
        if (row->closed_ns != PM_TIME_MIN && until <= row->closed_ns)
            pm_naive_add(&w->out[1], row);
    }
}

/* --- the as-of join
 * ---------------------------------------------------------------------------------- */

static int compare_versions(const struct work *w, const struct pm_naive_row *x,
                            const struct pm_naive_row *y)
{
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    for (unsigned i = 0; i < w->node->columns; i++) {
        const int64_t a = pm_naive_read(w->right, x, w->node->joined[i]);
        const int64_t b = pm_naive_read(w->right, y, w->node->joined[i]);
        if (a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

static const struct pm_naive_row *version_for(const struct work *w, const struct pm_naive_row *left)
{
    const struct pm_naive_row *best = NULL;

    for (size_t i = 0; i < w->input[1]->count; i++) {
        const struct pm_naive_row *row = &w->input[1]->rows[i];
        if (row->key != left->key || row->time_ns > left->time_ns)
            continue;
        if (row->closed_ns != PM_TIME_MIN && left->time_ns < row->closed_ns - w->node->lateness_ns)
            continue;
        if (best == NULL || compare_versions(w, row, best) > 0)
            best = row;
    }
    return best;
}

static void join_of(const struct work *w, uint64_t key, const struct pm_naive_row **some)
{
    const size_t count = in_time(w->input[0], key, w->node->lateness_ns, some);

    for (size_t i = 0; i < count; i++) {
        const struct pm_naive_row *version = version_for(w, some[i]);
        struct pm_naive_row *made = pm_naive_add(&w->out[0], NULL);
        unsigned column = 0;
        made->time_ns = some[i]->time_ns;
        made->key = key;
        for (unsigned k = 0; k < w->in->count; k++) {
            if (w->in->column[k].place <= PM_NAIVE_PAYLOAD)
                made->value[column++] = some[i]->value[k];
        }
        for (unsigned k = 0; k < w->node->columns; k++)
            made->value[column++] =
                version != NULL ? pm_naive_read(w->right, version, w->node->joined[k]) : 0;
        made->value[column] = version != NULL;
    }
}

/* --- arrival order
 * ------------------------------------------------------------------------------------ */

static void running_of(const struct work *w, uint64_t key, const struct pm_naive_row **some)
{
    size_t count = 0;
    int64_t last = 0;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        if (row->key != key)
            continue;
        some[count++] = row;
        struct pm_naive_row *made = pm_naive_add(&w->out[0], row);
        if (w->node->kind == PM_NAIVE_PROCESS) {
            const int64_t value = pm_naive_read(w->in, row, w->node->column);
            write(w->in, made, w->node->column, plus(value, times(last, -1)));
            last = value;
            continue;
        }
        memset(made->value, 0, sizeof made->value);
        add_folds(w, made, 1, some, count);
    }
}

/* The first row of each value. */
static void distinct_of(const struct work *w, uint64_t key, const struct pm_naive_row **some)
{
    const unsigned column = w->node->column;
    size_t count = 0;

    for (size_t i = 0; i < w->input[0]->count; i++) {
        const struct pm_naive_row *row = &w->input[0]->rows[i];
        const int64_t value = pm_naive_read(w->in, row, column);
        size_t same = 0;
        while (same < count && pm_naive_read(w->in, some[same], column) != value)
            same++;
        if (row->key != key || same < count)
            continue;
        some[count++] = row;
        struct pm_naive_row *made = pm_naive_add(&w->out[0], row);
        memset(made->value, 0, sizeof made->value);
        made->value[1] = value;
    }
}

static void keyed(const struct work *w)
{
    static void (*const of[PM_NAIVE_KINDS])(const struct work *, uint64_t,
                                            const struct pm_naive_row **) = {
        [PM_NAIVE_WINDOW] = windows_of,  [PM_NAIVE_SESSION] = sessions_of,
        [PM_NAIVE_JOIN] = join_of,       [PM_NAIVE_AGGREGATE] = running_of,
        [PM_NAIVE_PROCESS] = running_of, [PM_NAIVE_DISTINCT] = distinct_of,
    };
    const struct pm_naive_rows *in = w->input[0];
    const struct pm_naive_row **some = calloc(in->count + 1, sizeof *some);

    for (size_t i = 0; some != NULL && i < in->count; i++) {
        if (opens_key(in, i))
            of[w->node->kind](w, in->rows[i].key, some);
    }
    free(some);
    if (w->node->ports == 2)
        late_rows(w);
}

/* --- all of it
 * ------------------------------------------------------------------------------------------ */

static void run_node(const struct work *w)
{
    if (w->node->kind >= PM_NAIVE_WINDOW && w->node->kind != PM_NAIVE_DECODE) {
        keyed(w);
        return;
    }
    for (unsigned k = 0; k < w->node->inputs; k++) {
        for (size_t i = 0; i < w->input[k]->count; i++)
            stateless(w, &w->input[k]->rows[i]);
    }
}

bool pm_naive_run(const struct pm_naive_plan *plan, struct pm_naive_answer *answer)
{
    for (unsigned n = 0; n < plan->count; n++) {
        const struct pm_naive_node *node = &plan->node[n];
        struct work work = {.node = node, .out = answer->of[n]};
        if (node->kind == PM_NAIVE_SOURCE)
            continue;
        work.in = &plan->node[node->input[0].node].schema[node->input[0].port];
        for (unsigned k = 0; k < node->inputs; k++)
            work.input[k] = &answer->of[node->input[k].node][node->input[k].port];
        if (node->inputs > 1)
            work.right = &plan->node[node->input[1].node].schema[node->input[1].port];
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
