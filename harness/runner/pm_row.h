/* SPDX-License-Identifier: Apache-2.0 */
/* One row of a result: what one run of one instance showed, and the summary over its repeats. */
#ifndef PM_ROW_H
#define PM_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "pm_clients.h"
#include "pm_oracle.h"

/** A figure, or the reason why there is none. Never 0 for what is unknown. */
struct pm_figure {
    double value;
    const char *unknown; /* static text; NULL: value is known */
};

static inline struct pm_figure pm_figure_of(double value)
{
    return (struct pm_figure){value, NULL};
}
static inline struct pm_figure pm_figure_unknown(const char *reason)
{
    return (struct pm_figure){0.0, reason};
}

/** The percentiles that a row prints, in this order. */
enum pm_percentile { PM_P50, PM_P90, PM_P99, PM_P99_9, PM_P99_99, PM_PERCENTILES };
extern const double pm_percentile_values[PM_PERCENTILES];     /* 50, 90, 99, 99.9, 99.99 */
extern const char *const pm_percentile_names[PM_PERCENTILES]; /* "p50" .. "p99_99" */

/** A latency in ns. A percentile with fewer than 100 samples above it is unknown. */
struct pm_latency_figures {
    struct pm_figure percentile[PM_PERCENTILES];
    struct pm_figure max;
    uint64_t count;
};

enum pm_oracle_status { PM_ORACLE_UNCHECKED, PM_ORACLE_EQUAL, PM_ORACLE_DIFFERS };

#define PM_AUDIT_NOTES     12u
#define PM_AUDIT_NOTE_SIZE 160u

/** What a run found out about itself. Reasons make it invalid, warnings only stand beside it. */
struct pm_audit {
    unsigned reasons, warnings;
    char reason[PM_AUDIT_NOTES][PM_AUDIT_NOTE_SIZE];
    char warning[PM_AUDIT_NOTES][PM_AUDIT_NOTE_SIZE];
};

#define PM_DEAD_LETTERS_SHOWN 3u
#define PM_DEAD_LETTER_SIZE   120u

/** Some dead letters, those of the first lines: "line 899: malformed: GET ...". */
struct pm_dead_letters {
    unsigned count;
    uint64_t line[PM_DEAD_LETTERS_SHOWN]; /* ascending */
    char text[PM_DEAD_LETTERS_SHOWN][PM_DEAD_LETTER_SIZE];
};

/**
 * Where every input went. dropped is what the query drops by the oracle's answer, from the input
 * alone; output, late and dead letters are counted in what was committed. Of a topic, input holds
 * foreign messages too, by their offsets, and dead letters those that the source refused.
 */
struct pm_balance {
    const char *unknown; /* static text; NULL: the numbers are known */
    uint64_t input, output, dropped, late, dead_letters;
};

static inline bool pm_balance_holds(const struct pm_balance *balance)
{
    return balance->unknown != NULL || balance->input == balance->output + balance->dropped +
                                                             balance->late + balance->dead_letters;
}

#define PM_LIVE_VIEW_SIZE 384u

/** What a run showed of the view that was kept beside it. */
struct pm_view_figures {
    const char *unknown;          /* static text: why there was none; NULL: the figures are known */
    char path[PM_LIVE_VIEW_SIZE]; /* where it is read: <results>/live/<scenario>-<instance>.db */
    uint64_t commits, transactions, rows; /* that went into it */
    uint64_t reads, states;               /* looks of the reader; states that they saw */
    uint64_t torn;                        /* of those, states that are no whole commits: wrong */
    struct pm_latency_figures lag;        /* of each commit, from visible until in the view */
    struct pm_figure cpu_s;               /* of the process that kept it */
    enum pm_oracle_status end;            /* its last content, against the oracle's */
};

/** What the Kafka clients of one side of a run measured, all of its processes and threads. */
struct pm_row_client {
    struct pm_figure batch_messages, batch_bytes; /* means of a sent batch, of a fetch */
    struct pm_figure round_trip_ns;               /* mean; a fetch waits at the broker for data */
    struct pm_figure round_trip_p99_ns;           /* of the worst statistics interval */
    struct pm_figure queued_max;                  /* messages */
    struct pm_figure undelivered;                 /* messages given up */
};
extern const char *const pm_fault_names[PM_KAFKA_FAULTS]; /* in documents; NULL: no fault */

/** The Kafka side of a run. */
struct pm_row_kafka {
    bool is_used; /* false: the transport is the embedded log, and what follows unknown or 0 */
    struct pm_row_client client[PM_CLIENTS];
    uint64_t dead_letters; /* messages that the source took for no record */
    uint64_t dead[PM_KAFKA_FAULTS];
    unsigned letters; /* the first of them: "partition 0 offset 17: its head is cut" */
    char letter[PM_KAFKA_FIGURES_LETTERS][PM_DEAD_LETTER_SIZE];
    int64_t foreign; /* messages of the source topic beside those that the generator sent */
};

/** One run of one instance. Text fields are borrowed from the run's configuration. */
struct pm_row {
    const char *scenario, *instance, *engine;
    unsigned run;                /* from 1 */
    bool is_floor;               /* the null engine */
    char trigger_or_cadence[64]; /* "" where the engine has none */
    unsigned parallelism;
    struct pm_figure throughput_per_s; /* unique inputs whose effect is committed, a second */
    struct pm_latency_figures latency, event_time_latency, service;
    struct pm_latency_figures due_to_read, read_to_emit, emit_to_visible; /* its stages */
    uint64_t inputs, outputs; /* records of the input; rows committed */
    uint64_t warmup_rows;     /* due before the warm-up's end: not sampled */
    uint64_t flush_rows;      /* closed only by the flush records at the end: not sampled */
    uint64_t early_rows;      /* visible before their origin: wrong */
    int64_t warmup_ns;
    struct pm_figure cpu_work_s_per_million, cpu_wait_s_per_million;
    struct pm_figure memory_peak_bytes, memory_shared_bytes;
    /* By the engine's allocator, once its work was done: asked for, and in memory for it. */
    struct pm_figure memory_heap_allocated_bytes, memory_heap_resident_bytes;
    struct pm_figure first_output_ms;
    enum pm_oracle_status oracle;
    const char *unchecked; /* why, when the status is unchecked */
    struct pm_oracle_verdict verdict;
    uint64_t late, dead_letters; /* rows of outputs so called */
    struct pm_dead_letters shown;
    struct pm_row_kafka kafka;
    struct pm_balance balance;
    uint64_t output_digest;
    struct pm_figure generator_lateness_p99_ns, generator_lateness_max_ns;
    uint64_t unsent;
    struct pm_view_figures view;
    struct pm_audit audit;
    int code;          /* 0, or the PM_E* that the run ended with */
    char failure[240]; /* its text */
};

/** Median of the repeats of one instance, with a bootstrap 95 % interval where there are five. */
struct pm_summary {
    const char *scenario, *instance, *engine;
    unsigned runs; /* valid ones */
    bool is_floor;
    struct pm_spread {
        struct pm_figure median, low, high;
    } throughput_per_s, p50_ns, p99_ns, p99_9_ns, max_ns, service_p99_ns, cpu_work_s_per_million,
        memory_peak_bytes;
};

#endif
