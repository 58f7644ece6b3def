/* SPDX-License-Identifier: Apache-2.0 */
/* The collector: from committed output, input and plan to histograms and the oracle's verdict. */
#ifndef PM_COLLECTOR_H
#define PM_COLLECTOR_H

#include "pm_committed.h"
#include "pm_histogram.h"
#include "pm_input.h"
#include "pm_oracle.h"
#include "pm_row.h"

/** What is measured of each row. */
enum pm_measure {
    PM_MEASURE_LATENCY,         /* from the row's origin until it is visible */
    PM_MEASURE_EVENT_TIME,      /* from the window's end on the wall clock until it is visible */
    PM_MEASURE_SERVICE,         /* from the reading of what fired it until it is visible */
    PM_MEASURE_DUE_TO_READ,     /* from the origin to that reading */
    PM_MEASURE_READ_TO_EMIT,    /* from that reading until the row is in the output, not yet seen */
    PM_MEASURE_EMIT_TO_VISIBLE, /* from there until it is visible: the wait for the commit */
    PM_MEASURES
};

/** All of it fixed by the run, nothing by what the engine says. Borrowed by the collector. */
struct pm_collector_config {
    const struct pm_input *input;
    const struct pm_plan *plan;        /* NULL: the engine passes records on as they came */
    const struct pm_oracle *oracle;    /* sealed; NULL: rows are not checked */
    int64_t start_ns;                  /* CLOCK_MONOTONIC of the schedule's first instant */
    int64_t start_time_ns, time_scale; /* the generator's; scale 0: event time follows no clock */
    int64_t warmup_ns;                 /* rows of an earlier origin are counted apart */
    int64_t interval_ns;
    unsigned intervals; /* later origins count in the last one */
    bool sampled;       /* false: there was no schedule, so there is no latency */
};

/**
 * What the output showed. Where there was a schedule, sampled + warmup_rows + flush_rows +
 * early_rows + alien_rows + update_rows == rows: every committed row is counted once.
 * A row of an update output is no sample of latency, only of the stages. An input is, once for each
 * row that it changed, from its due time until the first row is visible that includes it: so
 * coalescing many inputs into one row hides nothing. The oracle says which inputs those are;
 * without one such outputs have no latency.
 */
struct pm_collection {
    struct pm_histogram *measure[PM_MEASURES];
    unsigned intervals;
    struct pm_histogram **interval; /* sampled latencies by origin; NULL: no row */
    uint64_t *visible;              /* rows by the interval in which they became visible */
    uint64_t rows;
    uint64_t sampled;
    uint64_t warmup_rows;
    uint64_t flush_rows; /* closed only by the flush records */
    uint64_t early_rows; /* visible before their origin */
    uint64_t alien_rows; /* made on arrival of a record that the input does not hold */
    uint64_t update_rows;
    uint64_t update_samples, update_warmup; /* effects of inputs on update outputs */
    uint64_t update_early;                  /* of them, visible before the input was due: wrong */
    uint64_t output_rows[PM_PLAN_OUTPUTS_MAX];
    int64_t first_visible_ns, last_visible_ns; /* CLOCK_MONOTONIC; 0: no row */
    struct pm_dead_letters dead_letters;
    bool checked;
    struct pm_oracle_verdict verdict;
};

struct pm_collector;

/** Open an empty collection. Errors: PM_ENOMEM. Bytes: a histogram a measure, one more an
 * interval with rows, and the oracle's check. */
int pm_collector_open(struct pm_collector **out, const struct pm_collector_config *config,
                      struct pm_error *error);

/** Take a committed row (a pm_committed_fn; @p collector is the payload). Errors: PM_ENOMEM. */
int pm_collector_row(void *collector, const struct pm_committed *committed);

/**
 * End: compare with the oracle and give the collection, which pm_collection_close frees; the
 * collector is freed. 0, PM_EWRONG (rows lost, duplicated, wrong, early or alien; @p out is filled,
 * @p error says how many) or PM_ENOMEM.
 */
int pm_collector_close(struct pm_collector *collector, struct pm_collection *out,
                       struct pm_error *error);
void pm_collection_close(struct pm_collection *collection); /* accepts a zeroed one */

/**
 * Where the warm-up ends by rule: the first interval from which on three with samples agree in p99
 * (within half of their mean) and in the records read in them (within a fifth). @p read: records
 * that the engine read in each interval; NULL for an engine that does not read all the time.
 * Returns its number, or -1 when there is none in the first half.
 */
int pm_collection_settled(const struct pm_collection *collection, const uint64_t *read);

#endif
