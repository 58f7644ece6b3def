/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a plan: keys, order, retractions; and what is known of every flow before it runs. */
#include "pm_plan_inside.h"

const struct pm_flow_facts *pm_plan_facts(const struct pm_plan *plan, struct pm_flow flow)
{
    const unsigned late = PM_TRAIT_ON_WATERMARK | PM_TRAIT_MAKES_RETRACT;

    if (flow.node->class->waiting_ports >> flow.port & 1u)
        return &plan->waiting[flow.node->index];
    if (flow.port == 0 || (flow.node->class->traits & late) == 0)
        return &plan->facts[flow.node->index];
    return &plan->late[flow.node->index][flow.node->class->port_input[flow.port]];
}

static struct pm_flow_facts join_facts(const struct pm_plan *plan, const struct pm_plan_node *node)
{
    struct pm_flow_facts all = *pm_plan_facts(plan, node->inputs[0]);

    for (unsigned i = 1; i < node->input_count; i++) {
        const struct pm_flow_facts *one = pm_plan_facts(plan, node->inputs[i]);
        all.waits = all.waits || one->waits;
        all.keyed = all.keyed && one->keyed;
        all.ordered = all.ordered && one->ordered;
        all.retracts = all.retracts || one->retracts;
        all.leaves_out = all.leaves_out || one->leaves_out;
        all.streams |= one->streams;
        if (one->closing_lag_ns > all.closing_lag_ns)
            all.closing_lag_ns = one->closing_lag_ns;
        if (one->watermark_lag_ns > all.watermark_lag_ns)
            all.watermark_lag_ns = one->watermark_lag_ns;
        if (one->look_back_ns > all.look_back_ns)
            all.look_back_ns = one->look_back_ns;
        if (one->reach_ns > all.reach_ns)
            all.reach_ns = one->reach_ns;
    }
    return all;
}

/* key_by on the key that the source is partitioned by keeps the order of each key. The config of a
 * hashing operator begins with the column's name. */
static bool keeps_source_key(const struct pm_plan_node *key_by)
{
    const struct pm_schema *schema = pm_plan_flow_schema(key_by->inputs[0]);
    const struct pm_column *column = pm_schema_find(schema, key_by->config);

    return column != NULL && column->place == PM_PLACE_RECORD &&
           column->offset == offsetof(struct pm_record, key);
}

static void wait_for_watermark(const struct pm_plan *plan, const struct pm_plan_node *node,
                               struct pm_flow_facts *facts)
{
    facts->waits = true;
    /* A key's windows come in the order of their time; of a join's rows equal times are left,
     * which keep the order of the left side. */
    facts->ordered = node->input_count == 1 || pm_plan_facts(plan, node->inputs[0])->ordered;
    facts->closing_lag_ns = facts->watermark_lag_ns;
}

static int64_t ask(int64_t (*hook)(const void *config), const struct pm_plan_node *node)
{
    return hook != NULL ? hook(node->config) : 0;
}

/* State is as it was once all rows are there again that may still count, and for each of them the
 * records of the sources that it is made of. */
static void look_back(const struct pm_plan_node *node, struct pm_flow_facts *facts)
{
    const struct pm_operator_class *class = node->class;

    facts->watermark_lag_ns += ask(class->lag_ns, node);
    if (class->traits & PM_TRAIT_KEYED) {
        const int64_t own_ns =
            facts->watermark_lag_ns + ask(class->look_back_ns, node) + facts->reach_ns;
        if (own_ns > facts->look_back_ns)
            facts->look_back_ns = own_ns;
    }
    facts->reach_ns += ask(class->reach_ns != NULL ? class->reach_ns : class->look_back_ns, node);
}

static void set_facts(struct pm_plan *plan, const struct pm_plan_node *node)
{
    struct pm_flow_facts *facts = &plan->facts[node->index];
    const unsigned traits = node->class->traits;

    if (node->class == &pm_class_source) {
        *facts = (struct pm_flow_facts){.ordered = true, .streams = 1u << node->stream};
        return;
    }
    *facts = join_facts(plan, node);
    if (traits & PM_TRAIT_HASH) {
        facts->ordered = facts->ordered && keeps_source_key(node);
        facts->keyed = true;
    }
    if (traits & PM_TRAIT_MERGES)
        facts->ordered = false;
    look_back(node, facts);
    facts->retracts = facts->retracts || (traits & PM_TRAIT_MAKES_RETRACT) != 0;
    facts->leaves_out = facts->leaves_out || (traits & PM_TRAIT_LEAVES_OUT) != 0;
    plan->waiting[node->index] = *facts;
    wait_for_watermark(plan, node, &plan->waiting[node->index]);
    if (traits & PM_TRAIT_ON_WATERMARK)
        *facts = plan->waiting[node->index];
}

