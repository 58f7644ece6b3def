/* SPDX-License-Identifier: Apache-2.0 */
/* What a Kafka source refused, and how its client fared. */
#ifndef PM_SOURCE_KAFKA_H
#define PM_SOURCE_KAFKA_H

#include "pm_kafka_client.h"
#include "pm_kafka_format.h"
#include "pm_source.h"

/** The letters that are kept of each partition: the first ones; all are counted. */
#define PM_KAFKA_DEAD_KEPT 16u

/**
 * A topic as a source. config->place is the topic, config->client names the brokers. Sequences are
 * offsets. A message that is no record (pm_kafka_format.h) becomes a dead letter: it is counted,
 * once, however often its range is read, and an idle mark that raises nothing takes its sequence,
 * so that ranges have no holes.
 * The topic's writer must not be transactional where ranges are asked for: control records take
 * offsets. A poll below an end that was asked for waits for the broker, for what has an end is
 * there. Bounded memory: queued.max.messages.kbytes and 64 records a partition that is polled.
 */
extern const struct pm_source_ops pm_source_kafka;

/**
 * How many messages were refused for each reason (@p counts of PM_KAFKA_FAULTS) and the first
 * @p limit kept letters; returns how many were filled in. Thread: any.
 */
unsigned pm_source_kafka_dead(struct pm_source *source, uint64_t *counts,
                              struct pm_kafka_dead *letters, unsigned limit);

/** The client, for statistics and the sentence of a failure; borrowed. */
struct pm_kafka *pm_source_kafka_client(struct pm_source *source);

#endif
