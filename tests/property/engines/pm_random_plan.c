/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing plans: a beginning, the edge that is asked for, an end, and outputs at what is left open.
 */
#include "pm_random_plan.h"

#include "pm_random_drawing.h"

#include <string.h>

typedef struct pm_naive_flow flow_t;

/* --- operators -------------------------------------------------------------------------------- */

static flow_t add_node(struct pm_drawing *d, enum pm_naive_kind kind, unsigned inputs,
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
    pm_drawing_settings(d, node);
    if (d->failed)
        return (flow_t){0, 0};
    pm_naive_describe(d->plan, index);
    d->plan->count++;
    return (flow_t){index, 0};
}

/* A key_by that keeps the source's key most of the time, so that arrival order is known. */
static flow_t key(struct pm_drawing *d, flow_t from)
{
    return add_node(d, PM_NAIVE_KEY_BY, 1, &from);
}

static flow_t any_source(struct pm_drawing *d)
{
    unsigned sources = 0;

    while (d->plan->node[sources].kind == PM_NAIVE_SOURCE && sources < d->plan->count)
        sources++;
    return (flow_t){pm_drawing_below(d, sources), 0};
}

/* Something with the columns of @p flow to unite it with. */
static flow_t like(struct pm_drawing *d, flow_t flow)
{
    const enum pm_naive_kind kinds[] = {PM_NAIVE_FILTER, PM_NAIVE_MAP, PM_NAIVE_FLAT_MAP};

    if (d->plan->node[flow.node].kind == PM_NAIVE_SOURCE && pm_drawing_below(d, 3) != 0)
        return any_source(d);
    return pm_drawing_below(d, 2) == 0 ? flow
                                       : add_node(d, kinds[pm_drawing_below(d, 3)], 1, &flow);
}

/* Something keyed to join @p flow with. */
static flow_t keyed_like(struct pm_drawing *d, flow_t flow)
{
    if (pm_drawing_below(d, 3) == 0)
        return flow;
    if (pm_drawing_below(d, 3) == 0)
        return key(d, flow);
    return key(d, any_source(d));
}

static bool is_join(enum pm_naive_kind kind)
{
    return kind == PM_NAIVE_JOIN || kind == PM_NAIVE_INTERVAL_JOIN || kind == PM_NAIVE_WINDOW_JOIN;
}

/* An operator of @p kind that @p flow enters at @p input. */
static flow_t add(struct pm_drawing *d, enum pm_naive_kind kind, flow_t flow, unsigned input)
{
    flow_t inputs[PM_NAIVE_INPUTS];
    unsigned count = 1;

    if (kind == PM_NAIVE_UNION) {
        count = 2 + pm_drawing_below(d, 2);
        for (unsigned i = 0; i < count; i++)
            inputs[i] = i == input ? flow : like(d, flow);
    } else if (is_join(kind) || kind == PM_NAIVE_PATTERN) {
        count = is_join(kind) ? 2 : 1 + input + pm_drawing_below(d, 3 - input);
        for (unsigned i = 0; i < count; i++)
            inputs[i] = i == input ? flow : keyed_like(d, flow);
    } else {
        inputs[0] = flow;
    }
    return add_node(d, kind, count, inputs);
}

static flow_t any_port(struct pm_drawing *d, flow_t flow)
{
    return (flow_t){flow.node, pm_drawing_below(d, 4) == 0
                                   ? pm_drawing_below(d, d->plan->node[flow.node].ports)
                                   : 0};
}

static enum pm_naive_kind any_kind(struct pm_drawing *d)
{
    return (enum pm_naive_kind)(1 + pm_drawing_below(d, PM_NAIVE_KINDS - 1));
}

/* --- plans ------------------------------------------------------------------------------------ */

/* Rows that are taken back, of a key in the order of arrival. */
static flow_t add_updates(struct pm_drawing *d, flow_t from)
{
    static const enum pm_naive_kind kinds[] = {PM_NAIVE_UPDATE, PM_NAIVE_WINDOW_UPDATES,
                                               PM_NAIVE_TOP_N};

    return add(d, kinds[pm_drawing_below(d, 3)], key(d, from), 0);
}

