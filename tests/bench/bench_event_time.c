/* SPDX-License-Identifier: Apache-2.0 */
/* Operators in event time order and joins against loops written by hand: T1 to T4. */
#include "pm_bench.h"

#include "pm_pattern.h"
#include "pm_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS     65536u
#define KEYS     1024u
#define ROUNDS   4u
#define SPAN     65536 /* ns of event time a round: a record each */
#define DISORDER 256   /* ns that a record may come behind its place */
#define MARK     1024u /* rows from one watermark to the next */
#define BOUND    8192  /* ns of dedup, pattern, interval and window: 8 records a key */

static struct pm_record *data;
static int64_t now_ns; /* where the round in hand begins: rounds follow each other */

static const struct pm_schema schema = {
    .name = "rows",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0)},
};

/* --- a chain of one operator ------------------------------------------------------------------ */

struct end {
    struct pm_operator base;
    uint64_t rows;
};

static void end_one(struct pm_operator *op, unsigned in, struct pm_record *r, struct pm_bytes *b)
{
    (void)in, (void)r, (void)b;
    ((struct end *)op)->rows++;
}
static void end_chunk(struct pm_operator *op, unsigned in, struct pm_chunk *chunk)
{
    (void)in;
    ((struct end *)op)->rows += chunk->selected;
}
static bool end_advance(struct pm_operator *op, unsigned in, int64_t watermark_ns)
{
    (void)op, (void)in, (void)watermark_ns;
    return true;
}

struct chain {
    struct pm_flow (*build)(struct pm_plan *plan, const struct pm_flow *keyed);
    unsigned inputs;
    struct pm_plan *plan;
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_chain *chain;
    struct pm_edge entry[2];
    struct pm_task task;
    struct pm_chunk chunk;
    struct end end;
};

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    (void)node;
    return &((struct chain *)payload)->end.base;
}

static void open_chain(struct chain *self, enum pm_order order)
{
    const struct pm_chain_config config = {.state = &pm_state_memory,
                                           .parallelism = 1,
                                           .task = &self->task,
                                           .terminal = terminal,
                                           .payload = self};
    struct pm_error error = {0};
    struct pm_flow keyed[2];

    self->end.base = (struct pm_operator){
        .one = end_one, .chunk = end_chunk, .advance = end_advance, .task = &self->task};
    self->plan = pm_plan_open(order);
    for (unsigned i = 0; i < self->inputs; i++)
        keyed[i] = pm_plan_key_by(self->plan, pm_plan_source(self->plan, i, &schema), "key");
    pm_plan_output(self->plan, self->build(self->plan, keyed), 0, "out");
    pm_bench_check(pm_plan_check(self->plan, &error) == 0, error.text);
    const unsigned last = pm_plan_stages(self->plan, self->stages) - 1;
    pm_bench_check(pm_chain_open(&self->chain, &self->stages[last], &config, &error) == 0, "chain");
    pm_bench_check(pm_chunk_open(&self->chunk) == 0, "chunk");
    for (unsigned i = 0; i < self->inputs; i++)
        self->entry[i] = pm_chain_entry(self->chain, i);
}

static void close_chain(struct chain *self)
{
    pm_bench_check(self->end.rows != 0 && self->task.code == 0, "rows arrive");
    pm_chain_close(self->chain);
    pm_chunk_close(&self->chunk);
    pm_plan_close(self->plan);
}

/* Each round's times follow those of the round before. */
static void shift(void)
{
    for (uint32_t i = 0; i < ROWS; i++)
        data[i].event_time_ns += SPAN;
    now_ns += SPAN;
}

static void mark(struct chain *self, uint32_t row)
{
    for (unsigned i = 0; row % MARK == 0 && i < self->inputs; i++)
        self->entry[i].to->advance(self->entry[i].to, self->entry[i].input,
                                   now_ns + row - DISORDER);
}

/* Chunks come from the inputs in turns; records of a chunk that came singly, too. */
static struct pm_edge entry_of(const struct chain *self, uint32_t row)
{
    return self->entry[row / PM_CHUNK_DEFAULT % self->inputs];
}

static double run_one(void *payload)
{
    struct chain *self = payload;
    double seconds = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        shift();
        const double begin = pm_bench_seconds();
        for (uint32_t i = 0; i < ROWS; i++) {
            const struct pm_edge to = entry_of(self, i);
            to.to->one(to.to, to.input, &data[i], &self->chunk.bytes);
            mark(self, i + 1);
        }
        seconds += pm_bench_seconds() - begin;
    }
    return seconds * 1e9 / (ROUNDS * (double)ROWS);
}

