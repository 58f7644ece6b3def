/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `pattern`: its config, its check, its schema. */
#include "pm_pattern_plan.h"

#include "pm_results.h"

static int check_condition(const struct pm_plan_node *node,
                           const struct pm_pattern_plan_condition *condition,
                           struct pm_error *error)
{
    if (condition->input >= node->input_count)
        return pm_error_set(error, PM_EINPUT, "%s: a condition names input %u, there are %u",
                            node->name, condition->input, node->input_count);
    if (condition->column[0] == '\0')
        return 0;
    return pm_columns_need(node, condition->input, condition->column, PM_COLUMNS_KEPT, error);
}

static int check_step(const struct pm_plan_node *node, const struct pm_pattern_plan_step *step,
                      struct pm_error *error)
{
    if (step->times < 1 || step->times > PM_PATTERN_TIMES_MAX)
        return pm_error_set(error, PM_EINPUT, "%s: %u times, 1 to %u are allowed", node->name,
                            step->times, PM_PATTERN_TIMES_MAX);
    const int code = check_condition(node, &step->is, error);
    return code != 0 || !step->has_unless ? code : check_condition(node, &step->unless, error);
}

/* The measure's column keeps its type, which says how it is printed. */
static int add_measure(struct pm_plan_node *node, unsigned i, struct pm_error *error)
{
    const struct pm_pattern_plan *plan = node->config;
    const struct pm_pattern_plan_measure *measure = &plan->measure[i];
    struct pm_schema *schema = &node->schema;

    if (measure->step >= plan->steps)
        return pm_error_set(error, PM_EINPUT, "%s: measure '%s' is of step %u, there are %u",
                            node->name, measure->result, measure->step, plan->steps);
    const unsigned input = plan->step[measure->step].is.input;
    const int code = pm_columns_need(node, input, measure->column, PM_COLUMNS_KEPT, error);
    if (code != 0)
        return code;
    if (measure->result[0] == '\0' || pm_schema_find(schema, measure->result) != NULL)
        return pm_error_set(error, PM_EINPUT, "%s: result '%s' is empty or stands twice",
                            node->name, measure->result);
    const struct pm_column *from =
        pm_schema_find(pm_plan_flow_schema(node->inputs[input]), measure->column);
    struct pm_column *column = &schema->columns[schema->count++];
    *column = pm_results_column(measure->result, 2 + i);
    column->type = from->type;
    column->scale = from->scale;
    column->choices = from->choices;
    return 0;
}

static int make_schema(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_pattern_plan *plan = node->config;
    struct pm_schema *schema = &node->schema;
    int code = 0;

    pm_results_open(schema, node->name);
    schema->columns[1] = pm_results_column("start", 0);
    schema->columns[2] = pm_results_column("end", 1);
    schema->columns[1].type = PM_TYPE_TIME;
    schema->columns[2].type = PM_TYPE_TIME;
    schema->count = 3;
    for (unsigned i = 0; code == 0 && i < plan->measures; i++)
        code = add_measure(node, i, error);
    return code;
}

int pm_pattern_check(struct pm_plan_node *node, struct pm_error *error)
{
    const struct pm_pattern_plan *plan = node->config;
    int code = pm_columns_duration(node, "within", plan->within_ns, 1, error);

    if (code == 0)
        code = pm_columns_duration(node, "absent", plan->absent_ns, 0, error);
    if (code == 0)
        code = pm_columns_duration(node, "lateness", plan->lateness_ns, 0, error);
    if (code == 0 && (plan->steps < 1 || plan->steps > PM_PATTERN_STEPS_MAX))
        code = pm_error_set(error, PM_EINPUT, "%s: %u steps, 1 to %u are allowed", node->name,
                            plan->steps, PM_PATTERN_STEPS_MAX);
    if (code == 0 && plan->measures > PM_PATTERN_MEASURES_MAX)
        code = pm_error_set(error, PM_EINPUT, "%s: %u measures, at most %u are allowed", node->name,
                            plan->measures, PM_PATTERN_MEASURES_MAX);
    if (code == 0 && plan->absent_ns >= plan->within_ns)
        code = pm_error_set(error, PM_EINPUT, "%s: an absence of %lld ns never ends within %lld ns",
                            node->name, (long long)plan->absent_ns, (long long)plan->within_ns);
    for (unsigned i = 0; code == 0 && i < plan->steps; i++)
        code = check_step(node, &plan->step[i], error);
    if (code == 0 && plan->absent_ns != 0)
        code = check_condition(node, &plan->absent, error);
    return code != 0 ? code : make_schema(node, error);
}

static void copy_condition(struct pm_pattern_plan_condition *to,
                           const struct pm_pattern_condition *from)
{
    to->input = from->input;
    to->compare = from->compare;
    to->value = from->value;
    pm_columns_name(to->column, from->column);
}

static void copy_step(struct pm_pattern_plan_step *to, const struct pm_pattern_step *from)
{
    copy_condition(&to->is, &from->is);
    copy_condition(&to->unless, &from->unless);
    to->times = from->times != 0 ? from->times : 1;
    to->is_strict = from->contiguity == PM_NEXT;
    to->has_unless = from->has_unless;
}

struct pm_flow pm_plan_pattern(struct pm_plan *plan, unsigned inputs, const struct pm_flow *keyed,
                               const struct pm_pattern_config *config)
{
    struct pm_pattern_plan copy = {
        .lateness_ns = config->lateness_ns,
        .within_ns = config->within_ns,
        .absent_ns = config->absent_ns,
        .inputs = inputs,
        .steps = config->steps,
        .measures = config->measures,
        .skip = config->skip,
    };

    copy_condition(&copy.absent, &config->absent);
    for (unsigned i = 0; i < config->steps && i < PM_PATTERN_STEPS_MAX; i++)
        copy_step(&copy.step[i], &config->step[i]);
    for (unsigned i = 0; i < config->measures && i < PM_PATTERN_MEASURES_MAX; i++) {
        copy.measure[i].step = config->measure[i].step;
        copy.measure[i].which = config->measure[i].which;
        pm_columns_name(copy.measure[i].column, config->measure[i].column);
        pm_columns_name(copy.measure[i].result, config->measure[i].result);
    }
    return pm_plan_add(plan, &pm_class_pattern, &copy, inputs, keyed);
}
