/* SPDX-License-Identifier: Apache-2.0 */
/* Two uniform draws: hot or not, and which. */
#include "pm_hot_keys.h"

void pm_hot_keys_open(struct pm_hot_keys *keys, const struct pm_generator_settings *settings,
                      struct pm_random random)
{
    *keys = (struct pm_hot_keys){
        .random = random,
        .count = (uint64_t)settings->keys,
        .hot = (uint64_t)settings->hot_keys,
        .percent = (uint64_t)settings->hot_percent,
        .period_ns = settings->keys_shape == PM_KEYS_HOT_MOVING ? settings->hot_period_ns : 0,
        .period = UINT64_MAX,
    };
    keys->seed = pm_random_u64(&keys->random);
}

static void move(struct pm_hot_keys *keys, uint64_t period)
{
    struct pm_random place = pm_random_open(keys->seed, period);

    keys->period = period;
    keys->first = pm_random_below(&place, keys->count);
}

uint64_t pm_hot_keys_next(struct pm_hot_keys *keys, int64_t due_ns)
{
    const uint64_t period = keys->period_ns > 0 ? (uint64_t)(due_ns / keys->period_ns) : 0;

    if (keys->period_ns > 0 && period != keys->period)
        move(keys, period);
    uint64_t key = keys->first;
    if (pm_random_below(&keys->random, 100) < keys->percent || keys->hot == keys->count)
        key += pm_random_below(&keys->random, keys->hot);
    else
        key += keys->hot + pm_random_below(&keys->random, keys->count - keys->hot);
    return key < keys->count ? key : key - keys->count;
}
