/* SPDX-License-Identifier: Apache-2.0 */
/* The aggregates that came with update mode against loops written by hand, and windows against
 * windows: A1 to A8. */
#include "pm_bench_chain.h"

#include "pm_random.h"

#include <stdio.h>
#include <stdlib.h>

#define VALUES 64u
#define TOP    10u
#define SPAN   PM_BENCH_SPAN
#define DELAY  64

static const struct pm_schema schema = {
    .name = "rows",
    .count = 4,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("amount", PM_TYPE_INTEGER, 0, 8, 0),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 8, 8, 0)},
};

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

PM_BENCH_FIND(table)

static inline uint32_t publish(uint32_t at, const struct pm_record *row, int64_t a, int64_t b)
{
    made[at & 255] = *row;
    made[at & 255].payload[0] = (uint64_t)a;
    made[at & 255].payload[1] = (uint64_t)b;
    return at + 1;
}

#define HAND(NAME, BODY)                                                                           \
    static void hand_##NAME(const struct pm_record *data, int64_t now_ns)                          \
    {                                                                                              \
        uint32_t out = 0;                                                                          \
        (void)now_ns;                                                                              \
        for (uint32_t i = 0; i < PM_BENCH_ROWS; i++) {                                             \
            const struct pm_record *const row = &data[i];                                          \
            struct slot *const slot = find(row->key);                                              \
            BODY                                                                                   \
        }                                                                                          \
        PM_BENCH_USE(table);                                                                       \
        PM_BENCH_USE(out);                                                                         \
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

static struct pm_flow distinct(struct pm_plan *plan, const struct pm_flow *keyed)
{
    return pm_plan_distinct(plan, keyed[0], "v");
}

static struct pm_flow sketch(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_aggregate_config config = {
        .folds = 1, .fold = {{PM_FOLD_DISTINCT, "amount", "values", 10}}};

    return pm_plan_aggregate(plan, keyed[0], &config);
}

#define FOLDS .folds = 1, .fold = {{PM_FOLD_SUM, "amount", "sum", 0}}

static struct pm_flow update(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_update_config config = {FOLDS};

    return pm_plan_update(plan, keyed[0], &config);
}

static struct pm_flow coalesced(struct pm_plan *plan, const struct pm_flow *keyed)
{
    return pm_plan_coalesce(plan, update(plan, keyed), NULL, SPAN);
}

static struct pm_flow top(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_update_config config = {.group = "v", FOLDS};

    return pm_plan_top_n(plan, pm_plan_update(plan, keyed[0], &config), "v", "sum", TOP);
}

static struct pm_flow count_window(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_count_window_config config = {.count = 16, FOLDS};

    return pm_plan_count_window(plan, keyed[0], &config);
}

static struct pm_flow window_updates(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_window_config config = {.size_ns = SPAN, FOLDS, .updates = true};

    return pm_plan_window(plan, keyed[0], &config);
}

static struct pm_flow tumbling(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_window_config config = {.size_ns = 60 * SPAN, FOLDS};

    return pm_plan_window(plan, keyed[0], &config);
}

static struct pm_flow sliding(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_window_config config = {
        .kind = PM_WINDOW_SLIDING, .size_ns = 60 * SPAN, .slide_ns = SPAN, FOLDS};

    return pm_plan_window(plan, keyed[0], &config);
}

static struct pm_flow several(struct pm_plan *plan, const struct pm_flow *keyed)
{
    const struct pm_window_config config = {.kind = PM_WINDOW_SLIDING,
                                            .size_ns = 60 * SPAN,
                                            .more_ns = {SPAN, 10 * SPAN},
                                            .slide_ns = SPAN,
                                            FOLDS};

    return pm_plan_window(plan, keyed[0], &config);
}

static const struct pm_bench_pair pairs[] = {
    {"A1", "distinct, 64 values a key", distinct, PM_ORDER_ARRIVAL, 1, hand_distinct},
    {"A2", "HyperLogLog of precision 10", sketch, PM_ORDER_ARRIVAL, 1, hand_sketch},
    {"A3", "update: two rows an input", update, PM_ORDER_ARRIVAL, 1, hand_update},
    {"A3", "window in update mode", window_updates, PM_ORDER_ARRIVAL, 1, hand_update},
    {"A4", "update, coalesced", coalesced, PM_ORDER_ARRIVAL, 1, hand_update},
    {"A5", "update and top 10 of 64 items", top, PM_ORDER_ARRIVAL, 1, hand_top},
    {"A6", "count window of 16", count_window, PM_ORDER_ARRIVAL, 1, hand_count_window},
};

static void bench_windows(struct pm_bench_rows *rows, pm_bench_measure run, const char *how)
{
    struct pm_flow (*const builds[])(struct pm_plan *, const struct pm_flow *) = {tumbling, sliding,
                                                                                  several};
    struct pm_bench_chain chains[3];
    char text[2][100];
    const struct pm_bench_goal slices = {"A7", text[0], "ns/record", 3.0, false};
    const struct pm_bench_goal sizes = {"A8", text[1], "ns/record", 0, false};

    snprintf(text[0], sizeof text[0], "sliding, 60 overlap, against tumbling, %s", how);
    snprintf(text[1], sizeof text[1], "three sizes in one pass against the largest, %s", how);
    for (unsigned i = 0; i < 3; i++) {
        chains[i] = (struct pm_bench_chain){
            .build = builds[i], .rows = rows, .order = PM_ORDER_ARRIVAL, .inputs = 1};
        pm_bench_chain_open(&chains[i]);
        for (unsigned k = 0; k < 60 / PM_BENCH_ROUNDS; k++) /* until windows are full and fire */
            run(&chains[i]);
    }
    pm_bench_compare(&slices, run, &chains[1], run, &chains[0]);
    pm_bench_compare(&sizes, run, &chains[2], run, &chains[1]);
    for (unsigned i = 0; i < 3; i++)
        pm_bench_chain_close(&chains[i]);
}

static void begin(void)
{
    table = calloc(2 * PM_BENCH_KEYS, sizeof *table);
    pm_bench_check(table != NULL, "memory");
}

static void end(void)
{
    free(table);
}

int main(void)
{
    struct pm_random random = pm_random_open(2, 1);
    struct pm_bench_rows rows;

    pm_bench_rows_open(&rows, &schema, DELAY);
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++) {
        rows.data[i].payload[0] = pm_random_below(&random, 10000);
        rows.data[i].payload[1] = pm_random_below(&random, VALUES);
    }
    pm_bench_pairs(pairs, sizeof pairs / sizeof pairs[0], &rows, begin, end);
    if (pm_bench_asked("A7 A8")) {
        bench_windows(&rows, pm_bench_chain_one, "one by one");
        bench_windows(&rows, pm_bench_chain_chunk, "by chunks");
    }
    pm_bench_rows_close(&rows);
    return 0;
}
