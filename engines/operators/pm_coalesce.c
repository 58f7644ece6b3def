/* SPDX-License-Identifier: Apache-2.0 */
/* coalesce: the changes of a key at most once an interval, each row as it stands by then. */
#include "pm_changes.h"
#include "pm_columns.h"
#include "pm_fire.h"
#include "pm_verbs.h"

#include <string.h>

struct coalesce_plan {
    int64_t interval_ns;
    char name[PM_COLUMN_NAME_SIZE];
};

struct coalesce {
    struct pm_operator base;
    struct pm_out out;
    int64_t interval_ns;
    int64_t watermark_ns; /* passed on last */
    int64_t advance_ns;   /* the one that fires; the same when none does */
    unsigned values;      /* columns behind the key */
    bool named;           /* by a column beside the key */
    struct pm_column name;
    struct pm_cell *rows;    /* map: name to struct row */
    struct pm_cell *keys;    /* value: struct pending */
    struct pm_cell *changed; /* list: names whose row changed since the last time, int64 */
    struct pm_cell *timers;
};

/* A row as the reader has it and as it stands: values[0..n) and values[n..2n). */
struct row {
    int64_t is_out, is_now, is_changed;
    int64_t value[];
};

/* A key whose changes wait, and the newest input among them, whose header the rows get. */
struct pending {
    int64_t waits;
    int64_t is_set, next_ns; /* not before this watermark */
    int64_t time_ns, stamp_ns;
    uint64_t id;
};

static void forget(struct coalesce *self, uint64_t key, int64_t name, const struct row *row)
{
    if (row->is_out == 0 && row->is_now == 0)
        pm_map_delete(self->rows, key, name);
}

/* What the job before has published already is what the reader has. */
static void settle(struct coalesce *self, uint64_t key, int64_t name, struct row *row)
{
    row->is_out = row->is_now;
    memcpy(row->value, row->value + self->values, self->values * sizeof row->value[0]);
    forget(self, key, name, row);
}

/* The next mark may fire what comes now; one that is being fired may not, or new keys could keep it
 * for ever. */
static int64_t soonest_ns(const struct coalesce *self)
{
    return self->advance_ns == self->watermark_ns ? self->watermark_ns
                                                  : pm_time_plus(self->advance_ns, 1);
}

static void await(struct coalesce *self, const struct pm_record *record)
{
    struct pending *pending = pm_value_pin(self->keys, record->key);

    if (pending->waits == 0) {
        const int64_t soonest = soonest_ns(self);
        const int64_t due_ns =
            pending->is_set != 0 && pending->next_ns > soonest ? pending->next_ns : soonest;
        pending->waits = 1;
        pm_timer_set(self->timers, due_ns, record->key, 0);
    }
    pending->time_ns = record->event_time_ns;
    pending->stamp_ns = record->stamp_ns;
    pending->id = record->id;
}

static inline void keep(struct coalesce *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t name = self->named ? pm_schema_read(&self->name, record, bytes) : 0;
    struct row *row = pm_map_put(self->rows, record->key, name, NULL);
    const struct pm_schema *schema = self->base.input_schema[0];

    (void)input;
    (void)out;
    row->is_now = pm_record_deletes(record) ? 0 : 1;
    for (unsigned i = 0; i < self->values; i++)
        row->value[self->values + i] = pm_schema_read(&schema->columns[1 + i], record, bytes);
    if (pm_record_is_replayed(record)) {
        settle(self, record->key, name, row);
        return;
    }
    if (row->is_changed == 0) {
        row->is_changed = 1;
        *(int64_t *)pm_list_append(self->changed, record->key) = name;
    }
    await(self, record);
}
PM_EMIT_ENTRIES(coalesce, struct coalesce, keep)

static const struct pm_bytes nothing;

static void publish(struct coalesce *self, const struct pm_record *cause, int64_t name)
{
    struct row *row = pm_map_get(self->rows, cause->key, name);
    const size_t size = self->values * sizeof row->value[0];
    const int64_t *now = row->value + self->values;
    const bool same = row->is_out != 0 && row->is_now != 0 && memcmp(row->value, now, size) == 0;

    row->is_changed = 0;
    if (row->is_out != 0 && !same)
        pm_changes_make(&self->out, cause, &nothing, row->is_now != 0 ? PM_OP_BEFORE : PM_OP_DELETE,
                        self->values, row->value);
    if (row->is_now != 0 && !same)
        pm_changes_make(&self->out, cause, &nothing, PM_OP_INSERT, self->values, now);
    settle(self, cause->key, name, row);
}

