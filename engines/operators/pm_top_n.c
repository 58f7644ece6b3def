/* SPDX-License-Identifier: Apache-2.0 */
/* top_n: the items of a key with the largest values, published as they come and go. */
#include "pm_changes.h"
#include "pm_columns.h"
#include "pm_verbs.h"

#include <string.h>

struct top_n_plan {
    unsigned n;
    bool paired; /* the row behind a BEFORE is its INSERT: nothing stands between maker and here */
    char item[PM_COLUMN_NAME_SIZE];
    char value[PM_COLUMN_NAME_SIZE];
};

struct top_n {
    struct pm_operator base;
    struct pm_out out;
    unsigned n;
    bool paired;
    bool took; /* the first half of the update in hand took a row that is out: */
    int64_t taken;
    struct pm_column item, value;
    struct pm_cell *items;  /* map: item to its value */
    struct pm_cell *values; /* map: value to struct tied */
    struct pm_cell *shown;  /* value: struct top */
};

/* The items that have one value: how many, and the n smallest of them, ascending. */
struct tied {
    int64_t count;
    int64_t item[PM_TOP_N_MAX];
};

/* What is out: in order of value, largest first, then of item. */
struct top {
    int64_t count;
    struct ranked {
        int64_t item, value;
    } row[PM_TOP_N_MAX];
};

static unsigned kept(const struct top_n *self, const struct tied *tied)
{
    return tied->count < (int64_t)self->n ? (unsigned)tied->count : self->n;
}

/* --- the counted ordered map ------------------------------------------------------------------ */

static void add(struct top_n *self, uint64_t key, int64_t item, int64_t value)
{
    struct tied *tied = pm_map_put(self->values, key, value, NULL);
    unsigned at = kept(self, tied);

    tied->count++;
    if (at == self->n) {
        if (item > tied->item[--at])
            return;
    }
    for (; at > 0 && tied->item[at - 1] > item; at--)
        tied->item[at] = tied->item[at - 1];
    tied->item[at] = item;
}

/* The smallest item above @p item that has @p value: the key's items are searched, which happens
 * only when one of more than n equal ones goes. */
static int64_t next_tied(struct top_n *self, uint64_t key, int64_t item, int64_t value)
{
    struct pm_state_entry entries[64];
    uint32_t count;

    do {
        count = pm_map_scan(self->items, key, item + 1, entries, 64);
        for (uint32_t i = 0; i < count; i++) {
            item = entries[i].order;
            if (*(const int64_t *)entries[i].value == value)
                return item;
        }
    } while (count == 64);
    return item;
}

static void take(struct top_n *self, uint64_t key, int64_t item, int64_t value)
{
    struct tied *tied = pm_map_get(self->values, key, value);
    const unsigned count = kept(self, tied);
    unsigned at = 0;

    while (at < count && tied->item[at] != item)
        at++;
    if (--tied->count == 0) {
        pm_map_delete(self->values, key, value);
        return;
    }
    if (at == count)
        return;
    const int64_t last = tied->item[count - 1];
    memmove(&tied->item[at], &tied->item[at + 1], (count - 1 - at) * sizeof tied->item[0]);
    if (tied->count >= (int64_t)self->n)
        tied->item[self->n - 1] = next_tied(self, key, last, value);
}

/* --- what is out ------------------------------------------------------------------------------ */

static const struct ranked *find(const struct ranked *rows, int64_t count, int64_t item)
{
    for (int64_t i = 0; i < count; i++) {
        if (rows[i].item == item)
            return &rows[i];
    }
    return NULL;
}

static inline bool is_above(const struct ranked *a, const struct ranked *b)
{
    return a->value > b->value || (a->value == b->value && a->item < b->item);
}

static void rank(struct top_n *self, uint64_t key, struct top *top)
{
    struct pm_state_entry entry;
    int64_t below = INT64_MAX;

    top->count = 0;
    while (top->count < (int64_t)self->n && pm_map_at_most(self->values, key, below, &entry)) {
        const struct tied *tied = entry.value;
        const unsigned count = kept(self, tied);
        for (unsigned i = 0; i < count && top->count < (int64_t)self->n; i++)
            top->row[top->count++] = (struct ranked){tied->item[i], entry.order};
        if (entry.order == INT64_MIN)
            break;
        below = entry.order - 1;
    }
}