/* Only such rows are coalesced; those that an operator makes itself may come of any. */
static bool wants_updates(struct pm_random_edge edge)
{
    return edge.from == PM_NAIVE_COALESCE ||
           (edge.to == PM_NAIVE_COALESCE && edge.from != PM_NAIVE_UPDATE &&
            edge.from != PM_NAIVE_WINDOW_UPDATES && edge.from != PM_NAIVE_TOP_N);
}

/* What may stand before the edge: mostly little, often a key. */
static flow_t begin(struct pm_drawing *d)
{
    flow_t flow = any_source(d);

    if (pm_drawing_below(d, 4) == 0)
        flow = any_port(d, add(d, any_kind(d), flow, 0));
    if (pm_drawing_below(d, 5) == 0)
        flow = add(d, PM_NAIVE_UNION, flow, 0);
    if (pm_drawing_below(d, 3) != 0)
        flow = key(d, flow);
    if (pm_drawing_below(d, 3) == 0)
        flow = any_port(d, add(d, any_kind(d), flow, 0));
    return flow;
}

static bool is_read(const struct pm_drawing *d, flow_t flow)
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
static void end(struct pm_drawing *d)
{
    struct pm_naive_plan *plan = d->plan;

    for (unsigned n = plan->count; n-- > 0;) {
        for (unsigned port = 0; port < plan->node[n].ports; port++) {
            const flow_t flow = {n, port};
            if (plan->node[n].kind == PM_NAIVE_SOURCE || plan->outputs == PM_NAIVE_OUTPUTS)
                continue;
            if (is_read(d, flow) ? pm_drawing_below(d, 8) == 0
                                 : port == 0 || pm_drawing_below(d, 3) != 0)
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

bool pm_random_takes_several(enum pm_naive_kind kind)
{
    return kind == PM_NAIVE_UNION || kind == PM_NAIVE_PATTERN || is_join(kind);
}

bool pm_random_edge_is_one(struct pm_random_edge edge)
{
    static const bool has_side[PM_NAIVE_KINDS] = {
        [PM_NAIVE_SIDE_OUTPUT] = true,    [PM_NAIVE_WINDOW] = true,
        [PM_NAIVE_SESSION] = true,        [PM_NAIVE_JOIN] = true,
        [PM_NAIVE_DECODE] = true,         [PM_NAIVE_DEDUP] = true,
        [PM_NAIVE_WINDOW_UPDATES] = true, [PM_NAIVE_INTERVAL_JOIN] = true,
        [PM_NAIVE_WINDOW_JOIN] = true,    [PM_NAIVE_PATTERN] = true,
    };
    return edge.to != PM_NAIVE_SOURCE && (!edge.side || has_side[edge.from]) &&
           (edge.input == 0 || pm_random_takes_several(edge.to));
}

static bool draw_edge(struct pm_drawing *d, struct pm_random_edge edge)
{
    flow_t flow = edge.from == PM_NAIVE_SOURCE ? any_source(d) : begin(d);

    if (edge.from != PM_NAIVE_SOURCE)
        flow = add(d, edge.from,
                   wants_updates(edge) || pm_drawing_below(d, 8) == 0 ? add_updates(d, flow) : flow,
                   pm_drawing_below(d, 2));
    if (d->failed)
        return false;
    flow.port = edge.side ? 1 + pm_drawing_below(d, d->plan->node[flow.node].ports - 1) : 0;
    flow = add(d, edge.to, flow, edge.input);
    for (unsigned more = pm_drawing_below(d, 3); more != 0; more--)
        flow = add(d, any_kind(d), any_port(d, flow), pm_drawing_below(d, 2));
    return !d->failed;
}

struct pm_plan *pm_random_plan(struct pm_naive_plan *plan, struct pm_random_edge edge,
                               struct pm_random *random)
{
    struct pm_drawing d = {.plan = plan, .random = random};
    const unsigned streams = 1 + pm_drawing_below(&d, 3);

    *plan = (struct pm_naive_plan){.order = (enum pm_order)pm_drawing_below(&d, 3)};
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
