/* SPDX-License-Identifier: Apache-2.0 */
/* Zipf by an alias table over the hot keys one by one and over blocks of the cold ones. */
#include "pm_keys.h"

#include <assert.h>
#include <stdlib.h>

#include "pm_real.h"

#define HEAD_KEYS   4096u
#define BLOCK_SHARE 64u /* a block is this part of its first rank long */
#define BLOCKS_MAX  1024u
#define AHEAD       64u /* draws that are made side by side */

/* Column i of the alias table: itself below the threshold, the alias from there on. */
struct column {
    uint32_t threshold; /* of 2^32 */
    uint32_t alias;
};

struct block {
    uint64_t first, size; /* keys */
    uint64_t sure;        /* of 2^64: a draw below it is accepted for every key of the block */
};

struct pm_keys {
    struct pm_random random;
    uint64_t count;
    double exponent;
    uint32_t columns, head, blocks; /* columns = head + blocks; 0 columns: uniform */
    struct column column[HEAD_KEYS + BLOCKS_MAX];
    struct block block[BLOCKS_MAX];
    /* Draws made ahead, and the column that each chooses if it begins a key. `at` is the next one's
     * number; one draw more is there for a block chosen by the last. */
    uint32_t at;
    uint32_t chosen[AHEAD];
    uint64_t draw[AHEAD + 1];
};

/* The weight of key @p to in that of key @p from. */
static double relative_weight(const struct pm_keys *keys, uint64_t from, uint64_t to)
{
    const double ratio = (double)(to + 1) / (double)(from + 1);

    return pm_real_exp(-keys->exponent * pm_real_log(ratio));
}

/* The weights of all columns; a block weighs as if all its keys were its first. */
static double weigh(struct pm_keys *keys, double *weight)
{
    double sum = 0;

    for (uint32_t i = 0; i < keys->columns; i++) {
        const struct block *block = i < keys->head ? NULL : &keys->block[i - keys->head];
        weight[i] = block == NULL ? relative_weight(keys, 0, i)
                                  : relative_weight(keys, 0, block->first) * (double)block->size;
        sum += weight[i];
    }
    return sum;
}

static void cut_blocks(struct pm_keys *keys)
{
    for (uint64_t first = keys->head; first < keys->count;) {
        struct block *block = &keys->block[keys->blocks++];
        assert(keys->blocks <= BLOCKS_MAX);
        block->first = first;
        block->size = first / BLOCK_SHARE;
        if (block->size > keys->count - first)
            block->size = keys->count - first;
        first += block->size;
        /* A little less than the last key's weight: rounding must never accept too much. */
        const double least = relative_weight(keys, block->first, first - 1) * (1 - 0x1p-40);
        block->sure = (uint64_t)(least * 0x1p53) << 11;
    }
}

/*
 * Vose's construction: every light column is filled up by a heavy one. Both lists lie in
 * @p list, which has room for all columns: the light from its start, the heavy from its end.
 */
static void fill_columns(struct pm_keys *keys, double *weight, double sum, uint32_t *list)
{
    uint32_t light = 0;
    uint32_t heavy = keys->columns;

    for (uint32_t i = 0; i < keys->columns; i++) {
        keys->column[i] = (struct column){.threshold = UINT32_MAX, .alias = i};
        weight[i] = weight[i] / sum * keys->columns;
        list[weight[i] < 1 ? light++ : --heavy] = i;
    }
    while (light > 0 && heavy < keys->columns) {
        const uint32_t under = list[--light];
        const uint32_t over = list[heavy];
        keys->column[under].threshold = (uint32_t)(weight[under] * 0x1p32);
        keys->column[under].alias = over;
        weight[over] -= 1 - weight[under];
        if (weight[over] < 1) {
            heavy++;
            list[light++] = over;
        }
    }
}

static int build(struct pm_keys *keys, struct pm_error *error)
{
    keys->head = keys->count < HEAD_KEYS ? (uint32_t)keys->count : HEAD_KEYS;
    cut_blocks(keys);
    keys->columns = keys->head + keys->blocks;
    double *weight = calloc(keys->columns, sizeof *weight);
    uint32_t *list = calloc(keys->columns, sizeof *list);
    if (weight != NULL && list != NULL)
        fill_columns(keys, weight, weigh(keys, weight), list);
    const int rc =
        weight != NULL && list != NULL ? 0 : pm_error_set(error, PM_ENOMEM, "out of memory");
    free(weight);
    free(list);
    return rc;
}

int pm_keys_open(struct pm_keys **out, enum pm_key_shape shape, uint64_t count, double exponent,
                 struct pm_random random, struct pm_error *error)
{
    struct pm_keys *keys = calloc(1, sizeof *keys);

    assert(count >= 1 && count <= UINT32_MAX && exponent >= 0 && exponent <= 10);
    if (keys == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    keys->random = random;
    keys->count = count;
    keys->exponent = exponent;
    keys->at = AHEAD;
    const int rc = shape == PM_KEYS_ZIPF ? build(keys, error) : 0;
    if (rc != 0) {
        free(keys);
        return rc;
    }
    *out = keys;
    return 0;
}

/* The column that @p draw chooses: without a branch, which could only be guessed. */
static inline uint32_t choose(const struct pm_keys *keys, uint64_t draw)
{
    const unsigned __int128 product = (unsigned __int128)draw * keys->columns;
    const uint32_t i = (uint32_t)(product >> 64);
    const struct column *column = &keys->column[i];
    const uint32_t u = (uint32_t)((uint64_t)product >> 32);

    return i ^ ((i ^ column->alias) & (0u - (u >= column->threshold)));
}

/*
 * Which draw begins a key depends on the keys before; what it would choose does not. So that is
 * found for all draws at once, without one waiting for another, also for those that turn out to be
 * second draws.
 */
static void draw_ahead(struct pm_keys *keys)
{
    struct pm_random behind;

    if (keys->at > AHEAD) /* the last block took the draw behind */
        pm_random_u64(&keys->random);
    for (uint32_t n = 0; n < AHEAD; n++) {
        keys->draw[n] = pm_random_u64(&keys->random);
        keys->chosen[n] = choose(keys, keys->draw[n]);
    }
    behind = keys->random;
    keys->draw[AHEAD] = pm_random_u64(&behind);
    keys->at = 0;
}

/* A key of the head takes one draw, one of a block two: this, too, by masks. */
static uint64_t next_of_blocks(struct pm_keys *keys)
{
    for (;;) {
        if (keys->at >= AHEAD)
            draw_ahead(keys);
        const uint32_t chosen = keys->chosen[keys->at];
        const uint32_t in_block = chosen >= keys->head;
        const struct block *block = &keys->block[(chosen - keys->head) & (0u - in_block)];
        const unsigned __int128 product = (unsigned __int128)keys->draw[keys->at + 1] * block->size;
        const uint64_t u = (uint64_t)product;
        const uint64_t cold = block->first + (uint64_t)(product >> 64);
        keys->at += 1 + in_block;
        if ((in_block & (u >= block->sure)) != 0 &&
            (double)(u >> 11) * 0x1p-53 >= relative_weight(keys, block->first, cold))
            continue;
        return chosen ^ ((chosen ^ cold) & (0u - (uint64_t)in_block));
    }
}

uint64_t pm_keys_next(struct pm_keys *keys)
{
    if (keys->blocks != 0)
        return next_of_blocks(keys);
    if (keys->columns != 0)
        return choose(keys, pm_random_u64(&keys->random));
    return pm_random_below(&keys->random, keys->count);
}

void pm_keys_close(struct pm_keys *keys)
{
    free(keys);
}
