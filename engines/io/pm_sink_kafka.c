/* SPDX-License-Identifier: Apache-2.0 */
/* A Kafka topic as a sink: each row a message, acknowledged by all replicas. */
#include "pm_sink_kafka.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_kafka_client.h"
#include "pm_kafka_format.h"
#include "pm_sink_rows.h"

#define FULL_NS   (10 * PM_NS_PER_S) /* for a full queue to drain */
#define ANSWER_MS 60000              /* for all answers: as long as message.timeout.ms */

struct kafka_sink {
    struct pm_sink base;
    struct pm_kafka *kafka;
    struct pm_sink_handle open;      /* the open epoch */
    struct pm_sink_handle committed; /* the newest one */
    struct pm_digest rows;           /* of the open epoch */
    uint8_t *message;                /* head and text of one row */
    size_t message_size;
};

static void kafka_close(struct pm_sink *base)
{
    struct kafka_sink *sink = (struct kafka_sink *)base;

    if (sink == NULL)
        return;
    if (sink->kafka != NULL && pm_kafka_failure(sink->kafka, NULL) == 0)
        pm_kafka_flush(sink->kafka, ANSWER_MS, NULL);
    pm_kafka_close(sink->kafka);
    free(sink->message);
    free(sink);
}

static int kafka_open(struct pm_sink **out, const struct pm_sink_config *config,
                      struct pm_error *error)
{
    if (config->guarantee != PM_AT_MOST_ONCE)
        return pm_error_set(error, PM_EINPUT,
                            "guarantee: a Kafka sink gives at-most-once: set that");
    struct kafka_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return pm_error_set(error, PM_ENOMEM, "kafka: no memory for a sink");
    sink->base.ops = &pm_sink_kafka;
    sink->open = (struct pm_sink_handle){
        .run = config->run, .incarnation = config->incarnation, .writer = config->writer};
    const int rc =
        pm_kafka_open(&sink->kafka, PM_KAFKA_WRITER, config->place, config->client, error);
    if (rc != 0) {
        kafka_close(&sink->base);
        return rc;
    }
    pm_kafka_tell(sink->kafka, config->figures);
    *out = &sink->base;
    return 0;
}

static int kafka_begin(struct pm_sink *base, uint64_t epoch)
{
    struct kafka_sink *sink = (struct kafka_sink *)base;

    sink->open.epoch = epoch;
    sink->rows = (struct pm_digest){0};
    return 0;
}

/* Head and text of @p record, one behind the other: their size, or 0 without memory. */
static size_t fill_message(struct kafka_sink *sink, const struct pm_record *record,
                           const struct pm_bytes *bytes)
{
    struct pm_kafka_head head;
    uint32_t text_size;
    const char *text = pm_record_text(record, bytes, &text_size);
    const size_t size = sizeof head + text_size;

    if (size > sink->message_size) {
        uint8_t *const larger = realloc(sink->message, 2 * size);
        if (larger == NULL)
            return 0;
        sink->message = larger;
        sink->message_size = 2 * size;
    }
    pm_kafka_head_fill(&head, PM_KAFKA_ROW, PM_TIME_MIN, record);
    memcpy(sink->message, &head, sizeof head);
    if (text_size != 0)
        memcpy(sink->message + sizeof head, text, text_size);
    return size;
}

static int send(struct kafka_sink *sink, const struct pm_kafka_output *output)
{
    int rc = pm_kafka_send(sink->kafka, output);

    if (rc != PM_EBUSY)
        return rc;
    const int64_t until_ns = pm_clock_ns() + FULL_NS;
    while (rc == PM_EBUSY && pm_clock_ns() < until_ns) {
        pm_kafka_serve(sink->kafka, 1);
        rc = pm_kafka_send(sink->kafka, output);
    }
    return rc;
}

static int kafka_write(struct pm_sink *base, const struct pm_record *record,
                       const struct pm_bytes *bytes)
{
    struct kafka_sink *sink = (struct kafka_sink *)base;
    const uint64_t key = htobe64(record->key);
    const size_t size = fill_message(sink, record, bytes);
    const struct pm_kafka_output output = {
        .partition = PM_KAFKA_BY_KEY,
        .key = &key,
        .key_size = sizeof key,
        .value = sink->message,
        .value_size = size,
    };

    if (size == 0)
        return PM_ENOMEM;
    const int rc = send(sink, &output);
    if (rc == 0)
        pm_sink_rows_add(&sink->rows, record, bytes);
    return rc;
}

static void fill_handle(struct kafka_sink *sink, struct pm_sink_handle *handle)
{
    sink->open.rows = sink->rows.count;
    sink->open.digest = pm_digest_value(&sink->rows);
    *handle = sink->open;
}

static int kafka_prepare(struct pm_sink *base, struct pm_sink_handle *handle)
{
    struct kafka_sink *sink = (struct kafka_sink *)base;
    const int rc = pm_kafka_flush(sink->kafka, ANSWER_MS, NULL);

    fill_handle(sink, handle);
    return rc;
}

static int kafka_commit(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    struct kafka_sink *sink = (struct kafka_sink *)base;

    if (handle->run != sink->open.run || handle->writer != sink->open.writer)
        return PM_EMISMATCH;
    if (handle->epoch > sink->committed.epoch)
        sink->committed = *handle;
    return 0;
}

static int kafka_abort(struct pm_sink *base, const struct pm_sink_handle *handle)
{
    (void)base, (void)handle;
    return 0;
}

static int kafka_last_committed(struct pm_sink *base, struct pm_sink_handle *handle)
{
    *handle = ((struct kafka_sink *)base)->committed;
    return 0;
}

/* Rows are on their way; whether an earlier one was given up is seen here. */
static int kafka_publish(struct pm_sink *base, uint64_t *epoch)
{
    struct kafka_sink *sink = (struct kafka_sink *)base;
    struct pm_kafka_stats stats;

    pm_kafka_serve(sink->kafka, 0);
    const int failed = pm_kafka_failure(sink->kafka, NULL);
    if (failed != 0)
        return failed;
    pm_kafka_statistics(sink->kafka, &stats);
    if (stats.undelivered != 0)
        return PM_ESINK;
    fill_handle(sink, &sink->committed);
    return kafka_begin(base, ++*epoch);
}

static int kafka_failure(struct pm_sink *base, struct pm_error *error)
{
    const int code = pm_kafka_flush(((struct kafka_sink *)base)->kafka, 0, error);

    return code == PM_ETIMEOUT ? 0 : code; /* rows on their way are no failure */
}

const struct pm_sink_ops pm_sink_kafka = {
    .name = "kafka",
    .guarantees = 1u << PM_AT_MOST_ONCE,
    .open = kafka_open,
    .begin = kafka_begin,
    .write = kafka_write,
    .prepare = kafka_prepare,
    .commit = kafka_commit,
    .abort = kafka_abort,
    .last_committed = kafka_last_committed,
    .close = kafka_close,
    .publish = kafka_publish,
    .failure = kafka_failure,
};
