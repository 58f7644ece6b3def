/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing plans: a beginning, the edge that is asked for, an end, and outputs at what is left open.
 */
#include "pm_random_plan.h"

#include <string.h>

struct drawing {
    struct pm_naive_plan *plan;
    struct pm_random *random;
    bool failed; /* a kind found no column that it can work on */
};

typedef struct pm_naive_flow flow_t;

static unsigned below(struct drawing *d, unsigned bound)
{
    return (unsigned)pm_random_below(d->random, bound);
}

static int64_t between(struct drawing *d, int64_t low, int64_t high)
{
    return pm_random_between(d->random, low, high);
}

static const struct pm_naive_schema *schema_of(const struct drawing *d, flow_t flow)
{
    return &d->plan->node[flow.node].schema[flow.port];
}

/* --- columns ------------------------------------------------------------------------------------
 */

enum demand { ANY, NUMBER, PAYLOAD, WIDE };

static bool suits(const struct pm_naive_column *column, enum demand demand)
{
    if (demand == ANY)
        return true;
    if (demand == NUMBER)
        return column->place != PM_NAIVE_TEXT;
    return column->place == PM_NAIVE_PAYLOAD && (demand == PAYLOAD || column->width == 8);
}

static unsigned pick_column(struct drawing *d, const struct pm_naive_schema *schema,
                            enum demand demand)
{
    unsigned found = 0, picked = 0;

    for (unsigned i = 0; i < schema->count; i++) {
        if (suits(&schema->column[i], demand) && below(d, ++found) == 0)
            picked = i;
    }
    d->failed = d->failed || found == 0;
    return picked;
}

/* --- settings of one operator
 * ---------------------------------------------------------------------- */

static void draw_folds(struct drawing *d, struct pm_naive_node *node,
                       const struct pm_naive_schema *in)
{
    node->folds = 1 + below(d, PM_NAIVE_FOLDS);
    for (unsigned i = 0; i < node->folds; i++)
        node->fold[i] = (struct pm_naive_fold){.fold = (enum pm_fold)below(d, 5),
                                               .column = pick_column(d, in, NUMBER),
                                               .decimals = below(d, 3)};
}

static void draw_window(struct drawing *d, struct pm_naive_node *node,
                        const struct pm_naive_schema *in)
{
    node->slide_ns = between(d, 5, 20);
    node->size_ns = node->slide_ns * between(d, 1, 4);
    node->gap_ns = between(d, 1, 12);
    node->lateness_ns = below(d, 2) == 0 ? 0 : between(d, 1, 40);
    draw_folds(d, node, in);
}

static void draw_join(struct drawing *d, struct pm_naive_node *node)
{
    const struct pm_naive_schema *right = schema_of(d, node->input[1]);

    node->lateness_ns = below(d, 2) == 0 ? 0 : between(d, 1, 40);
    node->columns = 1 + below(d, 2);
    for (unsigned i = 0; i < node->columns; i++)
        node->joined[i] = pick_column(d, right, NUMBER);
    if (node->columns == 2 && node->joined[0] == node->joined[1])
        node->columns = 1;
}

static void draw_filter(struct drawing *d, struct pm_naive_node *node,
                        const struct pm_naive_schema *in)
{
    node->column = pick_column(d, in, NUMBER);
    node->compare = (enum pm_compare)below(d, 6);
    node->a =
        in->column[node->column].place == PM_NAIVE_TIME ? between(d, 0, 150) : between(d, -3, 12);
    if (node->compare == PM_EQUAL && below(d, 4) != 0)
        node->compare = PM_NOT_EQUAL;
}

static void draw_settings(struct drawing *d, struct pm_naive_node *node)
{
    const struct pm_naive_schema *in = schema_of(d, node->input[0]);

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
        node->column = below(d, 2) == 0 ? pick_column(d, in, ANY) : 0;
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
    case PM_NAIVE_WINDOW:
    case PM_NAIVE_SESSION:
        draw_window(d, node, in);
        break;
    case PM_NAIVE_AGGREGATE:
        draw_folds(d, node, in);
        break;
    case PM_NAIVE_DISTINCT:
        node->column = pick_column(d, in, NUMBER);
        break;
    case PM_NAIVE_JOIN:
        draw_join(d, node);
        break;
    case PM_NAIVE_PROCESS:
        node->column = pick_column(d, in, WIDE);
        break;
    default:
        break;
    }
}

