/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a client: settings, callbacks, the topic's metadata; and what the library's errors mean.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_kafka_handle.h"
#include "pm_text.h"

#define TOPIC_TRIES   20 /* a topic that was just created is not everywhere at once */
#define TOPIC_WAIT_US 100000
#define CHECK_MS      200
#define ODD_NS        (5 * PM_NS_PER_S) /* a broker that starts may not know its topics yet */

/* --- errors -------------------------------------------------------------------------------- */

/** What an error of librdkafka becomes; %s is the topic or the brokers. */
struct meaning {
    rd_kafka_resp_err_t code;
    int error;
    bool of_brokers; /* the sentence is about the brokers, not about the topic */
    const char *sentence;
};

#define NO_ANSWER                                                                                  \
    "%s: no Kafka broker answers: start one (scripts/kafka start) or correct --brokers"
#define NO_TOPIC  "%s: the topic does not exist there: create it or correct its name"
#define NO_LOGIN  "%s: the broker refuses the login: check sasl.* and security.protocol"
#define NO_RIGHT  "%s: the broker refuses access to the topic: ask for the right to it"
#define NO_OFFSET "%s: the offset asked for is not kept there: raise the topic's retention"
#define TOO_LARGE "%s: a record is larger than the topic takes: raise its max.message.bytes"
#define NOT_IN_TIME                                                                                \
    "%s: messages were not delivered within message.timeout.ms: see the broker's log"
#define OTHER_WRITER "%s: another producer has taken this one's place: end one of the two"

static const struct meaning meanings[] = {
    {RD_KAFKA_RESP_ERR__TRANSPORT, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR__RESOLVE, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, PM_EIO, true, NO_ANSWER},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, PM_EINPUT, true, NO_LOGIN},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, PM_EINPUT, true, NO_LOGIN},
    {RD_KAFKA_RESP_ERR__SSL, PM_EINPUT, true,
     "%s: no trusted connection: check ssl.ca.location and security.protocol"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, PM_EINPUT, false, NO_TOPIC},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, PM_EINPUT, false, NO_TOPIC},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, PM_EMISMATCH, false,
     "%s: the topic's partitions have changed: leave them as they are while a run lasts"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, PM_EINPUT, false,
     "%s: is no name of a topic: letters, digits, '.', '_' and '-', at most 249"},
    {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, PM_EMISMATCH, false,
     "%s: the topic exists already: remove it or take another name"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, PM_EINPUT, false, NO_RIGHT},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, PM_EINPUT, false, NO_RIGHT},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, PM_EOFFSET, false, NO_OFFSET},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, PM_EOFFSET, false, NO_OFFSET},
    {RD_KAFKA_RESP_ERR__BAD_MSG, PM_ECORRUPT, false,
     "%s: a batch of the topic is damaged: restore it from a replica"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, PM_EINPUT, false, TOO_LARGE},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, PM_ESINK, false, NOT_IN_TIME},
    {RD_KAFKA_RESP_ERR__FENCED, PM_ESINK, false, OTHER_WRITER},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, PM_ESINK, false, OTHER_WRITER},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, PM_EINPUT, false,
     "%s: the cluster has too few brokers for its default replication factor: lower that"},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, PM_EINPUT, false,
     "%s: the broker refuses the topic's settings: Kafka 3.6 or newer is needed"},
};

int pm_kafka_explain(const struct pm_kafka *kafka, rd_kafka_resp_err_t code, const char *what,
                     struct pm_error *error)
{
    char subject[PM_KAFKA_BROKERS_SHOWN];

    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const struct meaning *const row = &meanings[i];

        if (row->code != code)
            continue;
        pm_text_printable(subject, sizeof subject, row->of_brokers ? kafka->brokers : what);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table above is all there is */
        return pm_error_set(error, row->error, row->sentence, subject);
#pragma GCC diagnostic pop
    }
    pm_text_printable(subject, sizeof subject, what);
    return pm_error_set(error, kafka->side == PM_KAFKA_WRITER ? PM_ESINK : PM_EIO,
                        "%s: the Kafka client reports %s: see the broker's log", subject,
                        rd_kafka_err2name(code));
}

/* A topic that was there at the open is no wrong name. */
static int explain_removal(const struct pm_kafka *kafka, const char *topic, struct pm_error *error)
{
    char subject[PM_KAFKA_BROKERS_SHOWN];

    return pm_error_set(error, kafka->side == PM_KAFKA_WRITER ? PM_ESINK : PM_EOFFSET,
                        "%s: the topic was removed while it was in use: leave it until the run "
                        "has ended",
                        pm_text_printable(subject, sizeof subject, topic));
}

