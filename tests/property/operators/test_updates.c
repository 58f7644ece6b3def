/* SPDX-License-Identifier: Apache-2.0 */
/* Update mode against its definition: after every input a reader of the changes holds what a look
 * at all inputs so far gives, and each change takes back what was there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_verbs.h"
#include "pm_view.h"

#define CASES  40u
#define INPUTS 120u
#define KEYS   3u
#define VALUES 9 /* -2..6 */

/* One kind of operator: its plan, and the rows that the first @p count inputs make. */
struct kind {
    const char *name;
    struct pm_flow (*build)(struct pm_plan *plan, struct pm_flow keyed);
    unsigned identity;
    /* Expected rows as values from the key on into @p rows; returns how many. */
    uint32_t (*define)(const struct pm_feed_step *inputs, uint32_t count,
                       int64_t rows[PM_VIEW_ROWS][8]);
    unsigned skipped; /* a column that the definition does not know: `inputs`; 0: none */
};

/* --- folds by key and value ------------------------------------------------------------------- */

static const struct pm_update_config by_value = {.group = "v",
                                                 .folds = 3,
                                                 .fold = {{PM_FOLD_COUNT, NULL, "n", 0},
                                                          {PM_FOLD_SUM, "time", "sum", 0},
                                                          {PM_FOLD_MAX, "time", "max", 0}}};

static struct pm_flow grouped(struct pm_plan *plan, struct pm_flow keyed)
{
    return pm_plan_update(plan, keyed, &by_value);
}

/* key, v, inputs, n, sum, max: n is 0 where there is no row. */
static void define_group(const struct pm_feed_step *inputs, uint32_t count, uint64_t key,
                         int64_t value, int64_t row[8])
{
    memset(row, 0, 8 * sizeof *row);
    row[0] = (int64_t)key;
    row[1] = value;
    for (uint32_t i = 0; i < count; i++) {
        if (inputs[i].key != key || inputs[i].value != value)
            continue;
        row[5] = row[3] == 0 || inputs[i].time_ns > row[5] ? inputs[i].time_ns : row[5];
        row[2]++;
        row[3]++;
        row[4] += inputs[i].time_ns;
    }
}

static uint32_t define_grouped(const struct pm_feed_step *inputs, uint32_t count,
                               int64_t rows[PM_VIEW_ROWS][8])
{
    uint32_t made = 0;

    for (uint64_t key = 0; key < KEYS; key++) {
        for (int64_t value = -2; value < VALUES - 2; value++) {
            define_group(inputs, count, key, value, rows[made]);
            made += rows[made][3] != 0 ? 1 : 0;
        }
    }
    return made;
}

/* --- folds of those rows, over their deletes -------------------------------------------------- */

static struct pm_flow of_groups(struct pm_plan *plan, struct pm_flow keyed)
{
    static const struct pm_update_config config = {.folds = 4,
                                                   .fold = {{PM_FOLD_COUNT, NULL, "groups", 0},
                                                            {PM_FOLD_MIN, "sum", "least", 0},
                                                            {PM_FOLD_MAX, "n", "most", 0},
                                                            {PM_FOLD_MEAN, "n", "mean", 2}}};

    return pm_plan_update(plan, grouped(plan, keyed), &config);
}

/* key, inputs (not known here), groups, least, most, mean */
static uint32_t define_of_groups(const struct pm_feed_step *inputs, uint32_t count,
                                 int64_t rows[PM_VIEW_ROWS][8])
{
    static int64_t group[PM_VIEW_ROWS][8];
    const uint32_t groups = define_grouped(inputs, count, group);
    uint32_t made = 0;

    for (uint64_t key = 0; key < KEYS; key++) {
        int64_t n = 0, least = INT64_MAX, most = INT64_MIN, sum = 0;
        for (uint32_t i = 0; i < groups; i++) {
            if (group[i][0] != (int64_t)key)
                continue;
            n++;
            sum += group[i][3];
            least = group[i][4] < least ? group[i][4] : least;
            most = group[i][3] > most ? group[i][3] : most;
        }
        const int64_t row[8] = {(int64_t)key, 0,    n,
                                least,        most, n != 0 ? (200 * sum + n) / (2 * n) : 0};
        memcpy(rows[made], row, sizeof row);
        made += n != 0 ? 1 : 0;
    }
    return made;
}

