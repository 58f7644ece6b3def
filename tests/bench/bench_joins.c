/* SPDX-License-Identifier: Apache-2.0 */
/* Joins in event time against loops written by hand: T3, T4. */
#include "pm_bench_chain.h"

#include "pm_bench_rings.h"
#include "pm_random.h"

#include <stdlib.h>

#define DISORDER 256  /* ns that a record may come behind its place */
#define BOUND    8192 /* ns of the interval and the window: 8 records a key */

static const struct pm_schema schema = {
    .name = "rows",
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"),
                PM_COLUMN_PAYLOAD("v", PM_TYPE_INTEGER, 0, 8, 0)},
};

/* --- by hand: both sides of a key ------------------------------------------------------------- */

struct slot {
    uint64_t key, used;
    struct pm_bench_ring side[2];
};
static struct slot *table;
PM_BENCH_FIND(table)

static struct pm_record made[256]; /* what the loops publish */
static uint32_t published;

static inline void publish(const struct pm_record *row)
{
    made[published++ & 255] = *row;
}

/* Both sides keep what the other may still meet; a left record that leaves unmet is published. */
static inline void hand_interval(const struct pm_record *row, unsigned input)
{
    struct slot *slot = find(row->key);
    struct pm_bench_ring *const own = &slot->side[input], *const other = &slot->side[1 - input];

    for (unsigned i = 0; i < 2; i++) {
        struct pm_bench_ring *ring = &slot->side[i];
        while (ring->head != ring->tail && ring->at[ring->head % PM_BENCH_RING].time_ns <
                                               row->event_time_ns - BOUND - DISORDER) {
            if (i == 0 && !ring->at[ring->head % PM_BENCH_RING].matched)
                publish(row);
            ring->head++;
        }
    }
    pm_bench_push(own, row);
    for (uint32_t i = other->head; i != other->tail; i++) {
        const int64_t apart_ns = other->at[i % PM_BENCH_RING].time_ns - row->event_time_ns;
        const int64_t after_ns = input == 0 ? apart_ns : -apart_ns;
        if (after_ns < 0 || after_ns > BOUND)
            continue;
        other->at[i % PM_BENCH_RING].matched = own->at[(own->tail - 1) % PM_BENCH_RING].matched =
            true;
        publish(row);
    }
}

static void loop_interval(const struct pm_record *data, int64_t now_ns)
{
    (void)now_ns;
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++)
        hand_interval(&data[i], i / PM_CHUNK_DEFAULT % 2);
    PM_BENCH_USE(published);
}

/* All keys' windows end together: at each end every key's rings are crossed and emptied. */
static void cross_all(void)
{
    for (uint32_t k = 0; k < PM_BENCH_KEYS * 2; k++) {
        struct pm_bench_ring *const left = &table[k].side[0], *const right = &table[k].side[1];
        for (uint32_t i = left->head; i != left->tail; i++) {
            for (uint32_t n = right->head; n != right->tail; n++) {
                made[published & 255].event_time_ns = left->at[i % PM_BENCH_RING].time_ns;
                made[published++ & 255].payload[0] = right->at[n % PM_BENCH_RING].payload[0];
            }
        }
        left->head = left->tail;
        right->head = right->tail;
    }
}

static void loop_window(const struct pm_record *data, int64_t now_ns)
{
    (void)now_ns;
    for (uint32_t i = 0; i < PM_BENCH_ROWS; i++) {
        pm_bench_push(&find(data[i].key)->side[i / PM_CHUNK_DEFAULT % 2], &data[i]);
        if ((i + 1) % BOUND == 0)
            cross_all();
    }
    PM_BENCH_USE(published);
}

/* --- the operators ---------------------------------------------------------------------------- */

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

static const struct pm_bench_pair pairs[] = {
    {"T3", "interval join and its outer side", interval_join, PM_ORDER_NONE, 2, loop_interval},
    {"T4", "window join, tumbling", window_join, PM_ORDER_NONE, 2, loop_window},
};

static void begin(void)
{
    table = calloc(2 * PM_BENCH_KEYS, sizeof *table);
    pm_bench_check(table != NULL, "memory");
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
    return 0;
}
