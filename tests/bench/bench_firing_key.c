/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to close the window of one key among a million, and what a key takes while it waits
 * (F3); bench_firing.c has the engines. */
#include "pm_bench.h"

#include "pm_verbs.h"

#include <stdlib.h>
#include <string.h>

#define KEYS    1000000u
#define SCATTER 7368787u /* prime: keys come in an order that no table has */
#define FRAME   64u

static uint64_t key_at(uint64_t number)
{
    return number * SCATTER % KEYS;
}

static const struct pm_schema schema = {
    .name = "rows",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_INTEGER, 0, 8, 0)},
};

struct end {
    struct pm_operator base;
    uint64_t rows, total;
};

static void end_one(struct pm_operator *op, unsigned in, struct pm_record *r, struct pm_bytes *b)
{
    struct end *self = (struct end *)op;

    (void)in, (void)b;
    self->rows++;
    self->total += r->payload[2];
}
static void end_chunk(struct pm_operator *op, unsigned in, struct pm_chunk *chunk)
{
    for (uint32_t i = 0; i < chunk->selected; i++)
        end_one(op, in, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes);
}
static bool end_advance(struct pm_operator *op, unsigned in, int64_t watermark_ns)
{
    (void)op, (void)in, (void)watermark_ns;
    return true;
}

struct chain {
    bool by_chunk;
    struct pm_plan *plan;
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_chain *chain;
    struct pm_edge entry;
    struct pm_task task;
    struct pm_chunk chunk;
    struct end end;
    int64_t window_ns; /* where the next window begins */
};

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    (void)node;
    return &((struct chain *)payload)->end.base;
}

static void open_chain(struct chain *self)
{
    const struct pm_window_config sums = {
        .size_ns = KEYS, .folds = 1, .fold = {{PM_FOLD_SUM, "amount", "total", 0}}};
    const struct pm_chain_config config = {.state = &pm_state_memory,
                                           .parallelism = 1,
                                           .task = &self->task,
                                           .terminal = terminal,
                                           .payload = self};
    struct pm_error error = {0};

    self->end.base = (struct pm_operator){
        .one = end_one, .chunk = end_chunk, .advance = end_advance, .task = &self->task};
    self->plan = pm_plan_open(PM_ORDER_NONE);
    const struct pm_flow source = pm_plan_source(self->plan, 0, &schema);
    const struct pm_flow keyed = pm_plan_key_by(self->plan, source, "key");
    pm_plan_output(self->plan, pm_plan_window(self->plan, keyed, &sums), 0, "out");
    pm_bench_check(pm_plan_check(self->plan, &error) == 0, error.text);
    const unsigned last = pm_plan_stages(self->plan, self->stages) - 1;
    pm_bench_check(pm_chain_open(&self->chain, &self->stages[last], &config, &error) == 0, "chain");
    pm_bench_check(pm_chunk_open(&self->chunk) == 0, "chunk");
    self->entry = pm_chain_entry(self->chain, 0);
}

static void close_chain(struct chain *self)
{
    pm_chain_close(self->chain);
    pm_chunk_close(&self->chunk);
    pm_plan_close(self->plan);
}

static struct pm_record record_at(const struct chain *self, uint64_t number)
{
    return (struct pm_record){.event_time_ns = self->window_ns + (int64_t)number,
                              .key = key_at(number),
                              .payload = {number}};
}

static void fill_window(struct chain *self)
{
    const struct pm_edge entry = self->entry;

    for (uint64_t i = 0; i < KEYS; i += FRAME) {
        for (uint32_t k = 0; k < FRAME; k++)
            self->chunk.rows[k] = record_at(self, i + k);
        pm_chunk_fill(&self->chunk, FRAME);
        if (self->by_chunk)
            entry.to->chunk(entry.to, entry.input, &self->chunk);
        for (uint32_t k = 0; !self->by_chunk && k < FRAME; k++)
            entry.to->one(entry.to, entry.input, &self->chunk.rows[k], &self->chunk.bytes);
    }
}

