/* SPDX-License-Identifier: Apache-2.0 */
/* dashboard's oracle: a region's purchases one after the other, and all rows after each of them. */
#include "pm_oracle.h"

#include "pm_hash.h"
#include "pm_oracle_input.h"
#include "pm_query_dashboard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REGISTERS (1u << PM_DASHBOARD_PRECISION)
#define RANK_MAX  (65u - PM_DASHBOARD_PRECISION) /* a rest of nothing but zeros */

/* What one product of the region in hand has sold. */
struct sold {
    int64_t inputs, revenue;
    bool is_top;
    uint8_t rank[REGISTERS];
};

/* --- users, from the paper's formulas --------------------------------------------------------- */

static void see(struct sold *sold, int64_t user)
{
    uint64_t hash = pm_hash_u64((uint64_t)user + 0x9e3779b97f4a7c15ULL);
    const uint64_t index = hash / (UINT64_MAX / REGISTERS + 1);
    uint8_t rank = 1;

    for (hash *= REGISTERS; rank < RANK_MAX && hash < 1ULL << 63; hash *= 2)
        rank++;
    if (rank > sold->rank[index])
        sold->rank[index] = rank;
}

static long double sigma(long double x)
{
    long double sum = x, power = x; /* x^(2^k) */

    for (int k = 1; k < 64; k++) {
        power *= power;
        sum += power * ldexpl(1, k - 1);
    }
    return sum;
}

static long double tau(long double x)
{
    long double sum = 1 - x;

    for (int k = 1; x > 0 && k < 64; k++) {
        const long double gap = 1 - powl(x, ldexpl(1, -k));
        sum -= gap * gap * ldexpl(1, -k);
    }
    return x > 0 ? sum / 3 : 0;
}

static int64_t users(const struct sold *sold)
{
    const long double m = REGISTERS;
    unsigned empty = 0, full = 0;
    long double sum = 0;

    for (unsigned i = 0; i < REGISTERS; i++) {
        empty += sold->rank[i] == 0;
        full += sold->rank[i] == RANK_MAX;
        if (sold->rank[i] != 0 && sold->rank[i] != RANK_MAX)
            sum += ldexpl(1, -sold->rank[i]);
    }
    sum += m * sigma(empty / m);
    if (full != 0)
        sum += m * tau(1 - full / m) * ldexpl(1, -(int)(RANK_MAX - 1));
    return (int64_t)(m * m / (2 * logl(2) * sum) + 0.5L);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Does @p a stand above @p b? Those that never sold stand nowhere. */
static bool above(const struct sold *all, int64_t a, int64_t b)
{
    return all[a].revenue > all[b].revenue || (all[a].revenue == all[b].revenue && a < b);
}

static bool is_top(const struct sold *all, int64_t products, int64_t product)
{
    unsigned better = 0;

    for (int64_t i = 0; i < products && better < PM_DASHBOARD_TOP; i++)
        better += all[i].inputs != 0 && above(all, i, product);
    return better < PM_DASHBOARD_TOP;
}

/* Only the product that sold changes its revenue; another one can but fall out. */
static void expect_top(struct pm_oracle *oracle, struct sold *all, int64_t products, int64_t region,
                       int64_t product)
{
    const int64_t row[] = {region, product, all[product].revenue};

    if (!is_top(all, products, product))
        return;
    for (int64_t i = 0; i < products && !all[product].is_top; i++) {
        const int64_t gone[] = {region, i, 0};
        if (!all[i].is_top || is_top(all, products, i))
            continue;
        all[i].is_top = false;
        pm_oracle_expect_gone(oracle, PM_DASHBOARD_TOPS, 3, gone);
    }
    all[product].is_top = true;
    pm_oracle_expect(oracle, PM_DASHBOARD_TOPS, 3, row, NULL, 0);
}

static void one_region(struct pm_oracle *oracle, struct sold *all, int64_t products,
                       const struct pm_oracle_arrival *row, uint64_t count)
{
    memset(all, 0, (size_t)products * sizeof *all);
    for (uint64_t i = 0; i < count; i++) {
        const struct pm_record *record = row[i].record;
        const int64_t region = (int64_t)record->key;
        const int64_t product = pm_dashboard_product(record);
        struct sold *sold = &all[product];
        pm_oracle_cause(oracle, record->id);
        sold->inputs++;
        sold->revenue += pm_dashboard_revenue(record);
        see(sold, pm_dashboard_user(record));
        const int64_t values[] = {region,       product,       sold->inputs,
                                  sold->inputs, sold->revenue, users(sold)};
        pm_oracle_expect(oracle, PM_DASHBOARD_PRODUCTS, 6, values, NULL, 0);
        expect_top(oracle, all, products, region, product);
    }
}

int pm_oracle_dashboard(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                        const void *settings, struct pm_error *error)
{
    const struct pm_query_dashboard_settings *s = settings;
    struct pm_oracle_arrivals arrivals;
    int code = pm_oracle_arrivals_open(&arrivals, input, error);

    if (code != 0)
        return code;
    struct sold *all = malloc((size_t)s->products * sizeof *all);
    if (all == NULL)
        code = pm_error_set(error, PM_ENOMEM, "out of memory for %lld products",
                            (long long)s->products);
    pm_oracle_arrivals_by_arrival(&arrivals);
    for (uint64_t i = 0; code == 0 && i < arrivals.count;) {
        const uint64_t end = pm_oracle_arrivals_of_key(&arrivals, i);
        one_region(oracle, all, s->products, &arrivals.row[i], end - i);
        i = end;
    }
    free(all);
    pm_oracle_arrivals_close(&arrivals);
    return code;
}
