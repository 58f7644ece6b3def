/* SPDX-License-Identifier: Apache-2.0 */
/* pattern: the runs of a key, each at its step, driven by records and timers in event time. */
#include "pm_event_process.h"
#include "pm_pattern_plan.h"
#include "pm_results.h"

struct condition {
    struct pm_column column;
    enum pm_compare compare;
    int64_t value;
    unsigned input;
    bool is_any; /* no column to compare */
};

struct step {
    struct condition is, unless;
    uint32_t times;
    bool is_strict, has_unless;
};

struct measure {
    struct pm_column column;
    unsigned step;
    enum pm_pattern_which which;
};

struct pattern {
    struct pm_event_process process;
    struct pm_cell *runs; /* map: number, ascending with the run's first record, to struct run */
    unsigned steps, measures;
    enum pm_pattern_skip skip;
    int64_t within_ns, absent_ns;
    struct condition absent;
    struct step step[PM_PATTERN_STEPS_MAX];
    struct measure measure[PM_PATTERN_MEASURES_MAX];
};

struct run {
    int64_t start_ns;
    int64_t end_ns;  /* of the absence that completes it, once all steps are */
    uint32_t step;   /* steps that are complete */
    uint32_t count;  /* records taken of the next one */
    int64_t value[]; /* the measures */
};

static inline bool fits(const struct condition *condition, unsigned input,
                        const struct pm_record *record)
{
    if (condition->input != input)
        return false;
    if (condition->is_any)
        return true;
    const int64_t value = pm_schema_read(&condition->column, record, NULL);
    switch (condition->compare) {
    case PM_LESS:
        return value < condition->value;
    case PM_LESS_EQUAL:
        return value <= condition->value;
    case PM_EQUAL:
        return value == condition->value;
    case PM_NOT_EQUAL:
        return value != condition->value;
    case PM_GREATER_EQUAL:
        return value >= condition->value;
    case PM_GREATER:
        return value > condition->value;
    }
    return false;
}

static void emit(struct pattern *self, uint64_t key, const struct run *run)
{
    struct pm_record *row = pm_event_process_row(&self->process, 0, key);
    int64_t results[PM_RESULTS_MAX] = {run->start_ns, self->process.now_ns};

    for (unsigned i = 0; i < self->measures; i++)
        results[2 + i] = run->value[i];
    pm_results_write(row, pm_out_bytes(&self->process.out), 2 + self->measures, results);
}

/* Take @p record as the next of @p run's step. */
static void take(const struct pattern *self, struct run *run, const struct pm_record *record)
{
    for (unsigned i = 0; i < self->measures; i++) {
        const struct measure *measure = &self->measure[i];
        if (measure->step == run->step && (measure->which == PM_LAST_OF || run->count == 0))
            run->value[i] = pm_schema_read(&measure->column, record, NULL);
    }
    if (++run->count == self->step[run->step].times) {
        run->step++;
        run->count = 0;
    }
}

/* The bound is a sum, not a difference, so that no pair of times overflows it. */
static bool is_over(const struct pattern *self, const struct run *run, int64_t time_ns)
{
    return time_ns >= pm_time_plus(run->start_ns, self->within_ns);
}

enum fate { LIVES, DIES, MATCHES };

/* The last step is complete: the match is, too, or its absence begins. */
static enum fate complete(struct pattern *self, struct run *run, uint64_t key)
{
    if (self->absent_ns == 0)
        return MATCHES;
    run->end_ns = pm_time_plus(self->process.now_ns, self->absent_ns);
    if (is_over(self, run, run->end_ns))
        return DIES;
    pm_event_process_timer(&self->process, key, run->end_ns, 0);
    return LIVES;
}

/* What @p record does to the run that stands at @p at; the run is pinned for writing only when the
 * record is taken. */
static enum fate meet(struct pattern *self, const struct pm_state_entry *at, unsigned input,
                      const struct pm_record *record)
{
    const struct run *seen = at->value;

    if (is_over(self, seen, self->process.now_ns))
        return DIES;
    if (seen->step == self->steps)
        return fits(&self->absent, input, record) ? DIES : LIVES;
    const struct step *step = &self->step[seen->step];
    if (step->has_unless && fits(&step->unless, input, record))
        return DIES;
    if (!fits(&step->is, input, record))
        return step->is_strict ? DIES : LIVES;
    struct run *run = pm_map_get(self->runs, record->key, at->order);
    take(self, run, record);
    return run->step == self->steps ? complete(self, run, record->key) : LIVES;
}

static void end_runs(struct pattern *self, uint64_t key)
{
    struct pm_state_entry at;

    while (pm_map_at_least(self->runs, key, 0, &at))
        pm_map_delete(self->runs, key, at.order);
}

/* A key's runs are numbered as they begin. A timer at the bound forgets what waits in vain. */
static enum fate begin(struct pattern *self, const struct pm_record *record)
{
    struct pm_state_entry last;
    const int64_t number =
        pm_map_at_most(self->runs, record->key, INT64_MAX, &last) ? last.order + 1 : 0;
    struct run *run = pm_map_put(self->runs, record->key, number, NULL);

