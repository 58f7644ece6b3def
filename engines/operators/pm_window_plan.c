/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `window`: its config, its schema, its rows. */
#include "pm_window.h"

#include "pm_fire.h"
#include "pm_updates.h"

int pm_window_check_duration(const struct pm_plan_node *node, const char *name, int64_t value_ns,
                             struct pm_error *error)
{
    if (value_ns >= 1 && value_ns <= PM_DURATION_MAX)
        return 0;
    return pm_error_set(error, PM_EINPUT, "%s: %s is %lld ns, 1 to %lld are allowed", node->name,
                        name, (long long)value_ns, (long long)PM_DURATION_MAX);
}

static int check_size(const struct pm_plan_node *node, int64_t size_ns, int64_t slide_ns,
                      struct pm_error *error)
{
    const int code = pm_window_check_duration(node, "size", size_ns, error);

    if (code != 0)
        return code;
    if (size_ns % slide_ns != 0)
        return pm_error_set(error, PM_EINPUT, "%s: size %lld ns is not a multiple of slide %lld ns",
                            node->name, (long long)size_ns, (long long)slide_ns);
    if (size_ns / slide_ns > slide_ns)
        return pm_error_set(error, PM_EINPUT,
                            "%s: %lld windows overlap, with this slide at most"
                            " %lld may",
                            node->name, (long long)(size_ns / slide_ns), (long long)slide_ns);
    return 0;
}

int pm_window_check_sizes(const struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;

    if (plan->sizes > 1)
        return pm_error_set(error, PM_EINPUT,
                            "%s: %u sizes, only sliding windows in append mode "
                            "have several",
                            node->name, plan->sizes);
    return 0;
}

int pm_window_check_slices(const struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;
    int code = plan->kind != PM_WINDOW_SLIDING ? pm_window_check_sizes(node, error) : 0;

    if (code == 0)
        code = pm_window_check_duration(node, "size", plan->size_ns, error);
    if (code == 0)
        code = pm_window_check_duration(node, "slide", plan->slide_ns, error);
    for (unsigned i = 0; code == 0 && i < plan->sizes; i++) {
        code = check_size(node, plan->sizes_ns[i], plan->slide_ns, error);
        if (code == 0 && i > 0 && plan->sizes_ns[i] == plan->sizes_ns[i - 1])
            code = pm_error_set(error, PM_EINPUT, "%s: size %lld ns stands twice", node->name,
                                (long long)plan->sizes_ns[i]);
    }
    return code;
}

/* The columns key and bounds, which every row of a window begins with. */
static int check_bounds(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;
    struct pm_schema *schema = &node->schema;

    if (plan->lateness_ns < 0 || plan->lateness_ns > PM_DURATION_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: lateness is %lld ns, 0 to %lld are allowed",
                            node->name, (long long)plan->lateness_ns, (long long)PM_DURATION_MAX);
    pm_results_open(schema, node->name);
    schema->columns[1] = pm_results_column("window_start", 0);
    schema->columns[2] = pm_results_column("window_end", 1);
    schema->columns[1].type = PM_TYPE_TIME;
    schema->columns[2].type = PM_TYPE_TIME;
    schema->count = 3;
    return 0;
}

int pm_window_check_rows(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;
    const int code = check_bounds(node, error);

    return code != 0 ? code : pm_folds_check(node, plan->folds, plan->fold, 2, error);
}

int pm_window_check_updates(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_window_plan *plan = node->config;
    const int code = check_bounds(node, error);

    return code != 0 ? code : pm_updates_check(node, plan->folds, plan->fold, 2, error);
}

int64_t pm_window_lag_ns(const void *config)
{
    return ((const struct pm_window_plan *)config)->lateness_ns;
}

void pm_window_emit(struct pm_out *out, const struct pm_folds *folds, uint64_t key,
                    int64_t start_ns, int64_t end_ns, const void *accumulator)
{
    struct pm_record *row = pm_out_row(out, 0, NULL);
    int64_t results[PM_RESULTS_MAX] = {start_ns, end_ns};

    row->event_time_ns = end_ns - 1;
    row->key = key;
    pm_folds_results(folds, accumulator, results + 2);
    pm_results_write(row, pm_out_bytes(out), 2 + folds->count, results);
}

/* All sizes, ascending, so that each lies in the next. */
static void sort_sizes(struct pm_window_plan *plan, const struct pm_window_config *config)
{
    plan->sizes_ns[plan->sizes++] = config->size_ns;
    for (unsigned i = 0; i + 1 < PM_WINDOW_SIZES_MAX; i++) {
        unsigned at = plan->sizes;
        if (config->more_ns[i] == 0)
            continue;
        for (; at > 0 && plan->sizes_ns[at - 1] > config->more_ns[i]; at--)
            plan->sizes_ns[at] = plan->sizes_ns[at - 1];
        plan->sizes_ns[at] = config->more_ns[i];
        plan->sizes++;
    }
    plan->size_ns = plan->sizes_ns[plan->sizes - 1];
}

struct pm_flow pm_plan_window(struct pm_plan *plan, struct pm_flow keyed,
                              const struct pm_window_config *config)
{
    struct pm_window_plan copy = {
        .kind = config->kind,
        .slide_ns = config->kind == PM_WINDOW_TUMBLING ? config->size_ns : config->slide_ns,
        .gap_ns = config->gap_ns,
        .lateness_ns = config->lateness_ns,
        .folds = config->folds,
    };
    const struct pm_operator_class *class = config->updates ? &pm_class_window_updates
                                            : config->kind == PM_WINDOW_SESSION ? &pm_class_session
                                                                                : &pm_class_window;

    sort_sizes(&copy, config);
    pm_folds_copy(copy.fold, config->folds, config->fold);
    return pm_plan_add(plan, class, &copy, 1, &keyed);
}