static double run_chain(void *payload)
{
    struct chain *self = payload;

    self->end.rows = self->end.total = 0;
    fill_window(self);
    self->window_ns += KEYS;
    const double begin = pm_bench_cpu_seconds();
    self->entry.to->advance(self->entry.to, self->entry.input, self->window_ns);
    const double seconds = pm_bench_cpu_seconds() - begin;
    pm_bench_check(self->end.rows == KEYS && self->end.total == KEYS / 2 * (KEYS - 1ull),
                   "each window gives its sum");
    return seconds * 1e9 / KEYS;
}

/* By hand: a table of sums, found again key by key in the order in which they came, since a loop
 * over the table could not stop at any key and take records meanwhile. */
#define SLOTS (1u << 21)

struct slot {
    uint64_t key, used;
    int64_t sum;
};
struct hand {
    struct slot *table;
    uint64_t *keys;
    struct pm_record made[256];
};

static struct slot *find(struct hand *self, uint64_t key)
{
    uint64_t at = pm_hash_u64(key) & (SLOTS - 1);

    while (self->table[at].used && self->table[at].key != key)
        at = (at + 1) & (SLOTS - 1);
    return &self->table[at];
}

static double run_hand(void *payload)
{
    struct hand *self = payload;
    uint64_t total = 0;

    memset(self->table, 0, SLOTS * sizeof *self->table);
    for (uint64_t i = 0; i < KEYS; i++) {
        self->keys[i] = key_at(i);
        *find(self, self->keys[i]) = (struct slot){self->keys[i], 1, (int64_t)i};
    }
    const double begin = pm_bench_cpu_seconds();
    for (uint64_t i = 0; i < KEYS; i++) {
        struct slot *slot = find(self, self->keys[i]);
        struct pm_record *row = &self->made[i & 255];
        *row = (struct pm_record){
            .event_time_ns = KEYS - 1, .key = slot->key, .payload = {0, KEYS, (uint64_t)slot->sum}};
        total += row->payload[2];
        slot->sum = 0;
    }
    const double seconds = pm_bench_cpu_seconds() - begin;
    PM_BENCH_USE(self->made);
    pm_bench_check(total == KEYS / 2 * (KEYS - 1ull), "the loop sums");
    return seconds * 1e9 / KEYS;
}

static double bytes_a_key(void *payload)
{
    struct chain *self = payload;

    fill_window(self);
    const double bytes = (double)pm_chain_state_bytes(self->chain) / KEYS;
    self->window_ns += KEYS;
    self->entry.to->advance(self->entry.to, self->entry.input, self->window_ns);
    return bytes;
}

static double bytes_by_hand(void *payload)
{
    (void)payload;
    return (double)(SLOTS * sizeof(struct slot)) / KEYS + 8;
}

static void bench_key(struct hand *hand, bool by_chunk)
{
    static const struct pm_bench_goal memory = {
        "F3", "state of 1 M windows that wait, against such a table", "bytes/key", 0, false};
    const struct pm_bench_goal goal = {
        "F3",
        by_chunk ? "a window of a key closes, by chunk, against a loop over a table"
                 : "a window of a key closes, by one, against a loop over a table",
        "ns/key", 0, false};
    struct chain chain = {.by_chunk = by_chunk};

    open_chain(&chain);
    pm_bench_compare(&goal, run_chain, &chain, run_hand, hand);
    if (by_chunk)
        pm_bench_compare(&memory, bytes_a_key, &chain, bytes_by_hand, NULL);
    close_chain(&chain);
}

int main(void)
{
    struct hand hand = {.table = malloc(SLOTS * sizeof *hand.table),
                        .keys = malloc(KEYS * sizeof *hand.keys)};

    pm_bench_check(hand.table != NULL && hand.keys != NULL, "memory");
    if (pm_bench_asked("F3")) {
        bench_key(&hand, false);
        bench_key(&hand, true);
    }
    free(hand.table);
    free(hand.keys);
    return 0;
}
