/* SPDX-License-Identifier: Apache-2.0 */
/* Operators in event time order against loops written by hand: T1, T2, T5 to T7. */
#include "pm_bench_chain.h"

#include "pm_bench_rings.h"
#include "pm_event_process.h"
#include "pm_pattern.h"
#include "pm_random.h"

#include <stdlib.h>

#define DISORDER 256  /* ns that a record may come behind its place */
#define BOUND    8192 /* ns of dedup, pattern and silence: 8 records a key */

static const struct pm_schema schema = {
    .name = "rows",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0)},
};

/* --- by hand: one sorted list of the records that wait, one queue of the bounds that end ------ */

struct slot {
    uint64_t key, used;
    int64_t until_ns; /* the end of the bound in hand */
    struct pm_record last;
    struct pm_bench_ring small;
};
static struct slot *table;
PM_BENCH_FIND(table)

static struct pm_record waiting[2 * PM_BENCH_MARK + DISORDER];
static uint32_t waits;
static struct {
    int64_t end_ns;
    uint64_t key;
} ends[4 * BOUND]; /* a round's worth and more; they come in order */
static uint32_t ends_head, ends_tail;
static struct pm_record made[256]; /* what the loops publish */
static uint32_t published;

static inline void publish(const struct pm_record *row)
{
    made[published++ & 255] = *row;
}

static inline void end_at(int64_t end_ns, uint64_t key)
{
    ends[ends_tail % (4 * BOUND)].end_ns = end_ns;
    ends[ends_tail++ % (4 * BOUND)].key = key;
}

static inline void hand_first(const struct pm_record *row)
{
    struct slot *slot = find(row->key);

    if (row->event_time_ns < slot->until_ns)
        return;
    slot->until_ns = row->event_time_ns + BOUND;
    publish(row);
}

static inline void hand_last(const struct pm_record *row)
{
    struct slot *slot = find(row->key);

    slot->last = *row;
    if (row->event_time_ns < slot->until_ns)
        return;
    slot->until_ns = row->event_time_ns + BOUND;
    end_at(slot->until_ns, row->key);
}

/* The last record of a key publishes once nothing came for the bound. */
static inline void hand_silent(const struct pm_record *row)
{
    struct slot *slot = find(row->key);

    slot->last = *row;
    slot->until_ns = row->event_time_ns + BOUND;
    end_at(slot->until_ns, row->key);
}

/* Three small values in a row within the bound, no large one between; runs begin anew after it. */
static inline void hand_pattern(const struct pm_record *row)
{
    struct pm_bench_ring *ring = &find(row->key)->small;

    if (row->payload[0] >= 10) {
        ring->head = ring->tail;
        return;
    }
    if (row->payload[0] >= 5)
        return;
    pm_bench_push(ring, row);
    while (row->event_time_ns - ring->at[ring->head % PM_BENCH_RING].time_ns >= BOUND)
        ring->head++;
    if (ring->tail - ring->head < 3)
        return;
    publish(row);
    ring->head = ring->tail;
}

static inline void end_all(int64_t now_ns)
{
    for (; ends_head != ends_tail && ends[ends_head % (4 * BOUND)].end_ns < now_ns; ends_head++) {
        const struct slot *slot = find(ends[ends_head % (4 * BOUND)].key);
        if (slot->until_ns == ends[ends_head % (4 * BOUND)].end_ns)
            publish(&slot->last);
    }
}

static inline void in_order(const struct pm_record *data, int64_t now_ns,
                            void (*take)(const struct pm_record *row))
{
    waits = 0;
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++) {
        uint32_t at = waits++;
        for (; at > 0 && waiting[at - 1].event_time_ns > data[i].event_time_ns; at--)
            waiting[at] = waiting[at - 1];
        waiting[at] = data[i];
        if ((i + 1) % PM_BENCH_MARK != 0)
            continue;
        for (at = 0; at < waits && waiting[at].event_time_ns < now_ns + i + 1 - DISORDER;) {
            end_all(waiting[at].event_time_ns);
            take(&waiting[at++]);
        }
        waits -= at;
        memmove(waiting, waiting + at, waits * sizeof *waiting);
    }
    PM_BENCH_USE(published);
}

