/* SPDX-License-Identifier: Apache-2.0 */
/* How a schedule's rate moves over time: even, on and off, a ramp, or bursts. */
#ifndef PM_SHAPE_H
#define PM_SHAPE_H

#include "pm_generator.h"

/** Filled by pm_shape_open; owns nothing. */
struct pm_shape {
    int schedule; /* enum pm_schedule */
    bool is_even; /* which all are that are no shape */
    int64_t duration_ns;
    int64_t period_ns, length_ns;
    int64_t factor;  /* of a burst */
    int64_t percent; /* of the mean, at the start of a ramp */
};

/** The shape that @p settings ask for; they have passed pm_generator_check. */
void pm_shape_open(struct pm_shape *shape, const struct pm_generator_settings *settings);

/** pm_shape_due_ns for a rate that is not even. */
int64_t pm_shape_bend(const struct pm_shape *shape, int64_t even_ns);

/**
 * When a record is due that would be due at @p even_ns if the rate were even all the time: the
 * largest t, in whole ns, at which no more of the load has come than rate x even_ns. All shapes
 * keep the mean rate, over each period or (a ramp) over the whole:
 *   on-off  the first length of every period at rate x period / length, then nothing
 *   burst   every period ends with a length at factor times the rate before it
 *   ramp    a straight line from percent of the rate to 200 - percent of it
 * Monotonic. Source: inversion of the cumulative rate (Cinlar 1975), here in integers: exact.
 * Cost: nothing for an even rate, else up to 20 ns; a ramp 150 ns, its square root of 128 bits.
 */
static inline int64_t pm_shape_due_ns(const struct pm_shape *shape, int64_t even_ns)
{
    return shape->is_even ? even_ns : pm_shape_bend(shape, even_ns);
}

/** The highest rate, records per second, that @p rate_per_s on average comes to. */
int64_t pm_shape_peak(const struct pm_shape *shape, int64_t rate_per_s);

#endif
