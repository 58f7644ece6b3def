/* SPDX-License-Identifier: Apache-2.0 */
/* Topics, clients and messages of tests. */
#include "kafka_rig.h"

#include <endian.h>
#include <stdlib.h>
#include <unistd.h>

#include "pm_broker.h"
#include "pm_source_kafka.h"

void kafka_rig_need_broker(void)
{
    if (pm_broker_answers())
        return;
    fprintf(stderr, "skipped: no Kafka broker on %s: scripts/kafka start\n", pm_broker_address());
    exit(77);
}

void kafka_rig_open(struct kafka_rig *rig, unsigned partitions)
{
    static unsigned topics;
    struct pm_error error = {0};

    memset(rig, 0, sizeof *rig);
    snprintf(rig->topic, sizeof rig->topic, "pacemark-test-%d-%u", (int)getpid(), topics++);
    snprintf(rig->brokers, sizeof rig->brokers, "bootstrap.servers=%s", pm_broker_address());
    rig->client[0] = rig->brokers;
    if (pm_kafka_topic_create(rig->topic, partitions, rig->client, &error) != 0)
        fail_msg("%s", error.text);
}

void kafka_rig_close(struct kafka_rig *rig)
{
    struct pm_error error = {0};

    if (pm_kafka_topic_remove(rig->topic, rig->client, &error) != 0)
        fail_msg("%s", error.text);
}

struct pm_kafka *kafka_rig_client(const struct kafka_rig *rig, enum pm_kafka_side side)
{
    struct pm_kafka *kafka = NULL;
    struct pm_error error = {0};

    if (pm_kafka_open(&kafka, side, rig->topic, rig->client, &error) != 0)
        fail_msg("%s", error.text);
    return kafka;
}

struct pm_source *kafka_rig_source(const struct kafka_rig *rig)
{
    const struct pm_source_config config = {.place = rig->topic, .client = rig->client};
    struct pm_source *source = NULL;
    struct pm_error error = {0};

    if (pm_source_kafka.open(&source, &config, &error) != 0)
        fail_msg("%s", error.text);
    return source;
}

void kafka_rig_send(struct pm_kafka *writer, unsigned partition, const struct pm_record *record,
                    const char *text, bool binary, int64_t *max_ns)
{
    uint8_t message[512];
    struct pm_record announced = *record;
    struct pm_kafka_head head;
    const uint64_t key = htobe64(record->key);
    const size_t size = text != NULL ? strlen(text) : 0;

    pm_record_set_extension(&announced, text != NULL ? 8 : 0);
    pm_kafka_head_fill(&head, PM_KAFKA_RECORD, *max_ns, &announced);
    memcpy(message, &head, sizeof head);
    if (size != 0)
        memcpy(message + sizeof head, text, size);
    const struct pm_kafka_output output = {
        .partition = (int32_t)partition,
        .key = &key,
        .key_size = sizeof key,
        .value = binary ? (const void *)message : text,
        .value_size = binary ? sizeof head + size : size,
        .header = binary ? NULL : PM_KAFKA_HEADER,
        .header_value = &head,
        .header_size = sizeof head,
        .time_ms = pm_kafka_time_ms(record->event_time_ns),
    };
    assert_int_equal(pm_kafka_send(writer, &output), 0);
    if (record->event_time_ns > *max_ns)
        *max_ns = record->event_time_ns;
}
