/* SPDX-License-Identifier: Apache-2.0 */
/* dedup: of a key's records within a time bound, the first or the last in event time. */
#include "pm_columns.h"
#include "pm_event_process.h"
#include "pm_verbs.h"

#include <string.h>

struct dedup {
    struct pm_event_process process;
    struct pm_cell *kept; /* value: struct kept */
    enum pm_dedup_keep keep;
    int64_t within_ns;
};

/* The record that opened the bound, or of PM_KEEP_LAST the one that came last in it. */
struct kept {
    int64_t end_ns; /* the bound's, exclusive */
    int64_t is_set;
    uint64_t payload[PM_PAYLOAD_WORDS];
};

static void emit(struct dedup *self, uint64_t key, const uint64_t *payload)
{
    struct pm_record *row = pm_event_process_row(&self->process, 0, key);

    memcpy(row->payload, payload, sizeof row->payload);
}

/* The first record of a bound is the kept one, to which all others of the bound are compared: no
 * record prolongs it. Its end is a timer, so that a silent key holds no state. */
static inline void take_record(struct dedup *self, unsigned input, const struct pm_record *record)
{
    const int64_t now_ns = self->process.now_ns;
    struct kept *kept = pm_value_pin(self->kept, record->key);
    const bool opens = !kept->is_set || now_ns >= kept->end_ns;

    (void)input;
    if (opens) {
        kept->end_ns = pm_time_plus(now_ns, self->within_ns);
        kept->is_set = 1;
        pm_event_process_timer(&self->process, record->key, kept->end_ns - 1, 0);
    }
    if (self->keep == PM_KEEP_LAST)
        memcpy(kept->payload, record->payload, sizeof kept->payload);
    else if (opens)
        emit(self, record->key, record->payload);
}

static inline void take_timer(struct dedup *self, uint64_t key, int64_t tag)
{
    const struct kept *kept = pm_value_peek(self->kept, key);

    (void)tag;
    if (kept == NULL || kept->end_ns - 1 > self->process.now_ns)
        return;
    if (self->keep == PM_KEEP_LAST)
        emit(self, key, kept->payload);
    pm_value_delete(self->kept, key);
}
PM_EVENT_ADVANCE(dedup, struct dedup, take_record, take_timer)

static int dedup_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct pm_dedup_config *plan = config;
    struct dedup *self = (struct dedup *)op;
    const int code = pm_event_process_open(&self->process, 1, plan->lateness_ns, error);

    self->keep = plan->keep;
    self->within_ns = plan->within_ns;
    return code != 0 ? code
                     : pm_state_declare(&self->kept, op->state, "kept", PM_CELL_VALUE,
                                        sizeof(struct kept), error);
}

static int dedup_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_dedup_config *plan = node->config;
    const int code = pm_columns_duration(node, "within", plan->within_ns, 1, error);

    node->schema = (struct pm_schema){.name = node->name};
    pm_columns_keep(&node->schema, pm_plan_flow_schema(node->inputs[0]));
    return code != 0 ? code : pm_columns_duration(node, "lateness", plan->lateness_ns, 0, error);
}

static int64_t lag_ns(const void *config)
{
    return ((const struct pm_dedup_config *)config)->lateness_ns;
}

const struct pm_operator_class pm_class_dedup = {
    .name = "dedup",
    .help = "of a key's records within a time bound, the first or the last",
    .traits = PM_EVENT_TRAITS,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "late"},
    .size = sizeof(struct dedup),
    .config_size = sizeof(struct pm_dedup_config),
    .one = pm_event_process_one,
    .chunk = pm_event_process_chunk,
    .advance = dedup_advance,
    .check = dedup_check,
    .open = dedup_open,
    .close = pm_event_process_close,
    .lag_ns = lag_ns,
};

struct pm_flow pm_plan_dedup(struct pm_plan *plan, struct pm_flow keyed,
                             const struct pm_dedup_config *config)
{
    return pm_plan_add(plan, &pm_class_dedup, config, 1, &keyed);
}