#define HAND(NAME)                                                                                 \
    static void loop_##NAME(const struct pm_record *data, int64_t now_ns)                          \
    {                                                                                              \
        in_order(data, now_ns, hand_##NAME);                                                       \
    }
HAND(first)
HAND(last)
HAND(pattern)
HAND(silent)

/* --- a process of the benchmark's own: a row when a key has been silent for the bound --------- */

struct silent {
    struct pm_event_process process;
    struct pm_cell *last; /* value: int64_t, the time of the key's newest record */
};

static inline void silent_record(struct silent *self, unsigned input,
                                 const struct pm_record *record)
{
    int64_t *last = pm_value_pin(self->last, record->key);

    (void)input;
    *last = record->event_time_ns;
    pm_event_process_timer(&self->process, record->key, record->event_time_ns + BOUND, 0);
}

static inline void silent_timer(struct silent *self, uint64_t key, int64_t tag)
{
    const int64_t *last = pm_value_peek(self->last, key);

    (void)tag;
    if (last == NULL || *last + BOUND != self->process.now_ns)
        return;
    pm_event_process_row(&self->process, 0, key);
    pm_value_delete(self->last, key);
}
PM_EVENT_ADVANCE(silent, struct silent, silent_record, silent_timer)

static int silent_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    struct silent *self = (struct silent *)op;
    const int code = pm_event_process_open(&self->process, 1, 0, error);

    (void)config;
    return code != 0 ? code
                     : pm_state_declare(&self->last, op->state, "last", PM_CELL_VALUE,
                                        sizeof(int64_t), error);
}

static int silent_check(struct pm_plan_node *node, struct pm_error *error)
{
    (void)error;
    node->schema = *pm_plan_flow_schema(node->inputs[0]);
    return 0;
}

static const struct pm_operator_class silent_class = {
    .name = "silent",
    .help = "a row when a key has been silent for the bound",
    .traits = PM_EVENT_TRAITS,
    .inputs_min = 1,
    .inputs_max = 1,
    .ports = 2,
    .port_names = {"main", "late"},
    .size = sizeof(struct silent),
    .one = pm_event_process_one,
    .chunk = pm_event_process_chunk,
    .advance = silent_advance,
    .check = silent_check,
    .open = silent_open,
    .close = pm_event_process_close,
};

/* --- the operators ---------------------------------------------------------------------------- */

static struct pm_flow first(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_dedup_config config = {.within_ns = BOUND};

    return pm_plan_dedup(plan, keyed[0], &config);
}

static struct pm_flow last(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_dedup_config config = {.keep = PM_KEEP_LAST, .within_ns = BOUND};

    return pm_plan_dedup(plan, keyed[0], &config);
}

static struct pm_flow silent(struct pm_plan *plan, const struct pm_flow *keyed)
{
    return pm_plan_add(plan, &silent_class, NULL, 1, keyed);
}

static struct pm_flow pattern(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_pattern_config config = {
        .steps = 1,
        .step = {{.is = {0, "v", PM_LESS, 5},
                  .times = 3,
                  .has_unless = true,
                  .unless = {0, "v", PM_GREATER_EQUAL, 10}}},
        .within_ns = BOUND,
    };

    return pm_plan_pattern(plan, 1, keyed, &config);
}

static const struct pm_bench_pair pairs[] = {
    {"T1", "dedup, keep first", first, PM_ORDER_EVENT_TIME, 1, loop_first},
    {"T2", "pattern, three in a row", pattern, PM_ORDER_EVENT_TIME, 1, loop_pattern},
    {"T5", "dedup, keep last", last, PM_ORDER_EVENT_TIME, 1, loop_last},
    {"T6", "process with a timer a record", silent, PM_ORDER_EVENT_TIME, 1, loop_silent},
};

/* All records of one key, far out of order: as many wait at once as nearly a round has. */
static void bench_hot_key(void)
{
    const struct pm_bench_goal goal = {"T7", "60,000 waiting records of one key against 1,024 keys",
                                       "ns/record", 0, false};
    struct pm_bench_rows rows[2];
    struct pm_bench_chain chains[2];

    for (unsigned i = 0; i < 2; i++) {
        pm_bench_rows_open(&rows[i], &schema, 60000);
        for (uint32_t k = 0; i == 0 && k < PM_BENCH_ROWS; k++)
            rows[i].data[k].key = 1;
        chains[i] = (struct pm_bench_chain){
            .build = last, .rows = &rows[i], .order = PM_ORDER_EVENT_TIME, .inputs = 1};
        pm_bench_chain_open(&chains[i]);
    }
    pm_bench_compare(&goal, pm_bench_chain_one, &chains[0], pm_bench_chain_one, &chains[1]);
    for (unsigned i = 0; i < 2; i++) {
        pm_bench_chain_close(&chains[i]);
        pm_bench_rows_close(&rows[i]);
    }
}

static void begin(void)
{
    table = calloc(2 * PM_BENCH_KEYS, sizeof *table);
    pm_bench_check(table != NULL, "memory");
    ends_head = ends_tail;
    published = 0;
}

static void end(void)
{
    pm_bench_check(published != 0, "the loops publish");
    free(table);
}

int main(void)
{
    struct pm_random random = pm_random_open(2, 1);
    struct pm_bench_rows rows;

    pm_bench_rows_open(&rows, &schema, DISORDER);
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++)
        rows.data[i].payload[0] = pm_random_below(&random, 12);
    pm_bench_pairs(pairs, sizeof pairs / sizeof *pairs, &rows, begin, end);
    pm_bench_rows_close(&rows);
    if (pm_bench_asked("T7"))
        bench_hot_key();
    return 0;
}
