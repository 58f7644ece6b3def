/* SPDX-License-Identifier: Apache-2.0 */
/* Upserts of 16-byte aggregates: the memory backend against a bare loop over one flat table: B4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "pm_bench.h"
#include "pm_hash.h"
#include "pm_random.h"
#include "pm_state.h"

#define CHUNK   64u
#define UPSERTS (1u << 20) /* a measurement; their keys are drawn before the clock starts */

struct aggregate {
    uint64_t count;
    uint64_t sum;
};

/* The yardstick: power of two, at most 0.6 full, linear probing, key 0 means empty. */
struct bare_slot {
    uint64_t key;
    uint64_t spare;
    struct aggregate value;
};

struct table_pair {
    struct bare_slot *slots;
    uint64_t mask;
    uint64_t bare_upserts, backend_upserts; /* to check the tables by */
    struct pm_state *state;
    struct pm_cell *cell;
    uint64_t *keys; /* UPSERTS of them */
};

static void open_bare(struct table_pair *pair, uint64_t keys)
{
    const uint64_t huge = 2ull << 20;
    uint64_t capacity = 16;

    while (capacity * 6 / 10 < keys)
        capacity *= 2;
    const uint64_t size = capacity * sizeof *pair->slots;
    pair->mask = capacity - 1;
    pair->slots = aligned_alloc(huge, (size + huge - 1) / huge * huge);
    pm_bench_check(pair->slots != NULL, "no memory for the bare table");
    madvise(pair->slots, size, MADV_HUGEPAGE);
    memset(pair->slots, 0, size);
}

static inline void add(struct aggregate *value, uint64_t amount)
{
    value->count++;
    value->sum += amount;
}

static inline void bare_upsert(struct table_pair *pair, uint64_t key, uint64_t amount)
{
    uint64_t i = pm_hash_u64(key) & pair->mask;

    while (pair->slots[i].key != key && pair->slots[i].key != 0)
        i = (i + 1) & pair->mask;
    pair->slots[i].key = key;
    add(&pair->slots[i].value, amount);
}

static double ns_since(double begin)
{
    return (pm_bench_cpu_seconds() - begin) * 1e9 / UPSERTS;
}

static double measure_bare(void *payload)
{
    struct table_pair *pair = payload;
    const double begin = pm_bench_cpu_seconds();

    for (uint64_t i = 0; i < UPSERTS; i++)
        bare_upsert(pair, pair->keys[i], i);
    pair->bare_upserts += UPSERTS;
    return ns_since(begin);
}

static double measure_one(void *payload)
{
    struct table_pair *pair = payload;
    const double begin = pm_bench_cpu_seconds();

    for (uint64_t i = 0; i < UPSERTS; i++) {
        add(pm_value_pin(pair->cell, pair->keys[i]), i);
        pm_state_unpin(pair->state);
    }
    pair->backend_upserts += UPSERTS;
    return ns_since(begin);
}

static double measure_many(void *payload)
{
    struct table_pair *pair = payload;
    const double begin = pm_bench_cpu_seconds();
    void *slots[CHUNK];

    for (uint64_t i = 0; i < UPSERTS; i += CHUNK) {
        pm_value_pin_many(pair->cell, CHUNK, pair->keys + i, slots);
        for (uint32_t j = 0; j < CHUNK; j++)
            add(slots[j], i + j);
        pm_state_unpin(pair->state);
    }
    pair->backend_upserts += UPSERTS;
    return ns_since(begin);
}

/* Fill both tables, from small ones on, as a job does. */
static void open_pair(struct table_pair *pair, uint64_t keys)
{
    const struct pm_state_config config = {.key_groups = PM_KEY_GROUPS};
    struct pm_random random = pm_random_open(1, keys);

    *pair = (struct table_pair){.keys = malloc(UPSERTS * sizeof *pair->keys)};
    open_bare(pair, keys);
    pm_bench_check(pair->keys != NULL &&
                       pm_state_open(&pair->state, &pm_state_memory, &config, NULL) == 0 &&
                       pm_state_declare(&pair->cell, pair->state, "sums", PM_CELL_VALUE,
                                        sizeof(struct aggregate), NULL) == 0,
                   "no memory for the state");
    for (uint64_t key = 1; key <= keys; key++) {
        bare_upsert(pair, key, 0);
        add(pm_value_pin(pair->cell, key), 0);
        pm_state_unpin(pair->state);
    }
    pair->bare_upserts = pair->backend_upserts = keys;
    for (uint64_t i = 0; i < UPSERTS; i++)
        pair->keys[i] = 1 + pm_random_below(&random, keys);
}

static void check_and_close(struct table_pair *pair, uint64_t keys)
{
    uint64_t in_bare = 0;
    uint64_t in_backend = 0;

    for (uint64_t i = 0; i <= pair->mask; i++)
        in_bare += pair->slots[i].value.count;
    for (uint64_t key = 1; key <= keys; key++) {
        const struct aggregate *value = pm_value_peek(pair->cell, key);
        in_backend += value != NULL ? value->count : 0;
    }
    pm_bench_check(in_bare == pair->bare_upserts, "the bare table lost upserts");
    pm_bench_check(in_backend == pair->backend_upserts, "the backend lost upserts");
    pm_state_close(pair->state);
    free(pair->slots);
    free(pair->keys);
}

static double speed_of_bare(void *payload)
{
    return 1e3 / measure_bare(payload);
}

static double speed_of_many(void *payload)
{
    return 1e3 / measure_many(payload);
}

int main(void)
{
    static const struct {
        uint64_t keys;
        const char *one, *many;
    } sizes[] = {
        {10000, "state: upserts one by one, 10 k keys, bare loop as yardstick",
         "batch: upserts by chunks of 64, 10 k keys, bare loop as yardstick"},
        {1000000, "state: upserts one by one, 1 M keys, bare loop as yardstick",
         "batch: upserts by chunks of 64, 1 M keys, bare loop as yardstick"},
        {10000000, "state: upserts one by one, 10 M keys, bare loop as yardstick",
         "batch: upserts by chunks of 64, 10 M keys, bare loop as yardstick"},
    };

    if (!pm_bench_asked("S1 B4"))
        return 0;
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct pm_bench_goal one = {"S1", sizes[i].one, "ns", 0, false};
        const struct pm_bench_goal many = {"B4", sizes[i].many, "M/s", 0.7, true};
        struct table_pair pair;

        open_pair(&pair, sizes[i].keys);
        pm_bench_compare(&many, speed_of_many, &pair, speed_of_bare, &pair);
        pm_bench_compare(&one, measure_one, &pair, measure_bare, &pair);
        check_and_close(&pair, sizes[i].keys);
    }
    return 0;
}