static double run_chunk(void *payload)
{
    struct chain *self = payload;
    struct pm_record *const own = self->chunk.rows;
    double seconds = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        shift();
        const double begin = pm_bench_seconds();
        for (uint32_t from = 0; from < ROWS; from += PM_CHUNK_DEFAULT) {
            const struct pm_edge to = entry_of(self, from);
            self->chunk.rows = &data[from];
            pm_chunk_fill(&self->chunk, PM_CHUNK_DEFAULT);
            to.to->chunk(to.to, to.input, &self->chunk);
            mark(self, from + PM_CHUNK_DEFAULT);
        }
        seconds += pm_bench_seconds() - begin;
    }
    self->chunk.rows = own;
    return seconds * 1e9 / (ROUNDS * (double)ROWS);
}

/* --- by hand: rings of a key's records, and one sorted list of those that wait -----------------
 */

#define RING 32u /* more than a key has within the bound, but for one case in many thousands */

struct ring {
    uint32_t head, tail;
    struct {
        int64_t time_ns;
        uint64_t payload[PM_PAYLOAD_WORDS];
        bool matched;
    } at[RING];
};
struct slot {
    uint64_t key, used;
    int64_t kept_until_ns;
    struct ring side[2];
};
static struct slot *table;
static struct pm_record waiting[2 * MARK + DISORDER];
static uint32_t waits;
static struct pm_record made[256]; /* what the loops publish */
static uint32_t published;

static inline struct slot *find(uint64_t key)
{
    for (uint64_t at = pm_hash_u64(key) & (KEYS * 2 - 1);; at = (at + 1) & (KEYS * 2 - 1)) {
        if (table[at].used && table[at].key == key)
            return &table[at];
        if (!table[at].used) {
            table[at].key = key;
            table[at].used = 1;
            return &table[at];
        }
    }
}

static inline void publish(const struct pm_record *row)
{
    made[published++ & 255] = *row;
}

static inline void push(struct ring *ring, const struct pm_record *row)
{
    const uint32_t at = ring->tail++ % RING;

    ring->at[at].time_ns = row->event_time_ns;
    ring->at[at].matched = false;
    memcpy(ring->at[at].payload, row->payload, sizeof row->payload);
    if (ring->tail - ring->head > RING)
        ring->head++;
}

static inline void hand_dedup(const struct pm_record *row)
{
    struct slot *slot = find(row->key);

    if (row->event_time_ns < slot->kept_until_ns)
        return;
    slot->kept_until_ns = row->event_time_ns + BOUND;
    publish(row);
}

/* Three small values in a row within the bound, no large one between; runs begin anew after it. */
static inline void hand_pattern(const struct pm_record *row)
{
    struct ring *ring = &find(row->key)->side[0];

    if (row->payload[0] >= 10) {
        ring->head = ring->tail;
        return;
    }
    if (row->payload[0] >= 5)
        return;
    push(ring, row);
    while (row->event_time_ns - ring->at[ring->head % RING].time_ns >= BOUND)
        ring->head++;
    if (ring->tail - ring->head < 3)
        return;
    publish(row);
    ring->head = ring->tail;
}

static double in_order(void (*take)(const struct pm_record *row))
{
    double seconds = 0;

    waits = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        shift();
        const double begin = pm_bench_seconds();
        for (uint32_t i = 0; i < ROWS; i++) {
            uint32_t at = waits++;
            for (; at > 0 && waiting[at - 1].event_time_ns > data[i].event_time_ns; at--)
                waiting[at] = waiting[at - 1];
            waiting[at] = data[i];
            if ((i + 1) % MARK != 0)
                continue;
            for (at = 0; at < waits && waiting[at].event_time_ns < now_ns + i + 1 - DISORDER;)
                take(&waiting[at++]);
            waits -= at;
            memmove(waiting, waiting + at, waits * sizeof *waiting);
        }
        seconds += pm_bench_seconds() - begin;
    }
    PM_BENCH_USE(published);
    return seconds * 1e9 / (ROUNDS * (double)ROWS);
}

static double dedup_by_hand(void *payload)
{
    (void)payload;
    return in_order(hand_dedup);
}

static double pattern_by_hand(void *payload)
{
    (void)payload;
    return in_order(hand_pattern);
}

/* Both sides keep what the other may still meet; a left record that leaves unmet is published. */
static inline void hand_interval(const struct pm_record *row, unsigned input)
{
    struct slot *slot = find(row->key);
    struct ring *const own = &slot->side[input], *const other = &slot->side[1 - input];

    for (unsigned i = 0; i < 2; i++) {
        struct ring *ring = &slot->side[i];
        while (ring->head != ring->tail &&
               ring->at[ring->head % RING].time_ns < row->event_time_ns - BOUND - DISORDER) {
            if (i == 0 && !ring->at[ring->head % RING].matched)
                publish(row);
            ring->head++;
        }
    }
    push(own, row);
    for (uint32_t i = other->head; i != other->tail; i++) {
        const int64_t apart_ns = other->at[i % RING].time_ns - row->event_time_ns;
        const int64_t after_ns = input == 0 ? apart_ns : -apart_ns;
        if (after_ns < 0 || after_ns > BOUND)
            continue;
        other->at[i % RING].matched = own->at[(own->tail - 1) % RING].matched = true;
        publish(row);
    }
}

