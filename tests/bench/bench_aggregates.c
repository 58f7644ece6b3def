/* SPDX-License-Identifier: Apache-2.0 */
/* The aggregates that came with update mode against loops written by hand, and windows against
 * windows: A1 to A8. */
#include "pm_bench.h"

#include "pm_random.h"
#include "pm_verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS   65536u
#define KEYS   1024u
#define VALUES 64u
#define ROUNDS 4u
#define TOP    10u
#define SPAN   65536 /* ns of event time a round: one a row */

static struct pm_record *data;

static const struct pm_schema schema = {
    .name = "rows",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 8, 8, 0)},
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
    struct pm_flow (*build)(struct pm_plan *plan, struct pm_flow keyed);
    struct pm_plan *plan;
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_chain *chain;
    struct pm_edge entry;
    struct pm_task task;
    struct pm_chunk chunk;
    struct end end;
    int64_t now_ns; /* of event time: rounds follow each other */
};

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    (void)node;
    return &((struct chain *)payload)->end.base;
}

static void open_chain(struct chain *self)
{
    struct pm_chain_config config = {.state = &pm_state_memory,
                                     .parallelism = 1,
                                     .task = &self->task,
                                     .terminal = terminal,
                                     .payload = self};
    struct pm_error error = {0};

    self->end.base = (struct pm_operator){
        .one = end_one, .chunk = end_chunk, .advance = end_advance, .task = &self->task};
    self->plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_flow source = pm_plan_source(self->plan, 0, &schema);
    const struct pm_flow keyed = pm_plan_key_by(self->plan, source, "key");
    pm_plan_output(self->plan, self->build(self->plan, keyed), 0, "out");
    pm_bench_check(pm_plan_check(self->plan, &error) == 0, "plan");
    const unsigned stages = pm_plan_stages(self->plan, self->stages);
    pm_bench_check(stages == 2, "two stages");
    pm_bench_check(pm_chain_open(&self->chain, &self->stages[1], &config, &error) == 0, "chain");
    pm_bench_check(pm_chunk_open(&self->chunk) == 0, "chunk");
    self->entry = pm_chain_entry(self->chain, 0);
}

static void close_chain(struct chain *self)
{
    pm_bench_check(self->end.rows != 0 && self->task.code == 0, "rows arrive");
    pm_chain_close(self->chain);
    pm_chunk_close(&self->chunk);
    pm_plan_close(self->plan);
}

/* Rows of a round lie within its span; every 1,024 of them a mark follows. */
static void mark(struct chain *self, uint32_t row)
{
    if (row % 1024 == 0)
        self->entry.to->advance(self->entry.to, self->entry.input, self->now_ns + row - 64);
}

static void shift(struct chain *self)
{
    self->now_ns += SPAN;
    for (uint32_t i = 0; i < ROWS; i++)
        data[i].event_time_ns = self->now_ns + i;
}

static double run_one(void *payload)
{
    struct chain *self = payload;
    const double begin = pm_bench_seconds();

    for (unsigned round = 0; round < ROUNDS; round++) {
        shift(self);
        for (uint32_t i = 0; i < ROWS; i++) {
            self->entry.to->one(self->entry.to, self->entry.input, &data[i], &self->chunk.bytes);
            mark(self, i + 1);
        }
    }
    return (pm_bench_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);
}

static double run_chunk(void *payload)
{
    struct chain *self = payload;
    struct pm_record *const own = self->chunk.rows;
    const double begin = pm_bench_seconds();

    for (unsigned round = 0; round < ROUNDS; round++) {
        shift(self);
        for (uint32_t from = 0; from < ROWS; from += PM_CHUNK_DEFAULT) {
            self->chunk.rows = &data[from];
            pm_chunk_fill(&self->chunk, PM_CHUNK_DEFAULT);
            self->entry.to->chunk(self->entry.to, self->entry.input, &self->chunk);
            mark(self, from + PM_CHUNK_DEFAULT);
        }
    }
    self->chunk.rows = own;
    return (pm_bench_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);
}

/* --- by hand: a table of keys with what each loop keeps of one -------------------------------- */

