/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing what the runner's integration tests share. */
#include "pm_runner_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static void set(struct pm_runner_rig *rig, const char *assignment)
{
    struct pm_error error;

    if (pm_scenario_set(rig->scenario, assignment, &error) != 0)
        fail_msg("%s", error.text);
}

void pm_runner_rig_open(struct pm_runner_rig *rig, const char *scenario,
                        const char *const *settings)
{
    struct pm_error error;

    *rig = (struct pm_runner_rig){.config = PM_RUNNER_CONFIG_INIT,
                                  .results = "/tmp/test-runner-XXXXXX"};
    if (pm_scenario_open(&rig->scenario, scenario, "quick", pm_runner_engines(), &error) != 0)
        fail_msg("%s", error.text);
    set(rig, "runs=1");
    set(rig, "warmup.rule=fixed");
    for (unsigned i = 0; settings[i] != NULL; i++)
        set(rig, settings[i]);
    if (pm_scenario_check(rig->scenario, &error) != 0)
        fail_msg("%s", error.text);
    assert_non_null(mkdtemp(rig->results));
    rig->config.scenario = rig->scenario;
    rig->config.results = rig->results;
    rig->config.force = true;
    if (pm_runner_instances(&rig->config, &error) != 0)
        fail_msg("%s", error.text);
}

void pm_runner_rig_close(struct pm_runner_rig *rig)
{
    pm_scenario_close(rig->scenario);
    pm_publish_remove(rig->results, NULL);
}

void pm_runner_rig_run(struct pm_outcome *out, const struct pm_runner_rig *rig,
                       pm_progress_fn progress, void *payload)
{
    struct pm_error error = {0};
    const int code = pm_runner_run(out, &rig->config, progress, payload, &error);

    if (code != 0 && code != PM_EINVALID)
        fail_msg("%s", error.text);
}

const struct pm_row *pm_runner_rig_row(const struct pm_outcome *outcome, const char *engine)
{
    for (unsigned i = 0; i < outcome->rows; i++)
        if (strcmp(outcome->row[i].engine, engine) == 0)
            return &outcome->row[i];
    fail_msg("there is no row of %s", engine);
    return NULL;
}

bool pm_runner_rig_is_childless(void)
{
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}
