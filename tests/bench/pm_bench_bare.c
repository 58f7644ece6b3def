/* SPDX-License-Identifier: Apache-2.0 */
/* Consume, produce and copy as the library's own examples do. */
#include "pm_bench_bare.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>

#include "pm_bench.h"

#define ANSWER_MS 10000
#define SILENT_MS 100 /* without a message: the copying loop looks at its stop */
#define BATCH     512u

struct pm_bare {
    rd_kafka_t *handle;
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue; /* a consumer's; NULL until it fetches */
    unsigned partitions;
};

static void set_all(rd_kafka_conf_t *conf, enum pm_kafka_side side, const char *const *client)
{
    char reason[160];

    for (const struct pm_kafka_setting *row = pm_kafka_settings; row->name != NULL; row++) {
        const char *const given = pm_kafka_settings_get(client, row->name);
        const char *const value = given != NULL ? given : row->value;

        if (value == NULL || (row->sides & side) == 0)
            continue;
        pm_bench_check(rd_kafka_conf_set(conf, row->name, value, reason, sizeof reason) ==
                           RD_KAFKA_CONF_OK,
                       row->name);
    }
}

struct pm_bare *pm_bare_open(enum pm_kafka_side side, const char *topic, unsigned partitions,
                             const char *const *client)
{
    struct pm_bare *const bare = calloc(1, sizeof *bare);
    rd_kafka_conf_t *const conf = rd_kafka_conf_new();
    const struct rd_kafka_metadata *metadata = NULL;

    pm_bench_check(bare != NULL, "memory");
    set_all(conf, side, client);
    bare->handle = rd_kafka_new(side == PM_KAFKA_WRITER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER,
                                conf, NULL, 0);
    pm_bench_check(bare->handle != NULL, "a bare client");
    bare->topic = rd_kafka_topic_new(bare->handle, topic, NULL);
    bare->partitions = partitions;
    pm_bench_check(rd_kafka_metadata(bare->handle, 0, bare->topic, &metadata, ANSWER_MS) ==
                       RD_KAFKA_RESP_ERR_NO_ERROR,
                   "the broker answers");
    rd_kafka_metadata_destroy(metadata);
    return bare;
}

void pm_bare_close(struct pm_bare *bare)
{
    for (unsigned i = 0; i < bare->partitions && bare->queue != NULL; i++)
        rd_kafka_consume_stop(bare->topic, (int32_t)i);
    if (bare->queue != NULL)
        rd_kafka_queue_destroy(bare->queue);
    rd_kafka_topic_destroy(bare->topic);
    rd_kafka_destroy(bare->handle);
    free(bare);
}

/* One queue for all partitions. The topic is new, so that its offsets begin at 0. */
static void fetch(struct pm_bare *bare)
{
    if (bare->queue != NULL)
        return;
    bare->queue = rd_kafka_queue_new(bare->handle);
    for (unsigned i = 0; i < bare->partitions; i++)
        pm_bench_check(rd_kafka_consume_start_queue(bare->topic, (int32_t)i, 0, bare->queue) == 0,
                       "a partition is fetched");
}

uint64_t pm_bare_read(struct pm_bare *bare, uint64_t count)
{
    rd_kafka_message_t *message[BATCH];
    uint64_t bytes = 0;

    fetch(bare);
    for (uint64_t taken = 0; taken < count;) {
        const size_t limit = count - taken < BATCH ? count - taken : BATCH;
        const ssize_t found = rd_kafka_consume_batch_queue(bare->queue, ANSWER_MS, message, limit);

        pm_bench_check(found > 0, "messages come");
        for (ssize_t i = 0; i < found; i++) {
            pm_bench_check(message[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR, "no error comes");
            bytes += message[i]->len;
            rd_kafka_message_destroy(message[i]);
        }
        taken += (uint64_t)found;
    }
    return bytes;
}

void pm_bare_send(struct pm_bare *bare, const struct pm_kafka_output *output)
{
    rd_kafka_resp_err_t code;

    while ((code = rd_kafka_producev(
                bare->handle, RD_KAFKA_V_RKT(bare->topic), RD_KAFKA_V_PARTITION(output->partition),
                RD_KAFKA_V_KEY(output->key, output->key_size),
                RD_KAFKA_V_VALUE((void *)(uintptr_t)output->value, output->value_size),
                RD_KAFKA_V_TIMESTAMP(output->time_ms), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(bare->handle, 1);
    pm_bench_check(code == RD_KAFKA_RESP_ERR_NO_ERROR, "a message is taken");
}

void pm_bare_flush(struct pm_bare *bare)
{
    pm_bench_check(rd_kafka_flush(bare->handle, ANSWER_MS) == RD_KAFKA_RESP_ERR_NO_ERROR,
                   "all messages are answered");
}

static void copy_one(struct pm_bare *to, rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_resp_err_t code;

    rd_kafka_message_detach_headers(message, &headers);
    while ((code = rd_kafka_producev(
                to->handle, RD_KAFKA_V_RKT(to->topic), RD_KAFKA_V_PARTITION(message->partition),
                RD_KAFKA_V_KEY(message->key, message->key_len),
                RD_KAFKA_V_VALUE(message->payload, message->len),
                RD_KAFKA_V_TIMESTAMP(rd_kafka_message_timestamp(message, NULL)),
                RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        rd_kafka_poll(to->handle, 1);
    pm_bench_check(code == RD_KAFKA_RESP_ERR_NO_ERROR, "a message is taken");
}

uint64_t pm_bare_copy(struct pm_bare *from, struct pm_bare *to, const atomic_bool *stop)
{
    uint64_t copied = 0;

    fetch(from);
    for (;;) {
        rd_kafka_message_t *const message = rd_kafka_consume_queue(from->queue, SILENT_MS);

        if (message == NULL && atomic_load(stop))
            break;
        if (message == NULL)
            continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            copy_one(to, message);
            copied++;
        }
        rd_kafka_message_destroy(message);
    }
    pm_bare_flush(to);
    return copied;
}
