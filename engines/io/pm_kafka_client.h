/* SPDX-License-Identifier: Apache-2.0 */
/* A client of one Kafka topic: the door to librdkafka for what is read, written and administered.
 */
#ifndef PM_KAFKA_CLIENT_H
#define PM_KAFKA_CLIENT_H

#include <stdint.h>

#include "pm_kafka_figures.h"
#include "pm_kafka_settings.h"

/** How long an open, a look at offsets or a change of topics waits for a broker. */
#define PM_KAFKA_ANSWER_MS 5000

struct pm_kafka; /* a client of one topic, on one side */
struct pm_kafka_feed;

/**
 * What the library measured since the open, from its statistics callback (every
 * statistics.interval.ms, and what waits for it at the close). A fetch waits at the broker for
 * data, up to fetch.wait.max.ms: of a reader, a trip is as long as that.
 */
struct pm_kafka_stats {
    uint64_t reports;  /* statistics that came in; 0: all but undelivered is unknown */
    uint64_t messages; /* sent or fetched */
    uint64_t batches;  /* of one partition each, sent or fetched */
    uint64_t batched, batched_bytes; /* messages in them, and bytes */
    uint64_t trips, trips_us;        /* answers of brokers, and the sum of their times */
    uint64_t trips_beyond;           /* of them, beyond what the library sorts: 0.5 s */
    uint64_t trip_p99_us_max; /* without these, p99 of the worst interval, of the slowest broker */
    uint64_t queued;          /* messages in the library's queue at the end of the last interval */
    uint64_t queued_max;      /* the largest such number */
    uint64_t undelivered;     /* messages given up: they timed out or were refused */
};

/**
 * Open a client of @p topic with @p client's settings (bootstrap.servers among them) and ask the
 * brokers for the topic. Errors: PM_EINPUT (a setting, the topic does not exist, refused
 * credentials), PM_EIO (no broker answers within PM_KAFKA_ANSWER_MS), PM_ENOMEM.
 * Thread: a reader's two partitions may be fetched by two threads; else one at a time.
 * Cost: three library threads and one a broker.
 */
int pm_kafka_open(struct pm_kafka **out, enum pm_kafka_side side, const char *topic,
                  const char *const *client, struct pm_error *error);

/** Close; accepts NULL. Messages that are not delivered are given up: pm_kafka_flush first. */
void pm_kafka_close(struct pm_kafka *kafka);

/** Partitions of the topic when it was opened. */
unsigned pm_kafka_partitions(const struct pm_kafka *kafka);

/** Let callbacks run (errors, delivery, statistics) for at most @p wait_ms. Thread: any. */
void pm_kafka_serve(struct pm_kafka *kafka, int wait_ms);

/**
 * Ask whether the topic is there as it was: librdkafka waits for ever for one that was removed.
 * 0 also when no broker answers within 0.2 s. A topic that is gone (PM_EOFFSET, of a writer
 * PM_ESINK) or has another number of partitions (PM_EMISMATCH) ends the client once it was seen so
 * for 5 s, before that it is PM_EBUSY: a broker that starts knows its topics one by one. Cost:
 * about 1 ms. Thread: any.
 */
int pm_kafka_check(struct pm_kafka *kafka);

/** 0, or the PM_E* that the client ended with for good; @p error gets its sentence. A broker that
 * is away is no end: the library comes back by itself. */
int pm_kafka_failure(struct pm_kafka *kafka, struct pm_error *error);

void pm_kafka_statistics(struct pm_kafka *kafka, struct pm_kafka_stats *out);

/** From now on add what the client measures to @p figures too, which must live until the close;
 * NULL: to none. Call it behind the open, before anything else. */
void pm_kafka_tell(struct pm_kafka *kafka, struct pm_kafka_figures *figures);

/** Count @p dead in @p figures, and keep it while there is room. Thread: any. */
void pm_kafka_refuse(struct pm_kafka_figures *figures, const struct pm_kafka_dead *dead);

