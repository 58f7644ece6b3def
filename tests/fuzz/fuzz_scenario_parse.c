/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a scenario file: refused with a message, or written and read back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pm_scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ticks {
    int64_t trigger_ns;
};

static const struct pm_option options[] = {
    {"trigger", PM_OPTION_INTEGER, PM_UNIT_DURATION, offsetof(struct ticks, trigger_ns), 0,
     PM_NS_PER_S, "100ms", NULL, "how often", NULL},
    {0},
};
static const struct pm_scenario_config config = {
    .engines = 1, .engine = {{"tick", options, sizeof(struct ticks)}}};

/* The effective configuration must survive being handed to another process. */
static void read_back(const struct pm_scenario *scenario)
{
    struct pm_outbuf first = {0};
    struct pm_outbuf second = {0};
    struct pm_scenario *copy = NULL;

    pm_scenario_write(scenario, &first);
    if (pm_scenario_parse(&copy, "copy", first.text, first.used, &config, NULL) != 0)
        abort();
    pm_scenario_write(copy, &second);
    if (first.used != second.used || memcmp(first.text, second.text, first.used) != 0)
        abort();
    pm_outbuf_close(&first);
    pm_outbuf_close(&second);
    pm_scenario_close(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pm_scenario *scenario = NULL;
    struct pm_error error = {0};
    const int rc =
        pm_scenario_parse(&scenario, "input.yaml", (const char *)data, size, &config, &error);

    if (rc != 0) {
        if (scenario != NULL || rc != error.code || error.text[0] == '\0')
            abort();
        return 0;
    }
    if (pm_scenario_check(scenario, &error) == 0)
        read_back(scenario);
    pm_scenario_close(scenario);
    return 0;
}
