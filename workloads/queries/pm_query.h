/* SPDX-License-Identifier: Apache-2.0 */
/* A query: its data, its plan over the operator library, and the oracle that knows the answer. */
#ifndef PM_QUERY_H
#define PM_QUERY_H

#include "pm_codec.h"
#include "pm_option.h"
#include "pm_plan.h"
#include "pm_random.h"

/**
 * One input stream as the query sees it. fill writes the columns of record number @p sequence of
 * its key at its event time: a function of the arguments and @p random alone. Schema columns with
 * place RECORD are filled in @p record; text columns by pm_record_extend.
 */
struct pm_query_stream {
    const char *name;
    const struct pm_schema *schema;
    enum pm_codec codec; /* the one that its records travel in */
    unsigned share;      /* of the traffic, in parts of the sum over the streams */
    void (*fill)(const void *settings, struct pm_random *random, struct pm_record *record,
                 struct pm_bytes *bytes);
};

/** One output: its identity columns name a result once and for all. */
struct pm_query_output {
    const char *name;
    const char *identity[6]; /* column names; "id" is the record's; ends with NULL */
};

/**
 * What an oracle reads: the records of the run as they stand in the source log, partition by
 * partition, in order, flush records included. Owner: the caller.
 */
struct pm_oracle_partition {
    const struct pm_record *rows;
    const struct pm_bytes *bytes;
    uint64_t count;
    unsigned stream;
    int64_t watermark_delay_ns; /* PM_DELAY_TO_END: nothing is behind */
};
struct pm_oracle_input {
    unsigned partitions;
    const struct pm_oracle_partition *partition;
};

struct pm_oracle; /* collects the rows that must come out; see pm_oracle.h */

struct pm_query {
    const char *name;
    const char *summary;             /* one line */
    const struct pm_option *options; /* the query's settings: window, gap, lateness … */
    size_t settings_size;
    unsigned streams;
    struct pm_query_stream stream[PM_PLAN_STREAMS_MAX];
    unsigned outputs;
    struct pm_query_output output[PM_PLAN_OUTPUTS_MAX];
    enum pm_order order;
    /* Build the plan; failures are the plan's (pm_plan_check reports them). */
    void (*build)(struct pm_plan *plan, const void *settings);
    /* Expected rows, computed slowly and obviously from the input's bytes. */
    int (*oracle)(struct pm_oracle *oracle, const struct pm_oracle_input *input,
                  const void *settings, struct pm_error *error);
};

/** Every query by name; ends with NULL. */
extern const struct pm_query *const pm_queries[];
const struct pm_query *pm_query_find(const char *name);

/** Lines of @p query's file that are neither blank nor comment, counted when it was built: its
 * plan, settings, schemas and made data. */
unsigned pm_query_lines(const struct pm_query *query);

#endif
