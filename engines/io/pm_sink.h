/* SPDX-License-Identifier: Apache-2.0 */
/* Where an engine publishes: rows become visible by a commit, and only by that. */
#ifndef PM_SINK_H
#define PM_SINK_H

#include "pm_error.h"
#include "pm_publish.h"
#include "pm_record.h"
#include "pm_schema.h"

/** How often an output may appear after failures. Until recovery exists only the first is run. */
enum pm_guarantee { PM_AT_MOST_ONCE, PM_AT_LEAST_ONCE, PM_EXACTLY_ONCE };

#define PM_GUARANTEE_WORDS "at-most-once at-least-once exactly-once"

/** What a prepared epoch is known by: it goes into a checkpoint and comes back after a restart. */
struct pm_sink_handle {
    uint64_t run;
    uint32_t incarnation;
    uint32_t writer;
    uint64_t epoch;
    uint64_t rows;
    uint64_t digest; /* of the rows, independent of their order */
};

struct pm_kafka_figures;

struct pm_sink_config {
    const char *place; /* a folder, a topic */
    unsigned writer;   /* our number among the job's parallel writers */
    unsigned writers;
    uint64_t run;
    uint32_t incarnation;
    uint64_t capacity; /* bytes that one writer may hold before a reader frees them: more than an
                          epoch takes, or write stays at PM_EBUSY */
    enum pm_guarantee guarantee;
    enum pm_durability durability;
    const char *const
        *outputs; /* the names of the query's outputs, by stream number, NULL at end */
    const struct pm_schema *const *schemas; /* of the outputs; NULL: rows show their 64 bytes */
    const char *const *client;
    const char *const *about; /* what a reader is told of the job, "name=value", NULL-terminated or
                                 NULL; of the view in SQLite alone */
    struct pm_kafka_figures *figures; /* a Kafka sink adds to them until the close; NULL: no */
};

struct pm_sink;

/** A kind of sink; one instance a writer, used by one thread. 0 or a negative PM_E*. */
struct pm_sink_ops {
    const char *name;
    unsigned guarantees; /* bit set: 1 << enum pm_guarantee */
    int (*open)(struct pm_sink **out, const struct pm_sink_config *config, struct pm_error *error);
    /* Epochs begin in increasing order; one is open at a time, earlier ones may be prepared. */
    int (*begin)(struct pm_sink *sink, uint64_t epoch);
    /* Copies @p record and its extension. Not yet visible. The stream says which output. */
    int (*write)(struct pm_sink *sink, const struct pm_record *record,
                 const struct pm_bytes *bytes);
    /* All writes of the open epoch are safe at the sink's durability; fills @p handle. */
    int (*prepare)(struct pm_sink *sink, struct pm_sink_handle *handle);
    /* Make the epoch visible. Idempotent. PM_EUNKNOWN: call again with the same handle. */
    int (*commit)(struct pm_sink *sink, const struct pm_sink_handle *handle);
    /* What was prepared never appears; its epoch's number is not used again. */
    int (*abort)(struct pm_sink *sink, const struct pm_sink_handle *handle);
    /* The newest commit that a reader sees, by any incarnation; rows 0 and epoch 0 when none. */
    int (*last_committed)(struct pm_sink *sink, struct pm_sink_handle *handle);
    void (*close)(struct pm_sink *sink); /* accepts NULL; what is not committed never appears */
    /* Optional: prepare, commit and begin the next epoch in one go, see pm_sink_publish. */
    int (*publish)(struct pm_sink *sink, uint64_t *epoch);
    /* Optional: why the sink failed for good, in one sentence; 0 when nothing is known. */
    int (*failure)(struct pm_sink *sink, struct pm_error *error);
};

/** First member of every implementation. */
struct pm_sink {
    const struct pm_sink_ops *ops;
};

extern const struct pm_sink_ops pm_sink_log; /* the committed-output log; its reader is pm_source */
extern const struct pm_sink_ops pm_sink_files;  /* one JSON-lines file an output and epoch */
extern const struct pm_sink_ops pm_sink_sqlite; /* PM_SQLITE_FILE: a table an output, updates
                                                   folded; one epoch at a time; a reader sees whole
                                                   commits (pm_sqlite_view.h) */
extern const struct pm_sink_ops pm_sink_null;   /* counts and forgets */

static inline int pm_sink_write(struct pm_sink *sink, const struct pm_record *record,
                                const struct pm_bytes *bytes)
{
    return sink->ops->write(sink, record, bytes);
}

/**
 * Prepare the open epoch *epoch, commit it and begin *epoch + 1: what a job without checkpoints
 * does. On the log, at PM_AT_MOST_ONCE, what fits one frame is published as one frame; an epoch
 * without rows leaves no trace. Errors: PM_EBUSY when the log is full: nothing changed, call again.
 */
int pm_sink_publish(struct pm_sink *sink, uint64_t *epoch);

#endif