/* The rows that are out and that the change in hand, which is of @p item, leaves alone. */
static void keep_others(const struct top_n *self, const struct top *shown, int64_t item,
                        struct top *top)
{
    top->count = 0;
    for (int64_t i = 0; i < shown->count; i++) {
        const struct ranked *row = &shown->row[i];
        if (row->item != item && !(self->took && row->item == self->taken))
            top->row[top->count++] = *row;
    }
}

/*
 * The top once @p item has become @p row, or has gone where that is NULL. What is not out lies at
 * or below the last row that was, so the maps are asked only when one of those may come up.
 */
static void change(struct top_n *self, uint64_t key, const struct top *shown, int64_t item,
                   const struct ranked *row, struct top *top)
{
    const int64_t n = self->n;

    keep_others(self, shown, item, top);
    const int64_t gone = shown->count - top->count;
    if (shown->count == n && gone != 0 &&
        (gone > 1 || row == NULL || is_above(&shown->row[n - 1], row))) {
        rank(self, key, top);
        return;
    }
    if (row == NULL || (top->count == n && is_above(&top->row[n - 1], row)))
        return;
    int64_t at = top->count < n ? top->count++ : n - 1;
    for (; at > 0 && is_above(row, &top->row[at - 1]); at--)
        top->row[at] = top->row[at - 1];
    top->row[at] = *row;
}

struct cause {
    const struct pm_record *record;
    const struct pm_bytes *bytes;
};

static void publish(struct pm_out *out, const struct cause *cause, enum pm_record_op op,
                    const struct ranked *row)
{
    const int64_t results[2] = {row->item, row->value};

    pm_changes_make(out, cause->record, cause->bytes, op, 2, results);
}

/* Rows that leave go first, so that never more than n are out. */
static void publish_changes(struct top_n *self, const struct cause *cause, const struct ranked *was,
                            int64_t was_count, const struct ranked *is, int64_t is_count)
{
    for (int64_t i = 0; i < was_count; i++) {
        if (find(is, is_count, was[i].item) == NULL)
            publish(&self->out, cause, PM_OP_DELETE, &was[i]);
    }
    for (int64_t i = 0; i < is_count; i++) {
        const struct ranked *before = find(was, was_count, is[i].item);
        if (before != NULL && before->value == is[i].value)
            continue;
        if (before != NULL)
            publish(&self->out, cause, PM_OP_BEFORE, before);
        publish(&self->out, cause, PM_OP_INSERT, &is[i]);
    }
}

static inline bool is_same(const struct ranked *a, const struct ranked *b)
{
    return a->item == b->item && a->value == b->value;
}

/* Publish what differs: rows that stand alike at both ends of both tops are not looked for. */
static void show(struct top_n *self, const struct cause *cause, struct top *shown, int64_t item,
                 const struct ranked *row)
{
    PM_SCRATCH struct top top;
    int64_t from = 0;

    change(self, cause->record->key, shown, item, row, &top);
    int64_t was = shown->count, is = top.count;
    while (from < was && from < is && is_same(&shown->row[from], &top.row[from]))
        from++;
    for (; was > from && is > from && is_same(&shown->row[was - 1], &top.row[is - 1]); was--)
        is--;
    publish_changes(self, cause, shown->row + from, was - from, top.row + from, is - from);
    shown->count = top.count;
    memcpy(shown->row + from, top.row + from, (size_t)(top.count - from) * sizeof top.row[0]);
    if (top.count == 0)
        pm_value_delete(self->shown, cause->record->key);
}

/* An item that is not out and stays below the last row that is changes nothing. */
static inline bool stays_below(const struct top_n *self, const struct top *shown,
                               const struct ranked *row)
{
    return shown->count == (int64_t)self->n && is_above(&shown->row[self->n - 1], row) &&
           find(shown->row, shown->count, row->item) == NULL;
}

/* False where that is all: the second half of an update follows, or the row was never seen. */
static bool take_row(struct top_n *self, const struct pm_record *record, const struct ranked *row)
{
    const int64_t *held = pm_map_get(self->items, record->key, row->item);

    if (held == NULL || *held != row->value) {
        pm_task_fail(self->base.task, &self->base, PM_EINTERNAL, "a delete of a row never seen");
        return false;
    }
    take(self, record->key, row->item, row->value);
    pm_map_delete(self->items, record->key, row->item);
    if (!self->paired || pm_record_op(record) != PM_OP_BEFORE)
        return true;
    const struct top *shown = pm_value_pin(self->shown, record->key);
    self->took = find(shown->row, shown->count, row->item) != NULL;
    self->taken = row->item;
    return false;
}

