/* SPDX-License-Identifier: Apache-2.0 */
/* Fetching one partition from an explicit offset on, without a group. */
#include <inttypes.h>
#include <stdlib.h>

#include "pm_kafka_handle.h"

#define PASSING_TRIES 20
#define PASSING_MS    100

struct pm_kafka_feed {
    struct pm_kafka *kafka;
    rd_kafka_queue_t *queue;
    int32_t partition;
    unsigned count; /* messages that are lent */
    rd_kafka_message_t *native[PM_KAFKA_TAKE_MAX];
    struct pm_kafka_message message[PM_KAFKA_TAKE_MAX];
};

static const char *topic_name(const struct pm_kafka *kafka)
{
    return rd_kafka_topic_name(kafka->topic);
}

static void give_back(struct pm_kafka_feed *feed)
{
    for (unsigned i = 0; i < feed->count; i++)
        rd_kafka_message_destroy(feed->native[i]);
    feed->count = 0;
}

int pm_kafka_feed_open(struct pm_kafka_feed **out, struct pm_kafka *kafka, unsigned partition,
                       uint64_t offset, struct pm_error *error)
{
    struct pm_kafka_feed *const feed = calloc(1, sizeof *feed);

    if (feed == NULL)
        return pm_error_set(error, PM_ENOMEM, "kafka client: out of memory");
    feed->kafka = kafka;
    feed->partition = (int32_t)partition;
    feed->queue = rd_kafka_queue_new(kafka->handle);
    if (rd_kafka_consume_start_queue(kafka->topic, feed->partition, (int64_t)offset, feed->queue) !=
        0) {
        const rd_kafka_resp_err_t code = rd_kafka_last_error();

        rd_kafka_queue_destroy(feed->queue);
        free(feed);
        return pm_kafka_explain(kafka, code, topic_name(kafka), error);
    }
    *out = feed;
    return 0;
}

void pm_kafka_feed_close(struct pm_kafka_feed *feed)
{
    if (feed == NULL)
        return;
    give_back(feed);
    rd_kafka_consume_stop(feed->kafka->topic, feed->partition);
    rd_kafka_queue_destroy(feed->queue);
    free(feed);
}

int pm_kafka_judge(struct pm_kafka *kafka, rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__FATAL:
        return pm_kafka_fail(kafka, code);
    default:
        return 0;
    }
}

int pm_kafka_feed_take(struct pm_kafka_feed *feed, unsigned limit,
                       const struct pm_kafka_message **messages)
{
    unsigned kept = 0;

    give_back(feed);
    /* An empty take would go to sleep for no time: a system call. */
    if (rd_kafka_queue_length(feed->queue) == 0)
        return atomic_load(&feed->kafka->failed);
    const ssize_t taken = rd_kafka_consume_batch_queue(
        feed->queue, 0, feed->native, limit < PM_KAFKA_TAKE_MAX ? limit : PM_KAFKA_TAKE_MAX);
    feed->count = taken > 0 ? (unsigned)taken : 0;
    *messages = feed->message;
    for (unsigned i = 0; i < feed->count; i++) {
        const rd_kafka_message_t *const native = feed->native[i];

        if (native->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            const int rc = pm_kafka_judge(feed->kafka, native->err);
            if (rc != 0 && kept == 0)
                return rc;
            continue;
        }
        feed->message[kept++] = (struct pm_kafka_message){.offset = (uint64_t)native->offset,
                                                          .value = native->payload,
                                                          .value_size = native->len,
                                                          .native = native};
    }
    return kept != 0 ? (int)kept : atomic_load(&feed->kafka->failed);
}

const void *pm_kafka_message_header(const struct pm_kafka_message *message, const char *name,
                                    size_t *size)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;

    if (rd_kafka_message_headers(message->native, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return NULL;
    return value;
}

/* A topic that was just created, or a broker that was, answers so for a moment. */
static bool is_passing(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/* One question: the first offset whose timestamp reaches @p time_ms, or one of the two ends.
 * *offset is negative where no message is so late. The library's question for both ends at once
 * (2.0.2) waits for a broker that is away without end. */
static rd_kafka_resp_err_t ask_once(struct pm_kafka *kafka, unsigned partition, int64_t time_ms,
                                    int64_t *offset)
{
    rd_kafka_topic_partition_list_t *const list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *const one =
        rd_kafka_topic_partition_list_add(list, topic_name(kafka), (int32_t)partition);

    one->offset = time_ms;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(kafka->handle, list, PM_KAFKA_ANSWER_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        code = one->err;
    *offset = one->offset;
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

static int ask(struct pm_kafka *kafka, unsigned partition, int64_t time_ms, int64_t *offset,
               struct pm_error *error)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (int tries = 0; tries < PASSING_TRIES; tries++) {
        code = ask_once(kafka, partition, time_ms, offset);
        if (!is_passing(code))
            break;
        pm_kafka_serve(kafka, PASSING_MS);
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? 0
               : pm_kafka_explain(kafka, code, topic_name(kafka), error);
}

int pm_kafka_offsets(struct pm_kafka *kafka, unsigned partition, uint64_t *low, uint64_t *high,
                     struct pm_error *error)
{
    int64_t first = 0;
    int64_t end = 0;
    int rc = low != NULL ? ask(kafka, partition, RD_KAFKA_OFFSET_BEGINNING, &first, error) : 0;

    if (rc == 0)
        rc = ask(kafka, partition, RD_KAFKA_OFFSET_END, &end, error);
    if (rc != 0)
        return rc;
    if (low != NULL)
        *low = (uint64_t)first;
    *high = (uint64_t)end;
    return 0;
}

int pm_kafka_offset_of_time(struct pm_kafka *kafka, unsigned partition, int64_t time_ms,
                            uint64_t *offset, struct pm_error *error)
{
    int64_t found = 0;
    const int rc = ask(kafka, partition, time_ms, &found, error);

    if (rc != 0)
        return rc;
    if (found < 0)
        return pm_kafka_offsets(kafka, partition, NULL, offset, error);
    *offset = (uint64_t)found;
    return 0;
}