int pm_kafka_fail(struct pm_kafka *kafka, rd_kafka_resp_err_t code)
{
    const char *const name = kafka->topic != NULL ? rd_kafka_topic_name(kafka->topic) : "kafka";

    pthread_mutex_lock(&kafka->lock);
    int failed = atomic_load(&kafka->failed);
    if (failed == 0) {
        failed = code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
                         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
                     ? explain_removal(kafka, name, &kafka->failure)
                     : pm_kafka_explain(kafka, code, name, &kafka->failure);
        atomic_store(&kafka->failed, failed);
    }
    pthread_mutex_unlock(&kafka->lock);
    return failed;
}

int pm_kafka_failure(struct pm_kafka *kafka, struct pm_error *error)
{
    const int failed = atomic_load(&kafka->failed);

    if (failed == 0)
        return 0;
    pthread_mutex_lock(&kafka->lock);
    if (error != NULL)
        *error = kafka->failure;
    pthread_mutex_unlock(&kafka->lock);
    return failed;
}

/* --- callbacks ----------------------------------------------------------------------------- */

/* Most errors are of brokers that come back; those that a restart of the broker cannot heal end
 * the client. */
static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque)
{
    struct pm_kafka *const kafka = opaque;
    char unused[256];

    if (code == RD_KAFKA_RESP_ERR__FATAL)
        code = rd_kafka_fatal_error(handle, unused, sizeof unused);
    else if (code != RD_KAFKA_RESP_ERR__AUTHENTICATION && code != RD_KAFKA_RESP_ERR__SSL) {
        pthread_mutex_lock(&kafka->lock);
        pm_text_printable(kafka->trouble, sizeof kafka->trouble, reason);
        pthread_mutex_unlock(&kafka->lock);
        return;
    }
    pm_kafka_fail(kafka, (rd_kafka_resp_err_t)code);
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque)
{
    struct pm_kafka *const kafka = opaque;

    (void)handle;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    atomic_store(&kafka->undelivered_code, message->err);
    atomic_fetch_add(&kafka->undelivered, 1);
    pthread_mutex_lock(&kafka->lock);
    if (kafka->figures != NULL)
        atomic_fetch_add(&kafka->figures->undelivered, 1);
    pthread_mutex_unlock(&kafka->lock);
}

static int on_statistics(rd_kafka_t *handle, char *json, size_t size, void *opaque)
{
    (void)handle;
    pm_kafka_stats_take(opaque, json, size);
    return 0; /* the library frees the text */
}

/* Its own lines would go to the terminal as the broker wrote them. */
static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text)
{
    (void)handle;
    (void)level;
    (void)facility;
    (void)text;
}

/* --- open ---------------------------------------------------------------------------------- */

static int set_all(rd_kafka_conf_t *conf, enum pm_kafka_side side, const char *const *client,
                   struct pm_error *error)
{
    char reason[160];
    char shown[160];

    for (const struct pm_kafka_setting *row = pm_kafka_settings; row->name != NULL; row++) {
        const char *const given = pm_kafka_settings_get(client, row->name);
        const char *const value = given != NULL ? given : row->value;

        if (value == NULL || (row->sides & side) == 0)
            continue;
        if (rd_kafka_conf_set(conf, row->name, value, reason, sizeof reason) == RD_KAFKA_CONF_OK)
            continue;
        if (row->kind == PM_KAFKA_SECRET)
            return pm_error_set(error, PM_EINPUT, "kafka client: %s: is refused", row->name);
        return pm_error_set(error, PM_EINPUT, "kafka client: %s: %s", row->name,
                            pm_text_printable(shown, sizeof shown, reason));
    }
    return 0;
}

static int make_handle(struct pm_kafka *kafka, rd_kafka_conf_t *conf, struct pm_error *error)
{
    const bool writes = kafka->side == PM_KAFKA_WRITER;
    char reason[160];
    char shown[160];

    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
    rd_kafka_conf_set_log_cb(conf, on_log);
    if (writes)
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    kafka->handle =
        rd_kafka_new(writes ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, reason, sizeof reason);
    if (kafka->handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return pm_error_set(error, PM_EINPUT, "kafka client: %s",
                            pm_text_printable(shown, sizeof shown, reason));
    }
    return 0;
}

int pm_kafka_handle_open(struct pm_kafka *kafka, enum pm_kafka_side side, const char *const *client,
                         struct pm_error *error)
{
    const char *const brokers = pm_kafka_settings_get(client, "bootstrap.servers");

    *kafka = (struct pm_kafka){.side = side};
    if (brokers == NULL)
        return pm_error_set(error, PM_EINPUT,
                            "kafka client: no broker is named: --brokers "
                            "host:port");
    int rc = pm_kafka_settings_check(client, error);
    if (rc != 0)
        return rc;
    snprintf(kafka->brokers, sizeof kafka->brokers, "%s", brokers);
    pthread_mutex_init(&kafka->lock, NULL);

