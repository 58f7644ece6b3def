/* SPDX-License-Identifier: Apache-2.0 */
/* Consume, transform, produce, by librdkafka's own calls; both clients are opened with the settings
 * that the engines' source and sink have, so that a comparison compares loops. */
#include "pm_client_loop.h"

#include <endian.h>
#include <stdlib.h>

#include "pm_client_row.h"

#define WAIT_MS   10                  /* for a message; a stop is seen after it */
#define SERVE_NS  (10 * PM_NS_PER_MS) /* between two looks for errors and statistics */
#define SILENT_NS (5 * PM_NS_PER_S)   /* without a message: is the topic still there? */
#define ANSWER_NS (60 * PM_NS_PER_S)  /* as long as message.timeout.ms */

static bool is_stopped(const struct pm_client_loop *loop)
{
    return atomic_load_explicit(&loop->engine->stop_asked, memory_order_relaxed) != 0;
}

/* Rows need not arrive any more; with a drain they must. */
static bool is_abandoned(const struct pm_client_loop *loop)
{
    return atomic_load_explicit(&loop->engine->stop_asked, memory_order_relaxed) == 1 + PM_STOP_NOW;
}

/* --- opening --------------------------------------------------------------------------------- */

/* Who waits for each answer must be woken by it. */
static int open_writer(struct pm_client_loop *loop, struct pm_error *error)
{
    const struct pm_sink_config *const sink = &loop->engine->job->sink_config;
    size_t given = 0;

    while (sink->client[given] != NULL)
        given++;
    const char **const client = calloc(given + 2, sizeof *client);
    if (client == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine client: no memory");
    for (size_t i = 0; i < given; i++)
        client[i] = sink->client[i];
    if (loop->settings->produce == PM_CLIENT_SYNC)
        client[given] = "delivery.report.only.error=false";
    const int code = pm_kafka_open(&loop->writer, PM_KAFKA_WRITER, sink->place, client, error);
    if (code == 0)
        pm_kafka_tell(loop->writer, sink->figures);
    free(client);
    return code;
}

/* An offset as a number: asking for the beginning by its name takes half a second. */
static int start_partition(struct pm_client_loop *loop, unsigned partition, struct pm_error *error)
{
    uint64_t first = 0;
    uint64_t end = 0;
    const int code = pm_kafka_offsets(loop->reader, partition, &first, &end, error);

    if (code != 0)
        return code;
    if (rd_kafka_consume_start_queue(loop->reader->topic, (int32_t)partition, (int64_t)first,
                                     loop->queue) != 0)
        return pm_kafka_explain(loop->reader, rd_kafka_last_error(),
                                rd_kafka_topic_name(loop->reader->topic), error);
    loop->partitions++;
    return 0;
}

static int open_reader(struct pm_client_loop *loop, struct pm_error *error)
{
    const struct pm_source_config *const source = &loop->engine->job->source_config;
    int code = pm_kafka_open(&loop->reader, PM_KAFKA_READER, source->place, source->client, error);

    if (code != 0)
        return code;
    pm_kafka_tell(loop->reader, source->figures);
    const unsigned partitions = pm_kafka_partitions(loop->reader);
    loop->queue = rd_kafka_queue_new(loop->reader->handle);
    loop->ended = calloc(partitions, sizeof *loop->ended);
    if (loop->ended == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine client: no memory");
    for (unsigned i = 0; i < partitions && code == 0; i++)
        code = start_partition(loop, i, error);
    loop->open_partitions = loop->partitions;
    return code;
}

int pm_client_loop_open(struct pm_client_loop *loop, struct pm_engine *engine,
                        struct pm_error *error)
{
    *loop = (struct pm_client_loop){.engine = engine, .settings = engine->job->settings};
    loop->message = calloc((size_t)loop->settings->messages, sizeof(rd_kafka_message_t *));
    loop->value = malloc(pm_client_row_size());
    if (loop->message == NULL || loop->value == NULL)
        return pm_error_set(error, PM_ENOMEM, "engine client: no memory");
    const int code = open_writer(loop, error);
    return code != 0 ? code : open_reader(loop, error);
}

void pm_client_loop_close(struct pm_client_loop *loop)
{
    for (unsigned i = 0; i < loop->partitions; i++)
        rd_kafka_consume_stop(loop->reader->topic, (int32_t)i);
    if (loop->queue != NULL)
        rd_kafka_queue_destroy(loop->queue);
    pm_kafka_close(loop->reader);
    pm_kafka_close(loop->writer);
    free(loop->ended);
    free(loop->message);
    free(loop->value);
}

/* --- consume --------------------------------------------------------------------------------- */

static rd_kafka_message_t *wait_for_message(struct pm_client_loop *loop)
{
    struct pm_engine *const engine = loop->engine;
    int64_t since_ns = pm_clock_ns();

    /* To take what is there is work; an empty take would go to sleep for no time: a system call. */
    if (rd_kafka_queue_length(loop->queue) != 0)
        return rd_kafka_consume_queue(loop->queue, 0);
    if (engine->job->wait == PM_WAIT_SPIN) {
        pm_engine_wait(engine, &since_ns);
        return NULL;
    }
    const int64_t burnt_ns = pm_clock_thread_cpu_ns();
    rd_kafka_message_t *const found = rd_kafka_consume_queue(loop->queue, WAIT_MS);
    atomic_fetch_add_explicit(&engine->stats->wait_cpu_ns, pm_clock_thread_cpu_ns() - burnt_ns,
                              memory_order_relaxed);
    return found;
}

/* What is there, at most a turn's messages; where nothing is, the first that comes, or none. */
static size_t consume(struct pm_client_loop *loop)
{
    const size_t most = (size_t)loop->settings->messages;
    const ssize_t count =
        most > 1 ? rd_kafka_consume_batch_queue(loop->queue, 0, loop->message, most) : 0;

    if (count > 0)
        return (size_t)count;
    loop->message[0] = wait_for_message(loop);
    return loop->message[0] != NULL ? 1 : 0;
}

/* Errors and statistics come by callbacks, and a topic that went away by no sign at all. */
static int serve(struct pm_client_loop *loop, int64_t now_ns, bool found)
{
    if (found)
        loop->found_ns = now_ns;
    if (now_ns - loop->served_ns < SERVE_NS)
        return 0;
    loop->served_ns = now_ns;
    rd_kafka_poll(loop->reader->handle, 0);
    rd_kafka_poll(loop->writer->handle, 0);
    if (now_ns - loop->found_ns < SILENT_NS)
        return pm_kafka_failure(loop->reader, NULL);
    loop->found_ns = now_ns;
    const int rc = pm_kafka_check(loop->reader);
    return rc == PM_EBUSY ? 0 : rc;
}

/* --- transform ------------------------------------------------------------------------------- */

/* Each message counts, one that is no record by its fault, too. */
static bool read_row(struct pm_client_loop *loop, const rd_kafka_message_t *message, int64_t now_ns,
                     struct pm_client_message *in)
{
    struct pm_kafka_figures *const figures = loop->engine->job->source_config.figures;
    const enum pm_kafka_fault fault = pm_client_row_read(in, message, now_ns);
    const struct pm_kafka_dead dead = {(unsigned)message->partition, (uint64_t)message->offset,
                                       fault};

    if (figures != NULL)
        atomic_fetch_add_explicit(&figures->taken, 1, memory_order_relaxed);
    if (figures != NULL && fault != PM_KAFKA_OK)
        pm_kafka_refuse(figures, &dead);
    return fault == PM_KAFKA_OK;
}

/* One message; an error in its place is passed over unless it lasts. */
static int transform(struct pm_client_loop *loop, const rd_kafka_message_t *message, int64_t now_ns)
{
    struct pm_client_message in;

    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return pm_kafka_judge(loop->reader, message->err);
    if (loop->ended[message->partition] || !read_row(loop, message, now_ns, &in))
        return 0;
    const int code = loop->query->take(loop->self, &in);
    if (pm_record_kind(&in.record) == PM_KIND_DATA)
        atomic_fetch_add_explicit(&loop->engine->stats->records_read, 1, memory_order_relaxed);
    if (pm_record_kind(&in.record) == PM_KIND_FLUSH) {
        loop->ended[message->partition] = true;
        loop->open_partitions--;
    }
    return code;
}

static int transform_all(struct pm_client_loop *loop, size_t count, int64_t now_ns)
{
    int code = 0;

    for (size_t i = 0; i < count; i++) {
        if (code == 0)
            code = transform(loop, loop->message[i], now_ns);
        rd_kafka_message_destroy(loop->message[i]);
    }
    return code;
}

/* --- produce --------------------------------------------------------------------------------- */

static rd_kafka_resp_err_t give(struct pm_client_loop *loop, const struct pm_record *row,
                                size_t size)
{
    const uint64_t key = htobe64(row->key);

    return rd_kafka_producev(loop->writer->handle, RD_KAFKA_V_RKT(loop->writer->topic),
                             RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA),
                             RD_KAFKA_V_VALUE(loop->value, size), RD_KAFKA_V_KEY(&key, sizeof key),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
}

/* A full queue is waited for: that is back-pressure. */
int pm_client_loop_produce(void *payload, const struct pm_record *row, const void *text,
                           uint32_t size)
{
    struct pm_client_loop *const loop = payload;
    const size_t value_size = pm_client_row_write(loop->value, row, text, size);
    const int64_t until_ns = pm_clock_ns() + ANSWER_NS;
    char reason[160];

    if (value_size == 0)
        return PM_EINPUT;
    rd_kafka_resp_err_t code = give(loop, row, value_size);
    while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && !is_abandoned(loop) &&
           pm_clock_ns() < until_ns) {
        rd_kafka_poll(loop->writer->handle, 1);
        code = give(loop, row, value_size);
    }
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        code = rd_kafka_fatal_error(loop->writer->handle, reason, sizeof reason);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !is_abandoned(loop))
        return pm_kafka_fail(loop->writer, code);
    loop->unsettled += code == RD_KAFKA_RESP_ERR_NO_ERROR ? 1u : 0u;
    return 0;
}