static void add_row(struct top_n *self, uint64_t key, const struct ranked *row)
{
    bool fresh;
    int64_t *held = pm_map_put(self->items, key, row->item, &fresh);

    if (!fresh)
        take(self, key, row->item, *held);
    *held = row->value;
    add(self, key, row->item, row->value);
}

static inline void order(struct top_n *self, unsigned input, const struct pm_record *record,
                         const struct pm_bytes *bytes, struct pm_out *out)
{
    const struct ranked row = {pm_schema_read(&self->item, record, bytes),
                               pm_schema_read(&self->value, record, bytes)};
    const bool deletes = pm_record_deletes(record);
    const struct cause cause = {record, bytes};

    (void)input;
    (void)out;
    if (!deletes)
        add_row(self, record->key, &row);
    else if (!take_row(self, record, &row))
        return;
    struct top *shown = pm_value_pin(self->shown, record->key);
    if (self->took || !stays_below(self, shown, &row))
        show(self, &cause, shown, row.item, deletes ? NULL : &row);
    self->took = false;
}
PM_EMIT_ENTRIES(top_n, struct top_n, order)

/* --- the plan --------------------------------------------------------------------------------- */

static int top_n_check(struct pm_plan_node *node, struct pm_error *error)
{
    struct top_n_plan *plan = node->config;
    const struct pm_schema *input = pm_plan_flow_schema(node->inputs[0]);
    int code = pm_columns_need(node, 0, plan->item, PM_COLUMNS_INTEGER, error);

    if (code == 0)
        code = pm_columns_need(node, 0, plan->value, PM_COLUMNS_INTEGER, error);
    if (code != 0)
        return code;
    if (plan->n < 1 || plan->n > PM_TOP_N_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: n is %u, 1 to %u are allowed", node->name,
                            plan->n, PM_TOP_N_MAX);
    if (strcmp(plan->item, plan->value) == 0)
        return pm_error_set(error, PM_EINPUT, "%s: '%s' is item and value", node->name, plan->item);
    plan->paired = node->inputs[0].port == 0 &&
                   (node->inputs[0].node->class->traits & PM_TRAIT_MAKES_RETRACT) != 0;
    pm_results_open(&node->schema, node->name);
    if (pm_schema_find(&node->schema, plan->item) != NULL ||
        pm_schema_find(&node->schema, plan->value) != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' would stand twice", node->name,
                            node->schema.columns[0].name);
    node->schema.columns[1] =
        pm_results_column_as(pm_schema_find(input, plan->item), plan->item, 0);
    node->schema.columns[2] =
        pm_results_column_as(pm_schema_find(input, plan->value), plan->value, 1);
    node->schema.count = 3;
    return 0;
}

static int top_n_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct top_n_plan *plan = config;
    struct top_n *self = (struct top_n *)op;
    const uint32_t tied = 8 + 8 * plan->n, top = 8 + 16 * plan->n;

    self->n = plan->n;
    self->paired = plan->paired;
    self->item = *pm_schema_find(op->input_schema[0], plan->item);
    self->value = *pm_schema_find(op->input_schema[0], plan->value);
    int code = pm_state_declare(&self->items, op->state, "items", PM_CELL_MAP, 8, error);
    if (code == 0)
        code = pm_state_declare(&self->values, op->state, "values", PM_CELL_MAP, tied, error);
    if (code == 0)
        code = pm_state_declare(&self->shown, op->state, "shown", PM_CELL_VALUE, top, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void top_n_close(struct pm_operator *op)
{
    pm_out_close(&((struct top_n *)op)->out);
}

const struct pm_operator_class pm_class_top_n = {
    .name = "top_n",
    .help = "the items of a key with the largest values, as they come and go",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_TAKES_RETRACT |
              PM_TRAIT_MAKES_RETRACT | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct top_n),
    .config_size = sizeof(struct top_n_plan),
    .one = top_n_one,
    .chunk = top_n_chunk,
    .advance = pm_operator_advance,
    .check = top_n_check,
    .open = top_n_open,
    .close = top_n_close,
};

struct pm_flow pm_plan_top_n(struct pm_plan *plan, struct pm_flow keyed, const char *item,
                             const char *value, unsigned n)
{
    struct top_n_plan copy = {.n = n};

    pm_columns_name(copy.item, item);
    pm_columns_name(copy.value, value);
    return pm_plan_add(plan, &pm_class_top_n, &copy, 1, &keyed);
}
