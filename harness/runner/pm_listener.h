/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of an output topic: keeps every committed row with the moment of its arrival. */
#ifndef PM_LISTENER_H
#define PM_LISTENER_H

#include "pm_committed.h"
#include "pm_topics.h"

struct pm_listener;

/**
 * Read the output topic of @p topics from its beginning, in a thread of its own, as a committed
 * reader does: a Kafka message says nothing of when it could first be seen, so it is the arrival
 * here that counts. Errors: those of pm_kafka_open, PM_ENOMEM, PM_EFAIL. Bytes: 88 a row and its
 * text, until the close. @p topics is borrowed.
 */
int pm_listener_start(struct pm_listener **out, const struct pm_topics *topics,
                      struct pm_error *error);

/** Read on to the topic's end as it is now, but not beyond @p until_ns (CLOCK_MONOTONIC), then end
 * the thread. Errors: what reading ended with, PM_ETIMEOUT, PM_EMISMATCH (the topic has got other
 * partitions), PM_EWRONG (a message that is no row). */
int pm_listener_finish(struct pm_listener *listener, int64_t until_ns, struct pm_error *error);

/** Tell @p each every row, those of a partition in its order; the partition stands as the writer.
 * After the finish. Errors: what @p each returns. */
int pm_listener_each(const struct pm_listener *listener, pm_committed_fn each, void *payload);

void pm_listener_close(struct pm_listener *listener); /* accepts NULL; ends the thread */

#endif
