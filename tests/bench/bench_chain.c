/* SPDX-License-Identifier: Apache-2.0 */
/* The library's chain against loops written by hand: E1, E2, B1, X1. */
#include "pm_bench.h"

#include "pm_plan.h"
#include "pm_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS   65536u /* 4 MiB: stays in the second-level cache and beyond, not in memory */
#define KEYS   1024u
#define ROUNDS 40u

static struct pm_record *data;

/* --- the plan: filter, map, keyed sum --------------------------------------------------------- */

struct pass {
    struct pm_operator base;
    uint64_t below;
};
struct scale {
    struct pm_operator base;
};
struct total {
    struct pm_operator base;
    struct pm_cell *cell;
};
struct sum {
    uint64_t sum, count;
};

static uint64_t below; /* of 1000: how many records pass the filter */

static inline bool pass_kernel(struct pass *self, const struct pm_record *record,
                               const struct pm_bytes *bytes)
{
    (void)bytes;
    return record->payload[1] < self->below;
}
PM_FILTER_ENTRIES(pass, struct pass, pass_kernel)

static inline void scale_kernel(struct scale *self, struct pm_record *record,
                                struct pm_bytes *bytes)
{
    (void)self, (void)bytes;
    record->payload[0] = record->payload[0] * 3 + 1;
}
PM_MAP_ENTRIES(scale, struct scale, scale_kernel)

#define TOTAL_CELL(self_) ((self_)->cell)
static inline void total_kernel(struct total *self, void *slot, struct pm_record *record,
                                struct pm_bytes *bytes)
{
    struct sum *sum = slot;

    (void)self, (void)bytes;
    sum->sum += record->payload[0];
    sum->count++;
}
PM_KEYED_ENTRIES(total, struct total, TOTAL_CELL, total_kernel)

static int pass_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    (void)config, (void)error;
    ((struct pass *)op)->below = below;
    return 0;
}

static int total_open(struct pm_operator *op, const void *config, struct pm_error *error)
{
    (void)config;
    return pm_state_declare(&((struct total *)op)->cell, op->state, "sum", PM_CELL_VALUE,
                            sizeof(struct sum), error);
}

#define CLASS(NAME, TYPE, TRAITS, OPEN)                                                            \
    static const struct pm_operator_class NAME##_class = {.name = #NAME,                           \
                                                          .traits = TRAITS,                        \
                                                          .inputs_min = 1,                         \
                                                          .inputs_max = 1,                         \
                                                          .ports = 1,                              \
                                                          .size = sizeof(TYPE),                    \
                                                          .one = NAME##_one,                       \
                                                          .chunk = NAME##_chunk,                   \
                                                          .advance = pm_operator_advance,          \
                                                          .open = OPEN}
CLASS(pass, struct pass, 0, pass_open);
CLASS(scale, struct scale, 0, NULL);
CLASS(total, struct total, PM_TRAIT_KEYED, total_open);

static const struct pm_schema schema = {
    .name = "rows", .count = 1, .columns = {PM_COLUMN_KEY("key")}};

/* The chain's end counts what arrives, so that nothing is optimised away unseen. */
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
static struct end the_end = {.base = {.one = end_one, .chunk = end_chunk}};

static struct pm_operator *terminal(void *payload, const struct pm_plan_node *node)
{
    (void)payload, (void)node;
    return &the_end.base;
}

struct chain {
    struct pm_plan *plan;
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_chain *chain;
    struct pm_edge entry;
    struct pm_task task;
    struct pm_chunk chunk;
    unsigned chunk_rows;
};

static void open_chain(struct chain *self, struct pm_plan *plan)
{
    const struct pm_chain_config config = {
        .state = &pm_state_memory, .parallelism = 1, .task = &self->task, .terminal = terminal};
    struct pm_error error;

    self->plan = plan;
    pm_bench_check(pm_plan_stages(plan, self->stages) == 1, "one stage");
    pm_bench_check(pm_chain_open(&self->chain, &self->stages[0], &config, &error) == 0, "chain");
    pm_bench_check(pm_chunk_open(&self->chunk) == 0, "chunk");
    self->entry = pm_chain_entry(self->chain, 0);
}