/* --- reading ------------------------------------------------------------------------------- */

/** A message as it lies in the library's memory. value NULL is a null value. */
struct pm_kafka_message {
    uint64_t offset;
    const void *value;
    size_t value_size;
    const void *native; /* for pm_kafka_message_header */
};

/** The most messages of one take: few enough that the headers which the library makes of them come
 * from the allocator's cache of this thread and go back to it. */
#define PM_KAFKA_TAKE_MAX 64u

/** Fetch @p partition from @p offset on. Errors: PM_ENOMEM, PM_EIO. */
int pm_kafka_feed_open(struct pm_kafka_feed **out, struct pm_kafka *kafka, unsigned partition,
                       uint64_t offset, struct pm_error *error);
void pm_kafka_feed_close(struct pm_kafka_feed *feed); /* accepts NULL */

/**
 * What has been fetched: at most @p limit messages in the order of offsets, in *messages until the
 * next take or close. Returns their number, 0 when none is there, or a negative PM_E* (PM_EOFFSET:
 * the offset is not kept), whose sentence pm_kafka_failure gives. Never blocks.
 */
int pm_kafka_feed_take(struct pm_kafka_feed *feed, unsigned limit,
                       const struct pm_kafka_message **messages);

/** The last header called @p name, or NULL; borrowed like the message. Cost: parses all headers. */
const void *pm_kafka_message_header(const struct pm_kafka_message *message, const char *name,
                                    size_t *size);

/** The first offset that is kept (@p low may be NULL) and one past the last written. Asks the
 * broker for each: about 1 ms. Errors: PM_EIO within PM_KAFKA_ANSWER_MS. */
int pm_kafka_offsets(struct pm_kafka *kafka, unsigned partition, uint64_t *low, uint64_t *high,
                     struct pm_error *error);

/** The first offset whose timestamp reaches @p time_ms; the end when none does. Errors: PM_EIO. */
int pm_kafka_offset_of_time(struct pm_kafka *kafka, unsigned partition, int64_t time_ms,
                            uint64_t *offset, struct pm_error *error);

/* --- writing ------------------------------------------------------------------------------- */

#define PM_KAFKA_BY_KEY (-1) /* the partition that Java's clients choose for the key */

/** A message to send; all of it is copied. */
struct pm_kafka_output {
    int32_t partition; /* or PM_KAFKA_BY_KEY */
    const void *key;   /* NULL: none */
    size_t key_size;
    const void *value; /* NULL: a null value */
    size_t value_size;
    const char *header; /* its name; NULL: no header */
    const void *header_value;
    size_t header_size;
    int64_t time_ms; /* 0: now */
};

/**
 * Hand a message to the library, which sends it within linger.ms. Errors: PM_EBUSY (its queue is
 * full: serve, then call again), PM_EINPUT (larger than the topic takes), PM_ESINK (the client has
 * failed for good). Thread: any. Cost: about 0.5 us and the copy.
 */
int pm_kafka_send(struct pm_kafka *kafka, const struct pm_kafka_output *output);

/**
 * Wait until every message that was sent has its answer. Errors: PM_ETIMEOUT after @p wait_ms,
 * PM_ESINK when messages were given up since the open, with their number.
 */
int pm_kafka_flush(struct pm_kafka *kafka, int wait_ms, struct pm_error *error);

/* --- topics -------------------------------------------------------------------------------- */

/**
 * Create @p topic with @p partitions, made for records whose timestamps follow event times: nothing
 * is deleted by age, nothing refused for its time. Errors: PM_EMISMATCH (it exists), PM_EINPUT,
 * PM_EIO.
 */
int pm_kafka_topic_create(const char *topic, unsigned partitions, const char *const *client,
                          struct pm_error *error);

/** Remove @p topic; 0 when it does not exist. Errors: PM_EINPUT, PM_EIO. */
int pm_kafka_topic_remove(const char *topic, const char *const *client, struct pm_error *error);

#endif