struct slot {
    uint64_t key, used;
    int64_t count, sum;
    int64_t held[VALUES]; /* records of a value, or the sum of its amounts */
    struct {
        int64_t item, value;
    } top[TOP];
    uint8_t registers[1024];
};
static struct slot *table;
static struct pm_record made[256]; /* what the loops publish */

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

static inline uint32_t publish(uint32_t at, const struct pm_record *row, int64_t a, int64_t b)
{
    made[at & 255] = *row;
    made[at & 255].payload[0] = (uint64_t)a;
    made[at & 255].payload[1] = (uint64_t)b;
    return at + 1;
}

#define HAND(NAME, BODY)                                                                           \
    static double hand_##NAME(void *payload)                                                       \
    {                                                                                              \
        const double begin = pm_bench_seconds();                                                   \
        uint32_t out = 0;                                                                          \
        (void)payload;                                                                             \
        for (unsigned round = 0; round < ROUNDS; round++) {                                        \
            for (uint32_t i = 0; i < ROWS; i++) {                                                  \
                const struct pm_record *const row = &data[i];                                      \
                struct slot *const slot = find(row->key);                                          \
                BODY                                                                               \
            }                                                                                      \
            PM_BENCH_USE(table);                                                                   \
            PM_BENCH_USE(out);                                                                     \
        }                                                                                          \
        return (pm_bench_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);                       \
    }

HAND(distinct, {
    if (slot->held[row->payload[1]]++ == 0)
        out = publish(out, row, (int64_t)row->payload[1], 0);
})

HAND(sketch, {
    const uint64_t hash = pm_hash_u64(row->payload[0]);
    const uint8_t rank = (uint8_t)(1 + __builtin_clzll(hash << 10 | 512));
    uint8_t *at = &slot->registers[hash >> 54];
    *at = rank > *at ? rank : *at;
    out = publish(out, row, *at, 0);
})

HAND(update, {
    out = publish(out, row, slot->count, slot->sum);
    slot->count++;
    slot->sum += (int64_t)row->payload[0];
    out = publish(out, row, slot->count, slot->sum);
})

HAND(count_window, {
    slot->sum += (int64_t)row->payload[0];
    if (++slot->count == 16) {
        out = publish(out, row, slot->count, slot->sum);
        slot->count = slot->sum = 0;
    }
})

/* An insertion sort of the ten best, of which an item that rises passes some. */
static inline uint32_t rise(struct slot *slot, const struct pm_record *row, uint32_t out)
{
    const int64_t item = (int64_t)row->payload[1];
    const int64_t value = slot->held[item] += (int64_t)row->payload[0];
    unsigned at = 0;

    while (at < TOP - 1 && slot->top[at].item != item && slot->top[at].value != 0)
        at++;
    if (slot->top[at].item != item && value <= slot->top[at].value)
        return out;
    out = publish(out, row, slot->top[at].item, slot->top[at].value);
    for (; at > 0 && slot->top[at - 1].value < value; at--)
        slot->top[at] = slot->top[at - 1];
    slot->top[at].item = item;
    slot->top[at].value = value;
    return publish(out, row, item, value);
}
HAND(top, { out = rise(slot, row, out); })

/* --- the operators ---------------------------------------------------------------------------- */

static struct pm_flow distinct(struct pm_plan *plan, struct pm_flow keyed)
{
    return pm_plan_distinct(plan, keyed, "v");
}

static struct pm_flow sketch(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_aggregate_config config = {
        .folds = 1, .fold = {{PM_FOLD_DISTINCT, "amount", "values", 10}}};

    return pm_plan_aggregate(plan, keyed, &config);
}

#define FOLDS .folds = 1, .fold = {{PM_FOLD_SUM, "amount", "sum", 0}}

static struct pm_flow update(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_update_config config = {FOLDS};

    return pm_plan_update(plan, keyed, &config);
}

static struct pm_flow coalesced(struct pm_plan *plan, struct pm_flow keyed)
{
    return pm_plan_coalesce(plan, update(plan, keyed), NULL, SPAN);
}

static struct pm_flow top(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_update_config config = {.group = "v", FOLDS};

    return pm_plan_top_n(plan, pm_plan_update(plan, keyed, &config), "v", "sum", TOP);
}

static struct pm_flow count_window(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_count_window_config config = {.count = 16, FOLDS};

    return pm_plan_count_window(plan, keyed, &config);
}