static int await_answers(struct pm_client_loop *loop)
{
    const int64_t until_ns = pm_clock_ns() + ANSWER_NS;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

    while (code == RD_KAFKA_RESP_ERR__TIMED_OUT && pm_clock_ns() < until_ns && !is_abandoned(loop))
        code = rd_kafka_flush(loop->writer->handle, 100);
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT && !is_abandoned(loop) ? PM_ETIMEOUT : 0;
}

/* The end of a turn: its rows are on their way, or have arrived. */
static int settle(struct pm_client_loop *loop)
{
    struct pm_engine_stats *const stats = loop->engine->stats;
    const bool first = atomic_load_explicit(&stats->rows_published, memory_order_relaxed) == 0;
    int code = 0;

    if (loop->unsettled == 0)
        return 0;
    if (loop->settings->produce == PM_CLIENT_SYNC)
        code = await_answers(loop);
    else
        rd_kafka_poll(loop->writer->handle, 0);
    if (code == 0 && atomic_load(&loop->writer->undelivered) != 0)
        code = PM_ESINK;
    if (code != 0)
        return code;
    atomic_fetch_add_explicit(&stats->rows_published, loop->unsettled, memory_order_relaxed);
    if (first)
        atomic_store(&stats->first_output_ns, pm_clock_ns());
    loop->unsettled = 0;
    return 0;
}

