/* SPDX-License-Identifier: Apache-2.0 */
/* Reading latency.hlog: the intervals of an instance's valid runs are summed into its histogram. */
#include "pm_hlog.h"
#include "pm_reading.h"

#include <string.h>

/* The instance that @p tag speaks of; NULL where the interval takes no part: the document does not
 * list it, or its run is invalid and another one is not. */
static struct pm_read_instance *instance_of(struct pm_reading *reading, char *tag)
{
    const size_t suffix = strlen(PM_HLOG_INVALID);
    const size_t length = strlen(tag);
    const bool is_invalid = length > suffix && strcmp(tag + length - suffix, PM_HLOG_INVALID) == 0;

    if (is_invalid)
        tag[length - suffix] = '\0';
    struct pm_read_instance *const instance = pm_reading_find(reading, tag);
    return instance != NULL && is_invalid && instance->valid_runs > 0 ? NULL : instance;
}

/* The first interval of an instance becomes its histogram; the others are added to it. */
static int add_interval(struct pm_read_instance *instance, struct pm_histogram *interval,
                        struct pm_error *error)
{
    if (instance == NULL) {
        pm_histogram_close(interval);
        return 0;
    }
    if (instance->latency == NULL) {
        instance->latency = interval;
        return 0;
    }
    const int code = pm_histogram_merge(instance->latency, interval, error);
    pm_histogram_close(interval);
    return code;
}

int pm_reading_latency(struct pm_reading *reading, const char *directory, struct pm_error *error)
{
    const struct pm_hdr_limits limits = PM_HDR_LIMITS_INIT;
    char path[PM_READING_PATH_SIZE];
    FILE *stream;
    struct pm_hlog *log;
    struct pm_hlog_row row;
    int code =
        pm_reading_file(&stream, path, directory, PM_READING_LATENCY, PM_READING_LOG_MAX, error);

    if (code != 0)
        return code;
    code = pm_hlog_open(&log, stream, path, &limits, error);
    if (code == 0) {
        while ((code = pm_hlog_next(log, &row, error)) == 1) {
            code = add_interval(instance_of(reading, row.tag), row.histogram, error);
            if (code != 0)
                break;
        }
        pm_hlog_close(log);
    }
    fclose(stream);
    if (code == PM_EMISMATCH)
        return pm_error_set(error, PM_EINPUT, "%s: intervals of one tag differ in layout", path);
    return code;
}
