/* SPDX-License-Identifier: Apache-2.0 */
/* The process that keeps the view: it takes what the cores have left, and stops between commits. */
#include "pm_children.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "pm_view_follow.h"

#define NAP_NS PM_NS_PER_MS

static void nap(void)
{
    pm_clock_sleep_until(pm_clock_ns() + NAP_NS);
}

/* False when it was told to leave before there was an output. */
static bool await_output(const struct pm_view_page *page, const char *output)
{
    while (!atomic_load(&page->stop)) {
        if (access(output, F_OK) == 0)
            return true;
        nap();
    }
    return false;
}

static int follow_output(const struct pm_view_follow_config *config, struct pm_error *error)
{
    const struct pm_view_page *const page = config->map->page;
    struct pm_view_follow *follow = NULL;
    int code = 0;

    if (!await_output(page, config->output))
        return 0;
    code = pm_view_follow_open(&follow, config, error);
    while (code >= 0 && !atomic_load(&page->stop)) {
        code = pm_view_follow_step(follow, error);
        if (code == 0)
            nap();
    }
    pm_view_follow_close(follow);
    return code < 0 ? code : 0;
}

static int open_page(struct pm_view_map *out, const char *folder, struct pm_error *error)
{
    const int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dirfd < 0)
        return pm_error_errno(error, PM_EIO, "%s", folder);
    const int code = pm_view_page_open(out, dirfd, error);
    close(dirfd);
    return code;
}

int pm_view_child(struct pm_child_setting *setting, const char *place, const char *instance,
                  struct pm_error *error)
{
    const struct sched_param lowest = {0};
    char output[PM_CHILD_PATH_SIZE];
    struct pm_view_tables tables;
    struct pm_view_map map = {0};
    struct pm_plan *plan = NULL;
    const struct pm_view_follow_config config = {
        .output = pm_child_path(output, setting->folder, PM_OUTPUT_FOLDER),
        .place = place,
        .run = setting->control.page->run,
        .tables = &tables,
        .scenario = setting->scenario->name,
        .instance = instance,
        .map = &map,
    };

    sched_setscheduler(0, SCHED_IDLE, &lowest); /* refused, it is only less kind */
    int code = pm_scenario_plan(&plan, setting->scenario, error);
    if (code == 0) {
        pm_view_tables_of(&tables, plan);
        code = open_page(&map, setting->folder, error);
    }
    if (code == 0)
        code = follow_output(&config, error);
    pm_view_page_close(&map);
    pm_plan_close(plan);
    return code;
}
