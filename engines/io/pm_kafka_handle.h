/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the Kafka client: the only header that includes librdkafka's. */
#ifndef PM_KAFKA_HANDLE_H
#define PM_KAFKA_HANDLE_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "pm_kafka_client.h"

#define PM_KAFKA_BROKERS_SHOWN 80u

struct pm_kafka {
    rd_kafka_t *handle;
    rd_kafka_topic_t *topic;
    unsigned partitions;
    enum pm_kafka_side side;
    char brokers[PM_KAFKA_BROKERS_SHOWN]; /* as given, for messages */
    _Atomic int failed;                   /* PM_E* for good, or 0 */
    _Atomic int64_t odd_since_ns;         /* the topic is not as it was; 0: it is */
    _Atomic uint64_t undelivered;
    _Atomic int undelivered_code; /* librdkafka's reason for the last one */
    pthread_mutex_t lock;         /* of what follows */
    struct pm_error failure;
    char trouble[160]; /* what the library said last about a broker that is away */
    struct pm_kafka_stats stats;
    struct pm_kafka_figures *figures; /* of all clients of this side; NULL: nobody asks */
};

/**
 * Make a handle with the table's and @p client's settings, callbacks to @p kafka, and no topic.
 * Errors: PM_EINPUT, PM_ENOMEM. On failure there is nothing to close.
 */
int pm_kafka_handle_open(struct pm_kafka *kafka, enum pm_kafka_side side, const char *const *client,
                         struct pm_error *error);
void pm_kafka_handle_close(struct pm_kafka *kafka);

/** Set @p error to what librdkafka's @p code means for @p what (a topic) and what to do; returns
 * the PM_E* that it becomes. */
int pm_kafka_explain(const struct pm_kafka *kafka, rd_kafka_resp_err_t code, const char *what,
                     struct pm_error *error);

/** Remember that the client has failed for good; the first reason stays. Thread: any. */
int pm_kafka_fail(struct pm_kafka *kafka, rd_kafka_resp_err_t code);

/** What stands in a fetch queue instead of a message: 0 when it is tried again, else the PM_E* with
 * which the client has failed for good. Thread: any. */
int pm_kafka_judge(struct pm_kafka *kafka, rd_kafka_resp_err_t code);

/** Fold one statistics document into kafka->stats; what cannot be read is left out. */
void pm_kafka_stats_take(struct pm_kafka *kafka, const char *json, size_t size);

/** The client goes: its queue is nobody's any more. */
void pm_kafka_stats_leave(struct pm_kafka *kafka);

#endif
