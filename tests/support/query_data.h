/* SPDX-License-Identifier: Apache-2.0 */
/* Generated input for the tests of whole queries: disorder, stragglers and idle marks included. */
#ifndef QUERY_DATA_H
#define QUERY_DATA_H

#include "query_fixture.h"

struct query_data_config {
    uint64_t seed;
    unsigned partitions; /* each stream behind the first has one, at the end */
    uint64_t records;    /* a partition */
    uint64_t keys;
    int64_t step_ns;      /* from one record's due time to the next */
    int64_t disorder_ns;  /* event times lie up to this much before */
    int64_t straggler_ns; /* and one in fifty up to this much more */
    int64_t delay_ns;     /* of the watermark */
    uint64_t mutations;   /* bytes of a text that are overwritten, at most */
};

/**
 * Open partitions of what the streams of the fixture's query fill. Keys go to any partition, but
 * for a query in arrival order each has its own. No flush record stands at the end.
 */
void query_data_open(struct query_input *input, const struct query_fixture *fixture,
                     const struct query_data_config *config);

/** The stream of partition @p partition of @p partitions. */
unsigned query_data_stream(const struct pm_query *query, unsigned partitions, unsigned partition);

/** A query with settings under which its windows, sessions and joins meet the data's disorder. */
struct query_case {
    const char *query;
    const char *set[9];
    struct query_data_config data; /* the seed is the test's to give */
};
extern const struct query_case query_cases[];
extern const unsigned query_case_count;

#endif
