/* SPDX-License-Identifier: Apache-2.0 */
/* A query written by hand: what the loop tells it, and what it tells the loop. */
#ifndef PM_CLIENT_H
#define PM_CLIENT_H

#include "pm_codec.h"
#include "pm_engine.h"

/** A message as it was read: a record or a mark, whose kind says which. Borrowed until take ends.
 */
struct pm_client_message {
    struct pm_record record; /* stamp_ns is the time of reading; its text is beside it */
    const char *text;        /* size bytes; NULL: none */
    uint32_t size;
    unsigned partition;
};

/** Where rows go. The stream of @p row is the query's output; text NULL: the row has none. 0 or a
 * negative PM_E*, with which take ends. */
struct pm_client_output {
    int (*produce)(void *payload, const struct pm_record *row, const void *text, uint32_t size);
    void *payload;
};

/** Borrowed until close. */
struct pm_client_job {
    const struct pm_job_query *query;
    unsigned partitions;
    int64_t watermark_delay_ns;
    struct pm_client_output output;
};

/** One query, in a file of its own. Thread: the loop's. */
struct pm_client_query {
    const char *name;
    struct pm_hand_lines lines;
    size_t size; /* of self, which is zeroed before open */
    int (*open)(void *self, const struct pm_client_job *job, struct pm_error *error);
    /* The messages of a partition in their order. 0 or a negative PM_E*. */
    int (*take)(void *self, const struct pm_client_message *message);
    uint64_t (*state_bytes)(const void *self); /* NULL: none is kept */
    void (*close)(void *self);                 /* NULL: nothing to free; takes a half-open one */
};

/** All that are written; ends with NULL. */
extern const struct pm_client_query *const pm_client_queries[];

/** The whole number that the query's setting @p name has; it must be one of them. */
int64_t pm_client_setting(const struct pm_job_query *query, const char *name);

/** Produce @p row, of which nothing but the kind and stream is changed, as a row of @p output. */
int pm_client_send(const struct pm_client_output *to, unsigned output, struct pm_record *row,
                   const void *text, uint32_t size);

/** Produce @p message to @p output as a dead letter of line @p line. */
int pm_client_send_dead(const struct pm_client_output *to, unsigned output,
                        const struct pm_client_message *message, enum pm_codec_fault fault,
                        uint64_t line);

#endif
