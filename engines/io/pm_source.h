/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine reads: partitions replayable by offset, whoever keeps them. */
#ifndef PM_SOURCE_H
#define PM_SOURCE_H

#include "pm_error.h"
#include "pm_option.h"
#include "pm_record.h"

/** What a poll found. */
enum pm_source_event {
    PM_SOURCE_NOTHING, /* nothing new now; poll again */
    PM_SOURCE_DATA,    /* the view is filled */
    PM_SOURCE_END,     /* the partition's flush record has been handed out; nothing follows */
};

/**
 * Successive records of one partition, where they lie: read-only, valid until the next poll or
 * release of the partition. Of committed output only committed rows are seen, in commit order. A
 * view never spans a frame. rows[i] has sequence first_sequence + i.
 */
struct pm_source_view {
    const struct pm_record *rows;
    const struct pm_bytes *bytes; /* the container of their extensions */
    uint64_t first_sequence;
    uint32_t count;
    int64_t max_time_before_ns; /* the largest event time of the partition before rows[0] */
    int64_t visible_ns; /* CLOCK_MONOTONIC when they could be seen: written, or their commit */
};

struct pm_kafka_figures;

struct pm_source_config {
    const char *place;         /* a log's folder, a topic */
    unsigned consumer;         /* our number among the registered consumers; 0..7 */
    const char *const *client; /* allow-listed client settings "k=v", NULL-terminated, or NULL */
    struct pm_kafka_figures *figures; /* a Kafka source adds to them until the close; NULL: no */
};

struct pm_source;

/** A kind of source. Hooks marked optional may be NULL. All return 0 or a negative PM_E*. */
struct pm_source_ops {
    const char *name;
    int (*open)(struct pm_source **out, const struct pm_source_config *config,
                struct pm_error *error);
    unsigned (*partitions)(const struct pm_source *source);
    /* Never blocks. At most @p limit records. Two threads may poll two partitions at a time. */
    int (*poll)(struct pm_source *source, unsigned partition, uint32_t limit,
                struct pm_source_view *view);
    /* The next poll begins at @p sequence. PM_EOFFSET when it is not kept or not yet written. */
    int (*seek)(struct pm_source *source, unsigned partition, uint64_t sequence,
                struct pm_error *error);
    /* One past the last record written by now, of output whether committed or not: the end of a
     * range or a cut. */
    int (*end)(struct pm_source *source, unsigned partition, uint64_t *sequence);
    /* Position the next poll at a record from which on the running maximum of event time may reach
     * @p time_ns: every record before it came while the maximum was below. For bounded look-back.
     * *sequence is that record's, or the next one's when none is there. PM_EOFFSET: not kept. */
    int (*seek_time)(struct pm_source *source, unsigned partition, int64_t time_ns,
                     uint64_t *sequence, struct pm_error *error);
    /* A restart would begin at @p sequence: what lies before may be forgotten. */
    void (*release)(struct pm_source *source, unsigned partition, uint64_t sequence);
    void (*close)(struct pm_source *source); /* accepts NULL */
    /* Optional: why a poll or an end failed for good, in one sentence; 0 when nothing is known. */
    int (*failure)(struct pm_source *source, struct pm_error *error);
};

/** First member of every implementation. */
struct pm_source {
    const struct pm_source_ops *ops;
};

/* The log's name is its transport. */
extern const struct pm_source_ops pm_source_log; /* the embedded log, source or committed output */

static inline int pm_source_poll(struct pm_source *source, unsigned partition, uint32_t limit,
                                 struct pm_source_view *view)
{
    return source->ops->poll(source, partition, limit, view);
}

/** Set @p error to why a poll failed with @p code: the source's sentence, or the code's name.
 * Returns @p code. */
static inline int pm_source_fail(struct pm_source *source, int code, struct pm_error *error)
{
    if (source->ops->failure == NULL || source->ops->failure(source, error) == 0)
        pm_error_set(error, code, "source: %s", pm_error_name(code));
    return code;
}

#endif
