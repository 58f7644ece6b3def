/* SPDX-License-Identifier: Apache-2.0 */
/* A pattern as the plan owns it: the config with its names copied. */
#ifndef PM_PATTERN_PLAN_H
#define PM_PATTERN_PLAN_H

#include "pm_columns.h"
#include "pm_pattern.h"

struct pm_pattern_plan_condition {
    unsigned input;
    char column[PM_COLUMN_NAME_SIZE]; /* empty: any record of the input */
    enum pm_compare compare;
    int64_t value;
};

struct pm_pattern_plan_step {
    struct pm_pattern_plan_condition is, unless;
    unsigned times;
    bool is_strict, has_unless;
};

struct pm_pattern_plan_measure {
    char column[PM_COLUMN_NAME_SIZE];
    char result[PM_COLUMN_NAME_SIZE];
    unsigned step;
    enum pm_pattern_which which;
};

struct pm_pattern_plan {
    int64_t lateness_ns, within_ns, absent_ns;
    unsigned inputs, steps, measures;
    enum pm_pattern_skip skip;
    struct pm_pattern_plan_condition absent;
    struct pm_pattern_plan_step step[PM_PATTERN_STEPS_MAX];
    struct pm_pattern_plan_measure measure[PM_PATTERN_MEASURES_MAX];
};

/** The class's check: bounds, columns, and the schema of the rows. */
int pm_pattern_check(struct pm_plan_node *node, struct pm_error *error);

#endif
