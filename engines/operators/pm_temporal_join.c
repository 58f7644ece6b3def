/* SPDX-License-Identifier: Apache-2.0 */
/* temporal_join: each left record with its key's version of the right side as of its time. */
#include "pm_columns.h"
#include "pm_fire.h"
#include "pm_verbs.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX   4u
#define RESULT_PREFIX "right_"

struct join_plan {
    int64_t lateness_ns;
    unsigned columns;
    char column[COLUMNS_MAX][PM_COLUMN_NAME_SIZE];
    char result[COLUMNS_MAX][PM_COLUMN_NAME_SIZE + sizeof RESULT_PREFIX];
};

struct join {
    struct pm_operator base;
    struct pm_out out;
    struct pm_watermarks watermarks;
    int64_t fired_ns; /* the watermark up to which left records have left */
    int64_t lateness_ns;
    unsigned columns;
    struct pm_column column[COLUMNS_MAX];
    struct pm_cell *lefts;    /* map: number of arrival to struct left */
    struct pm_cell *versions; /* map: first time that sees it to struct version */
    struct pm_cell *timers;   /* tag: the left record's number */
};

struct left {
    int64_t time_ns;
    uint64_t payload[PM_PAYLOAD_WORDS];
};

/*
 * A version stands at the first left time that may see it: its own time or, when it came behind w,
 * w - lateness where that is later. Of all that stand at or before t the newest counts for t. One
 * that is not newer than what stands before it counts for no t and is not kept, so that versions
 * in order of place are in order of age, and the last place at or before t has the answer.
 */
struct version {
    int64_t time_ns;
    uint64_t id;
    int64_t value[COLUMNS_MAX];
};

/* Ties by partition and sequence, which the id holds; those of made rows by the columns. */
static bool is_newer(const struct version *a, const struct version *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns;
    if (a->id != b->id)
        return a->id > b->id;
    for (unsigned i = 0; i < COLUMNS_MAX; i++) {
        if (a->value[i] != b->value[i])
            return a->value[i] > b->value[i];
    }
    return false;
}

/* Left records before fired - lateness are gone: only the last version that those after it see
 * from their start is needed. Two a call, so that what one version adds is surely taken away. */
static void forget_old(struct join *self, uint64_t key)
{
    const int64_t reach_ns = pm_watermark_less(self->fired_ns, self->lateness_ns);
    struct pm_state_entry first, second;

    for (unsigned i = 0; i < 2; i++) {
        if (!pm_map_at_least(self->versions, key, PM_TIME_MIN, &first) || first.order >= reach_ns ||
            !pm_map_at_least(self->versions, key, first.order + 1, &second) ||
            second.order > reach_ns)
            return;
        pm_map_delete(self->versions, key, first.order);
    }
}

static void take_version(struct join *self, const struct pm_record *record,
                         const struct pm_bytes *bytes)
{
    const int64_t closed_ns = pm_record_closed_below(record, bytes);
    const int64_t opens_ns = pm_watermark_less(closed_ns, self->lateness_ns);
    struct version version = {.time_ns = record->event_time_ns,
                              .id = self->base.any_id[1] ? 0 : record->id};
    const int64_t place_ns = opens_ns > version.time_ns ? opens_ns : version.time_ns;
    struct pm_state_entry other;

    for (unsigned i = 0; i < self->columns; i++)
        version.value[i] = pm_schema_read(&self->column[i], record, bytes);
    forget_old(self, record->key);
    if (pm_map_at_most(self->versions, record->key, place_ns, &other) &&
        !is_newer(&version, other.value))
        return;
    while (place_ns != PM_TIME_MAX &&
           pm_map_at_least(self->versions, record->key, place_ns + 1, &other) &&
           !is_newer(other.value, &version))
        pm_map_delete(self->versions, record->key, other.order);
    *(struct version *)pm_map_put(self->versions, record->key, place_ns, NULL) = version;
}

