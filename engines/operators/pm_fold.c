/* SPDX-License-Identifier: Apache-2.0 */
/* Checking and resolving folds; merging accumulators; exact results. */
#include "pm_fold.h"

#include "pm_results.h"

typedef unsigned __int128 u128;

void pm_folds_copy(struct pm_fold_plan to[PM_FOLDS_MAX], unsigned folds,
                   const struct pm_fold_spec *specs)
{
    for (unsigned i = 0; i < folds && i < PM_FOLDS_MAX; i++) {
        to[i].fold = specs[i].fold;
        to[i].scale = specs[i].scale;
        pm_columns_name(to[i].column, specs[i].column);
        pm_columns_name(to[i].result, specs[i].result);
    }
}

/* Decimals that the integers of a column carry. */
static int decimals(const struct pm_column *column)
{
    if (column->type == PM_TYPE_MONEY)
        return 2;
    return column->type == PM_TYPE_DECIMAL ? column->scale : 0;
}

static int check_source(const struct pm_plan_node *node, const struct pm_fold_plan *plan,
                        struct pm_error *error)
{
    if (plan->fold == PM_FOLD_COUNT)
        return 0;
    const int code = pm_columns_need(node, 0, plan->column, PM_COLUMNS_INTEGER, error);
    if (code != 0)
        return code;
    const struct pm_schema *input = pm_plan_flow_schema(node->inputs[0]);
    const struct pm_column *column = pm_schema_find(input, plan->column);
    const bool adds = plan->fold == PM_FOLD_SUM || plan->fold == PM_FOLD_MEAN;
    if (plan->fold == PM_FOLD_MEAN && decimals(column) > (int)PM_FOLD_SCALE_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' has %d decimals, a mean takes %u",
                            node->name, plan->column, decimals(column), PM_FOLD_SCALE_MAX);
    if (adds && column->type == PM_TYPE_CHOICE)
        return pm_error_set(error, PM_EINPUT, "%s: column '%s' holds words, which have no sum",
                            node->name, plan->column);
    return 0;
}

/* Words that the fold takes behind those of the folds before it. */
static uint32_t words_of(const struct pm_fold_plan *plan)
{
    if (plan->fold == PM_FOLD_COUNT)
        return 0;
    if (plan->fold == PM_FOLD_DISTINCT)
        return pm_hll_bytes(plan->scale) / 8;
    return plan->fold == PM_FOLD_MIN || plan->fold == PM_FOLD_MAX ? 1 : 2;
}

static int check_scale(const struct pm_plan_node *node, const struct pm_fold_plan *plan,
                       struct pm_error *error)
{
    const unsigned scale = plan->scale;

    if (plan->fold == PM_FOLD_MEAN && scale > PM_FOLD_SCALE_MAX)
        return pm_error_set(error, PM_EINPUT,
                            "%s: mean '%s' has %u decimals, at most %u are allowed", node->name,
                            plan->result, scale, PM_FOLD_SCALE_MAX);
    if (plan->fold == PM_FOLD_DISTINCT &&
        (scale < PM_HLL_PRECISION_MIN || scale > PM_HLL_PRECISION_MAX))
        return pm_error_set(error, PM_EINPUT, "%s: distinct '%s' has precision %u, %u to %u are",
                            node->name, plan->result, scale, PM_HLL_PRECISION_MIN,
                            PM_HLL_PRECISION_MAX);
    return 0;
}

static struct pm_column result_column(const struct pm_schema *input,
                                      const struct pm_fold_plan *plan, unsigned index)
{
    struct pm_column column = pm_results_column(plan->result, index);

    if (plan->fold == PM_FOLD_COUNT || plan->fold == PM_FOLD_DISTINCT)
        return column;
    if (plan->fold != PM_FOLD_MEAN)
        return pm_results_column_as(pm_schema_find(input, plan->column), plan->result, index);
    column.type = PM_TYPE_DECIMAL;
    column.scale = plan->scale;
    return column;
}

