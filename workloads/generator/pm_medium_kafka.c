/* SPDX-License-Identifier: Apache-2.0 */
/* Due records into a Kafka topic: one message each, in the order of their partition. */
#include "pm_medium.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "pm_clock.h"
#include "pm_kafka_client.h"
#include "pm_kafka_format.h"

#define FINISH_MS   60000 /* as long as message.timeout.ms: after it all have an answer */
#define SERVE_EVERY 256u  /* messages between two looks at callbacks */

struct kafka_medium {
    struct pm_medium base;
    struct pm_kafka *kafka;
    bool text, patient;
    unsigned sends; /* since the last look at callbacks */
    struct place {
        int64_t max_ns;    /* the largest event time */
        uint64_t sequence; /* of the next record */
    } * partition;
    uint8_t *message;
};

/* Whoever waits for room does so while nothing is given up: a queue that empties itself into
 * nothing is no broker. */
static int await_room(struct kafka_medium *medium)
{
    struct pm_kafka_stats stats;

    pm_kafka_serve(medium->kafka, 1);
    pm_kafka_statistics(medium->kafka, &stats);
    return stats.undelivered != 0 ? PM_ESINK : 0;
}

static int send(struct kafka_medium *medium, const struct pm_kafka_output *output)
{
    int rc = 0;

    if (++medium->sends % SERVE_EVERY == 0)
        pm_kafka_serve(medium->kafka, 0);
    while ((rc = pm_kafka_send(medium->kafka, output)) == PM_EBUSY && medium->patient)
        if ((rc = await_room(medium)) != 0)
            break;
    return rc;
}

/* Only the first row: the next call takes the next one, each against its own clock. */
static int kafka_write(struct pm_medium *base, unsigned partition, const struct pm_due *due)
{
    struct kafka_medium *const medium = (struct kafka_medium *)base;
    struct place *const place = &medium->partition[partition];
    struct pm_record record = due->rows[0];
    const uint64_t key = htobe64(record.key);
    struct pm_kafka_head head;
    uint32_t size;
    const char *const text = pm_record_text(&record, due->bytes, &size);

    if (size > PM_KAFKA_TEXT_MAX)
        return PM_EINPUT;
    record.id = pm_record_id(partition, place->sequence);
    record.stamp_ns = pm_due_stamp(due, &record);
    pm_kafka_head_fill(&head, PM_KAFKA_RECORD, place->max_ns, &record);
    memcpy(medium->message, &head, sizeof head);
    if (size != 0)
        memcpy(medium->message + sizeof head, text, size);
    const struct pm_kafka_output output = {
        .partition = (int32_t)partition,
        .key = &key,
        .key_size = sizeof key,
        .value = medium->text ? (const void *)text : medium->message,
        .value_size = medium->text ? size : sizeof head + size,
        .header = medium->text ? PM_KAFKA_HEADER : NULL,
        .header_value = &head,
        .header_size = sizeof head,
        .time_ms = pm_kafka_time_ms(record.event_time_ns),
    };
    const int rc = send(medium, &output);
    if (rc != 0)
        return rc;
    due->rows[0].stamp_ns = record.stamp_ns;
    place->sequence++;
    if (record.event_time_ns > place->max_ns)
        place->max_ns = record.event_time_ns;
    return 1;
}

static int kafka_finish(struct pm_medium *base, uint64_t *lost, struct pm_error *error)
{
    struct kafka_medium *const medium = (struct kafka_medium *)base;
    struct pm_kafka_stats stats;
    const int rc = pm_kafka_flush(medium->kafka, FINISH_MS, error);

    pm_kafka_statistics(medium->kafka, &stats);
    *lost = stats.undelivered;
    return rc;
}

static int kafka_failure(struct pm_medium *base, struct pm_error *error)
{
    const int code = pm_kafka_flush(((struct kafka_medium *)base)->kafka, 0, error);

    return code == PM_ETIMEOUT ? 0 : code; /* messages on their way are no failure */
}

static const struct pm_medium_ops kafka_ops = {
    .write = kafka_write, .finish = kafka_finish, .failure = kafka_failure};

void pm_medium_kafka_close(struct pm_medium *base)
{
    struct kafka_medium *const medium = (struct kafka_medium *)base;

    if (medium == NULL)
        return;
    pm_kafka_close(medium->kafka);
    free(medium->partition);
    free(medium->message);
    free(medium);
}

unsigned pm_medium_kafka_partitions(const struct pm_medium *base)
{
    return pm_kafka_partitions(((const struct kafka_medium *)base)->kafka);
}

int pm_medium_kafka_open(struct pm_medium **out, const struct pm_medium_kafka_config *config,
                         struct pm_error *error)
{
    struct kafka_medium *const medium = calloc(1, sizeof *medium);
    int rc = 0;

    if (medium == NULL)
        return pm_error_set(error, PM_ENOMEM, "generator: out of memory");
    medium->base.ops = &kafka_ops;
    medium->text = config->text;
    medium->patient = config->patient;
    rc = pm_kafka_open(&medium->kafka, PM_KAFKA_WRITER, config->topic, config->client, error);
    if (rc == 0) {
        const unsigned partitions = pm_kafka_partitions(medium->kafka);

        pm_kafka_tell(medium->kafka, config->figures);
        medium->partition = calloc(partitions, sizeof *medium->partition);
        medium->message = malloc(sizeof(struct pm_kafka_head) + PM_KAFKA_TEXT_MAX);
        for (unsigned i = 0; medium->partition != NULL && i < partitions; i++)
            medium->partition[i].max_ns = PM_TIME_MIN;
        if (medium->partition == NULL || medium->message == NULL)
            rc = pm_error_set(error, PM_ENOMEM, "generator: out of memory");
    }
    if (rc != 0) {
        pm_medium_kafka_close(&medium->base);
        return rc;
    }
    *out = &medium->base;
    return 0;
}
