/* SPDX-License-Identifier: Apache-2.0 */
/* A hand-written query on the bench: messages go in, rows come out, no broker between. */
#ifndef CLIENT_BENCH_H
#define CLIENT_BENCH_H

#include "pm_client.h"
#include "query_fixture.h"

struct client_bench {
    const struct pm_client_query *query;
    struct pm_job_query given;
    void *self;
    struct pm_record *rows; /* their extensions lie in bytes */
    size_t count, capacity;
    struct pm_bytes bytes;
    int refuse; /* what produce returns; 0: it takes the row */
};

/** Open the client's query with the settings of @p fixture. */
void client_bench_open(struct client_bench *bench, const struct query_fixture *fixture,
                       unsigned partitions, int64_t delay_ns);
void client_bench_close(struct client_bench *bench);

/** Hand on @p record, whose extension lies in @p bytes. Returns what take does. */
int client_bench_take(struct client_bench *bench, unsigned partition,
                      const struct pm_record *record, const struct pm_bytes *bytes);

/** As client_bench_take for data with @p text of @p size bytes. */
int client_bench_text(struct client_bench *bench, unsigned partition, uint64_t sequence,
                      const char *text, size_t size);

/** The text of row @p i and its size. */
const char *client_bench_text_of(const struct client_bench *bench, size_t i, uint32_t *size);

/** The partition's end. */
void client_bench_flush(struct client_bench *bench, unsigned partition);

#endif
