/* SPDX-License-Identifier: Apache-2.0 */
/* Which key a record has: uniform, or Zipf with any exponent from 0 to 10. */
#ifndef PM_KEYS_H
#define PM_KEYS_H

#include "pm_generator.h"

struct pm_keys;

/**
 * Keys 0..@p count - 1, @p count 1..2^32 - 1; by Zipf key k comes with a probability proportional
 * to (k + 1)^-@p exponent. Memory: 66 KiB, however many keys: a table of the first 4096
 * and of blocks of later ones. Cost: 0.3 ms. Errors: PM_ENOMEM.
 */
int pm_keys_open(struct pm_keys **out, enum pm_key_shape shape, uint64_t count, double exponent,
                 struct pm_random random, struct pm_error *error);

/**
 * The next key. An alias table (Walker 1977, Vose 1991) chooses a key of the head, or a block of
 * the tail whose last key is at most 1/64 further than its first; within a block a key is accepted
 * with its probability relative to the first (von Neumann 1951), so the distribution is that of
 * the definition, to 2^-32. Cost: uniform 2 ns; Zipf of exponent 1: 3 ns of 4096 keys, 7 ns of
 * 10^6, 8 ns of 10^8; whatever the exponent, below 9 ns.
 */
uint64_t pm_keys_next(struct pm_keys *keys);

void pm_keys_close(struct pm_keys *keys); /* accepts NULL */

#endif