    run->start_ns = self->process.now_ns;
    take(self, run, record);
    const enum fate fate = run->step == self->steps ? complete(self, run, record->key) : LIVES;
    if (fate == MATCHES)
        emit(self, record->key, run);
    if (fate != LIVES)
        pm_map_delete(self->runs, record->key, number);
    else
        pm_event_process_timer(&self->process, record->key,
                               pm_time_plus(run->start_ns, self->within_ns), 0);
    return fate;
}

static inline void take_record(struct pattern *self, unsigned input, const struct pm_record *record)
{
    const uint64_t key = record->key;
    struct pm_state_entry at;
    enum fate fate = LIVES;

    for (int64_t from = 0; pm_map_at_least(self->runs, key, from, &at); from = at.order + 1) {
        fate = meet(self, &at, input, record);
        if (fate == MATCHES)
            emit(self, key, pm_map_get(self->runs, key, at.order));
        if (fate != LIVES)
            pm_map_delete(self->runs, key, at.order);
        if (fate == MATCHES && self->skip == PM_SKIP_PAST_LAST) {
            end_runs(self, key);
            return;
        }
    }
    if (!fits(&self->step[0].is, input, record))
        return;
    if (begin(self, record) == MATCHES && self->skip == PM_SKIP_PAST_LAST)
        end_runs(self, key);
}

/* Timers carry no number: they ask every run of the key whether its absence or its time is over. */
static inline void take_timer(struct pattern *self, uint64_t key, int64_t tag)
{
    const int64_t now_ns = self->process.now_ns;
    struct pm_state_entry at;

    (void)tag;
    for (int64_t from = 0; pm_map_at_least(self->runs, key, from, &at); from = at.order + 1) {
        const struct run *run = at.value;
        const bool matches = run->step == self->steps && run->end_ns == now_ns;
        if (matches)
            emit(self, key, run);
        if (matches || is_over(self, run, now_ns))
            pm_map_delete(self->runs, key, at.order);
        if (matches && self->skip == PM_SKIP_PAST_LAST) {
            end_runs(self, key);
            return;
        }
    }
}
PM_EVENT_ADVANCE(pattern, struct pattern, take_record, take_timer)

static struct condition condition_of(const struct pm_operator *op,
                                     const struct pm_pattern_plan_condition *plan)
{
    struct condition condition = {
        .compare = plan->compare,
        .value = plan->value,
        .input = plan->input,
        .is_any = plan->column[0] == '\0',
    };

    if (!condition.is_any)
        condition.column = *pm_schema_find(op->input_schema[plan->input], plan->column);
    return condition;
}

static void open_steps(struct pattern *self, const struct pm_pattern_plan *plan)
{
    const struct pm_operator *op = &self->process.base;

    for (unsigned i = 0; i < plan->steps; i++) {
        const struct pm_pattern_plan_step *step = &plan->step[i];
        self->step[i] = (struct step){
            .is = condition_of(op, &step->is),
            .times = step->times,
            .is_strict = step->is_strict,
            .has_unless = step->has_unless,
        };
        if (step->has_unless)
            self->step[i].unless = condition_of(op, &step->unless);
    }
    for (unsigned i = 0; i < plan->measures; i++) {
        const struct pm_pattern_plan_measure *measure = &plan->measure[i];
        const unsigned input = plan->step[measure->step].is.input;
        self->measure[i] = (struct measure){
            .column = *pm_schema_find(op->input_schema[input], measure->column),
            .step = measure->step,
            .which = measure->which,
        };
    }
}

static int pattern_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    const struct pm_pattern_plan *plan = config;
    struct pattern *self = (struct pattern *)op;
    const uint32_t size = sizeof(struct run) + plan->measures * (uint32_t)sizeof(int64_t);

    self->steps = plan->steps;
    self->measures = plan->measures;
    self->skip = plan->skip;
    self->within_ns = plan->within_ns;
    self->absent_ns = plan->absent_ns;
    if (plan->absent_ns != 0)
        self->absent = condition_of(op, &plan->absent);
    open_steps(self, plan);
    const int code = pm_event_process_open(&self->process, plan->inputs, plan->lateness_ns, error);
    return code != 0 ? code
                     : pm_state_declare(&self->runs, op->state, "runs", PM_CELL_MAP, size, error);
}

static int64_t lag_ns(const void *config)
{
    return ((const struct pm_pattern_plan *)config)->lateness_ns;
}

const struct pm_operator_class pm_class_pattern = {
    .name = "pattern",
    .help = "sequences of a key's records in event time, with repetition, negation and absence",
    .traits = PM_EVENT_TRAITS,
    .inputs_min = 1,
    .inputs_max = PM_INPUTS_MAX,
    .ports = PM_EVENT_PORTS,
    .port_names = {PM_EVENT_PORT_NAMES},
    .port_input = {PM_EVENT_INPUTS_OF_PORTS},
    .size = sizeof(struct pattern),
    .config_size = sizeof(struct pm_pattern_plan),
    .one = pm_event_process_one,
    .chunk = pm_event_process_chunk,
    .advance = pattern_advance,
    .check = pm_pattern_check,
    .open = pattern_open,
    .close = pm_event_process_close,
    .lag_ns = lag_ns,
};
