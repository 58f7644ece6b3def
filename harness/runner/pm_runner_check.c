/* SPDX-License-Identifier: Apache-2.0 */
/* What a comparison is made of, is refused for and would take, before any of it begins. */
#include <stdio.h>
#include <string.h>

#include "pm_engines.h"
#include "pm_place.h"
#include "pm_prepare.h"
#include "pm_runner.h"
#include "pm_text.h"
#include "pm_workload.h"

static int add_named(struct pm_runner_config *config, const char *name, size_t length,
                     struct pm_error *error)
{
    for (unsigned i = 0; pm_engines[i] != NULL; i++)
        if (strlen(pm_engines[i]->name) == length &&
            memcmp(pm_engines[i]->name, name, length) == 0 &&
            config->instances < PM_INSTANCES_MAX) {
            config->instance[config->instances++] =
                (struct pm_instance){pm_engines[i]->name, pm_engines[i]};
            return 0;
        }

    char shown[48];
    char known[160] = "";
    size_t used = 0;
    for (unsigned i = 0; pm_engines[i] != NULL && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, " %s", pm_engines[i]->name);
    snprintf(shown, sizeof shown, "%.*s", (int)(length < 40 ? length : 40), name);
    return pm_error_set(error, PM_EINPUT, "engines: %s is not one of:%s",
                        pm_text_printable(shown, sizeof shown, shown), known);
}

int pm_runner_instances(struct pm_runner_config *config, struct pm_error *error)
{
    const char *at = config->scenario->run.engines;
    int code = 0;

    config->instances = 0;
    if (strcmp(at, "all") == 0) {
        for (unsigned i = 0; pm_engines[i] != NULL && config->instances < PM_INSTANCES_MAX; i++)
            if ((pm_engines[i]->caps & PM_CAP_PLANS) != 0)
                config->instance[config->instances++] =
                    (struct pm_instance){pm_engines[i]->name, pm_engines[i]};
        return 0;
    }
    while (code == 0) {
        at += strspn(at, ", ");
        const size_t length = strcspn(at, ", ");
        if (length == 0)
            break;
        code = add_named(config, at, length, error);
        at += length;
    }
    return code != 0 || config->instances != 0
               ? code
               : pm_error_set(error, PM_EINPUT, "engines: at least one name is expected");
}

/* Counting the input means making it: what is hopeless is refused before that. */
static int check_least_size(const struct pm_scenario *scenario, struct pm_error *error)
{
    const int64_t records = pm_scenario_records(scenario);
    const __int128 least = (__int128)records * sizeof(struct pm_record);
    char limit[32];

    if (least > scenario->run.max_disk_bytes)
        return pm_error_set(
            error, PM_EINPUT,
            "max-disk: %lld records take more than %s: raise it, or lower rate or duration",
            (long long)records,
            pm_text_format(limit, sizeof limit, scenario->run.max_disk_bytes, PM_UNIT_SIZE));
    return pm_place_check((enum pm_durability)scenario->run.durability, (uint64_t)least, error);
}

int pm_runner_check(const struct pm_runner_config *config, struct pm_error *error)
{
    if (config->instances == 0 || config->instances > PM_INSTANCES_MAX)
        return pm_error_set(error, PM_EINPUT, "engines: 1 to %u are compared", PM_INSTANCES_MAX);
    for (unsigned i = 0; i < config->instances; i++) {
        if (!pm_publish_name_is_safe(config->instance[i].name))
            return pm_error_set(error, PM_EINPUT,
                                "engines: a name is 1 to 64 of A-Z a-z 0-9 . _ -");
        for (unsigned j = 0; j < i; j++)
            if (strcmp(config->instance[i].name, config->instance[j].name) == 0)
                return pm_error_set(error, PM_EINPUT, "engines: %s stands twice",
                                    config->instance[i].name);
        const int code = pm_workload_check(config->scenario, config->instance[i].engine, error);
        if (code != 0)
            return code;
    }
    return check_least_size(config->scenario, error);
}

int pm_runner_estimate(struct pm_runner_estimate *out, const struct pm_runner_config *config,
                       struct pm_error *error)
{
    const struct pm_prepare_config sizes = {.scenario = config->scenario, .check_records = 0};
    const struct pm_run_settings *const run = &config->scenario->run;
    struct pm_prepared prepared;

    int code = pm_runner_check(config, error);
    if (code == 0)
        code = pm_prepare_open(&prepared, &sizes, error);
    if (code != 0)
        return code;
    out->records = prepared.input.records;
    out->run_ns = prepared.input.last_due_ns;
    out->total_ns = (int64_t)(config->instances + (config->floor ? 1u : 0u)) * run->runs *
                    (out->run_ns + PM_NS_PER_S);
    out->medium_bytes = run->transport == PM_RUN_EMBEDDED
                            ? pm_prepare_bytes(&prepared, (unsigned)run->parallelism)
                            : 0;
    pm_prepare_close(&prepared);
    if (run->transport != PM_RUN_EMBEDDED)
        return 0;
    return pm_place_check((enum pm_durability)run->durability, out->medium_bytes, error);
}