static struct pm_flow window_updates(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_window_config config = {.size_ns = SPAN, FOLDS, .updates = true};

    return pm_plan_window(plan, keyed, &config);
}

static struct pm_flow tumbling(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_window_config config = {.size_ns = 60 * SPAN, FOLDS};

    return pm_plan_window(plan, keyed, &config);
}

static struct pm_flow sliding(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_window_config config = {
        .kind = PM_WINDOW_SLIDING, .size_ns = 60 * SPAN, .slide_ns = SPAN, FOLDS};

    return pm_plan_window(plan, keyed, &config);
}

static struct pm_flow several(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_window_config config = {.kind = PM_WINDOW_SLIDING,
                                            .size_ns = 60 * SPAN,
                                            .more_ns = {SPAN, 10 * SPAN},
                                            .slide_ns = SPAN,
                                            FOLDS};

    return pm_plan_window(plan, keyed, &config);
}

static const struct {
    const char *row, *what;
    struct pm_flow (*build)(struct pm_plan *plan, struct pm_flow keyed);
    pm_bench_measure hand;
} by_hand[] = {
    {"A1", "distinct, 64 values a key", distinct, hand_distinct},
    {"A2", "HyperLogLog of precision 10", sketch, hand_sketch},
    {"A3", "update: two rows an input", update, hand_update},
    {"A3", "window in update mode", window_updates, hand_update},
    {"A4", "update, coalesced", coalesced, hand_update},
    {"A5", "update and top 10 of 64 items", top, hand_top},
    {"A6", "count window of 16", count_window, hand_count_window},
};

static void bench_by_hand(void)
{
    for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++) {
        char text[2][80];
        struct chain chain = {.build = by_hand[i].build};
        struct pm_bench_goal goal = {by_hand[i].row, text[0], "ns/record", 0, false};
        memset(table, 0, 2 * KEYS * sizeof *table);
        snprintf(text[0], sizeof text[0], "%s, one by one, against a loop", by_hand[i].what);
        snprintf(text[1], sizeof text[1], "%s, by chunks, against a loop", by_hand[i].what);
        open_chain(&chain);
        pm_bench_compare(&goal, run_one, &chain, by_hand[i].hand, NULL);
        goal.what = text[1];
        pm_bench_compare(&goal, run_chunk, &chain, by_hand[i].hand, NULL);
        close_chain(&chain);
    }
}

static void bench_windows(pm_bench_measure run, const char *how)
{
    char text[2][100];
    struct chain one = {.build = tumbling}, sixty = {.build = sliding}, three = {.build = several};
    const struct pm_bench_goal slices = {"A7", text[0], "ns/record", 3.0, false};
    const struct pm_bench_goal sizes = {"A8", text[1], "ns/record", 0, false};

    snprintf(text[0], sizeof text[0], "sliding, 60 overlap, against tumbling, %s", how);
    snprintf(text[1], sizeof text[1], "three sizes in one pass against the largest, %s", how);
    open_chain(&one);
    open_chain(&sixty);
    open_chain(&three);
    for (unsigned i = 0; i < 60 / ROUNDS; i++) { /* until windows are full and fire */
        run(&one);
        run(&sixty);
        run(&three);
    }
    pm_bench_compare(&slices, run, &sixty, run, &one);
    pm_bench_compare(&sizes, run, &three, run, &sixty);
    close_chain(&one);
    close_chain(&sixty);
    close_chain(&three);
}

int main(void)
{
    struct pm_random random = pm_random_open(1, 1);

    data = aligned_alloc(64, ROWS * sizeof *data);
    table = calloc(2 * KEYS, sizeof *table);
    if (data == NULL || table == NULL)
        return 1;
    memset(data, 0, ROWS * sizeof *data);
    for (uint32_t i = 0; i < ROWS; i++) {
        data[i].key = pm_random_below(&random, KEYS);
        data[i].payload[0] = pm_random_below(&random, 10000);
        data[i].payload[1] = pm_random_below(&random, VALUES);
    }
    bench_by_hand();
    bench_windows(run_one, "one by one");
    bench_windows(run_chunk, "by chunks");
    free(data);
    free(table);
    return 0;
}
