/* SPDX-License-Identifier: Apache-2.0 */
/* The loop that a user of Kafka writes: consume, transform, produce. */
#ifndef PM_CLIENT_LOOP_H
#define PM_CLIENT_LOOP_H

#include <librdkafka/rdkafka.h>

#include "pm_client.h"
#include "pm_kafka_handle.h"

/** How rows leave. */
enum pm_client_produce {
    PM_CLIENT_ASYNC, /* the next messages are taken while rows are on their way */
    PM_CLIENT_SYNC,  /* every row of a turn has its answer before the next turn */
};

/** What a turn is. */
struct pm_client_settings {
    int64_t messages; /* taken at most in a turn, and as many as are there */
    int produce;      /* enum pm_client_produce */
};

/** Opened in place; the address must not change. Thread: the caller's. */
struct pm_client_loop {
    struct pm_engine *engine;
    const struct pm_client_settings *settings;
    const struct pm_client_query *query;
    void *self; /* the query's */
    struct pm_kafka *reader, *writer;
    rd_kafka_queue_t *queue; /* of all partitions */
    unsigned partitions, open_partitions;
    bool *ended; /* of each partition: its last message was read */
    rd_kafka_message_t **message;
    void *value;        /* of the row in hand */
    uint64_t unsettled; /* rows produced in this turn */
    int64_t served_ns, found_ns;
};

/** Open both clients with the job's settings, and every partition from its first message on: no
 * group, no commit. The engine's job is borrowed. Errors: those of pm_kafka_open. */
int pm_client_loop_open(struct pm_client_loop *loop, struct pm_engine *engine,
                        struct pm_error *error);

/** Hand messages to @p query until every partition has ended or a stop is asked for, and, but for
 * PM_STOP_NOW, wait until all rows have their answer. Errors: PM_ESINK, PM_ETIMEOUT (a row has none
 * within 60 s), what the clients end with and what take returns. */
int pm_client_loop_run(struct pm_client_loop *loop, const struct pm_client_query *query, void *self,
                       struct pm_error *error);

/** The pm_client_output of @p loop (its payload) for the query. */
int pm_client_loop_produce(void *loop, const struct pm_record *row, const void *text,
                           uint32_t size);

void pm_client_loop_close(struct pm_client_loop *loop); /* takes a zeroed or half-open one */

#endif
