/* SPDX-License-Identifier: Apache-2.0 */
/* What two runs of a plan agree on at each port, and how the rows that stand are named. */
#include "pm_naive_plan.h"

static const struct pm_naive_facts made = {.name = PM_NAIVE_NO_NAME};

static struct pm_naive_facts facts_of(const struct pm_naive_plan *plan, struct pm_naive_flow flow)
{
    return plan->node[flow.node].facts[flow.port];
}

/* Rows with another column in the place of the name are not told apart any more. */
static int name_behind(const struct pm_naive_node *node, const struct pm_naive_schema *input,
                       int name)
{
    switch (node->kind) {
    case PM_NAIVE_MAP:
        return name == (int)node->column ? PM_NAIVE_NO_NAME : name;
    case PM_NAIVE_ENRICH:
        return name == (int)node->result ? PM_NAIVE_NO_NAME : name;
    case PM_NAIVE_FLAT_MAP: /* which numbers its rows */
        return name == PM_NAIVE_KEY_ALONE ? (int)node->column : PM_NAIVE_NO_NAME;
    case PM_NAIVE_KEY_BY:
        return input->column[node->column].place == PM_NAIVE_KEY ? name : PM_NAIVE_NO_NAME;
    case PM_NAIVE_UNION:
        return PM_NAIVE_NO_NAME;
    default:
        return name;
    }
}

/* Each row changed in its place, or left out. */
static struct pm_naive_facts passed(const struct pm_naive_plan *plan,
                                    const struct pm_naive_node *node)
{
    struct pm_naive_facts all = facts_of(plan, node->input[0]);

    for (unsigned k = 1; k < node->inputs; k++) {
        const struct pm_naive_facts one = facts_of(plan, node->input[k]);
        all.any_id = all.any_id || one.any_id;
        all.updates = all.updates || one.updates;
        all.is_coalesced = all.is_coalesced || one.is_coalesced;
    }
    all.name =
        name_behind(node, &plan->node[node->input[0].node].schema[node->input[0].port], all.name);
    return all;
}

/* A row that stands and changes with each input. */
static struct pm_naive_facts changed(const struct pm_naive_plan *plan,
                                     const struct pm_naive_node *node)
{
    struct pm_naive_facts facts = facts_of(plan, node->input[0]);

    facts.updates = facts.updates || node->kind != PM_NAIVE_DISTINCT;
    facts.name = node->kind == PM_NAIVE_UPDATE && node->a == 0 ? PM_NAIVE_KEY_ALONE : 1;
    return facts;
}

static bool makes_updates(enum pm_naive_kind kind)
{
    return kind == PM_NAIVE_UPDATE || kind == PM_NAIVE_WINDOW_UPDATES || kind == PM_NAIVE_TOP_N ||
           kind == PM_NAIVE_COALESCE;
}

void pm_naive_know(const struct pm_naive_plan *plan, struct pm_naive_node *node)
{
    if (node->kind == PM_NAIVE_SOURCE) {
        node->facts[0] = made;
        return;
    }
    const struct pm_naive_facts through = passed(plan, node);
    const struct pm_naive_node *maker = &plan->node[node->input[0].node];
    for (unsigned port = 0; port < PM_NAIVE_PORTS; port++)
        node->facts[port] = through;
    node->is_paired = node->input[0].port == 0 && makes_updates(maker->kind);
    switch (node->kind) {
    case PM_NAIVE_WINDOW:
    case PM_NAIVE_SESSION:
    case PM_NAIVE_JOIN:
    case PM_NAIVE_INTERVAL_JOIN:
    case PM_NAIVE_WINDOW_JOIN:
    case PM_NAIVE_DEDUP:
    case PM_NAIVE_PATTERN:
        for (unsigned port = 1; port < node->ports; port++)
            node->facts[port] = facts_of(plan, node->input[pm_naive_late_input(node, port)]);
        if (node->kind == PM_NAIVE_INTERVAL_JOIN)
            node->facts[PM_NAIVE_UNMATCHED] = made;
        node->facts[0] = made;
        node->facts[0].any_id = node->kind == PM_NAIVE_INTERVAL_JOIN;
        break;
    case PM_NAIVE_UPDATE:
    case PM_NAIVE_WINDOW_UPDATES:
    case PM_NAIVE_TOP_N:
    case PM_NAIVE_DISTINCT:
        node->facts[0] = changed(plan, node);
        break;
    case PM_NAIVE_COALESCE:
        node->facts[0].is_coalesced = true;
        break;
    default:
        break;
    }
}