/* Late rows pass on as they came, but the watermark behind all ports is one. */
static void set_late(struct pm_plan *plan, const struct pm_plan_node *node)
{
    const struct pm_flow_facts *facts = &plan->facts[node->index];

    for (unsigned i = 0; i < node->input_count; i++) {
        struct pm_flow_facts *late = &plan->late[node->index][i];
        *late = *pm_plan_facts(plan, node->inputs[i]);
        late->watermark_lag_ns = facts->watermark_lag_ns;
        late->look_back_ns = facts->look_back_ns;
    }
}

static int check_order(const struct pm_plan *plan, const struct pm_plan_node *node,
                       const struct pm_flow_facts *input, struct pm_error *error)
{
    const unsigned traits = node->class->traits;
    const enum pm_order wanted =
        traits & PM_TRAIT_ARRIVAL_ORDER ? PM_ORDER_ARRIVAL : PM_ORDER_EVENT_TIME;

    if ((traits & (PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_EVENT_ORDER)) == 0)
        return 0;
    if (plan->order != wanted)
        return pm_error_set(error, PM_EINPUT,
                            "%s: depends on the order of a key's records; the query must say "
                            "order: %s",
                            node->name, wanted == PM_ORDER_ARRIVAL ? "arrival" : "event-time");
    if (wanted == PM_ORDER_ARRIVAL && !input->ordered)
        return pm_error_set(error, PM_EINPUT,
                            "%s: arrival order is not known here: key_by the column that the "
                            "source is partitioned by",
                            node->name);
    return 0;
}

static int check_node(const struct pm_plan *plan, const struct pm_plan_node *node,
                      struct pm_error *error)
{
    const unsigned traits = node->class->traits;

    if (node->class == &pm_class_source)
        return 0;
    const struct pm_flow_facts input = join_facts(plan, node);
    if ((traits & PM_TRAIT_KEYED) && !input.keyed)
        return pm_error_set(error, PM_EINPUT, "%s: no key_by stands before it", node->name);
    if (input.retracts && (traits & PM_TRAIT_TAKES_RETRACT) == 0)
        return pm_error_set(error, PM_EINPUT,
                            "%s: its input contains deletes, which it cannot take", node->name);
    if (input.leaves_out && (traits & PM_TRAIT_KEYED))
        return pm_error_set(error, PM_EINPUT,
                            "%s: which changes come to it hangs on the marks: coalesce behind it",
                            node->name);
    return check_order(plan, node, &input, error);
}

int pm_plan_check(struct pm_plan *plan, struct pm_error *error)
{
    struct pm_stage stages[PM_STAGES_MAX];

    if (plan->code != 0) {
        if (error != NULL)
            *error = plan->error;
        return plan->code;
    }
    for (unsigned i = 0; i < plan->count; i++) {
        const int code = check_node(plan, plan->nodes[i], error);
        if (code != 0)
            return code;
        set_facts(plan, plan->nodes[i]);
        set_late(plan, plan->nodes[i]);
    }
    if (plan->outputs == 0)
        return pm_error_set(error, PM_EINPUT, "plan: it has no output");
    for (unsigned i = 0; i < plan->outputs; i++) {
        if (plan->output[i] == NULL)
            return pm_error_set(error, PM_EINPUT, "plan: output numbers must be dense from 0");
    }
    if (pm_plan_stages(plan, stages) == 0)
        return pm_error_set(error, PM_EINPUT,
                            "plan: a keyed flow and an unkeyed flow of one source meet, or more "
                            "than %u stages: key both",
                            PM_STAGES_MAX);
    return 0;
}

int pm_plan_output_info(const struct pm_plan *plan, unsigned output,
                        struct pm_plan_output_info *info)
{
    if (output >= plan->outputs)
        return PM_EINPUT;
    const struct pm_plan_node *node = plan->output[output];
    const struct pm_flow_facts *facts = &plan->facts[node->index];
    *info = (struct pm_plan_output_info){
        .name = node->name,
        .schema = &node->schema,
        .on_arrival = !facts->waits,
        .updates = facts->retracts,
        .closing_lag_ns = facts->closing_lag_ns,
        .streams = facts->streams,
    };
    return 0;
}

bool pm_plan_reads_all(const struct pm_plan *plan, int64_t *look_back_ns)
{
    bool all = false;

    *look_back_ns = 0;
    for (unsigned i = 0; i < plan->count; i++) {
        all = all || (plan->nodes[i]->class->traits & PM_TRAIT_LOOKS_BACK) != 0;
        if (plan->facts[i].look_back_ns > *look_back_ns)
            *look_back_ns = plan->facts[i].look_back_ns;
    }
    return all;
}
