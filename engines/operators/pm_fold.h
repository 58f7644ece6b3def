/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: count, sum, min, max and mean as exact integers in an accumulator of a few words. */
#ifndef PM_FOLD_H
#define PM_FOLD_H

#include "pm_columns.h"
#include "pm_hyperloglog.h"
#include "pm_verbs.h"

/* State is aligned to 8 bytes, so a 128-bit sum must not ask for 16. */
typedef __int128 pm_fold_sum __attribute__((aligned(8)));

#define PM_FOLD_SCALE_MAX 18u
/* An accumulator is the count of its records, then 8 bytes a min or max, 16 a sum or mean, a
 * sketch's own for a distinct count; beside a cell's own words it fits what a cell may hold. */
#define PM_FOLDS_SIZE_MAX 4032u

/** A pm_fold_spec whose names are copied: what configs hold. */
struct pm_fold_plan {
    enum pm_fold fold;
    uint8_t scale;
    char column[PM_COLUMN_NAME_SIZE];
    char result[PM_COLUMN_NAME_SIZE];
};

/** Copy @p folds specs, at most PM_FOLDS_MAX. */
void pm_folds_copy(struct pm_fold_plan to[PM_FOLDS_MAX], unsigned folds,
                   const struct pm_fold_spec *specs);

/**
 * Check @p folds folds against input 0 of @p node and append their columns to the node's schema,
 * as results @p first, first + 1, ... Names point into @p plan, which must live as long as the
 * node. Sum, min and max have the type of their column, count is an integer, mean a decimal.
 * Errors: PM_EINPUT for a wrong number of folds, an unknown or text column, a sum or mean over
 * words, a scale above PM_FOLD_SCALE_MAX, a precision that a sketch does not
 * have, accumulators above PM_FOLDS_SIZE_MAX, a result name that stands twice.
 */
int pm_folds_check(struct pm_plan_node *node, unsigned folds, const struct pm_fold_plan *plan,
                   unsigned first, struct pm_error *error);

/** Folds with their columns and places resolved. */
struct pm_folds {
    unsigned count;
    uint32_t size; /* bytes of an accumulator: a multiple of 8 */
    struct pm_fold_step {
        enum pm_fold fold;
        uint32_t at;       /* of its part of the accumulator, in words */
        int8_t shift;      /* a mean's decimals less those that its column has already */
        uint8_t precision; /* of a distinct count */
        struct pm_column column;
    } step[PM_FOLDS_MAX];
};

void pm_folds_open(struct pm_folds *folds, unsigned count, const struct pm_fold_plan *plan,
                   const struct pm_schema *input);

/** Fold @p record into @p accumulator (zeroed when new). Cost: a load and an addition a fold. */
static inline void pm_folds_add(const struct pm_folds *folds, void *accumulator,
                                const struct pm_record *record, const struct pm_bytes *bytes)
{
    int64_t *const words = accumulator;
    const bool first = words[0]++ == 0;

    for (unsigned i = 0; i < folds->count; i++) {
        const struct pm_fold_step *step = &folds->step[i];
        int64_t *const part = words + step->at;
        if (step->fold == PM_FOLD_COUNT)
            continue;
        const int64_t value = pm_schema_read(&step->column, record, bytes);
        if (step->fold == PM_FOLD_MIN)
            *part = first || value < *part ? value : *part;
        else if (step->fold == PM_FOLD_MAX)
            *part = first || value > *part ? value : *part;
        else if (__builtin_expect(step->fold != PM_FOLD_DISTINCT, 1))
            *(pm_fold_sum *)(void *)part += value;
        else
            pm_hll_add((struct pm_hll *)(void *)part, step->precision, value);
    }
}

/**
 * Take @p record, added before, out of @p accumulator. A least or largest value stays as it is:
 * whoever takes records back knows the values that are left. Not for sketches.
 */
void pm_folds_take_back(const struct pm_folds *folds, void *accumulator,
                        const struct pm_record *record, const struct pm_bytes *bytes);

/** Fold all that @p from holds into @p into, as if each record had been added. */
void pm_folds_merge(const struct pm_folds *folds, void *into, const void *from);

/**
 * The results of @p accumulator (at least one record). Sums saturate at 64 bits; a mean is exact,
 * rounded half away from zero: quotient and remainder apart, so nothing overflows 128 bits for
 * fewer than 2^63 records.
 */
void pm_folds_results(const struct pm_folds *folds, const void *accumulator, int64_t *results);

#endif
