/* SPDX-License-Identifier: Apache-2.0 */
/* Handing messages to the library, and waiting for their answers. */
#include <inttypes.h>

#include "pm_kafka_handle.h"

/* The library's typed arguments; their number depends on what the message has. */
#define FIELDS_MAX 6u

static size_t fill_fields(rd_kafka_vu_t *field, const struct pm_kafka *kafka,
                          const struct pm_kafka_output *output)
{
    size_t count = 0;

    field[count].vtype = RD_KAFKA_VTYPE_RKT;
    field[count++].u.rkt = kafka->topic;
    field[count].vtype = RD_KAFKA_VTYPE_PARTITION;
    field[count++].u.i32 = output->partition;
    field[count].vtype = RD_KAFKA_VTYPE_VALUE;
    field[count].u.mem.ptr = (void *)(uintptr_t)output->value;
    field[count++].u.mem.size = output->value_size;
    field[count].vtype = RD_KAFKA_VTYPE_KEY;
    field[count].u.mem.ptr = (void *)(uintptr_t)output->key;
    field[count++].u.mem.size = output->key_size;
    field[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
    field[count++].u.i64 = output->time_ms;
    field[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    field[count++].u.i = RD_KAFKA_MSG_F_COPY;
    return count;
}

int pm_kafka_send(struct pm_kafka *kafka, const struct pm_kafka_output *output)
{
    rd_kafka_vu_t field[FIELDS_MAX + 1];
    size_t count = fill_fields(field, kafka, output);
    char reason[160];

    if (output->header != NULL) {
        field[count].vtype = RD_KAFKA_VTYPE_HEADER;
        field[count].u.header.name = output->header;
        field[count].u.header.val = output->header_value;
        field[count++].u.header.size = (ssize_t)output->header_size;
    }
    rd_kafka_error_t *const refused = rd_kafka_produceva(kafka->handle, field, count);
    if (refused == NULL)
        return 0;
    const rd_kafka_resp_err_t code = rd_kafka_error_code(refused);
    rd_kafka_error_destroy(refused);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        pm_kafka_serve(kafka, 0);
        return PM_EBUSY;
    }
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        return PM_EINPUT;
    if (code != RD_KAFKA_RESP_ERR__FATAL)
        return pm_kafka_fail(kafka, code);
    return pm_kafka_fail(kafka, rd_kafka_fatal_error(kafka->handle, reason, sizeof reason));
}

/* Why messages were given up. */
static const char *loss(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        return "the broker was away for message.timeout.ms: start it again";
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        return "the topic was removed: leave it until the run has ended";
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        return "the topic has fewer partitions: leave them until the run has ended";
    default:
        return rd_kafka_err2name(code);
    }
}

int pm_kafka_flush(struct pm_kafka *kafka, int wait_ms, struct pm_error *error)
{
    const rd_kafka_resp_err_t code = rd_kafka_flush(kafka->handle, wait_ms);
    const uint64_t undelivered = atomic_load(&kafka->undelivered);

    if (pm_kafka_failure(kafka, error) != 0)
        return atomic_load(&kafka->failed);
    if (undelivered != 0)
        return pm_error_set(error, PM_ESINK, "%s: %" PRIu64 " messages were not delivered: %s",
                            rd_kafka_topic_name(kafka->topic), undelivered,
                            loss((rd_kafka_resp_err_t)atomic_load(&kafka->undelivered_code)));
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT)
        return pm_error_set(
            error, PM_ETIMEOUT, "%s: the broker has not answered for %d messages within %d ms",
            rd_kafka_topic_name(kafka->topic), rd_kafka_outq_len(kafka->handle), wait_ms);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? 0
               : pm_kafka_explain(kafka, code, rd_kafka_topic_name(kafka->topic), error);
}
