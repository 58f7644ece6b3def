/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's own fields, shared by the files that build, check and cut it. */
#ifndef PM_PLAN_INSIDE_H
#define PM_PLAN_INSIDE_H

#include "pm_plan.h"

/** What is known of the rows of a flow before anything runs. */
struct pm_flow_facts {
    bool waits;               /* the rows wait for a watermark */
    bool keyed;               /* behind a key_by */
    bool ordered;             /* the order within a key is the same in every run */
    bool retracts;            /* deletes may come */
    bool leaves_out;          /* which states of a row come hangs on the marks */
    int64_t closing_lag_ns;   /* of rows that wait */
    int64_t watermark_lag_ns; /* of the watermark that travels with the rows, behind the sources' */
    int64_t look_back_ns;     /* before the sources' last watermark */
    int64_t reach_ns;         /* how far before a row's time lie the sources' records behind it */
    unsigned streams;         /* bit set */
};

struct pm_plan {
    enum pm_order order;
    unsigned count;
    struct pm_plan_node *nodes[PM_PLAN_NODES_MAX];
    struct pm_flow_facts facts[PM_PLAN_NODES_MAX];   /* of each node's main port */
    struct pm_flow_facts waiting[PM_PLAN_NODES_MAX]; /* of its side ports that wait, if any do */
    struct pm_flow_facts late[PM_PLAN_NODES_MAX][PM_INPUTS_MAX]; /* of an input's passed on */
    unsigned outputs;
    const struct pm_plan_node *output[PM_PLAN_OUTPUTS_MAX];
    int code; /* the first failure of the build */
    struct pm_error error;
};

/** The facts of @p flow: a side port waits by itself, or passes on the records of an input. */
const struct pm_flow_facts *pm_plan_facts(const struct pm_plan *plan, struct pm_flow flow);

#endif