/* All changes of a key leave together, so that its rows keep the order of its inputs. */
static void fire(struct pm_operator *op, const struct pm_timer *timer)
{
    struct coalesce *self = (struct coalesce *)op;
    struct pending *pending = pm_value_pin(self->keys, timer->key);
    const uint32_t count = pm_list_length(self->changed, timer->key);
    const struct pm_record cause = {
        /* not below what has been promised since it came */
        .event_time_ns =
            pending->time_ns > self->watermark_ns ? pending->time_ns : self->watermark_ns,
        .stamp_ns = pending->stamp_ns,
        .id = pending->id,
        .key = timer->key,
    };

    pending->waits = 0;
    pending->is_set = 1;
    pending->next_ns = pm_time_plus(self->advance_ns, self->interval_ns);
    for (uint32_t i = 0; i < count; i++)
        publish(self, &cause, *(const int64_t *)pm_list_at(self->changed, timer->key, i));
    pm_list_drop_front(self->changed, timer->key, count);
}

/* A mark that only says how far the job before had come has nothing to publish. At the end of a job
 * that forgets, nothing may wait: the next one takes what came before it for published. */
static bool coalesce_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct coalesce *self = (struct coalesce *)op;

    (void)input;
    if (op->task->replayed)
        return pm_operator_pass(op, watermark_ns);
    self->advance_ns = watermark_ns;
    if (!pm_fire_until(op, self->timers, &self->out, fire,
                       op->task->closing ? PM_TIME_MAX : watermark_ns) ||
        !pm_operator_pass(op, watermark_ns))
        return false;
    self->watermark_ns = watermark_ns;
    return true;
}

/* --- the plan --------------------------------------------------------------------------------- */

static int coalesce_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct coalesce_plan *plan = node->config;
    const struct pm_schema *input = pm_plan_flow_schema(node->inputs[0]);
    const int code =
        plan->name[0] != '\0' ? pm_columns_need(node, 0, plan->name, PM_COLUMNS_INTEGER, error) : 0;

    if (code != 0)
        return code;
    if (plan->interval_ns < 1 || plan->interval_ns > PM_DURATION_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: interval is %lld ns, 1 to %lld are allowed",
                            node->name, (long long)plan->interval_ns, (long long)PM_DURATION_MAX);
    if (!pm_plan_flow_retracts(node->inputs[0]))
        return pm_error_set(error, PM_EINPUT, "%s: its input is no updates", node->name);
    if (input->count < 2 || input->count > 1 + PM_RESULTS_MAX ||
        input->columns[0].offset != offsetof(struct pm_record, key))
        return pm_error_set(error, PM_EINPUT, "%s: its input is no row of results", node->name);
    return 0;
}

static int declare(struct coalesce *self, struct pm_error *error)
{
    struct pm_state *state = self->base.state;
    const uint32_t size = (uint32_t)sizeof(struct row) + 16 * self->values;
    int code = pm_state_declare(&self->rows, state, "rows", PM_CELL_MAP, size, error);

    if (code == 0)
        code = pm_state_declare(&self->keys, state, "keys", PM_CELL_VALUE, sizeof(struct pending),
                                error);
    if (code == 0)
        code = pm_state_declare(&self->changed, state, "changed", PM_CELL_LIST, 8, error);
    if (code == 0)
        code = pm_state_declare(&self->timers, state, "timers", PM_CELL_TIMERS, 0, error);
    return code;
}

static int coalesce_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct coalesce_plan *plan = config;
    struct coalesce *self = (struct coalesce *)op;

    self->interval_ns = plan->interval_ns;
    self->watermark_ns = PM_TIME_MIN;
    self->advance_ns = PM_TIME_MIN;
    self->values = op->input_schema[0]->count - 1;
    self->named = plan->name[0] != '\0';
    if (self->named)
        self->name = *pm_schema_find(op->input_schema[0], plan->name);
    const int code = declare(self, error);
    if (code != 0)
        return code;
    return pm_out_open(&self->out, op, error);
}

static void coalesce_close(struct pm_operator *op)
{
    pm_out_close(&((struct coalesce *)op)->out);
}

const struct pm_operator_class pm_class_coalesce = {
    .name = "coalesce",
    .help = "the changes of a key at most once an interval",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ARRIVAL_ORDER | PM_TRAIT_TAKES_RETRACT |
              PM_TRAIT_MAKES_RETRACT | PM_TRAIT_LOOKS_BACK | PM_TRAIT_LEAVES_OUT,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 1,
    .port_names = {"main"},
    .size = sizeof(struct coalesce),
    .config_size = sizeof(struct coalesce_plan),
    .one = coalesce_one,
    .chunk = coalesce_chunk,
    .advance = coalesce_advance,
    .check = coalesce_check,
    .open = coalesce_open,
    .close = coalesce_close,
};

struct pm_flow pm_plan_coalesce(struct pm_plan *plan, struct pm_flow updates, const char *name,
                                int64_t interval_ns)
{
    struct coalesce_plan copy = {.interval_ns = interval_ns};

    if (interval_ns == 0)
        return updates;
    pm_columns_name(copy.name, name);
    return pm_plan_add(plan, &pm_class_coalesce, &copy, 1, &updates);
}