/* --- operators
 * ---------------------------------------------------------------------------------------- */

static flow_t add_node(struct drawing *d, enum pm_naive_kind kind, unsigned inputs,
                       const flow_t *input)
{
    if (d->failed || d->plan->count == PM_NAIVE_NODES) {
        d->failed = true;
        return (flow_t){0, 0};
    }
    const unsigned index = d->plan->count;
    struct pm_naive_node *node = &d->plan->node[index];
    *node = (struct pm_naive_node){.kind = kind, .inputs = inputs};
    memcpy(node->input, input, inputs * sizeof *input);
    draw_settings(d, node);
    if (d->failed)
        return (flow_t){0, 0};
    pm_naive_describe(d->plan, index);
    d->plan->count++;
    return (flow_t){index, 0};
}

/* A key_by that keeps the source's key most of the time, so that arrival order is known. */
static flow_t key(struct drawing *d, flow_t from)
{
    return add_node(d, PM_NAIVE_KEY_BY, 1, &from);
}

static flow_t any_source(struct drawing *d)
{
    unsigned sources = 0;

    while (d->plan->node[sources].kind == PM_NAIVE_SOURCE && sources < d->plan->count)
        sources++;
    return (flow_t){below(d, sources), 0};
}

/* Something with the columns of @p flow to unite it with. */
static flow_t like(struct drawing *d, flow_t flow)
{
    const enum pm_naive_kind kinds[] = {PM_NAIVE_FILTER, PM_NAIVE_MAP, PM_NAIVE_FLAT_MAP};

    if (d->plan->node[flow.node].kind == PM_NAIVE_SOURCE && below(d, 3) != 0)
        return any_source(d);
    return below(d, 2) == 0 ? flow : add_node(d, kinds[below(d, 3)], 1, &flow);
}

/* Something keyed to join @p flow with. */
static flow_t keyed_like(struct drawing *d, flow_t flow)
{
    if (below(d, 3) == 0)
        return flow;
    if (below(d, 3) == 0)
        return key(d, flow);
    return key(d, any_source(d));
}

/* An operator of @p kind that @p flow enters at @p input. */
static flow_t add(struct drawing *d, enum pm_naive_kind kind, flow_t flow, unsigned input)
{
    flow_t inputs[PM_NAIVE_INPUTS];
    unsigned count = 1;

    if (kind == PM_NAIVE_UNION) {
        count = 2 + below(d, 2);
        for (unsigned i = 0; i < count; i++)
            inputs[i] = i == input ? flow : like(d, flow);
    } else if (kind == PM_NAIVE_JOIN) {
        count = 2;
        inputs[input] = flow;
        inputs[1 - input] = keyed_like(d, flow);
    } else {
        inputs[0] = flow;
    }
    return add_node(d, kind, count, inputs);
}

static flow_t any_port(struct drawing *d, flow_t flow)
{
    return (flow_t){flow.node, below(d, 4) == 0 ? below(d, d->plan->node[flow.node].ports) : 0};
}

static enum pm_naive_kind any_kind(struct drawing *d)
{
    return (enum pm_naive_kind)(1 + below(d, PM_NAIVE_KINDS - 1));
}

/* --- plans
 * ---------------------------------------------------------------------------------------------- */

/* What may stand before the edge: mostly little, often a key. */
static flow_t begin(struct drawing *d)
{
    flow_t flow = any_source(d);

    if (below(d, 4) == 0)
        flow = any_port(d, add(d, any_kind(d), flow, 0));
    if (below(d, 5) == 0)
        flow = add(d, PM_NAIVE_UNION, flow, 0);
    if (below(d, 3) != 0)
        flow = key(d, flow);
    if (below(d, 3) == 0)
        flow = any_port(d, add(d, any_kind(d), flow, 0));
    return flow;
}