/* --- windows ---------------------------------------------------------------------------------- */

static struct pm_flow windows(struct pm_plan *plan, struct pm_flow keyed)
{
    static const struct pm_window_config config = {
        .kind = PM_WINDOW_SLIDING,
        .size_ns = 30,
        .slide_ns = 10,
        .lateness_ns = 1000000,
        .folds = 2,
        .fold = {{PM_FOLD_SUM, "v", "sum", 0}, {PM_FOLD_MIN, "v", "min", 0}},
        .updates = true};

    return pm_plan_window(plan, keyed, &config);
}

/* key, window_start, window_end, inputs, sum, min */
static uint32_t define_windows(const struct pm_feed_step *inputs, uint32_t count,
                               int64_t rows[PM_VIEW_ROWS][8])
{
    uint32_t made = 0;

    for (uint64_t key = 0; key < KEYS; key++) {
        for (int64_t start = -30; start < 3 * (int64_t)INPUTS; start += 10) {
            int64_t row[8] = {(int64_t)key, start, start + 30, 0, 0, INT64_MAX};
            for (uint32_t i = 0; i < count; i++) {
                if (inputs[i].key != key || inputs[i].time_ns < start ||
                    inputs[i].time_ns >= start + 30)
                    continue;
                row[3]++;
                row[4] += inputs[i].value;
                row[5] = inputs[i].value < row[5] ? inputs[i].value : row[5];
            }
            memcpy(rows[made], row, sizeof row);
            made += row[3] != 0 ? 1 : 0;
        }
    }
    return made;
}

/* --- tops ------------------------------------------------------------------------------------- */

#define TOP 3u

/* Of straight inputs the last value of an item counts; of an update its only row. */
static struct pm_flow top_of_inputs(struct pm_plan *plan, struct pm_flow keyed)
{
    return pm_plan_top_n(plan, keyed, "v", "time", TOP);
}

static struct pm_flow top_of_updates(struct pm_plan *plan, struct pm_flow keyed)
{
    return pm_plan_top_n(plan, grouped(plan, keyed), "v", "n", TOP);
}

/* A filter stands between, so that each half of an update counts alone. */
static struct pm_flow top_behind_filter(struct pm_plan *plan, struct pm_flow keyed)
{
    const struct pm_flow few = pm_plan_filter(plan, grouped(plan, keyed), "n", PM_LESS, 4);

    return pm_plan_top_n(plan, few, "v", "n", TOP);
}

/* The @p TOP largest of @p rows (key, item, value), which are of one key and lie in item order. */
static uint32_t keep_top(int64_t rows[][8], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = i; k > 0 && rows[k][2] > rows[k - 1][2]; k--) {
            int64_t swap[8];
            memcpy(swap, rows[k], sizeof swap);
            memcpy(rows[k], rows[k - 1], sizeof swap);
            memcpy(rows[k - 1], swap, sizeof swap);
        }
    }
    return count < TOP ? count : TOP;
}

/* column 3 of a group is its count, below @p below; or the time of its last input. */
static uint32_t define_top(const struct pm_feed_step *inputs, uint32_t count, bool last,
                           int64_t below, int64_t rows[PM_VIEW_ROWS][8])
{
    uint32_t made = 0;

    for (uint64_t key = 0; key < KEYS; key++) {
        uint32_t items = 0;
        for (int64_t value = -2; value < VALUES - 2; value++) {
            int64_t group[8];
            define_group(inputs, count, key, value, group);
            if (group[3] == 0 || group[3] >= below)
                continue;
            int64_t time_ns = 0;
            for (uint32_t i = 0; i < count; i++)
                time_ns =
                    inputs[i].key == key && inputs[i].value == value ? inputs[i].time_ns : time_ns;
            const int64_t row[8] = {(int64_t)key, value, last ? time_ns : group[3]};
            memcpy(rows[made + items++], row, sizeof row);
        }
        made += keep_top(rows + made, items);
    }
    return made;
}

