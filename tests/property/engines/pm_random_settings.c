/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing the settings of an operator: legal ones, small enough for their limits to be met. */
#include "pm_random_drawing.h"

static int64_t between(struct pm_drawing *d, int64_t low, int64_t high)
{
    return pm_random_between(d->random, low, high);
}

/* --- columns ---------------------------------------------------------------------------------- */

enum demand { ANY, NUMBER, KEPT, PAYLOAD, WIDE };

static bool suits(const struct pm_naive_column *column, enum demand demand)
{
    if (demand == ANY)
        return true;
    if (demand == NUMBER)
        return column->place != PM_NAIVE_TEXT;
    if (demand == KEPT)
        return column->place <= PM_NAIVE_PAYLOAD;
    return column->place == PM_NAIVE_PAYLOAD && (demand == PAYLOAD || column->width == 8);
}

static unsigned pick_column(struct pm_drawing *d, const struct pm_naive_schema *schema,
                            enum demand demand)
{
    unsigned found = 0, picked = 0;

    for (unsigned i = 0; i < schema->count; i++) {
        if (suits(&schema->column[i], demand) && pm_drawing_below(d, ++found) == 0)
            picked = i;
    }
    d->failed = d->failed || found == 0;
    return picked;
}

/* --- settings of one operator ----------------------------------------------------------------- */

static void draw_folds(struct pm_drawing *d, struct pm_naive_node *node,
                       const struct pm_naive_schema *in)
{
    node->folds = 1 + pm_drawing_below(d, PM_NAIVE_FOLDS);
    for (unsigned i = 0; i < node->folds; i++)
        node->fold[i] = (struct pm_naive_fold){.fold = (enum pm_fold)pm_drawing_below(d, 5),
                                               .column = pick_column(d, in, NUMBER),
                                               .decimals = pm_drawing_below(d, 3)};
}

static int64_t draw_lateness(struct pm_drawing *d)
{
    return pm_drawing_below(d, 2) == 0 ? 0 : between(d, 1, 40);
}

static void draw_window(struct pm_drawing *d, struct pm_naive_node *node,
                        const struct pm_naive_schema *in)
{
    node->slide_ns = between(d, 5, 20);
    node->size_ns = node->slide_ns * between(d, 1, 4);
    node->gap_ns = between(d, 1, 12);
    node->lateness_ns = draw_lateness(d);
    if (node->kind == PM_NAIVE_WINDOW && node->size_ns != node->slide_ns)
        node->more_ns = node->slide_ns * between(d, 0, node->size_ns / node->slide_ns - 1);
    draw_folds(d, node, in);
}

static void draw_join(struct pm_drawing *d, struct pm_naive_node *node)
{
    const struct pm_naive_schema *right = pm_drawing_schema(d, node->input[1]);
    const bool as_of = node->kind == PM_NAIVE_JOIN;

    node->lateness_ns = draw_lateness(d);
    node->columns = as_of ? 1 + pm_drawing_below(d, 2) : pm_drawing_below(d, 3);
    for (unsigned i = 0; i < node->columns; i++)
        node->joined[i] = pick_column(d, right, as_of ? NUMBER : KEPT);
    if (node->columns == 2 && node->joined[0] == node->joined[1])
        node->columns = 1;
    node->slide_ns = between(d, 3, 12);
    node->size_ns = node->slide_ns * between(d, 1, 4);
    if (node->kind != PM_NAIVE_INTERVAL_JOIN)
        return;
    node->a = between(d, -20, 12);
    node->b = node->a + (pm_drawing_below(d, 6) == 0 ? 0 : between(d, 0, 20));
}

static void draw_compared(struct pm_drawing *d, const struct pm_naive_schema *in, unsigned column,
                          enum pm_compare *compare, int64_t *value)
{
    *compare = (enum pm_compare)pm_drawing_below(d, 6);
    *value = in->column[column].place == PM_NAIVE_TIME ? between(d, 0, 150) : between(d, -3, 12);
    if (*compare == PM_EQUAL && pm_drawing_below(d, 4) != 0)
        *compare = PM_NOT_EQUAL;
}

static void draw_condition(struct pm_drawing *d, const struct pm_naive_node *node,
                           struct pm_naive_condition *condition)
{
    condition->input = pm_drawing_below(d, node->inputs);
    const struct pm_naive_schema *in = pm_drawing_schema(d, node->input[condition->input]);
    condition->column = pick_column(d, in, KEPT);
    condition->is_any = pm_drawing_below(d, 4) == 0;
    draw_compared(d, in, condition->column, &condition->compare, &condition->value);
}

/* Something that may happen: few records, a bound that is often reached and often not. */
static void draw_pattern(struct pm_drawing *d, struct pm_naive_node *node)
{
    struct pm_naive_pattern *pattern = &node->pattern;

    node->size_ns = between(d, 1, 60);
    node->lateness_ns = draw_lateness(d);
    pattern->steps = 1 + pm_drawing_below(d, PM_NAIVE_STEPS);
    for (unsigned i = 0; i < pattern->steps; i++) {
        struct pm_naive_step *step = &pattern->step[i];
        draw_condition(d, node, &step->is);
        step->times = pm_drawing_below(d, 3) == 0 ? 2 + pm_drawing_below(d, 2) : 1;
        step->is_strict = pm_drawing_below(d, 3) == 0;
        step->has_unless = pm_drawing_below(d, 4) == 0;
        draw_condition(d, node, &step->unless);
    }
    draw_condition(d, node, &pattern->absent);
    pattern->absent_ns =
        pm_drawing_below(d, 2) == 0 ? 0 : between(d, 0, (node->size_ns - 1) / 2 + 1);
    if (pattern->absent_ns >= node->size_ns)
        pattern->absent_ns = 0;
    pattern->skip = pm_drawing_below(d, 2) == 0 ? PM_SKIP_PAST_LAST : PM_SKIP_TO_NEXT;
    pattern->measures = pm_drawing_below(d, PM_NAIVE_MEASURES + 1);
    for (unsigned i = 0; i < pattern->measures; i++) {
        struct pm_naive_measure *measure = &pattern->measure[i];
        measure->step = pm_drawing_below(d, pattern->steps);
        const unsigned input = pattern->step[measure->step].is.input;
        measure->column = pick_column(d, pm_drawing_schema(d, node->input[input]), KEPT);
        measure->which = pm_drawing_below(d, 2) == 0 ? PM_FIRST_OF : PM_LAST_OF;
    }
}

