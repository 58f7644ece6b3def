/* SPDX-License-Identifier: Apache-2.0 */
/* A stage's running copy: operator instances, wired port to input, ended by the engine's terminals.
 */
#include "pm_plan_inside.h"
#include "pm_plan_wiring.h"

#include <stdlib.h>

struct pm_chain {
    struct pm_chain_config config;
    const struct pm_stage *stage;
    struct pm_operator drop;
    unsigned count;
    struct pm_operator *instance[PM_PLAN_NODES_MAX]; /* by position in the stage; NULL of outputs */
    struct pm_edge entry[PM_INPUTS_MAX];
    unsigned tees;
    struct pm_tee tee[PM_PLAN_NODES_MAX];
};

/* The instance of @p node, or the terminal that stands for it. */
static struct pm_operator *end_of(struct pm_chain *chain, const struct pm_plan_node *node)
{
    if (node->class == &pm_class_output)
        return chain->config.terminal(chain->config.payload, node);
    for (unsigned i = 0; i < chain->stage->node_count; i++) {
        if (chain->stage->nodes[i] == node)
            return chain->instance[i];
    }
    return NULL;
}

/* Who reads @p flow inside the stage; returns how many, at most @p room. */
static unsigned find_readers(struct pm_chain *chain, struct pm_flow flow, struct pm_edge *readers,
                             unsigned room)
{
    unsigned count = 0;

    for (unsigned i = 0; i < chain->stage->node_count; i++) {
        const struct pm_plan_node *node = chain->stage->nodes[i];
        for (unsigned k = 0; k < node->input_count && count < room; k++) {
            if (node->inputs[k].node == flow.node && node->inputs[k].port == flow.port)
                readers[count++] = (struct pm_edge){end_of(chain, node), k};
        }
    }
    return count;
}

/* Where the rows of @p flow go: nowhere, to one reader, or to several through a tee. */
static int connect(struct pm_chain *chain, struct pm_flow flow, struct pm_edge *edge)
{
    struct pm_edge readers[PM_PLAN_NODES_MAX];
    const unsigned count = find_readers(chain, flow, readers, PM_PLAN_NODES_MAX);

    *edge = count == 1 ? readers[0] : (struct pm_edge){&chain->drop, 0};
    if (count < 2)
        return 0;
    struct pm_tee *tee = &chain->tee[chain->tees];
    if (pm_tee_open(tee, count, chain->config.task) != 0)
        return PM_ENOMEM;
    chain->tees++;
    for (unsigned i = 0; i < count; i++)
        tee->branch[i] = readers[i];
    *edge = (struct pm_edge){&tee->base, 0};
    return 0;
}

static int open_state(struct pm_chain *chain, struct pm_operator *op, struct pm_error *error)
{
    const struct pm_chain_config *c = &chain->config;
    struct pm_state_config config = {.first_key_group = 0, .key_groups = PM_KEY_GROUPS};

    if (chain->stage->keyed) {
        config.first_key_group = (c->subtask * PM_KEY_GROUPS + c->parallelism - 1) / c->parallelism;
        config.key_groups =
            ((c->subtask + 1) * PM_KEY_GROUPS + c->parallelism - 1) / c->parallelism -
            config.first_key_group;
    }
    return pm_state_open(&op->state, c->state, &config, error);
}

static int open_node(struct pm_chain *chain, unsigned position, struct pm_error *error)
{
    const struct pm_plan_node *node = chain->stage->nodes[position];
    const struct pm_operator_class *class = node->class;
    struct pm_operator *op;
    int code = 0;

    if (class == &pm_class_output)
        return 0;
    op = aligned_alloc(64, (class->size + 63) & ~(size_t)63);
    if (op == NULL)
        return pm_error_set(error, PM_ENOMEM, "%s: no memory", node->name);
    __builtin_memset(op, 0, class->size);
    op->one = class->one;
    op->chunk = class->chunk;
    op->advance = class->advance;
    op->class = class;
    op->task = chain->config.task;
    op->output_schema = &node->schema;
    for (unsigned i = 0; i < node->input_count; i++) {
        op->input_schema[i] = pm_plan_flow_schema(node->inputs[i]);
        op->any_id[i] = pm_plan_flow_any_id(node->inputs[i]);
    }
    if (class->traits & PM_TRAIT_KEYED)
        code = open_state(chain, op, error);
    if (code == 0 && class->open != NULL)
        code = class->open(op, node->config, error);
    if (code != 0) {
        pm_state_close(op->state);
        free(op);
        return code;
    }
    chain->instance[position] = op;
    return 0;
}

static int wire(struct pm_chain *chain)
{
    int code = 0;

    for (unsigned i = 0; i < chain->stage->node_count && code == 0; i++) {
        const struct pm_plan_node *node = chain->stage->nodes[i];
        struct pm_operator *op = chain->instance[i];
        if (op == NULL)
            continue;
        if (node->class->traits & PM_TRAIT_HASH) {
            op->out[0] = (struct pm_edge){chain->config.terminal(chain->config.payload, node), 0};
            continue;
        }
        for (unsigned port = 0; port < node->class->ports && code == 0; port++)
            code =
                connect(chain, (struct pm_flow){(struct pm_plan_node *)node, port}, &op->out[port]);
    }
    for (unsigned i = 0; i < chain->stage->input_count && code == 0; i++) {
        struct pm_plan_node *from = (struct pm_plan_node *)chain->stage->inputs[i].from;
        code = connect(chain, (struct pm_flow){from, 0}, &chain->entry[i]);
    }
    return code;
}

int pm_chain_open(struct pm_chain **out, const struct pm_stage *stage,
                  const struct pm_chain_config *config, struct pm_error *error)
{
    struct pm_chain *chain = calloc(1, sizeof *chain);
    int code = 0;

    if (chain == NULL)
        return pm_error_set(error, PM_ENOMEM, "chain: no memory");
    chain->config = *config;
    chain->stage = stage;
    chain->drop = pm_drop_open();
    for (unsigned i = 0; i < stage->node_count && code == 0; i++)
        code = open_node(chain, i, error);
    if (code == 0 && wire(chain) != 0)
        code = pm_error_set(error, PM_ENOMEM, "chain: no memory");
    if (code != 0) {
        pm_chain_close(chain);
        return code;
    }
    *out = chain;
    return 0;
}

struct pm_edge pm_chain_entry(const struct pm_chain *chain, unsigned input)
{
    return chain->entry[input];
}

uint64_t pm_chain_state_bytes(const struct pm_chain *chain)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < chain->stage->node_count; i++) {
        const struct pm_operator *op = chain->instance[i];
        bytes += op != NULL && op->state != NULL ? pm_state_bytes(op->state) : 0;
    }
    return bytes;
}

bool pm_chain_failed(const struct pm_chain *chain)
{
    for (unsigned i = 0; i < chain->stage->node_count; i++) {
        const struct pm_operator *op = chain->instance[i];
        if (op != NULL && op->state != NULL && pm_state_failed(op->state))
            return true;
    }
    return false;
}

void pm_chain_close(struct pm_chain *chain)
{
    if (chain == NULL)
        return;
    for (unsigned i = 0; i < chain->stage->node_count; i++) {
        struct pm_operator *op = chain->instance[i];
        if (op == NULL)
            continue;
        if (op->class->close != NULL)
            op->class->close(op);
        pm_state_close(op->state);
        free(op);
    }
    for (unsigned i = 0; i < chain->tees; i++)
        pm_tee_close(&chain->tee[i]);
    free(chain);
}
