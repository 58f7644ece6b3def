/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's statistics document, of which a run keeps batch size, round trip and queue. */
#include <jansson.h>

#include "pm_kafka_handle.h"

static json_int_t integer(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

static void take_brokers(struct pm_kafka_stats *stats, json_t *brokers)
{
    const char *name = NULL;
    json_t *broker = NULL;

    stats->round_trip_us = 0;
    stats->round_trip_p99_us = 0;
    json_object_foreach(brokers, name, broker)
    {
        const json_t *const trip = json_object_get(broker, "rtt");

        if (integer(trip, "cnt") == 0 || integer(trip, "avg") < stats->round_trip_us)
            continue;
        stats->round_trip_us = integer(trip, "avg");
        stats->round_trip_p99_us = integer(trip, "p99");
    }
}

/* The windows of batch sizes begin anew at each interval, so their sums add up. */
static void take_batches(struct pm_kafka *kafka, json_t *topics)
{
    const char *name = NULL;
    json_t *topic = NULL;

    json_object_foreach(topics, name, topic)
    {
        const json_t *const count = json_object_get(topic, "batchcnt");

        kafka->batches += (uint64_t)integer(count, "cnt");
        kafka->batched += (uint64_t)integer(count, "sum");
        kafka->batched_bytes += (uint64_t)integer(json_object_get(topic, "batchsize"), "sum");
    }
    if (kafka->batches == 0)
        return;
    kafka->stats.batch_messages = (double)kafka->batched / (double)kafka->batches;
    kafka->stats.batch_bytes = (double)kafka->batched_bytes / (double)kafka->batches;
}

/* A writer's queue is one; a reader has one a partition. */
static uint64_t queued_messages(const json_t *root, json_t *topics)
{
    uint64_t queued = (uint64_t)integer(root, "msg_cnt");
    const char *name = NULL;
    json_t *topic = NULL;
    json_t *partition = NULL;

    json_object_foreach(topics, name, topic)
    {
        const char *number = NULL;

        json_object_foreach(json_object_get(topic, "partitions"), number, partition) queued +=
            (uint64_t)integer(partition, "fetchq_cnt");
    }
    return queued;
}

void pm_kafka_stats_take(struct pm_kafka *kafka, const char *json, size_t size)
{
    json_t *const root = json_loadb(json, size, 0, NULL);
    json_t *const topics = json_object_get(root, "topics");

    if (root == NULL)
        return;
    pthread_mutex_lock(&kafka->lock);
    struct pm_kafka_stats *const stats = &kafka->stats;
    stats->messages = (uint64_t)integer(root, kafka->side == PM_KAFKA_WRITER ? "txmsgs" : "rxmsgs");
    take_brokers(stats, json_object_get(root, "brokers"));
    if (kafka->side == PM_KAFKA_WRITER)
        take_batches(kafka, topics);
    stats->queued = queued_messages(root, topics);
    if (stats->queued > stats->queued_max)
        stats->queued_max = stats->queued;
    pthread_mutex_unlock(&kafka->lock);
    json_decref(root);
}

void pm_kafka_statistics(struct pm_kafka *kafka, struct pm_kafka_stats *out)
{
    pthread_mutex_lock(&kafka->lock);
    *out = kafka->stats;
    pthread_mutex_unlock(&kafka->lock);
    out->undelivered = atomic_load(&kafka->undelivered);
}
