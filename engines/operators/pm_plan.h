/* SPDX-License-Identifier: Apache-2.0 */
/* The plan: a directed acyclic graph of operators, built with verbs, checked before it runs. */
#ifndef PM_PLAN_H
#define PM_PLAN_H

#include "pm_operator.h"
#include "pm_schema.h"

#define PM_PLAN_NODES_MAX   64u
#define PM_PLAN_STREAMS_MAX 4u
#define PM_PLAN_OUTPUTS_MAX 16u

struct pm_plan;

/** In what order a query's keyed processing sees the records of a key. */
enum pm_order { PM_ORDER_NONE, PM_ORDER_ARRIVAL, PM_ORDER_EVENT_TIME };

/** A node's port: what a verb takes as input and gives as output. */
struct pm_flow {
    struct pm_plan_node *node;
    unsigned port;
};

/** One operator of the plan, or a source, or an output. Read-only outside the plan's builders. */
struct pm_plan_node {
    struct pm_plan *plan;
    const struct pm_operator_class *class; /* pm_class_source, pm_class_output among them */
    void *config;                          /* a copy, owned by the plan */
    struct pm_flow inputs[PM_INPUTS_MAX];
    unsigned input_count;
    unsigned index;          /* in order of building: inputs have smaller ones */
    struct pm_schema schema; /* of the rows that the main port makes; check may change it */
    const struct pm_schema *port_schema[PM_PORTS_MAX]; /* of side ports; NULL: port_input's */
    unsigned output;                                   /* of an output node: its stream number */
    unsigned stream;                                   /* of a source node */
    char name[48];                                     /* "window#3", or an output's name */
};

/** A node's config as a source or output has it: see the node's stream and output. */
extern const struct pm_operator_class pm_class_source, pm_class_output;

/** Open an empty plan; @p order is the query's word on order. Never NULL but when out of memory. */
struct pm_plan *pm_plan_open(enum pm_order order);
void pm_plan_close(struct pm_plan *plan); /* accepts NULL */

/**
 * Add an operator of @p class behind @p inputs with a copy of @p config. The verbs of the operator
 * headers call it. The first failure is kept: later calls give {NULL, 0}, and pm_plan_check reports
 * it, so that a query's build function needs no error handling of its own.
 */
struct pm_flow pm_plan_add(struct pm_plan *plan, const struct pm_operator_class *class,
                           const void *config, unsigned input_count, const struct pm_flow *inputs);

/** Stream @p stream of the job's source with its @p schema (copied). One a stream. */
struct pm_flow pm_plan_source(struct pm_plan *plan, unsigned stream,
                              const struct pm_schema *schema);

/** Publish @p from as output number @p output called @p name. Numbers are dense from 0. */
void pm_plan_output(struct pm_plan *plan, struct pm_flow from, unsigned output, const char *name);

/** The schema of the rows of @p flow: the node's own for its main port; of a side port port_schema,
 * or that of the input whose records pass on as they came. Borrowed from the plan. */
const struct pm_schema *pm_plan_flow_schema(struct pm_flow flow);

/** True when deletes may come on @p flow: what an operator's check may have to know. */
bool pm_plan_flow_retracts(struct pm_flow flow);

/** True when a row's id differs with the interleaving of inputs (PM_TRAIT_ANY_ID): it says which
 * record caused the row, and must decide nothing. */
bool pm_plan_flow_any_id(struct pm_flow flow);

/** Side port @p port of @p flow's operator: its late rows, its dead letters. */
struct pm_flow pm_plan_side(struct pm_flow flow, unsigned port);

/**
 * Check the whole plan: first failure of the build; every rule of order, bounds, retractions and
 * keys; every column resolved. PM_EINPUT, text begins with the operator's name. Call once.
 */
int pm_plan_check(struct pm_plan *plan, struct pm_error *error);

/** What is known of an output before anything runs. */
struct pm_plan_output_info {
    const char *name;
    const struct pm_schema *schema;
    bool on_arrival;        /* made on arrival; else it waits for the watermark */
    bool updates;           /* rows may be taken back: only the last of an identity is its result */
    int64_t closing_lag_ns; /* visible once every source watermark reaches its end + this */
    unsigned streams;       /* bit set of the sources upstream */
};

unsigned pm_plan_outputs(const struct pm_plan *plan);
int pm_plan_output_info(const struct pm_plan *plan, unsigned output,
                        struct pm_plan_output_info *info);

unsigned pm_plan_nodes(const struct pm_plan *plan);
const struct pm_plan_node *pm_plan_node(const struct pm_plan *plan, unsigned index);

/** True when batch must read every input from its start for each job. Else *look_back_ns is set. */
bool pm_plan_reads_all(const struct pm_plan *plan, int64_t *look_back_ns);

/* --- stages: what lies between exchanges ------------------------------------------------------ */

#define PM_STAGES_MAX 16u

/** An entry of a stage: records of a source stream, or of the exchange of key_by node `from`. */
struct pm_stage_input {
    const struct pm_plan_node *from; /* a source node or a key_by node */
    bool is_source;
    unsigned sender; /* stage that the exchange comes from; unused for a source */
};

/** Nodes that run fused in one task, in topological order, and the entries that feed them. */
struct pm_stage {
    unsigned index; /* stages are in topological order too */
    unsigned input_count;
    struct pm_stage_input inputs[PM_INPUTS_MAX];
    unsigned node_count;
    const struct pm_plan_node *nodes[PM_PLAN_NODES_MAX];
    bool keyed; /* fed by exchanges: subtasks own key groups */
};

/** Cut a checked plan into stages at its exchanges; returns how many. */
unsigned pm_plan_stages(const struct pm_plan *plan, struct pm_stage stages[PM_STAGES_MAX]);

/* --- a stage's running copy: one a subtask ---------------------------------------------------- */

/** What the engine gives: terminals that take what leaves the stage. Borrowed until chain close. */
struct pm_chain_config {
    const struct pm_state_ops *state;
    unsigned subtask, parallelism;
    struct pm_task *task;
    /* The operator that takes the rows of output or key_by node @p node (input 0). Never NULL. */
    struct pm_operator *(*terminal)(void *payload, const struct pm_plan_node *node);
    void *payload;
};

struct pm_chain;

int pm_chain_open(struct pm_chain **out, const struct pm_stage *stage,
                  const struct pm_chain_config *config, struct pm_error *error);
/** Where the rows of stage input @p input enter: push into edge.to at edge.input. */
struct pm_edge pm_chain_entry(const struct pm_chain *chain, unsigned input);
/** Bytes of keyed state, and whether an allocation failed in one of its operators. */
uint64_t pm_chain_state_bytes(const struct pm_chain *chain);
bool pm_chain_failed(const struct pm_chain *chain);
void pm_chain_close(struct pm_chain *chain); /* accepts NULL */

#endif
