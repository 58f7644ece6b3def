/* SPDX-License-Identifier: Apache-2.0 */
/* Building a plan: nodes, their configs and schemas; the first failure is kept for the check. */
#include "pm_plan_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct pm_operator_class pm_class_source = {
    .name = "source", .traits = PM_TRAIT_TAKES_RETRACT, .ports = 1, .port_names = {"main"}};
const struct pm_operator_class pm_class_output = {
    .name = "output", .traits = PM_TRAIT_TAKES_RETRACT, .inputs_min = 1, .inputs_max = 1};

static const struct pm_flow nowhere;

struct pm_plan *pm_plan_open(enum pm_order order)
{
    struct pm_plan *plan = calloc(1, sizeof *plan);

    if (plan != NULL)
        plan->order = order;
    return plan;
}

void pm_plan_close(struct pm_plan *plan)
{
    if (plan == NULL)
        return;
    for (unsigned i = 0; i < plan->count; i++) {
        struct pm_plan_node *node = plan->nodes[i];
        if (node->class->forget != NULL)
            node->class->forget(node->config);
        free(node->config);
        free(node);
    }
    free(plan);
}

/* A copy of the config that the plan owns; what the config owns goes with it, or is given back. */
static void *copy_config(const struct pm_operator_class *class, const void *config)
{
    const size_t size = class->config_size;
    void *copy = calloc(1, size + 1);

    if (copy != NULL && size != 0)
        memcpy(copy, config, size);
    return copy;
}

static struct pm_plan_node *new_node(struct pm_plan *plan, const struct pm_operator_class *class,
                                     const void *config)
{
    if (plan->code != 0)
        return NULL;
    if (plan->count == PM_PLAN_NODES_MAX) {
        plan->code = pm_error_set(&plan->error, PM_EINPUT, "%s: a plan has at most %u operators",
                                  class->name, PM_PLAN_NODES_MAX);
        return NULL;
    }
    struct pm_plan_node *node = calloc(1, sizeof *node);
    void *copy = copy_config(class, config);
    if (node == NULL || copy == NULL) {
        free(node);
        free(copy);
        plan->code = pm_error_set(&plan->error, PM_ENOMEM, "%s: no memory", class->name);
        return NULL;
    }
    node->plan = plan;
    node->class = class;
    node->config = copy;
    node->index = plan->count;
    snprintf(node->name, sizeof node->name, "%s#%u", class->name, plan->count);
    plan->nodes[plan->count++] = node;
    return node;
}

/* A side port of an input that the node does not have is no port of it. */
static bool has_port(struct pm_flow flow)
{
    const struct pm_operator_class *class = flow.node->class;

    return flow.port < class->ports &&
           (flow.port == 0 || class->port_input[flow.port] < flow.node->input_count);
}

static int join_inputs(struct pm_plan_node *node, unsigned count, const struct pm_flow *inputs,
                       struct pm_error *error)
{
    const struct pm_operator_class *class = node->class;

    if (count < class->inputs_min || count > class->inputs_max)
        return pm_error_set(error, PM_EINPUT, "%s: %u inputs, %u to %u are allowed", node->name,
                            count, class->inputs_min, class->inputs_max);
    for (unsigned i = 0; i < count; i++) {
        if (inputs[i].node == NULL || inputs[i].node->plan != node->plan)
            return pm_error_set(error, PM_EINPUT, "%s: input %u is not of this plan", node->name,
                                i);
        if (!has_port(inputs[i]))
            return pm_error_set(error, PM_EINPUT, "%s: %s has no port %u", node->name,
                                inputs[i].node->name, inputs[i].port);
        node->inputs[i] = inputs[i];
    }
    node->input_count = count;
    node->schema = *pm_plan_flow_schema(inputs[0]);
    return class->check != NULL ? class->check(node, error) : 0;
}

struct pm_flow pm_plan_add(struct pm_plan *plan, const struct pm_operator_class *class,
                           const void *config, unsigned input_count, const struct pm_flow *inputs)
{
    struct pm_plan_node *node = new_node(plan, class, config);

    if (node == NULL) {
        void *spare = copy_config(class, config);
        if (spare != NULL && class->forget != NULL)
            class->forget(spare);
        free(spare);
        return nowhere;
    }
    plan->code = join_inputs(node, input_count, inputs, &plan->error);
    return plan->code == 0 ? (struct pm_flow){node, 0} : nowhere;
}

