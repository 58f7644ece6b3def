/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of which a few are hot: always the same ones, or others after a while. */
#ifndef PM_HOT_KEYS_H
#define PM_HOT_KEYS_H

#include "pm_generator.h"

/** Filled by pm_hot_keys_open; owns nothing. */
struct pm_hot_keys {
    struct pm_random random;
    uint64_t count, hot, percent;
    uint64_t seed;     /* of the places */
    int64_t period_ns; /* 0: the set never moves */
    uint64_t period;   /* that `first` was made for */
    uint64_t first;    /* the first hot key of the period in hand */
};

/** @p random draws the keys and, once, the seed of the places that the hot set takes. */
void pm_hot_keys_open(struct pm_hot_keys *keys, const struct pm_generator_settings *settings,
                      struct pm_random random);

/**
 * The key of the record that is due at @p due_ns (never less than before). With the chance of
 * hot-share percent one of the hot keys, each as likely; else one of all others. The hot set is
 * keys 0..hot-keys - 1; key-shape hot-moving puts it at a place of the ring of all keys that seed
 * and period alone decide. Cost: 3 ns.
 */
uint64_t pm_hot_keys_next(struct pm_hot_keys *keys, int64_t due_ns);

#endif
