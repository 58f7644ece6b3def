/* SPDX-License-Identifier: Apache-2.0 */
/* Creating and removing topics by the admin interface. */
#include "pm_kafka_handle.h"
#include "pm_text.h"

#define DEFAULT_REPLICAS (-1) /* what the cluster says */

/* Timestamps follow event times (pm_kafka_time_ms): they lie far ahead, and jump, and are looked
 * for by value, whatever the cluster does with other topics. */
static const char *const topic_settings[][2] = {
    {"cleanup.policy", "delete"},
    {"retention.ms", "-1"},
    {"retention.bytes", "-1"},
    {"segment.ms", "9223372036854775807"},
    {"message.timestamp.type", "CreateTime"},
    {"message.timestamp.before.max.ms", "9223372036854775807"},
    {"message.timestamp.after.max.ms", "9223372036854775807"},
};

/** A request on its way: a handle of its own, since a client belongs to a topic. */
struct request {
    struct pm_kafka kafka;
    rd_kafka_queue_t *queue;
    rd_kafka_AdminOptions_t *options;
};

static int request_open(struct request *request, rd_kafka_admin_op_t kind,
                        const char *const *client, struct pm_error *error)
{
    const int rc = pm_kafka_handle_open(&request->kafka, PM_KAFKA_WRITER, client, error);

    if (rc != 0)
        return rc;
    request->queue = rd_kafka_queue_new(request->kafka.handle);
    request->options = rd_kafka_AdminOptions_new(request->kafka.handle, kind);
    rd_kafka_AdminOptions_set_request_timeout(request->options, PM_KAFKA_ANSWER_MS, NULL, 0);
    rd_kafka_AdminOptions_set_operation_timeout(request->options, PM_KAFKA_ANSWER_MS, NULL, 0);
    return 0;
}

static void request_close(struct request *request)
{
    rd_kafka_AdminOptions_destroy(request->options);
    rd_kafka_queue_destroy(request->queue);
    pm_kafka_handle_close(&request->kafka);
}

/* The answer for the one topic that was asked about. */
static rd_kafka_resp_err_t await_answer(struct request *request)
{
    rd_kafka_event_t *const event = rd_kafka_queue_poll(request->queue, 2 * PM_KAFKA_ANSWER_MS);
    const rd_kafka_topic_result_t **results = NULL;
    size_t count = 0;

    if (event == NULL)
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
            results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event),
                                                          &count);
        else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_DELETETOPICS_RESULT)
            results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event),
                                                          &count);
        code = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
    }
    rd_kafka_event_destroy(event);
    return code;
}

int pm_kafka_topic_create(const char *topic, unsigned partitions, const char *const *client,
                          struct pm_error *error)
{
    struct request request;
    char reason[160];
    char shown[160];
    int rc = request_open(&request, RD_KAFKA_ADMIN_OP_CREATETOPICS, client, error);

    if (rc != 0)
        return rc;
    rd_kafka_NewTopic_t *one =
        rd_kafka_NewTopic_new(topic, (int)partitions, DEFAULT_REPLICAS, reason, sizeof reason);
    if (one == NULL) {
        rc = pm_error_set(error, PM_EINPUT, "topic: %s",
                          pm_text_printable(shown, sizeof shown, reason));
    } else {
        for (size_t i = 0; i < sizeof topic_settings / sizeof *topic_settings; i++)
            rd_kafka_NewTopic_set_config(one, topic_settings[i][0], topic_settings[i][1]);
        rd_kafka_CreateTopics(request.kafka.handle, &one, 1, request.options, request.queue);
        const rd_kafka_resp_err_t code = await_answer(&request);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
            rc = pm_kafka_explain(&request.kafka, code, topic, error);
        rd_kafka_NewTopic_destroy(one);
    }
    request_close(&request);
    return rc;
}

int pm_kafka_topic_remove(const char *topic, const char *const *client, struct pm_error *error)
{
    struct request request;
    int rc = request_open(&request, RD_KAFKA_ADMIN_OP_DELETETOPICS, client, error);

    if (rc != 0)
        return rc;
    rd_kafka_DeleteTopic_t *one = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_DeleteTopics(request.kafka.handle, &one, 1, request.options, request.queue);
    const rd_kafka_resp_err_t code = await_answer(&request);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        rc = pm_kafka_explain(&request.kafka, code, topic, error);
    rd_kafka_DeleteTopic_destroy(one);
    request_close(&request);
    return rc;
}