static void close_chain(struct chain *self)
{
    pm_chain_close(self->chain);
    pm_chunk_close(&self->chunk);
    pm_plan_close(self->plan);
}

static struct pm_plan *pipeline(void)
{
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_flow flow = pm_plan_source(plan, 0, &schema);

    flow = pm_plan_add(plan, &pass_class, NULL, 1, &flow);
    flow = pm_plan_add(plan, &scale_class, NULL, 1, &flow);
    flow = pm_plan_add(plan, &total_class, NULL, 1, &flow);
    pm_plan_output(plan, flow, 0, "sums");
    return plan;
}

/* --- what is timed ---------------------------------------------------------------------------- */

/* The rows lie still and are changed in place; only a column that nobody compares changes. */
static double run_one(void *payload)
{
    struct chain *self = payload;
    const double begin = pm_bench_cpu_seconds();

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < ROWS; i++)
            self->entry.to->one(self->entry.to, self->entry.input, &data[i], &self->chunk.bytes);
    }
    return (pm_bench_cpu_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);
}

static double run_chunk(void *payload)
{
    struct chain *self = payload;
    struct pm_record *const own = self->chunk.rows;
    const unsigned rows = self->chunk_rows;
    const double begin = pm_bench_cpu_seconds();

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t from = 0; from < ROWS; from += rows) {
            self->chunk.rows = &data[from];
            pm_chunk_fill(&self->chunk, rows);
            self->entry.to->chunk(self->entry.to, self->entry.input, &self->chunk);
        }
    }
    self->chunk.rows = own;
    return (pm_bench_cpu_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);
}

/* --- by hand ---------------------------------------------------------------------------------- */

struct hand_slot {
    uint64_t key, sum, count, used;
};
static struct hand_slot table[KEYS * 2];

static inline struct hand_slot *hand_find(uint64_t key)
{
    for (uint64_t at = pm_hash_u64(key) & (KEYS * 2 - 1);; at = (at + 1) & (KEYS * 2 - 1)) {
        if (table[at].used && table[at].key == key)
            return &table[at];
        if (!table[at].used) {
            table[at] = (struct hand_slot){.key = key, .used = 1};
            return &table[at];
        }
    }
}

static double hand_branchy(void *payload)
{
    const double begin = pm_bench_cpu_seconds();

    (void)payload;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < ROWS; i++) {
            const struct pm_record *row = &data[i];
            if (row->payload[1] >= below)
                continue;
            struct hand_slot *slot = hand_find(row->key);
            slot->sum += row->payload[0] * 3 + 1;
            slot->count++;
        }
        PM_BENCH_USE(table);
    }
    return (pm_bench_cpu_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);
}

static double hand_branchless(void *payload)
{
    uint16_t select[PM_CHUNK_DEFAULT];
    const double begin = pm_bench_cpu_seconds();

    (void)payload;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t from = 0; from < ROWS; from += PM_CHUNK_DEFAULT) {
            uint32_t kept = 0;
            for (uint32_t i = 0; i < PM_CHUNK_DEFAULT; i++) {
                select[kept] = (uint16_t)i;
                kept += data[from + i].payload[1] < below;
            }
            for (uint32_t i = 0; i < kept; i++) {
                const struct pm_record *row = &data[from + select[i]];
                struct hand_slot *slot = hand_find(row->key);
                slot->sum += row->payload[0] * 3 + 1;
                slot->count++;
            }
        }
        PM_BENCH_USE(table);
    }
    return (pm_bench_cpu_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS);
}

static double best_hand(void *payload)
{
    const double a = hand_branchy(payload), b = hand_branchless(payload);

    return a < b ? a : b;
}

/* The fastest chunk size that an engine may use. */
static double best_chunk(void *payload)
{
    static const unsigned sizes[] = {16, 64, 256};
    struct chain *self = payload;
    double best = 0;

    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        self->chunk_rows = sizes[i];
        const double ns = run_chunk(self);
        best = i == 0 || ns < best ? ns : best;
    }
    self->chunk_rows = PM_CHUNK_DEFAULT;
    return best;
}