static void take_left(struct join *self, const struct pm_record *record,
                      const struct pm_bytes *bytes, struct pm_out *out)
{
    const int64_t time_ns = record->event_time_ns;
    const int64_t due_ns = pm_time_plus(time_ns, self->lateness_ns + 1);
    struct pm_state_entry last;
    int64_t number = 0;

    if (pm_record_is_behind(record) && due_ns <= pm_record_closed_below(record, bytes)) {
        pm_out_pass(out, 1, record, bytes);
        return;
    }
    if (pm_map_at_most(self->lefts, record->key, INT64_MAX, &last))
        number = last.order + 1;
    struct left *left = pm_map_put(self->lefts, record->key, number, NULL);
    left->time_ns = time_ns;
    memcpy(left->payload, record->payload, sizeof left->payload);
    pm_timer_set(self->timers, due_ns, record->key, number);
}

static inline void take(struct join *self, unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, struct pm_out *out)
{
    if (input == 0)
        take_left(self, record, bytes, out);
    else
        take_version(self, record, bytes);
}
PM_EMIT_ENTRIES(join, struct join, take)

static void fire(struct pm_operator *op, const struct pm_timer *timer)
{
    struct join *self = (struct join *)op;
    const struct left *left = pm_map_get(self->lefts, timer->key, timer->tag);
    int64_t results[COLUMNS_MAX + 1] = {0};
    struct pm_state_entry entry;

    if (left == NULL)
        return;
    if (pm_map_at_most(self->versions, timer->key, left->time_ns, &entry)) {
        const struct version *version = entry.value;
        memcpy(results, version->value, self->columns * sizeof *results);
        results[self->columns] = 1;
    }
    struct pm_record *row = pm_out_row(&self->out, 0, NULL);
    row->event_time_ns = left->time_ns;
    row->key = timer->key;
    memcpy(row->payload, left->payload, sizeof row->payload);
    const uint32_t size = (self->columns + 1) * (uint32_t)sizeof *results;
    void *text = pm_record_extend(row, pm_out_bytes(&self->out), size);
    if (text != NULL)
        memcpy(text, results, size);
    pm_map_delete(self->lefts, timer->key, timer->tag);
}

static bool join_advance(struct pm_operator *op, unsigned input, int64_t watermark_ns)
{
    struct join *self = (struct join *)op;
    const int64_t least_ns = pm_watermarks_raise(&self->watermarks, input, watermark_ns);

    if (!pm_fire_due(op, self->timers, &self->out, fire, least_ns, self->lateness_ns))
        return false;
    self->fired_ns = least_ns;
    return true;
}

static int join_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct join_plan *plan = config;
    struct join *self = (struct join *)op;

    pm_watermarks_open(&self->watermarks, 2);
    self->fired_ns = PM_TIME_MIN;
    self->lateness_ns = plan->lateness_ns;
    self->columns = plan->columns;
    for (unsigned i = 0; i < plan->columns; i++)
        self->column[i] = *pm_schema_find(op->input_schema[1], plan->column[i]);
    int code =
        pm_state_declare(&self->lefts, op->state, "lefts", PM_CELL_MAP, sizeof(struct left), error);
    if (code == 0)
        code = pm_state_declare(&self->versions, op->state, "versions", PM_CELL_MAP,
                                sizeof(struct version), error);
    if (code == 0)
        code = pm_state_declare(&self->timers, op->state, "timers", PM_CELL_TIMERS, 0, error);
    return code != 0 ? code : pm_out_open(&self->out, op, error);
}

static void join_close(struct pm_operator *op)
{
    pm_out_close(&((struct join *)op)->out);
}

/* A made row has the left record's time, key and payload, not its id and its extension. */
static bool is_kept(const struct pm_column *column)
{
    return column->place == PM_PLACE_RECORD &&
           (column->offset == offsetof(struct pm_record, event_time_ns) ||
            column->offset == offsetof(struct pm_record, key) ||
            column->offset >= offsetof(struct pm_record, payload));
}

