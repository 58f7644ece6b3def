/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `pattern`: sequences of a key's records in event time, and of records that did not come.
 */
#ifndef PM_PATTERN_H
#define PM_PATTERN_H

#include "pm_verbs.h"

#define PM_PATTERN_STEPS_MAX    6u
#define PM_PATTERN_TIMES_MAX    1000u
#define PM_PATTERN_MEASURES_MAX 6u

/** A record of input @p input whose @p column compares so with @p value. */
struct pm_pattern_condition {
    unsigned input;
    const char *column; /* NULL: any record of the input */
    enum pm_compare compare;
    int64_t value;
};

/** How the records of a step follow the record of the match before them. */
enum pm_contiguity {
    PM_FOLLOWED_BY, /* relaxed: the first that fits; those between are passed over */
    PM_NEXT,        /* strict: the key's very next record fits, or the run ends */
};

struct pm_pattern_step {
    const char *name;
    struct pm_pattern_condition is;
    unsigned times; /* so many records; 0 means 1 */
    enum pm_contiguity contiguity;
    bool has_unless; /* negation in between: such a record ends the run while it is at this step */
    struct pm_pattern_condition unless;
};

/** Which of the records of a repeated step a measure reads. */
enum pm_pattern_which { PM_FIRST_OF, PM_LAST_OF };

/** A result column: an integer column of a record of the match. */
struct pm_pattern_measure {
    const char *result; /* the output column's name */
    unsigned step;      /* its index */
    const char *column;
    enum pm_pattern_which which;
};

/** Flink's AfterMatchSkipStrategy. */
enum pm_pattern_skip {
    PM_SKIP_PAST_LAST, /* a match ends all runs of the key, and its last record begins none */
    PM_SKIP_TO_NEXT,   /* each first record has its own match, if any */
};

/**
 * Find the pattern among the records of a key, in the order of event time (pm_event_process.h).
 * Each record that fits the first step begins a run. Every later record of the key, in order:
 * ends the run when it is `within` or more after the run's first; else ends it when it fits
 * `unless` of the step that the run is at (what fits both `unless` and `is` is forbidden); else is
 * taken when it fits `is`; else ends the run when the step is PM_NEXT. With the last record taken
 * the match is complete, or, where absent_ns > 0, once no record that fits `absent` came up to and
 * at its time + absent_ns: a timer says so, and that time is the match's end, which also must lie
 * less than `within` after the first.
 *
 * Rows: event time the end's, columns key, start, end (times), then the measures. Ports 1.. "late":
 * records of input 0.. whose time + lateness was closed, as they came. Retractions: refused.
 * Source: the terms of Flink CEP (followedBy, next, times, notFollowedBy, within, skip strategies)
 * with one run a first record, as no step branches; ours: absence has a length of its own.
 * Cost: a record costs its wait in order and a step for each live run of its key. Memory: the
 * records that wait; 32 + 8 bytes a measure and 80 of index and timer for each run.
 */
struct pm_pattern_config {
    unsigned steps;
    struct pm_pattern_step step[PM_PATTERN_STEPS_MAX];
    int64_t absent_ns; /* 0: no absence at the end */
    struct pm_pattern_condition absent;
    int64_t within_ns;   /* > 0: it bounds the state */
    int64_t lateness_ns; /* >= 0 */
    enum pm_pattern_skip skip;
    unsigned measures;
    struct pm_pattern_measure measure[PM_PATTERN_MEASURES_MAX];
};

/** @p inputs keyed flows, 1..PM_INPUTS_MAX, whose keys mean the same thing. */
struct pm_flow pm_plan_pattern(struct pm_plan *plan, unsigned inputs, const struct pm_flow *keyed,
                               const struct pm_pattern_config *config);

extern const struct pm_operator_class pm_class_pattern;

#endif
