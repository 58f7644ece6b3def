/* SPDX-License-Identifier: Apache-2.0 */
/* The mains of the child processes, and what supervisor and children know of the private folder. */
#ifndef PM_CHILDREN_H
#define PM_CHILDREN_H

#include "pm_control.h"
#include "pm_scenario.h"

/* Below the private folder. */
#define PM_SOURCE_FOLDER "source"        /* the source log */
#define PM_OUTPUT_FOLDER "output"        /* the committed output */
#define PM_SCENARIO_FILE "scenario.yaml" /* the effective configuration */

/* The hidden subcommands: NAME FOLDER PARENT, then NUMBER, ENGINE, or of the view PLACE ENGINE. */
#define PM_CHILD_GENERATOR "child-generator"
#define PM_CHILD_ENGINE    "child-engine"
#define PM_CHILD_VIEW      "child-view"

/** What every child opens first. */
struct pm_child_setting {
    const char *folder;
    struct pm_control_map control;
    struct pm_scenario *scenario;
};

/**
 * Enter the folder: die with process @p parent, map the control page, read the scenario.
 * Errors: those of pm_child_enter, pm_control_open and pm_scenario_parse.
 */
int pm_child_setting_open(struct pm_child_setting *out, const char *folder, const char *parent,
                          struct pm_error *error);
void pm_child_setting_close(struct pm_child_setting *setting);

/** "@p folder/@p name" in @p path of PM_CHILD_PATH_SIZE bytes; returns @p path. */
#define PM_CHILD_PATH_SIZE 192u
char *pm_child_path(char *path, const char *folder, const char *name);

/** Send the records of the schedule that generator @p number has to, until its end or stop. 0 or a
 * negative PM_E*. */
int pm_generator_child(struct pm_child_setting *setting, unsigned number, struct pm_error *error);

/** Run engine @p name until its input ends or a SIGTERM. 0 or a negative PM_E*. */
int pm_engine_child(struct pm_child_setting *setting, const char *name, struct pm_error *error);

/** Keep the view below @p place of the committed output of @p instance, at idle priority, until it
 * is told to stop. 0 or a negative PM_E*. */
int pm_view_child(struct pm_child_setting *setting, const char *place, const char *instance,
                  struct pm_error *error);

#endif
