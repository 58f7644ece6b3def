/* SPDX-License-Identifier: Apache-2.0 */
/* Trigger words and the times that follow from them. */
#include "pm_trigger.h"

#include "pm_text.h"

#include <string.h>

static int parse_interval(struct pm_trigger *out, const char *trigger, const char *text,
                          struct pm_error *error)
{
    struct pm_error why;

    if (pm_text_parse(&out->interval_ns, text, PM_UNIT_DURATION, &why) != 0)
        return pm_error_set(error, PM_EINPUT, "trigger: %.60s: %.120s", trigger, why.text);
    if (out->interval_ns < 1000 || out->interval_ns > 3600LL * 1000000000)
        return pm_error_set(error, PM_EINPUT, "trigger: %.60s: 1us to 1h is allowed", trigger);
    return 0;
}

int pm_trigger_parse(struct pm_trigger *out, const char *text, struct pm_error *error)
{
    *out = (struct pm_trigger){.kind = PM_TRIGGER_ASAP};
    if (strcmp(text, "asap") == 0)
        return 0;
    if (strcmp(text, "available-now") == 0) {
        out->kind = PM_TRIGGER_AVAILABLE_NOW;
        return 0;
    }
    if (strncmp(text, "fixed:", 6) == 0) {
        out->kind = PM_TRIGGER_FIXED;
        return parse_interval(out, text, text + 6, error);
    }
    if (strncmp(text, "realtime:", 9) == 0) {
        out->kind = PM_TRIGGER_REALTIME;
        return parse_interval(out, text, text + 9, error);
    }
    return pm_error_set(error, PM_EINPUT,
                        "trigger: %.60s: fixed:TIME, asap, available-now or realtime:TIME is "
                        "expected",
                        text);
}

int64_t pm_trigger_next(const struct pm_trigger *trigger, int64_t due_ns, int64_t now_ns)
{
    if (trigger->kind != PM_TRIGGER_FIXED)
        return now_ns;
    const int64_t next_ns = due_ns + trigger->interval_ns;
    if (next_ns >= now_ns)
        return next_ns;
    /* One or more were missed: begin now, and keep the grid for those after. */
    return now_ns - (now_ns - due_ns) % trigger->interval_ns;
}