static void draw_filter(struct pm_drawing *d, struct pm_naive_node *node,
                        const struct pm_naive_schema *in)
{
    node->column = pick_column(d, in, NUMBER);
    draw_compared(d, in, node->column, &node->compare, &node->a);
}

static const struct pm_naive_facts *facts_of(const struct pm_drawing *d,
                                             const struct pm_naive_node *node)
{
    return &d->plan->node[node->input[0].node].facts[node->input[0].port];
}

/* Of rows that are taken back no two that stand may be one item: a delete would find the other. */
static void draw_top_n(struct pm_drawing *d, struct pm_naive_node *node,
                       const struct pm_naive_schema *in)
{
    const struct pm_naive_facts *facts = facts_of(d, node);

    node->column = pick_column(d, in, NUMBER);
    if (facts->updates && facts->name != PM_NAIVE_KEY_ALONE) {
        d->failed = d->failed || facts->name == PM_NAIVE_NO_NAME;
        node->column = d->failed ? 0 : (unsigned)facts->name;
    }
    node->result = pick_column(d, in, NUMBER);
    node->a = 1 + pm_drawing_below(d, 4);
}

/* It keeps rows by their name. */
static void draw_coalesce(struct pm_drawing *d, struct pm_naive_node *node)
{
    const struct pm_naive_facts *facts = facts_of(d, node);

    d->failed = d->failed || !facts->updates || facts->name == PM_NAIVE_NO_NAME;
    node->a = pm_drawing_below(d, 4) == 0 ? between(d, 100, 1000) : between(d, 1, 60);
}

/* Of operators that look at each row alone. */
static void draw_stateless(struct pm_drawing *d, struct pm_naive_node *node,
                           const struct pm_naive_schema *in)
{
    switch (node->kind) {
    case PM_NAIVE_FILTER:
        draw_filter(d, node, in);
        break;
    case PM_NAIVE_MAP:
        node->column = pick_column(d, in, PAYLOAD);
        node->a = between(d, -2, 2);
        node->b = between(d, -3, 3);
        break;
    case PM_NAIVE_FLAT_MAP:
        node->column = pick_column(d, in, PAYLOAD);
        node->a = between(d, 1, 4);
        break;
    case PM_NAIVE_KEY_BY:
        node->column = pm_drawing_below(d, 2) == 0 ? pick_column(d, in, ANY) : 0;
        for (unsigned i = 0; i < in->count && node->column == 0; i++)
            node->column = in->column[i].place == PM_NAIVE_KEY ? i : 0;
        break;
    case PM_NAIVE_SIDE_OUTPUT:
        node->column = pick_column(d, in, NUMBER);
        node->a = between(d, 2, PM_NAIVE_PORTS);
        break;
    case PM_NAIVE_ENRICH:
        node->column = pick_column(d, in, NUMBER);
        node->result = pick_column(d, in, PAYLOAD);
        node->a = between(d, -2, 2);
        for (unsigned i = 0; i < 3; i++)
            node->table[i] = (struct pm_enrich_row){i + 1, between(d, 0, 9)};
        break;
    default:
        break;
    }
}

void pm_drawing_settings(struct pm_drawing *d, struct pm_naive_node *node)
{
    const struct pm_naive_schema *in = pm_drawing_schema(d, node->input[0]);

    switch (node->kind) {
    case PM_NAIVE_UPDATE:
        node->column = pick_column(d, in, NUMBER);
        node->a = pm_drawing_below(d, 2);
        draw_folds(d, node, in);
        break;
    case PM_NAIVE_TOP_N:
        draw_top_n(d, node, in);
        break;
    case PM_NAIVE_COALESCE:
        draw_coalesce(d, node);
        break;
    case PM_NAIVE_WINDOW:
    case PM_NAIVE_WINDOW_UPDATES:
    case PM_NAIVE_SESSION:
        draw_window(d, node, in);
        break;
    case PM_NAIVE_AGGREGATE:
        draw_folds(d, node, in);
        break;
    case PM_NAIVE_DISTINCT:
        node->column = pick_column(d, in, NUMBER);
        break;
    case PM_NAIVE_COUNT_WINDOW:
        node->b = between(d, 1, 4);
        node->a = node->b * between(d, 1, 4);
        draw_folds(d, node, in);
        break;
    case PM_NAIVE_JOIN:
    case PM_NAIVE_INTERVAL_JOIN:
    case PM_NAIVE_WINDOW_JOIN:
        draw_join(d, node);
        break;
    case PM_NAIVE_DEDUP:
        node->a = pm_drawing_below(d, 2) == 0 ? PM_KEEP_FIRST : PM_KEEP_LAST;
        node->size_ns = between(d, 1, 30);
        node->lateness_ns = draw_lateness(d);
        break;
    case PM_NAIVE_PATTERN:
        draw_pattern(d, node);
        break;
    case PM_NAIVE_PROCESS:
        node->column = pick_column(d, in, WIDE);
        break;
    default:
        draw_stateless(d, node, in);
        break;
    }
}