static double interval_by_hand(void *payload)
{
    double seconds = 0;

    (void)payload;
    for (unsigned round = 0; round < ROUNDS; round++) {
        shift();
        const double begin = pm_bench_seconds();
        for (uint32_t i = 0; i < ROWS; i++)
            hand_interval(&data[i], i / PM_CHUNK_DEFAULT % 2);
        seconds += pm_bench_seconds() - begin;
    }
    PM_BENCH_USE(published);
    return seconds * 1e9 / (ROUNDS * (double)ROWS);
}

/* All keys' windows end together: at each end every key's rings are crossed and emptied. */
static void cross_all(void)
{
    for (uint32_t k = 0; k < KEYS * 2; k++) {
        struct ring *const left = &table[k].side[0], *const right = &table[k].side[1];
        for (uint32_t i = left->head; i != left->tail; i++) {
            for (uint32_t n = right->head; n != right->tail; n++) {
                made[published & 255].event_time_ns = left->at[i % RING].time_ns;
                made[published++ & 255].payload[0] = right->at[n % RING].payload[0];
            }
        }
        left->head = left->tail;
        right->head = right->tail;
    }
}

static double window_by_hand(void *payload)
{
    double seconds = 0;

    (void)payload;
    for (unsigned round = 0; round < ROUNDS; round++) {
        shift();
        const double begin = pm_bench_seconds();
        for (uint32_t i = 0; i < ROWS; i++) {
            push(&find(data[i].key)->side[i / PM_CHUNK_DEFAULT % 2], &data[i]);
            if ((i + 1) % BOUND == 0)
                cross_all();
        }
        seconds += pm_bench_seconds() - begin;
    }
    PM_BENCH_USE(published);
    return seconds * 1e9 / (ROUNDS * (double)ROWS);
}

/* --- the operators ---------------------------------------------------------------------------- */

static struct pm_flow dedup(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_dedup_config config = {.within_ns = BOUND};

    return pm_plan_dedup(plan, keyed[0], &config);
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

static struct pm_flow interval_join(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_interval_join_config config = {
        .upper_ns = BOUND, .columns = 1, .column = {"v"}};
    const struct pm_flow rows = pm_plan_interval_join(plan, keyed[0], keyed[1], &config);

    pm_plan_output(plan, pm_plan_side(rows, 2), 1, "unmatched");
    return rows;
}

static struct pm_flow window_join(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_window_join_config config = {.size_ns = BOUND, .columns = 1, .column = {"v"}};

    return pm_plan_window_join(plan, keyed[0], keyed[1], &config);
}

static const struct {
    const char *row, *what;
    struct pm_flow (*build)(struct pm_plan *plan, const struct pm_flow *keyed);
    unsigned inputs;
    enum pm_order order;
    pm_bench_measure hand;
} rows[] = {
    {"T1", "dedup, keep first", dedup, 1, PM_ORDER_EVENT_TIME, dedup_by_hand},
    {"T2", "pattern, three in a row", pattern, 1, PM_ORDER_EVENT_TIME, pattern_by_hand},
    {"T3", "interval join and its outer side", interval_join, 2, PM_ORDER_NONE, interval_by_hand},
    {"T4", "window join, tumbling", window_join, 2, PM_ORDER_NONE, window_by_hand},
};

static void bench(unsigned i)
{
    static const struct {
        const char *name;
        pm_bench_measure run;
    } entries[] = {{"one", run_one}, {"chunk", run_chunk}};
    char text[80];

    for (unsigned k = 0; k < 2; k++) {
        struct chain chain = {.build = rows[i].build, .inputs = rows[i].inputs};
        snprintf(text, sizeof text, "%s, by %s, against a loop", rows[i].what, entries[k].name);
        const struct pm_bench_goal goal = {rows[i].row, text, "ns/record", 0, false};
        memset(table, 0, 2 * KEYS * sizeof *table);
        open_chain(&chain, rows[i].order);
        pm_bench_compare(&goal, entries[k].run, &chain, rows[i].hand, NULL);
        close_chain(&chain);
    }
}

int main(void)
{
    struct pm_random random = pm_random_open(1, 1);

    data = aligned_alloc(64, ROWS * sizeof *data);
    table = calloc(2 * KEYS, sizeof *table);
    pm_bench_check(data != NULL && table != NULL, "memory");
    memset(data, 0, ROWS * sizeof *data);
    for (uint32_t i = 0; i < ROWS; i++) {
        data[i].event_time_ns = i - pm_random_between(&random, 0, DISORDER - 1);
        data[i].id = i + 1;
        data[i].key = pm_random_below(&random, KEYS);
        data[i].payload[0] = pm_random_below(&random, 12);
    }
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        bench(i);
    pm_bench_check(published != 0, "the loops publish");
    free(table);
    free(data);
    return 0;
}
