/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka topic as a sink: what it promises. */
#ifndef PM_SINK_KAFKA_H
#define PM_SINK_KAFKA_H

#include "pm_sink.h"

/**
 * A topic as a sink, at most once: config->place is the topic, config->client names the brokers.
 * Rows go to the partition that Java's clients choose for their key and can be seen as soon as the
 * broker has them, so abort takes nothing back. prepare waits for every answer; publish does not,
 * and reports rows that were given up at a later call; close waits for what was published. A full
 * queue is waited for (up to 10 s, then PM_EBUSY): that is back-pressure.
 * A broker that restarts is waited for, and what was under way is kept once: the producer is
 * idempotent, and rows have the timestamp of their sending (why: pm_kafka_time_ms).
 */
extern const struct pm_sink_ops pm_sink_kafka;

#endif
