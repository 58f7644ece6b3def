/* SPDX-License-Identifier: Apache-2.0 */
/* A results directory as read back: its instances with their medians, settings and remarks. */
#ifndef PM_READING_H
#define PM_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pm_histogram.h"

#define PM_READING_INSTANCES_MAX 64u
#define PM_READING_REMARKS_MAX   64u
#define PM_READING_RUNS_MAX      1000u      /* of one instance; more take no part in its figures */
#define PM_READING_DOCUMENT_MAX  (4u << 20) /* bytes; it is held in memory whole */
#define PM_READING_LOG_MAX       (1u << 30) /* bytes of a file that is read line by line */
#define PM_READING_PATH_SIZE     4096u
#define PM_READING_DOCUMENT      "result.json"
#define PM_READING_LATENCY       "latency.hlog"
#define PM_READING_TIMESERIES    "timeseries.csv"

enum pm_metric {
    PM_METRIC_P50,
    PM_METRIC_P99,
    PM_METRIC_P99_9,
    PM_METRIC_MAX,
    PM_METRIC_THROUGHPUT,
    PM_METRIC_SERVICE_P99,
    PM_METRIC_CPU_WORK,
    PM_METRIC_CPU_WAIT,
    PM_METRIC_MEMORY,
    PM_METRIC_FIRST_OUTPUT,
    /* Of the Kafka clients, where the transport is kafka. */
    PM_METRIC_GENERATOR_BATCH,
    PM_METRIC_GENERATOR_QUEUE,
    PM_METRIC_GENERATOR_UNDELIVERED,
    PM_METRIC_SOURCE_BATCH,
    PM_METRIC_SOURCE_QUEUE,
    PM_METRIC_SINK_BATCH,
    PM_METRIC_SINK_BYTES,
    PM_METRIC_SINK_TRIP,
    PM_METRIC_SINK_TRIP_P99,
    PM_METRIC_SINK_QUEUE,
    PM_METRIC_SINK_UNDELIVERED,
    PM_METRICS
};

/** A figure in its base unit (ns, 1/s, bytes, s; first output in ms), or why there is none. */
struct pm_read_figure {
    double value;
    const char *unknown; /* NULL: value is known */
};

/** One instance over all its runs. Texts are borrowed from the reading's document. */
struct pm_read_instance {
    const char *scenario, *name, *trigger; /* trigger or cadence; "" where there is none */
    const char *transport, *guarantee, *durability, *wait;
    bool is_floor;
    unsigned runs, valid_runs;
    struct pm_read_figure rate_per_s;         /* offered */
    struct pm_read_figure metric[PM_METRICS]; /* medians of the valid runs, of all if none is */
    const char *oracle;           /* the worst status: "differs", "unchecked", "equal" */
    struct pm_histogram *latency; /* of the same runs, by pm_reading_latency; else NULL */
};

/** What stands below a table, once however many rows say it: the first of those that differ in no
 * more than what follows their first digit (warnings), or in nothing (all else). */
struct pm_read_remark {
    const char *kind; /* "invalid", "failed", "differs", "example", "unchecked", "warning" */
    const char *scenario, *instance;
    const char *text;
    unsigned times;
};

struct pm_reading {
    const char *label; /* "quick", or "" */
    bool interrupted;
    unsigned instances; /* in the order of the document */
    struct pm_read_instance instance[PM_READING_INSTANCES_MAX];
    unsigned remarks;
    struct pm_read_remark remark[PM_READING_REMARKS_MAX];
    void *document; /* what the texts are borrowed from */
};

/**
 * Read result.json of @p directory. A field that is absent is unknown, so that results of an older
 * schema can be read; a document without rows is an error.
 * Errors: PM_EINPUT (missing or malformed: file and line; too many instances), PM_ENOMEM.
 */
int pm_reading_open(struct pm_reading **out, const char *directory, struct pm_error *error);
void pm_reading_close(struct pm_reading *reading); /* accepts NULL */

/** The instance of that name (in any scenario), or NULL. */
struct pm_read_instance *pm_reading_find(struct pm_reading *reading, const char *name);

/**
 * The figure @p metric of each valid run of @p instance, of all runs where none is valid, in the
 * order of the document: how many stand in @p values. @p fewest is the smallest number of latencies
 * of a run (0: not in this result). Where a run does not know its figure, *reason says why and what
 * is returned is of no use.
 */
unsigned pm_reading_runs(const struct pm_reading *reading, const struct pm_read_instance *instance,
                         enum pm_metric metric, double values[PM_READING_RUNS_MAX], double *fewest,
                         const char **reason);

/** Sum the intervals of latency.hlog by tag into the instances' histograms: those of valid runs, of
 * all where none is. A last line that an interrupted writer cut is left out. Errors: PM_EINPUT with
 * file and line, PM_ENOMEM. */
int pm_reading_latency(struct pm_reading *reading, const char *directory, struct pm_error *error);

/** Open @p name in @p directory for reading: a plain file of at most @p limit bytes. Its path,
 * for messages, is left in @p path. Errors: PM_EINPUT names it. */
int pm_reading_file(FILE **out, char path[PM_READING_PATH_SIZE], const char *directory,
                    const char *name, unsigned limit, struct pm_error *error);

/* --- over time ------------------------------------------------------------------------------- */

/** One interval of one run of one instance; latencies in ns, -1 where nothing was due in it and for
 * a percentile with fewer than PM_SAMPLES_TO_PRINT samples above. */
struct pm_moment {
    unsigned run;
    double second; /* of its start, since the run's first instant */
    double p50, p99, max;
    bool is_invalid;
};

/** The moments of the instances of a reading, each in the order of the file. */
struct pm_moments {
    unsigned counts[PM_READING_INSTANCES_MAX];
    struct pm_moment *of[PM_READING_INSTANCES_MAX]; /* by the index of the instance */
};

/** Read timeseries.csv, whose columns are found by name; of runs as pm_reading_latency. Errors:
 * PM_EINPUT with file and line (a column is missing, a number is none), PM_ENOMEM. Close whatever
 * is returned. */
int pm_moments_read(struct pm_moments *out, struct pm_reading *reading, const char *directory,
                    struct pm_error *error);
void pm_moments_close(struct pm_moments *moments);

#endif
