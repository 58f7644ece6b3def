/* SPDX-License-Identifier: Apache-2.0 */
/* One operator alone: a chain of it over rows that go round and round in event time. */
#ifndef PM_BENCH_CHAIN_H
#define PM_BENCH_CHAIN_H

#include "pm_bench.h"
#include "pm_hash.h"
#include "pm_verbs.h"

#define PM_BENCH_ROWS   65536u
#define PM_BENCH_KEYS   1024u
#define PM_BENCH_ROUNDS 4u    /* through the rows, a measurement */
#define PM_BENCH_SPAN   65536 /* ns of event time a round: one a row */
#define PM_BENCH_MARK   1024u /* rows from one watermark to the next */

/** The input: a round's rows, made by the benchmark. Each keeps its place within the round. */
struct pm_bench_rows {
    const struct pm_schema *schema;
    struct pm_record *data; /* PM_BENCH_ROWS; event times are those of the round in hand */
    int64_t *place_ns;      /* PM_BENCH_ROWS: event time within a round */
    int64_t delay_ns;       /* of the watermark: more than any row lies behind its place */
};

/** Rows of random keys below PM_BENCH_KEYS, each at most @p delay_ns behind its place; the payload
 * is the caller's to fill. Aborts without memory. */
void pm_bench_rows_open(struct pm_bench_rows *out, const struct pm_schema *schema,
                        int64_t delay_ns);
void pm_bench_rows_close(struct pm_bench_rows *rows);

/** Let the round of @p rows begin at @p now_ns. */
void pm_bench_rows_shift(struct pm_bench_rows *rows, int64_t now_ns);

/** The chain of the plan's last stage. The caller fills the first four fields, open the rest. */
struct pm_bench_chain {
    struct pm_flow (*build)(struct pm_plan *plan, const struct pm_flow *keyed);
    struct pm_bench_rows *rows; /* borrowed */
    enum pm_order order;
    unsigned inputs; /* 1 or 2: chunks of rows go to them in turns, singly or not */
    struct pm_plan *plan;
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_chain *chain;
    struct pm_edge entry[2];
    struct pm_task task;
    struct pm_chunk chunk;
    struct pm_operator end;
    uint64_t out; /* rows that came out */
    int64_t now_ns;
};

/** Aborts with a sentence when the plan is refused. */
void pm_bench_chain_open(struct pm_bench_chain *chain);
/** Aborts when nothing came out, or the task failed. */
void pm_bench_chain_close(struct pm_bench_chain *chain);

/** Measures, for pm_bench_compare, of a struct pm_bench_chain: ns per record, watermarks included,
 * record by record and by chunks of PM_CHUNK_DEFAULT. */
double pm_bench_chain_one(void *chain);
double pm_bench_chain_chunk(void *chain);

/** One round of a loop over @p data, written by hand; its event times begin at @p now_ns. */
typedef void (*pm_bench_hand)(const struct pm_record *data, int64_t now_ns);

/** An operator and the loop that does the same. */
struct pm_bench_pair {
    const char *row, *what;
    struct pm_flow (*build)(struct pm_plan *plan, const struct pm_flow *keyed);
    enum pm_order order;
    unsigned inputs;
    pm_bench_hand hand;
};

/** Print two rows of each of @p count pairs that is asked for, record by record and by chunks;
 * @p begin comes before each pair, @p end behind it. */
void pm_bench_pairs(const struct pm_bench_pair *pairs, size_t count, struct pm_bench_rows *rows,
                    void (*begin)(void), void (*end)(void));

/* What a loop keeps of each key: `static struct slot *find(uint64_t key)`, linear probing at half
 * load in `struct slot *table`, whose slots begin with key and used. */
#define PM_BENCH_FIND(TABLE)                                                                       \
    static inline struct slot *find(uint64_t key)                                                  \
    {                                                                                              \
        const uint64_t mask = PM_BENCH_KEYS * 2 - 1;                                               \
        uint64_t at = pm_hash_u64(key) & mask;                                                     \
        while ((TABLE)[at].used && (TABLE)[at].key != key)                                         \
            at = (at + 1) & mask;                                                                  \
        (TABLE)[at].key = key;                                                                     \
        (TABLE)[at].used = 1;                                                                      \
        return &(TABLE)[at];                                                                       \
    }

#endif
