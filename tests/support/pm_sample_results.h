/* SPDX-License-Identifier: Apache-2.0 */
/* A small made-up results directory, the same bytes each time. */
#ifndef PM_SAMPLE_RESULTS_H
#define PM_SAMPLE_RESULTS_H

#include <stddef.h>

/** What the sample is to be like. */
struct pm_sample_results {
    const char *scenario;
    const char *label;  /* "quick" or "" */
    unsigned runs;      /* of batch, microbatch, event and null */
    unsigned seconds;   /* of each run */
    unsigned samples;   /* latencies a second */
    int is_event_wrong; /* event's runs are invalid and differ from the oracle */
};

/**
 * Make a new directory below TMPDIR (or /tmp) and write result.json, latency.hlog and
 * timeseries.csv there; its path is left in @p directory. The test ends when that fails.
 */
void pm_sample_results_write(char *directory, size_t size, const struct pm_sample_results *sample);

/** Write @p text as the file @p name of the directory, in place of what is there. */
void pm_sample_results_file(const char *directory, const char *name, const char *text);

/** Remove the directory and what is in it. */
void pm_sample_results_remove(const char *directory);

#endif
