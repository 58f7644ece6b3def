/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka side of a row as JSON. */
#include <stdio.h>

#include "pm_document_inside.h"

static json_t *write_client(struct pm_document_writer *writer, const char *name,
                            const struct pm_row_client *client)
{
    json_t *const object = json_object();
    char group[32];
    const struct {
        const char *name;
        struct pm_figure figure;
    } figures[] = {
        {"batch_messages", client->batch_messages},
        {"batch_bytes", client->batch_bytes},
        {"round_trip_ns", client->round_trip_ns},
        {"round_trip_p99_ns", client->round_trip_p99_ns},
        {"queued_max", client->queued_max},
        {"undelivered", client->undelivered},
    };

    snprintf(group, sizeof group, "kafka.%s", name);
    for (unsigned i = 0; i < sizeof figures / sizeof figures[0]; i++)
        pm_document_figure(writer, object, group, figures[i].name, figures[i].figure);
    return object;
}

static json_t *write_dead_letters(const struct pm_row_kafka *kafka)
{
    json_t *const object = json_object();
    json_t *const examples = json_array();

    json_object_set_new(object, "count", pm_document_count(kafka->dead_letters));
    for (unsigned i = 0; i < PM_KAFKA_FAULTS; i++)
        if (pm_fault_names[i] != NULL)
            json_object_set_new(object, pm_fault_names[i], pm_document_count(kafka->dead[i]));
    for (unsigned i = 0; i < kafka->letters; i++)
        json_array_append_new(examples, json_string(kafka->letter[i]));
    json_object_set_new(object, "examples", examples);
    return object;
}

void pm_document_kafka(struct pm_document_writer *writer, const struct pm_row_kafka *kafka)
{
    if (!kafka->is_used) {
        json_object_set_new(writer->object, "kafka", json_null());
        json_object_set_new(writer->reasons, "kafka",
                            json_string("the transport is the embedded log"));
        return;
    }
    json_t *const object = json_object();

    for (unsigned i = 0; i < PM_CLIENTS; i++)
        json_object_set_new(object, pm_client_names[i],
                            write_client(writer, pm_client_names[i], &kafka->client[i]));
    json_object_set_new(object, "dead_letters", write_dead_letters(kafka));
    json_object_set_new(writer->object, "kafka", object);
}