int pm_folds_check(struct pm_plan_node *node, unsigned folds, const struct pm_fold_plan *plan,
                   unsigned first, struct pm_error *error)
{
    const struct pm_schema *input = pm_plan_flow_schema(node->inputs[0]);
    uint32_t words = 1;

    if (folds < 1 || folds > PM_FOLDS_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: %u folds, 1 to %u are allowed", node->name,
                            folds, PM_FOLDS_MAX);
    for (unsigned i = 0; i < folds; i++) {
        int code = check_source(node, &plan[i], error);
        if (code == 0)
            code = check_scale(node, &plan[i], error);
        if (code != 0)
            return code;
        if (plan[i].result[0] == '\0' || pm_schema_find(&node->schema, plan[i].result) != NULL)
            return pm_error_set(error, PM_EINPUT, "%s: result name '%s' is empty or stands twice",
                                node->name, plan[i].result);
        node->schema.columns[node->schema.count++] = result_column(input, &plan[i], first + i);
        words += words_of(&plan[i]);
    }
    if (words * 8 > PM_FOLDS_SIZE_MAX)
        return pm_error_set(error, PM_EINPUT,
                            "%s: %u bytes a key, at most %u are allowed: take less precision",
                            node->name, words * 8, PM_FOLDS_SIZE_MAX);
    return 0;
}

void pm_folds_open(struct pm_folds *folds, unsigned count, const struct pm_fold_plan *plan,
                   const struct pm_schema *input)
{
    uint32_t words = 1;

    *folds = (struct pm_folds){.count = count};
    for (unsigned i = 0; i < count; i++) {
        struct pm_fold_step *step = &folds->step[i];
        step->fold = plan[i].fold;
        step->at = words;
        if (step->fold == PM_FOLD_COUNT)
            continue;
        step->column = *pm_schema_find(input, plan[i].column);
        step->shift = (int8_t)(plan[i].scale - decimals(&step->column));
        step->precision = plan[i].scale;
        words += words_of(&plan[i]);
    }
    folds->size = words * 8;
}

void pm_folds_take_back(const struct pm_folds *folds, void *accumulator,
                        const struct pm_record *record, const struct pm_bytes *bytes)
{
    int64_t *const words = accumulator;

    words[0]--;
    for (unsigned i = 0; i < folds->count; i++) {
        const struct pm_fold_step *step = &folds->step[i];
        if (step->fold == PM_FOLD_SUM || step->fold == PM_FOLD_MEAN)
            *(pm_fold_sum *)(void *)(words + step->at) -=
                pm_schema_read(&step->column, record, bytes);
    }
}

void pm_folds_merge(const struct pm_folds *folds, void *into, const void *from)
{
    int64_t *const words = into;
    const int64_t *const more = from;
    const bool first = words[0] == 0;

    words[0] += more[0];
    for (unsigned i = 0; i < folds->count; i++) {
        const struct pm_fold_step *step = &folds->step[i];
        int64_t *const part = words + step->at;
        const int64_t *const other = more + step->at;
        if (step->fold == PM_FOLD_COUNT)
            continue;
        if (step->fold == PM_FOLD_MIN)
            *part = first || *other < *part ? *other : *part;
        else if (step->fold == PM_FOLD_MAX)
            *part = first || *other > *part ? *other : *part;
        else if (step->fold != PM_FOLD_DISTINCT)
            *(pm_fold_sum *)(void *)part += *(const pm_fold_sum *)(const void *)other;
        else
            pm_hll_merge((struct pm_hll *)(void *)part, (const struct pm_hll *)(const void *)other,
                         step->precision);
    }
}

static int64_t saturated(__int128 value)
{
    if (value > INT64_MAX)
        return INT64_MAX;
    return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

static u128 power_of_ten(int exponent)
{
    u128 power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* |sum| <= count * 2^63, so the whole part times 10^18 stays below 2^123, the rest below 2^125. */
static int64_t mean(__int128 sum, uint64_t count, int shift)
{
    const u128 size = sum < 0 ? -(u128)sum : (u128)sum;
    const u128 divisor = (u128)count * power_of_ten(-shift);
    const u128 factor = power_of_ten(shift);
    const u128 rest = size % divisor * factor;
    const u128 rounded = size / divisor * factor + (2 * rest + divisor) / (2 * divisor);

    return saturated(sum < 0 ? -(__int128)rounded : (__int128)rounded);
}

void pm_folds_results(const struct pm_folds *folds, const void *accumulator, int64_t *results)
{
    const int64_t *const words = accumulator;

    for (unsigned i = 0; i < folds->count; i++) {
        const struct pm_fold_step *step = &folds->step[i];
        const int64_t *const part = words + step->at;
        if (step->fold == PM_FOLD_COUNT)
            results[i] = words[0];
        else if (step->fold == PM_FOLD_MIN || step->fold == PM_FOLD_MAX ||
                 step->fold == PM_FOLD_DISTINCT) /* a sketch begins with its estimate */
            results[i] = *part;
        else if (step->fold == PM_FOLD_SUM)
            results[i] = saturated(*(const pm_fold_sum *)(const void *)part);
        else
            results[i] =
                mean(*(const pm_fold_sum *)(const void *)part, (uint64_t)words[0], step->shift);
    }
}