static int add_column(struct pm_plan_node *node, const struct pm_column *column,
                      struct pm_error *error)
{
    struct pm_schema *schema = &node->schema;

    if (schema->count == PM_SCHEMA_COLUMNS)
        return pm_error_set(error, PM_EINPUT, "%s: more than %d columns", node->name,
                            PM_SCHEMA_COLUMNS);
    if (pm_schema_find(schema, column->name) != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' would stand twice", node->name,
                            column->name);
    schema->columns[schema->count++] = *column;
    return 0;
}

static int add_right(struct pm_plan_node *node, struct join_plan *plan, unsigned i,
                     struct pm_error *error)
{
    const int code = pm_columns_need(node, 1, plan->column[i], PM_COLUMNS_INTEGER, error);

    if (code != 0)
        return code;
    struct pm_column column =
        *pm_schema_find(pm_plan_flow_schema(node->inputs[1]), plan->column[i]);
    column.name = plan->result[i];
    column.place = PM_PLACE_EXTENSION;
    column.offset = (uint16_t)(8 * i);
    column.width = 8;
    return add_column(node, &column, error);
}

static int join_check(struct pm_plan_node *node, struct pm_error *error)
{
    struct join_plan *plan = node->config;
    const struct pm_schema *left = pm_plan_flow_schema(node->inputs[0]);
    int code = 0;

    if (plan->lateness_ns < 0 || plan->lateness_ns > PM_DURATION_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: lateness is %lld ns, 0 to %lld are allowed",
                            node->name, (long long)plan->lateness_ns, (long long)PM_DURATION_MAX);
    if (plan->columns < 1 || plan->columns > COLUMNS_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: %u columns, 1 to %u are allowed", node->name,
                            plan->columns, COLUMNS_MAX);
    node->schema = (struct pm_schema){.name = node->name};
    for (unsigned i = 0; code == 0 && i < left->count; i++) {
        if (is_kept(&left->columns[i]))
            code = add_column(node, &left->columns[i], error);
    }
    for (unsigned i = 0; code == 0 && i < plan->columns; i++)
        code = add_right(node, plan, i, error);
    if (code != 0)
        return code;
    const struct pm_column matched =
        PM_COLUMN_EXTENSION("matched", PM_TYPE_INTEGER, (uint16_t)(8 * plan->columns), 8, 0);
    return add_column(node, &matched, error);
}

static int64_t lag_ns(const void *config)
{
    return ((const struct join_plan *)config)->lateness_ns;
}

const struct pm_operator_class pm_class_temporal_join = {
    .name = "temporal_join",
    .help = "each left record with the right side's version as of its time",
    .traits = PM_TRAIT_KEYED | PM_TRAIT_ON_WATERMARK | PM_TRAIT_LOOKS_BACK,
    .inputs_min = 2,
    .inputs_max = 2,
    .ports = 2,
    .port_names = {"main", "late"},
    .size = sizeof(struct join),
    .config_size = sizeof(struct join_plan),
    .one = join_one,
    .chunk = join_chunk,
    .advance = join_advance,
    .check = join_check,
    .open = join_open,
    .close = join_close,
    .lag_ns = lag_ns,
};

struct pm_flow pm_plan_temporal_join(struct pm_plan *plan, struct pm_flow left,
                                     struct pm_flow right,
                                     const struct pm_temporal_join_config *config)
{
    const struct pm_flow inputs[2] = {left, right};
    struct join_plan copy = {.lateness_ns = config->lateness_ns, .columns = config->columns};

    for (unsigned i = 0; i < config->columns && i < COLUMNS_MAX; i++) {
        pm_columns_name(copy.column[i], config->column[i]);
        snprintf(copy.result[i], sizeof copy.result[i], RESULT_PREFIX "%s", config->column[i]);
    }
    return pm_plan_add(plan, &pm_class_temporal_join, &copy, 2, inputs);
}