static uint32_t define_top_of_inputs(const struct pm_feed_step *inputs, uint32_t count,
                                     int64_t rows[PM_VIEW_ROWS][8])
{
    return define_top(inputs, count, true, INT64_MAX, rows);
}

static uint32_t define_top_of_updates(const struct pm_feed_step *inputs, uint32_t count,
                                      int64_t rows[PM_VIEW_ROWS][8])
{
    return define_top(inputs, count, false, INT64_MAX, rows);
}

static uint32_t define_top_behind_filter(const struct pm_feed_step *inputs, uint32_t count,
                                         int64_t rows[PM_VIEW_ROWS][8])
{
    return define_top(inputs, count, false, 4, rows);
}

static const struct kind kinds[] = {
    {"top_n of inputs", top_of_inputs, 2, define_top_of_inputs, 0},
    {"top_n of updates", top_of_updates, 2, define_top_of_updates, 0},
    {"top_n behind a filter", top_behind_filter, 2, define_top_behind_filter, 0},
    {"update by a column", grouped, 2, define_grouped, 0},
    {"update over deletes", of_groups, 1, define_of_groups, 1},
    {"window_updates", windows, 2, define_windows, 0},
};

/* --- the test --------------------------------------------------------------------------------- */

static void compare(const struct kind *kind, const struct pm_view *view,
                    const struct pm_feed_step *inputs, uint32_t count)
{
    static int64_t rows[PM_VIEW_ROWS][8];
    const uint32_t expected = kind->define(inputs, count, rows);

    if (view->count != expected)
        fail_msg("%s, %u inputs: %u rows, expected %u", kind->name, count, view->count, expected);
    for (uint32_t i = 0; i < expected; i++) {
        const struct pm_feed_row *row = pm_view_find(view, kind->identity, rows[i]);
        if (row == NULL)
            fail_msg("%s, %u inputs: key %lld has no row", kind->name, count,
                     (long long)rows[i][0]);
        for (unsigned k = 0; row != NULL && k < 6; k++) {
            if (row->value[k] != rows[i][k] && (k != kind->skipped || k == 0))
                fail_msg("%s, %u inputs, column %u: %lld, expected %lld", kind->name, count, k,
                         (long long)row->value[k], (long long)rows[i][k]);
        }
    }
}

static void run_case(const struct kind *kind, struct pm_random *random, bool copying)
{
    static struct pm_feed_step inputs[INPUTS];
    static struct pm_view view;
    struct pm_plan *plan = pm_plan_open(PM_ORDER_ARRIVAL);
    const struct pm_flow source = pm_plan_source(plan, 0, &pm_feed_schema);
    struct pm_feed feed;

    view.applied = view.count = 0;
    pm_plan_output(plan, kind->build(plan, pm_plan_key_by(plan, source, "key")), 0, "out");
    pm_feed_open(&feed, plan, copying ? &pm_state_copying : &pm_state_memory);
    for (uint32_t at = 0; at < INPUTS;) {
        uint32_t end = at + 1 + (uint32_t)pm_random_below(random, 4);
        end = end < INPUTS ? end : INPUTS;
        for (uint32_t i = at; i < end; i++)
            inputs[i] = (struct pm_feed_step)PM_FEED_RECORD(
                2 * i + pm_random_between(random, 0, 9), pm_random_below(random, KEYS),
                pm_random_between(random, -2, VALUES - 3));
        pm_feed_play(&feed, &inputs[at], end - at, end - at > 1 ? random : NULL, 0);
        at = end;
        pm_view_follow(&view, &feed, kind->identity);
        compare(kind, &view, inputs, at);
    }
    pm_feed_close(&feed);
}

static void a_reader_of_the_changes_holds_the_answer_so_far(void **state)
{
    const uint64_t seed = pm_feed_seed();

    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (unsigned number = 0; number < CASES; number++) {
            struct pm_random random = pm_random_open(seed, number);
            run_case(&kinds[k], &random, number % 2 == 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_of_the_changes_holds_the_answer_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
