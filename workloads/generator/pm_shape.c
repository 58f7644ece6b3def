/* SPDX-License-Identifier: Apache-2.0 */
/* Inverse cumulative rates, piece by piece, in integers. */
#include "pm_shape.h"

#include <assert.h>

void pm_shape_open(struct pm_shape *shape, const struct pm_generator_settings *settings)
{
    *shape = (struct pm_shape){
        .schedule = settings->schedule,
        .is_even = settings->schedule != PM_SCHEDULE_ON_OFF &&
                   settings->schedule != PM_SCHEDULE_BURST &&
                   settings->schedule != PM_SCHEDULE_RAMP,
        .duration_ns = settings->duration_ns,
        .period_ns = settings->period_ns,
        .length_ns = settings->length_ns,
        .factor = settings->burst_factor,
        .percent = settings->ramp_percent,
    };
}

/* floor(sqrt(x)), bit by bit from the top. */
static uint64_t root(unsigned __int128 x)
{
    unsigned __int128 sum = 0;
    unsigned __int128 bit = (unsigned __int128)1 << 126;

    while (bit > x)
        bit >>= 2;
    for (; bit != 0; bit >>= 2) {
        if (x >= sum + bit) {
            x -= sum + bit;
            sum = (sum >> 1) + bit;
        } else {
            sum >>= 1;
        }
    }
    return (uint64_t)sum;
}

/*
 * With p percent at the start and T the duration, p/100 t + (100 - p)/(100 T) t^2 of the load, in
 * ns of the even rate, have come by t. Solved for t; below 2^127 for a T of a year.
 */
static int64_t due_of_ramp(const struct pm_shape *shape, int64_t even_ns)
{
    const __int128 duration_ns = shape->duration_ns;
    const __int128 line = shape->percent * duration_ns;
    const __int128 bend = 100 - shape->percent;

    if (bend == 0 || even_ns >= shape->duration_ns)
        return even_ns;
    const __int128 square = line * line + 400 * bend * duration_ns * even_ns;
    assert(square >= 0);
    const uint64_t down = root((unsigned __int128)square);
    if (bend > 0)
        return (int64_t)((down - line) / (2 * bend));
    const bool exact = (unsigned __int128)down * down == (unsigned __int128)square;
    return (int64_t)((line - down - (exact ? 0 : 1)) / (-2 * bend));
}

/* @p into: of the period, at the even rate; what comes before the burst comes at the lower rate. */
static int64_t due_in_burst(const struct pm_shape *shape, int64_t into_ns)
{
    const __int128 before = shape->period_ns - shape->length_ns;
    const __int128 weight = before + (__int128)shape->factor * shape->length_ns;
    const __int128 share = into_ns * weight;

    if (share < before * shape->period_ns)
        return (int64_t)(share / shape->period_ns);
    return (int64_t)(before + (share - before * shape->period_ns) /
                                  ((__int128)shape->factor * shape->period_ns));
}

int64_t pm_shape_bend(const struct pm_shape *shape, int64_t even_ns)
{
    if (shape->schedule == PM_SCHEDULE_RAMP)
        return due_of_ramp(shape, even_ns);
    const int64_t into_ns = even_ns % shape->period_ns;
    const int64_t due_ns = shape->schedule == PM_SCHEDULE_BURST
                               ? due_in_burst(shape, into_ns)
                               : (int64_t)((__int128)into_ns * shape->length_ns / shape->period_ns);
    return even_ns - into_ns + due_ns;
}

int64_t pm_shape_peak(const struct pm_shape *shape, int64_t rate_per_s)
{
    const __int128 rate = rate_per_s;
    const __int128 burst =
        shape->period_ns + (__int128)(shape->factor - 1) * shape->length_ns; /* in periods */

    switch (shape->schedule) {
    case PM_SCHEDULE_ON_OFF:
        return (int64_t)(rate * shape->period_ns / shape->length_ns);
    case PM_SCHEDULE_BURST:
        return (int64_t)(rate * shape->period_ns * shape->factor / burst);
    case PM_SCHEDULE_RAMP:
        return (int64_t)(rate * (shape->percent > 100 ? shape->percent : 200 - shape->percent) /
                         100);
    default:
        return rate_per_s;
    }
}