struct pm_flow pm_plan_source(struct pm_plan *plan, unsigned stream, const struct pm_schema *schema)
{
    struct pm_plan_node *node = new_node(plan, &pm_class_source, NULL);

    if (node == NULL)
        return nowhere;
    node->stream = stream;
    node->schema = *schema;
    snprintf(node->name, sizeof node->name, "source#%u", stream);
    if (stream >= PM_PLAN_STREAMS_MAX)
        plan->code = pm_error_set(&plan->error, PM_EINPUT, "%s: at most %u streams", node->name,
                                  PM_PLAN_STREAMS_MAX);
    for (unsigned i = 0; i < node->index; i++) {
        if (plan->nodes[i]->class == &pm_class_source && plan->nodes[i]->stream == stream)
            plan->code = pm_error_set(&plan->error, PM_EINPUT,
                                      "%s: the stream has a source already", node->name);
    }
    return (struct pm_flow){node, 0};
}

void pm_plan_output(struct pm_plan *plan, struct pm_flow from, unsigned output, const char *name)
{
    struct pm_plan_node *node = new_node(plan, &pm_class_output, NULL);

    if (node == NULL)
        return;
    node->output = output;
    snprintf(node->name, sizeof node->name, "%s", name);
    plan->code = join_inputs(node, 1, &from, &plan->error);
    if (plan->code != 0)
        return;
    if (output >= PM_PLAN_OUTPUTS_MAX || plan->output[output] != NULL) {
        plan->code =
            pm_error_set(&plan->error, PM_EINPUT, "output %s: number %u is taken, or not below %u",
                         name, output, PM_PLAN_OUTPUTS_MAX);
        return;
    }
    plan->output[output] = node;
    plan->outputs++;
}

struct pm_flow pm_plan_side(struct pm_flow flow, unsigned port)
{
    return (struct pm_flow){flow.node, port};
}

const struct pm_schema *pm_plan_flow_schema(struct pm_flow flow)
{
    if (flow.port == 0 || flow.node->input_count == 0)
        return &flow.node->schema;
    if (flow.node->port_schema[flow.port] != NULL)
        return flow.node->port_schema[flow.port];
    return pm_plan_flow_schema(flow.node->inputs[flow.node->class->port_input[flow.port]]);
}

/* The late rows of an operator that makes deletes are as they came. */
bool pm_plan_flow_retracts(struct pm_flow flow)
{
    const struct pm_plan_node *node = flow.node;

    if (node->class->traits & PM_TRAIT_MAKES_RETRACT)
        return flow.port == 0 ||
               pm_plan_flow_retracts(node->inputs[node->class->port_input[flow.port]]);
    for (unsigned i = 0; i < node->input_count; i++) {
        if (pm_plan_flow_retracts(node->inputs[i]))
            return true;
    }
    return false;
}

/* Rows that wait are made and have no id; all others have that of a record that came. */
bool pm_plan_flow_any_id(struct pm_flow flow)
{
    const struct pm_plan_node *node = flow.node;
    const unsigned traits = node->class->traits;

    if (flow.port == 0 && (traits & (PM_TRAIT_ANY_ID | PM_TRAIT_ON_WATERMARK)) != 0)
        return (traits & PM_TRAIT_ANY_ID) != 0;
    if (node->class->waiting_ports >> flow.port & 1u)
        return false;
    if (flow.port != 0)
        return pm_plan_flow_any_id(node->inputs[node->class->port_input[flow.port]]);
    for (unsigned i = 0; i < node->input_count; i++) {
        if (pm_plan_flow_any_id(node->inputs[i]))
            return true;
    }
    return false;
}

unsigned pm_plan_nodes(const struct pm_plan *plan)
{
    return plan->count;
}

const struct pm_plan_node *pm_plan_node(const struct pm_plan *plan, unsigned index)
{
    return plan->nodes[index];
}

unsigned pm_plan_outputs(const struct pm_plan *plan)
{
    return plan->outputs;
}
