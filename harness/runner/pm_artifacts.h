/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a result that grow run by run: time series, histogram log, percentiles, log. */
#ifndef PM_ARTIFACTS_H
#define PM_ARTIFACTS_H

#include <stdio.h>

#include "pm_outbuf.h"
#include "pm_run.h"

/** Kept in memory until they are published. Zero-initialise, then open. */
struct pm_artifacts {
    struct pm_outbuf timeseries, log;
    FILE *hlog; /* a memory stream over hlog_text */
    char *hlog_text;
    size_t hlog_size;
    int64_t opened_ns; /* CLOCK_MONOTONIC: where the histogram log begins */
    unsigned attachments;
    struct pm_artifact {
        char name[PM_OPTION_TEXT_SIZE];
        const void *data;
        size_t size;
    } * attachment;
    unsigned instances;
    const char *name[PM_INSTANCES_MAX + 1u];             /* borrowed */
    bool has_valid[PM_INSTANCES_MAX + 1u];               /* a run of the instance is valid */
    struct pm_histogram *latency[PM_INSTANCES_MAX + 1u]; /* of its valid runs; of all if none is */
};

/** Errors: PM_ENOMEM. */
int pm_artifacts_open(struct pm_artifacts *out, struct pm_error *error);

/** Add @p run of the instance called in @p row. Errors: PM_ENOMEM. */
int pm_artifacts_add(struct pm_artifacts *artifacts, const struct pm_run *run,
                     const struct pm_row *row, struct pm_error *error);

/** Have @p size bytes at @p data, borrowed until the end, published as "<prefix>.<name>".
 * Errors: PM_ENOMEM. */
int pm_artifacts_attach(struct pm_artifacts *artifacts, const char *prefix, const char *name,
                        const void *data, size_t size, struct pm_error *error);

/** Add a line of printf text to log.txt, behind the time since the beginning. */
void pm_artifacts_note(struct pm_artifacts *artifacts, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * Publish the results directory: these files, @p document as result.json and @p scenario_text as
 * scenario.yaml. Errors: those of pm_results_folder_publish, PM_ENOMEM.
 */
int pm_artifacts_publish(struct pm_artifacts *artifacts, const struct pm_runner_config *config,
                         const char *document, const struct pm_outbuf *scenario_text,
                         char *directory, size_t size, struct pm_error *error);

void pm_artifacts_close(struct pm_artifacts *artifacts);

#endif
