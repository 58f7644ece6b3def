/* SPDX-License-Identifier: Apache-2.0 */
/* From the hidden subcommands to the children's mains. */
#include "pm_children.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_child.h"
#include "pm_engines.h"
#include "pm_runner.h"
#include "pm_yaml.h"

char *pm_child_path(char *path, const char *folder, const char *name)
{
    snprintf(path, PM_CHILD_PATH_SIZE, "%s/%s", folder, name);
    return path;
}

const struct pm_scenario_config *pm_runner_engines(void)
{
    static struct pm_scenario_config config;

    if (config.engines != 0)
        return &config;
    for (unsigned i = 0; pm_engines[i] != NULL && i < PM_SCENARIO_ENGINES_MAX; i++)
        config.engine[config.engines++] = (struct pm_scenario_engine){
            .name = pm_engines[i]->name,
            .options = pm_engines[i]->options,
            .settings_size = pm_engines[i]->settings_size,
        };
    return &config;
}

static int read_scenario(struct pm_scenario **out, int dirfd, struct pm_error *error)
{
    const int fd = openat(dirfd, PM_SCENARIO_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char *const text = malloc(PM_YAML_BYTES_MAX);

    if (fd < 0 || text == NULL) {
        free(text);
        return pm_error_errno(error, PM_EIO, "%s: cannot be read", PM_SCENARIO_FILE);
    }
    const ssize_t size = read(fd, text, PM_YAML_BYTES_MAX);
    const int code = size < 0
                         ? pm_error_errno(error, PM_EIO, "%s: cannot be read", PM_SCENARIO_FILE)
                         : pm_scenario_parse(out, PM_SCENARIO_FILE, text, (size_t)size,
                                             pm_runner_engines(), error);
    close(fd);
    free(text);
    return code;
}

int pm_child_setting_open(struct pm_child_setting *out, const char *folder, const char *parent,
                          struct pm_error *error)
{
    *out = (struct pm_child_setting){.folder = folder};
    int code = pm_child_enter((pid_t)strtol(parent, NULL, 10), error);
    if (code != 0)
        return code;

    const int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0)
        return pm_error_errno(error, PM_EIO, "%s", folder);
    code = pm_control_open(&out->control, dirfd, error);
    if (code == 0) {
        code = read_scenario(&out->scenario, dirfd, error);
        if (code != 0)
            pm_control_close(&out->control);
    }
    close(dirfd);
    return code;
}

void pm_child_setting_close(struct pm_child_setting *setting)
{
    pm_scenario_close(setting->scenario);
    pm_control_close(&setting->control);
}

/* The role that a command line's children have on the page; a view has none. */
static enum pm_role role_of(const char *name, const char *number)
{
    if (strcmp(name, PM_CHILD_ENGINE) == 0)
        return PM_ROLE_ENGINE;
    return PM_ROLE_GENERATOR + (unsigned)strtoul(number, NULL, 10) % PM_GENERATOR_PARTS_MAX;
}

int pm_runner_child(int argc, char **argv)
{
    struct pm_child_setting setting;
    struct pm_error error = {0};
    const char *const name = argc >= 4 ? argv[1] : "";
    const bool is_engine = strcmp(name, PM_CHILD_ENGINE) == 0 && argc == 5;
    const bool is_view = strcmp(name, PM_CHILD_VIEW) == 0 && argc == 6;

    if (!is_engine && !is_view && (strcmp(name, PM_CHILD_GENERATOR) != 0 || argc != 5))
        return -1;

    const enum pm_role role = role_of(name, argv[4]);
    int code = pm_child_setting_open(&setting, argv[2], argv[3], &error);
    if (code != 0) {
        fprintf(stderr, "%s: %s\n", name, error.text);
        return pm_error_exit_code(code);
    }
    code = is_engine ? pm_engine_child(&setting, argv[4], &error)
           : is_view ? pm_view_child(&setting, argv[4], argv[5], &error)
                     : pm_generator_child(&setting, role - PM_ROLE_GENERATOR, &error);
    if (code != 0 && !is_view) /* what a view lacks the supervisor makes, or fails at and says so */
        pm_control_fail(setting.control.page, role, code, &error);
    pm_child_setting_close(&setting);
    return pm_error_exit_code(code);
}
