/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of queries need: a checked plan with its oracle, input made by hand, rows that came.
 */
#ifndef QUERY_FIXTURE_H
#define QUERY_FIXTURE_H

#include "pm_oracle.h"

#define QUERY_INPUT_PARTITIONS 8u

struct query_fixture {
    const struct pm_query *query;
    _Alignas(16) char settings[512];
    struct pm_plan *plan;
    struct pm_oracle *oracle;
};

/** Open query @p name with defaults changed by @p set: name, value, name, value, NULL; may be NULL.
 */
void query_fixture_open(struct query_fixture *fixture, const char *name, const char *const *set);
void query_fixture_close(struct query_fixture *fixture);

/** A check to which rows may come; the oracle must be sealed. */
struct pm_oracle_check *query_fixture_check(struct query_fixture *fixture);

/** Row of @p output: the record's id, the integer columns in schema order, a text or NULL. */
void query_fixture_row(struct query_fixture *fixture, struct pm_oracle_check *check,
                       unsigned output, uint64_t id, const int64_t *values, const char *text);

/** A change of update output @p output, made as @p op says, visible from @p visible_ns on. */
void query_fixture_change(struct query_fixture *fixture, struct pm_oracle_check *check,
                          unsigned output, enum pm_record_op op, const int64_t *values,
                          int64_t visible_ns);

/** Partitions of records in the order in which they are added. */
struct query_input {
    struct pm_oracle_input view; /* what the oracles take */
    struct pm_oracle_partition partition[QUERY_INPUT_PARTITIONS];
    struct pm_record *rows[QUERY_INPUT_PARTITIONS];
    struct pm_bytes bytes[QUERY_INPUT_PARTITIONS];
    uint64_t capacity[QUERY_INPUT_PARTITIONS];
};

/** Open @p partitions of stream 0 with one watermark delay. */
void query_input_open(struct query_input *input, unsigned partitions, int64_t delay_ns);
void query_input_close(struct query_input *input);

/** Append a record; its id is its place. Valid until the next call for this partition. */
struct pm_record *query_input_add(struct query_input *input, unsigned partition,
                                  enum pm_record_kind kind, int64_t time_ns, uint64_t key);

/** As query_input_add for data whose extension is @p text; returns its id. */
uint64_t query_input_add_text(struct query_input *input, unsigned partition, int64_t time_ns,
                              const char *text);

/** Run the query's oracle over @p input and seal it. */
void query_fixture_expect(struct query_fixture *fixture, const struct query_input *input);

#endif