static bool is_read(const struct drawing *d, flow_t flow)
{
    for (unsigned n = 0; n < d->plan->count; n++) {
        const struct pm_naive_node *node = &d->plan->node[n];
        for (unsigned k = 0; k < node->inputs; k++) {
            if (node->input[k].node == flow.node && node->input[k].port == flow.port)
                return true;
        }
    }
    return false;
}

/* Outputs at the open ends, and at some places between. */
static void end(struct drawing *d)
{
    struct pm_naive_plan *plan = d->plan;

    for (unsigned n = plan->count; n-- > 0;) {
        for (unsigned port = 0; port < plan->node[n].ports; port++) {
            const flow_t flow = {n, port};
            if (plan->node[n].kind == PM_NAIVE_SOURCE || plan->outputs == PM_NAIVE_OUTPUTS)
                continue;
            if (is_read(d, flow) ? below(d, 8) == 0 : port == 0 || below(d, 3) != 0)
                plan->output[plan->outputs++] = flow;
        }
    }
}

struct pm_random_edge pm_random_edge_of(unsigned number)
{
    return (struct pm_random_edge){
        .from = (enum pm_naive_kind)(number / 4 / PM_NAIVE_KINDS),
        .side = (number / 2 % 2) != 0,
        .to = (enum pm_naive_kind)(number / 4 % PM_NAIVE_KINDS),
        .input = number % 2,
    };
}

unsigned pm_random_edge_number(struct pm_random_edge edge)
{
    return (((unsigned)edge.from * PM_NAIVE_KINDS + (unsigned)edge.to) * 2 + edge.side) * 2 +
           edge.input;
}

bool pm_random_edge_is_one(struct pm_random_edge edge)
{
    static const bool has_side[PM_NAIVE_KINDS] = {[PM_NAIVE_SIDE_OUTPUT] = true,
                                                  [PM_NAIVE_WINDOW] = true,
                                                  [PM_NAIVE_SESSION] = true,
                                                  [PM_NAIVE_JOIN] = true,
                                                  [PM_NAIVE_DECODE] = true};
    const bool has_second = edge.to == PM_NAIVE_JOIN || edge.to == PM_NAIVE_UNION;

    return edge.to != PM_NAIVE_SOURCE && (!edge.side || has_side[edge.from]) &&
           (edge.input == 0 || has_second);
}

static bool draw_edge(struct drawing *d, struct pm_random_edge edge)
{
    flow_t flow = edge.from == PM_NAIVE_SOURCE ? any_source(d) : begin(d);

    if (edge.from != PM_NAIVE_SOURCE)
        flow = add(d, edge.from, flow, below(d, 2));
    if (d->failed)
        return false;
    flow.port = edge.side ? 1 + below(d, d->plan->node[flow.node].ports - 1) : 0;
    flow = add(d, edge.to, flow, edge.input);
    for (unsigned more = below(d, 3); more != 0; more--)
        flow = add(d, any_kind(d), any_port(d, flow), below(d, 2));
    return !d->failed;
}

struct pm_plan *pm_random_plan(struct pm_naive_plan *plan, struct pm_random_edge edge,
                               struct pm_random *random)
{
    struct drawing d = {.plan = plan, .random = random};
    const unsigned streams = 1 + below(&d, 3);

    *plan = (struct pm_naive_plan){.order = (enum pm_order)below(&d, 2)};
    for (unsigned i = 0; i < streams; i++) {
        plan->node[i] = (struct pm_naive_node){.kind = PM_NAIVE_SOURCE, .stream = i};
        pm_naive_describe(plan, i);
        plan->count++;
    }
    if (!draw_edge(&d, edge))
        return NULL;
    end(&d);
    struct pm_plan *built = pm_naive_build(plan);
    if (built == NULL || pm_plan_check(built, NULL) != 0) {
        pm_plan_close(built);
        return NULL;
    }
    return built;
}