/* --- the loop -------------------------------------------------------------------------------- */

static int turn(struct pm_client_loop *loop)
{
    const size_t count = consume(loop);
    const int64_t now_ns = pm_clock_ns();
    int code = transform_all(loop, count, now_ns);

    if (code == 0)
        code = settle(loop);
    if (count != 0)
        atomic_fetch_add_explicit(&loop->engine->stats->units, 1, memory_order_relaxed);
    return code != 0 ? code : serve(loop, now_ns, count != 0);
}

/* The sentence of the client that failed, or one for @p code. */
static int tell(struct pm_client_loop *loop, int code, struct pm_error *error)
{
    struct pm_error inner = {0};

    if (code == PM_ETIMEOUT)
        return pm_error_set(error, code,
                            "engine client: %s: no answer for %d messages within 60 s: see the "
                            "broker's log",
                            rd_kafka_topic_name(loop->writer->topic),
                            rd_kafka_outq_len(loop->writer->handle));
    if (pm_kafka_failure(loop->reader, &inner) == 0 && pm_kafka_flush(loop->writer, 0, &inner) == 0)
        pm_error_set(&inner, code, "%s: %s", loop->query->name, pm_error_name(code));
    return pm_error_set(error, code, "engine client: %s", inner.text);
}

int pm_client_loop_run(struct pm_client_loop *loop, const struct pm_client_query *query, void *self,
                       struct pm_error *error)
{
    int code = 0;

    loop->query = query;
    loop->self = self;
    loop->found_ns = pm_clock_ns();
    while (code == 0 && loop->open_partitions != 0 && !is_stopped(loop))
        code = turn(loop);
    if (code == 0)
        code = await_answers(loop);
    if (code == 0 && atomic_load(&loop->writer->undelivered) != 0)
        code = PM_ESINK;
    return code != 0 ? tell(loop, code, error) : 0;
}