static double speed_of_chunk(void *payload)
{
    return 1e3 / run_chunk(payload);
}
static double speed_of_hand(void *payload)
{
    return 1e3 / best_hand(payload);
}

/* --- E1: one more hop ------------------------------------------------------------------------- */

#define HOPS 16u

struct bare {
    void (*call)(struct bare *self, struct pm_record *record);
    struct bare *next;
};

static void bare_hop(struct bare *self, struct pm_record *record)
{
    record->payload[0] = record->payload[0] * 3 + 1;
    self->next->call(self->next, record);
}
static void bare_end(struct bare *self, struct pm_record *record)
{
    (void)self;
    PM_BENCH_USE(record->payload[0]);
}

static double run_bare(void *payload)
{
    struct bare *first = payload;
    const double begin = pm_bench_cpu_seconds();

    for (unsigned round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < ROWS; i++)
            first->call(first, &data[i]);
    }
    return (pm_bench_cpu_seconds() - begin) * 1e9 / (ROUNDS * (double)ROWS * HOPS);
}

static double run_hops(void *payload)
{
    return run_one(payload) / HOPS;
}

static void bench_hops(void)
{
    const struct pm_bench_goal goal = {"E1", "event: one more operator hop, bare call as yardstick",
                                       "ns", 2.0, false};
    struct pm_plan *plan = pm_plan_open(PM_ORDER_NONE);
    struct pm_flow flow = pm_plan_source(plan, 0, &schema);
    struct bare bare[HOPS + 1];
    struct chain chain = {0};

    for (unsigned i = 0; i < HOPS; i++) {
        flow = pm_plan_add(plan, &scale_class, NULL, 1, &flow);
        bare[i] = (struct bare){bare_hop, &bare[i + 1]};
    }
    bare[HOPS] = (struct bare){bare_end, NULL};
    pm_plan_output(plan, flow, 0, "rows");
    open_chain(&chain, plan);
    pm_bench_compare(&goal, run_hops, &chain, run_bare, &bare[0]);
    close_chain(&chain);
}

/* --- the rows --------------------------------------------------------------------------------- */

static void bench_pipeline(unsigned per_mille)
{
    char text[3][80];
    struct pm_bench_goal goal = {"E2", text[0], "ns/event", 2.0, false};
    struct chain chain = {.chunk_rows = PM_CHUNK_DEFAULT};

    below = per_mille;
    open_chain(&chain, pipeline());
    snprintf(text[0], sizeof text[0], "event: filter, map, keyed sum, %u %% pass", per_mille / 10);
    pm_bench_compare(&goal, run_one, &chain, best_hand, NULL);
    snprintf(text[1], sizeof text[1], "batch: the same by chunks of 64, %u %% pass",
             per_mille / 10);
    goal = (struct pm_bench_goal){"B1", text[1], "M events/s", 0.8, true};
    pm_bench_compare(&goal, speed_of_chunk, &chain, speed_of_hand, NULL);
    snprintf(text[2], sizeof text[2], "one by one against the best chunk size, %u %% pass",
             per_mille / 10);
    goal = (struct pm_bench_goal){"X1", text[2], "ns/event", 3.0, false};
    pm_bench_compare(&goal, run_one, &chain, best_chunk, &chain);
    close_chain(&chain);
}

int main(void)
{
    struct pm_random random = pm_random_open(1, 1);

    data = aligned_alloc(64, ROWS * sizeof *data);
    if (data == NULL)
        return 1;
    memset(data, 0, ROWS * sizeof *data);
    for (uint32_t i = 0; i < ROWS; i++) {
        data[i].key = pm_random_below(&random, KEYS);
        data[i].payload[0] = pm_random_u64(&random);
        data[i].payload[1] = pm_random_below(&random, 1000);
    }
    if (pm_bench_asked("E1"))
        bench_hops();
    if (pm_bench_asked("E2 B1 X1")) {
        bench_pipeline(1000);
        bench_pipeline(500);
        bench_pipeline(50);
    }
    pm_bench_check(the_end.rows != 0 || !pm_bench_asked("E1 E2 B1 X1"), "rows arrive");
    free(data);
    return 0;
}
