/* SPDX-License-Identifier: Apache-2.0 */
/* Where the producer's due records go: the embedded log or a Kafka topic. */
#ifndef PM_MEDIUM_H
#define PM_MEDIUM_H

#include "pm_error.h"
#include "pm_log.h"
#include "pm_record.h"

/** Records of one partition that are due. Each is stamped start_ns + its own stamp, or now_ns where
 * that is not 0. */
struct pm_due {
    struct pm_record *rows; /* a medium stamps what it takes, in place */
    const struct pm_bytes *bytes;
    uint32_t count; /* 1 or more */
    int64_t start_ns;
    int64_t now_ns;
};

static inline int64_t pm_due_stamp(const struct pm_due *due, const struct pm_record *row)
{
    return due->now_ns != 0 ? due->now_ns : row->stamp_ns + due->start_ns;
}

struct pm_medium;

struct pm_medium_ops {
    /* Take the first rows of @p due: how many (1..count), PM_EBUSY when there is no room now
     * (nothing was taken or stamped), PM_EINPUT when the first one is larger than the medium takes,
     * or another PM_E* for good. Never waits. */
    int (*write)(struct pm_medium *medium, unsigned partition, const struct pm_due *due);
    /* All is written: wait until it is safe there. *lost: records that never will be, after all.
     * NULL: it is safe when it is written. */
    int (*finish)(struct pm_medium *medium, uint64_t *lost, struct pm_error *error);
    /* Why a write failed for good, in one sentence, and its PM_E*; 0 when nothing is known. NULL:
     * never. */
    int (*failure)(struct pm_medium *medium, struct pm_error *error);
};

/** First member of every medium. */
struct pm_medium {
    const struct pm_medium_ops *ops;
};

/** The embedded log; open log writers, one a partition, are borrowed. */
struct pm_medium_log {
    struct pm_medium base;
    struct pm_log_writer *const *writers;
};
void pm_medium_log_open(struct pm_medium_log *out, struct pm_log_writer *const *writers);

struct pm_kafka_figures;

/** A topic to write to. */
struct pm_medium_kafka_config {
    const char *topic;
    const char *const *client; /* settings; the brokers among them */
    bool text;                 /* the text form of pm_kafka_format.h, for records that are texts */
    bool patient; /* a full queue is waited for: without a schedule there is no lateness */
    struct pm_kafka_figures *figures; /* the client adds to them until the close; NULL: no */
};

/**
 * Open the topic for an idempotent producer. A record counts as written when the client's queue has
 * it; that queue is what an outage may fill (queue.buffering.max.messages) before records find no
 * room. Errors: those of pm_kafka_open. pm_medium_kafka_close accepts NULL.
 */
int pm_medium_kafka_open(struct pm_medium **out, const struct pm_medium_kafka_config *config,
                         struct pm_error *error);
void pm_medium_kafka_close(struct pm_medium *medium);
unsigned pm_medium_kafka_partitions(const struct pm_medium *medium);

#endif
