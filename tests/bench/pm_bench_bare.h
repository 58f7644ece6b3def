/* SPDX-License-Identifier: Apache-2.0 */
/* What a bare librdkafka client does, without a line of ours in between: the Kafka yardsticks. */
#ifndef PM_BENCH_BARE_H
#define PM_BENCH_BARE_H

#include <stdatomic.h>

#include "pm_kafka_client.h"

struct pm_bare; /* a consumer of all partitions of a topic, or a producer to it */

/** Open with the settings of pm_kafka_settings and @p client, and connect. A failure ends the
 * program. A consumer begins to fetch, from the first offset on, at its first read. */
struct pm_bare *pm_bare_open(enum pm_kafka_side side, const char *topic, unsigned partitions,
                             const char *const *client);

/** A producer's messages that have no answer by now are given up: pm_bare_flush first. */
void pm_bare_close(struct pm_bare *bare);

/** Take @p count messages by rd_kafka_consume_batch_queue; returns the bytes of their values. */
uint64_t pm_bare_read(struct pm_bare *consumer, uint64_t count);

/** rd_kafka_producev; waits for a full queue. */
void pm_bare_send(struct pm_bare *producer, const struct pm_kafka_output *output);
void pm_bare_flush(struct pm_bare *producer);

/** Copy each message, as it comes, to the partition of the same number, until @p stop is set and
 * nothing came for a while; then flush. Returns messages. */
uint64_t pm_bare_copy(struct pm_bare *from, struct pm_bare *to, const atomic_bool *stop);

#endif
