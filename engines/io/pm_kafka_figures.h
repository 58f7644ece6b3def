/* SPDX-License-Identifier: Apache-2.0 */
/* What the Kafka clients of one side of a run tell, for a page that processes share. */
#ifndef PM_KAFKA_FIGURES_H
#define PM_KAFKA_FIGURES_H

#include <stdatomic.h>

#include "pm_kafka_format.h"

/** A message that was no record. */
struct pm_kafka_dead {
    unsigned partition;
    uint64_t offset;
    enum pm_kafka_fault fault; /* PM_KAFKA_OK: the place is empty */
};

/** The dead letters that are kept of one side of a run; all are counted. */
#define PM_KAFKA_FIGURES_LETTERS 8u

/**
 * Sums over all clients that tell the same figures: the sinks of a job, the generators of a run.
 * Zeroed: nothing is known. Any thread and any process adds and reads, without a lock; a reader
 * sees each field whole, and all of them as one only once the clients are closed.
 */
struct pm_kafka_figures {
    /* From the library's statistics; what happened since the last ones is not in it. */
    _Atomic uint64_t reports; /* statistics that came in; 0: nothing up to queued_max is known */
    _Atomic uint64_t batches; /* sent to a partition, or fetched of one */
    _Atomic uint64_t batched, batched_bytes; /* messages in them, and bytes */
    _Atomic uint64_t trips, trips_us;        /* answers of brokers, and the sum of their times */
    _Atomic uint64_t trips_beyond;           /* of them, those that no percentile counts: > 0.5 s */
    _Atomic uint64_t trip_p99_us_max;        /* the p99 of the worst interval */
    _Atomic uint64_t queued;     /* messages in the libraries' queues, by the last statistics */
    _Atomic uint64_t queued_max; /* the largest such number */
    /* Counted where it happens. */
    _Atomic uint64_t undelivered; /* messages given up: they timed out or were refused */
    /* Of a source: each offset counts once, however often it is read again. */
    _Atomic uint64_t taken; /* messages that were handed out, dead letters among them */
    _Atomic uint64_t dead[PM_KAFKA_FAULTS];
    _Atomic uint32_t letters; /* that asked for a place below; more than there are, maybe */
    struct pm_kafka_dead letter[PM_KAFKA_FIGURES_LETTERS];
};

#endif