    rd_kafka_conf_t *const conf = rd_kafka_conf_new();
    rc = set_all(conf, side, client, error);
    if (rc != 0)
        rd_kafka_conf_destroy(conf);
    else
        rc = make_handle(kafka, conf, error);
    if (rc != 0)
        pthread_mutex_destroy(&kafka->lock);
    return rc;
}

void pm_kafka_handle_close(struct pm_kafka *kafka)
{
    if (kafka->topic != NULL)
        rd_kafka_topic_destroy(kafka->topic);
    rd_kafka_destroy(kafka->handle);
    pthread_mutex_destroy(&kafka->lock);
}

/* One look at the topic, which must have *partitions of them (0: any, and it is told):
 * RD_KAFKA_RESP_ERR_NO_ERROR when each has a leader. */
static rd_kafka_resp_err_t look_at_topic(const struct pm_kafka *kafka, int wait_ms,
                                         unsigned *partitions)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code =
        rd_kafka_metadata(kafka->handle, 0, kafka->topic, &metadata, wait_ms);

    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return code;
    if (metadata->topic_cnt != 1) {
        code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    } else {
        const struct rd_kafka_metadata_topic *const topic = &metadata->topics[0];
        const unsigned found = (unsigned)topic->partition_cnt;

        code = topic->err;
        for (int i = 0; i < topic->partition_cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
            code = topic->partitions[i].err;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && *partitions != 0 && found != *partitions)
            code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
        *partitions = found;
    }
    rd_kafka_metadata_destroy(metadata);
    return code;
}

int pm_kafka_check(struct pm_kafka *kafka)
{
    unsigned partitions = kafka->partitions;
    const rd_kafka_resp_err_t code = look_at_topic(kafka, CHECK_MS, &partitions);

    if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
        code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
        atomic_store(&kafka->odd_since_ns, 0);
        return 0;
    }
    const int64_t now_ns = pm_clock_ns();
    int64_t since_ns = 0;
    if (atomic_compare_exchange_strong(&kafka->odd_since_ns, &since_ns, now_ns))
        since_ns = now_ns;
    return now_ns - since_ns < ODD_NS ? PM_EBUSY : pm_kafka_fail(kafka, code);
}

static int find_topic(struct pm_kafka *kafka, const char *topic, struct pm_error *error)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    kafka->topic = rd_kafka_topic_new(kafka->handle, topic, NULL);
    if (kafka->topic == NULL)
        return pm_kafka_explain(kafka, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, topic, error);
    for (int tries = 0; tries < TOPIC_TRIES; tries++) {
        kafka->partitions = 0;
        code = look_at_topic(kafka, PM_KAFKA_ANSWER_MS, &kafka->partitions);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR && kafka->partitions != 0)
            return 0;
        pm_kafka_serve(kafka, 0);
        if (pm_kafka_failure(kafka, error) != 0) /* a refused login looks like no answer */
            return atomic_load(&kafka->failed);
        if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
            code != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
            break;
        const struct timespec pause = {.tv_nsec = TOPIC_WAIT_US * 1000L};
        nanosleep(&pause, NULL);
    }
    return pm_kafka_explain(kafka, code, topic, error);
}

int pm_kafka_open(struct pm_kafka **out, enum pm_kafka_side side, const char *topic,
                  const char *const *client, struct pm_error *error)
{
    struct pm_kafka *const kafka = calloc(1, sizeof *kafka);

    if (kafka == NULL)
        return pm_error_set(error, PM_ENOMEM, "kafka client: out of memory");
    int rc = pm_kafka_handle_open(kafka, side, client, error);
    if (rc == 0) {
        rc = find_topic(kafka, topic, error);
        if (rc != 0)
            pm_kafka_handle_close(kafka);
    }
    if (rc != 0) {
        free(kafka);
        return rc;
    }
    *out = kafka;
    return 0;
}

void pm_kafka_close(struct pm_kafka *kafka)
{
    if (kafka == NULL)
        return;
    pm_kafka_serve(kafka, 0); /* statistics that nobody had the time to look at */
    pm_kafka_stats_leave(kafka);
    if (kafka->side == PM_KAFKA_WRITER)
        rd_kafka_purge(kafka->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    pm_kafka_handle_close(kafka);
    free(kafka);
}

unsigned pm_kafka_partitions(const struct pm_kafka *kafka)
{
    return kafka->partitions;
}

void pm_kafka_serve(struct pm_kafka *kafka, int wait_ms)
{
    rd_kafka_poll(kafka->handle, wait_ms);
}
