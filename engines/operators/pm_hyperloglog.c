/* SPDX-License-Identifier: Apache-2.0 */
/* HyperLogLog's estimate, from the number of registers of each value. */
#include "pm_hyperloglog.h"

#include <assert.h>
#include <math.h>

static_assert(sizeof(struct pm_hll) == 152, "the contract states the bytes");

/* x + sum of x^(2^k) 2^(k-1): what the registers that are still zero add. x < 1. */
static double sigma(double x)
{
    double weight = 1, sum = x, before;

    do {
        x *= x;
        before = sum;
        sum += x * weight;
        weight += weight;
    } while (sum != before);
    return sum;
}

/* The same for registers that cannot rise any more, by square roots. */
static double tau(double x)
{
    double weight = 1, rest = 1 - x, before;

    if (x <= 0 || x >= 1)
        return 0;
    do {
        x = sqrt(x);
        before = rest;
        weight *= 0.5;
        rest -= (1 - x) * (1 - x) * weight;
    } while (rest != before);
    return rest / 3;
}

static int64_t estimate(const struct pm_hll *sketch, unsigned precision)
{
    const double m = (double)(1u << precision);
    const unsigned most = 64 - precision; /* bits behind the index */
    uint32_t zero = 1u << precision;
    double z;

    for (unsigned k = 1; k <= most + 1; k++)
        zero -= sketch->count[k];
    if (zero == 1u << precision)
        return 0;
    z = m * tau(1 - sketch->count[most + 1] / m);
    for (unsigned k = most; k >= 1; k--)
        z = 0.5 * (z + sketch->count[k]);
    z += m * sigma(zero / m);
    return (int64_t)(0.7213475204444817 * m * m / z + 0.5); /* 1 / (2 ln 2) */
}

static void set_register(struct pm_hll *sketch, uint32_t index, uint8_t rank)
{
    const uint8_t before = sketch->registers[index];

    if (before != 0)
        sketch->count[before]--;
    sketch->count[rank]++;
    sketch->registers[index] = rank;
}

void pm_hll_raise(struct pm_hll *sketch, unsigned precision, uint32_t index, uint8_t rank)
{
    set_register(sketch, index, rank);
    sketch->estimate = estimate(sketch, precision);
}

void pm_hll_merge(struct pm_hll *into, const struct pm_hll *from, unsigned precision)
{
    for (uint32_t i = 0; i < 1u << precision; i++) {
        if (from->registers[i] > into->registers[i])
            set_register(into, i, from->registers[i]);
    }
    into->estimate = estimate(into, precision);
}
