/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a plan at its exchanges into stages of fused operators. */
#include "pm_plan_inside.h"

#include <string.h>

static bool reads(const struct pm_plan_node *node, const struct pm_plan_node *from)
{
    for (unsigned k = 0; k < node->input_count; k++) {
        if (node->inputs[k].node == from)
            return true;
    }
    return false;
}

static void merge(unsigned group[], unsigned count, unsigned keep, unsigned drop)
{
    for (unsigned n = 0; n < count; n++)
        group[n] = group[n] == drop ? keep : group[n];
}

/*
 * group[i] names the stage of node i by one of its members. A forward edge joins its two ends; the
 * readers of one key_by belong together, because an exchange feeds one stage.
 */
static void group_nodes(const struct pm_plan *plan, unsigned group[PM_PLAN_NODES_MAX])
{
    for (unsigned i = 0; i < plan->count; i++)
        group[i] = i;
    for (unsigned from = 0; from < plan->count; from++) {
        const bool hash = (plan->nodes[from]->class->traits & PM_TRAIT_HASH) != 0;
        unsigned first = hash ? plan->count : from;
        for (unsigned i = from + 1; i < plan->count; i++) {
            if (!reads(plan->nodes[i], plan->nodes[from]))
                continue;
            if (first == plan->count)
                first = i;
            else
                merge(group, plan->count, group[first], group[i]);
        }
    }
}

static int add_input(struct pm_stage *stage, const struct pm_plan_node *from, bool is_source)
{
    for (unsigned i = 0; i < stage->input_count; i++) {
        if (stage->inputs[i].from == from)
            return 0;
    }
    if (stage->input_count == PM_INPUTS_MAX)
        return -1;
    stage->inputs[stage->input_count++] =
        (struct pm_stage_input){.from = from, .is_source = is_source};
    stage->keyed = stage->keyed || !is_source;
    return 0;
}

static int fill_stage(const struct pm_plan *plan, const unsigned group[], unsigned which,
                      struct pm_stage *stage)
{
    memset(stage, 0, sizeof *stage);
    for (unsigned i = 0; i < plan->count; i++) {
        const struct pm_plan_node *node = plan->nodes[i];
        if (group[i] != which)
            continue;
        if (node->class == &pm_class_source) {
            if (add_input(stage, node, true) != 0)
                return -1;
            continue;
        }
        stage->nodes[stage->node_count++] = node;
        for (unsigned k = 0; k < node->input_count; k++) {
            const struct pm_plan_node *from = node->inputs[k].node;
            if ((from->class->traits & PM_TRAIT_HASH) && add_input(stage, from, false) != 0)
                return -1;
        }
    }
    return 0;
}

/* True when every exchange into the stage of group @p which comes from a stage already placed. */
static bool is_ready(const struct pm_plan *plan, const unsigned group[], const int place[],
                     unsigned which)
{
    for (unsigned i = 0; i < plan->count; i++) {
        const struct pm_plan_node *node = plan->nodes[i];
        for (unsigned k = 0; group[i] == which && k < node->input_count; k++) {
            const struct pm_plan_node *from = node->inputs[k].node;
            if ((from->class->traits & PM_TRAIT_HASH) && place[group[from->index]] < 0)
                return false;
        }
    }
    return true;
}

unsigned pm_plan_stages(const struct pm_plan *plan, struct pm_stage stages[PM_STAGES_MAX])
{
    unsigned group[PM_PLAN_NODES_MAX], placed = 0;
    int place[PM_PLAN_NODES_MAX];
    bool moved = true;

    group_nodes(plan, group);
    memset(place, -1, sizeof place);
    while (moved) {
        moved = false;
        for (unsigned i = 0; i < plan->count; i++) {
            if (group[i] != i || place[i] >= 0 || !is_ready(plan, group, place, i))
                continue;
            if (placed == PM_STAGES_MAX || fill_stage(plan, group, i, &stages[placed]) != 0)
                return 0;
            struct pm_stage *stage = &stages[placed];
            stage->index = placed;
            for (unsigned k = 0; k < stage->input_count; k++) {
                if (!stage->inputs[k].is_source)
                    stage->inputs[k].sender = (unsigned)place[group[stage->inputs[k].from->index]];
            }
            place[i] = (int)placed++;
            moved = true;
        }
    }
    for (unsigned i = 0; i < plan->count; i++) {
        if (place[group[i]] < 0)
            return 0;
    }
    return placed;
}
