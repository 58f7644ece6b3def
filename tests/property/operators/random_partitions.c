/* SPDX-License-Identifier: Apache-2.0 */
/* Records that straggle, idle marks, gaps; small numbers, so that times meet each other. */
#include "random_partitions.h"

static void make_partition(struct random_partition *partition, unsigned number, int64_t delay,
                           struct pm_random *random)
{
    int64_t base = pm_random_between(random, -20, 20), watermark = PM_TIME_MIN;

    partition->count = (uint32_t)pm_random_below(random, PARTITION_EVENTS_MAX + 1);
    for (uint32_t i = 0; i < partition->count; i++) {
        const bool straggles = pm_random_below(random, 12) == 0;
        const bool is_idle = pm_random_below(random, 15) == 0;
        base += pm_random_between(random, 0, pm_random_below(random, 10) == 0 ? 60 : 7);
        const int64_t time = base - pm_random_between(random, 0, straggles ? 90 : 9);
        partition->events[i].is_idle = is_idle;
        partition->events[i].record = (struct pm_feed_step){
            .input = partition->input,
            .time_ns = time,
            .key = pm_random_below(random, 3),
            .value = pm_random_between(random, -9, 9),
            .closed_below_ns = !is_idle && time < watermark ? watermark : PM_TIME_MIN,
            .id = pm_record_id(number, i + 1),
        };
        if (time - delay > watermark)
            watermark = time - delay;
        partition->events[i].after = watermark;
    }
}

void random_partitions_make(struct random_partitions *all, int64_t delay, struct pm_random *random)
{
    all->count = (unsigned)pm_random_between(random, 1, PARTITIONS_MAX);
    if (all->count < all->inputs)
        all->count = all->inputs;
    for (unsigned p = 0; p < all->count; p++) {
        all->partition[p].input = p % all->inputs;
        make_partition(&all->partition[p], p, delay, random);
    }
}

uint32_t random_partitions_records(const struct random_partitions *all,
                                   struct pm_feed_step *records)
{
    uint32_t count = 0;

    for (unsigned p = 0; p < all->count; p++) {
        for (uint32_t i = 0; i < all->partition[p].count; i++) {
            if (!all->partition[p].events[i].is_idle)
                records[count++] = all->partition[p].events[i].record;
        }
    }
    return count;
}

/* The minimum over the partitions of @p input of what has been read of them. */
static int64_t watermark_of(const struct random_partitions *all, const uint32_t *read,
                            unsigned input)
{
    int64_t least = PM_TIME_MAX;

    for (unsigned p = 0; p < all->count; p++) {
        const struct random_partition *partition = &all->partition[p];
        const int64_t mark = read[p] != 0 ? partition->events[read[p] - 1].after : PM_TIME_MIN;
        if (partition->input == input && mark < least)
            least = mark;
    }
    return least;
}

uint32_t random_partitions_interleave(const struct random_partitions *all,
                                      struct pm_feed_step *steps, struct pm_random *random)
{
    const uint64_t seldom = pm_random_below(random, 2) == 0 ? 12 : 2;
    uint32_t read[PARTITIONS_MAX] = {0}, count = 0, left = 0;

    for (unsigned p = 0; p < all->count; p++)
        left += all->partition[p].count;
    while (left > 0) {
        const unsigned p = (unsigned)pm_random_below(random, all->count);
        const struct random_partition *partition = &all->partition[p];
        uint64_t run = pm_random_below(random, 4) + 1;
        if (read[p] == partition->count)
            continue;
        for (; run > 0 && read[p] < partition->count; run--, left--) {
            if (!partition->events[read[p]].is_idle)
                steps[count++] = partition->events[read[p]].record;
            read[p]++;
        }
        if (pm_random_below(random, seldom) == 0)
            steps[count++] =
                (struct pm_feed_step){.is_mark = true,
                                      .input = partition->input,
                                      .time_ns = watermark_of(all, read, partition->input)};
    }
    for (unsigned input = 0; input < all->inputs; input++)
        steps[count++] =
            (struct pm_feed_step){.is_mark = true, .input = input, .time_ns = PM_TIME_MAX};
    return count;
}
