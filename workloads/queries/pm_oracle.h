/* SPDX-License-Identifier: Apache-2.0 */
/* The judge: rows that must come out against rows that came out, by the query's identity columns.
 */
#ifndef PM_ORACLE_H
#define PM_ORACLE_H

#include "pm_digest.h"
#include "pm_query.h"

#define PM_ORACLE_EXAMPLES 3u

/** How one output, or all of them, compare. */
struct pm_oracle_verdict {
    uint64_t expected;
    uint64_t lost;           /* expected rows whose identity never came */
    uint64_t duplicated;     /* rows that came more often than expected */
    uint64_t wrong;          /* identities that came with other columns, or that nobody expected */
    struct pm_digest digest; /* of the rows that came */
    unsigned examples;
    char example[PM_ORACLE_EXAMPLES][200]; /* "lost spend key=7 window_start=..: expected .." */
};

/** Open for the outputs of @p plan (checked; borrowed), with @p query's identity columns. */
int pm_oracle_open(struct pm_oracle **out, const struct pm_query *query, const struct pm_plan *plan,
                   struct pm_error *error);

/**
 * Update outputs. Where the plan says that rows may be taken back, an identity passes through
 * states: the oracle expects every one of them in turn, and the last must be there at the end. What
 * comes may skip states, since updates may be coalesced, but never go back or show one that was
 * not; a row is taken back as it stands before another of its identity comes. The digest is of the
 * last rows alone, so that engines that coalesce differently have the same one.
 */

/**
 * What is expected from here on is the effect of input @p id, until the next call. For the oracle
 * functions of update outputs: who waits for an update is the input, however many of them one row
 * includes.
 */
void pm_oracle_cause(struct pm_oracle *oracle, uint64_t id);

/**
 * A row must come out of @p output: its integer columns in schema order in @p values, before them
 * the record's id where the identity names "id" and the schema has no such column, and the bytes
 * of its text column where the schema has one. Copies both. For the oracle functions.
 */
void pm_oracle_expect(struct pm_oracle *oracle, unsigned output, unsigned count,
                      const int64_t *values, const char *text, size_t text_size);

/** The identity of @p values (as pm_oracle_expect takes them; the rest is not looked at) has no row
 * of update output @p output from here on, until another is expected. */
void pm_oracle_expect_gone(struct pm_oracle *oracle, unsigned output, unsigned count,
                           const int64_t *values);

/** No further expectations: sorts them. After it the oracle is read-only and serves many runs. */
int pm_oracle_seal(struct pm_oracle *oracle, struct pm_error *error);

/** Rows that may come of @p output at most: those expected; of updates each with its old row. */
uint64_t pm_oracle_expected(const struct pm_oracle *oracle, unsigned output);

struct pm_oracle_check; /* the rows of one run */

int pm_oracle_check_open(struct pm_oracle_check **out, const struct pm_oracle *oracle);
/** A row that came out, visible from @p visible_ns on; its stream says of which output. */
void pm_oracle_check_row(struct pm_oracle_check *check, const struct pm_record *row,
                         const struct pm_bytes *bytes, int64_t visible_ns);

/**
 * Have @p tell called by pm_oracle_check_close, once for each effect of an input on an update
 * output that the rows show: with the input's id and with when the first row was visible that
 * includes it (or that takes back what it removed). An effect that no row shows is lost, and not
 * told.
 */
typedef void (*pm_oracle_effect_fn)(void *payload, uint64_t id, int64_t visible_ns);
void pm_oracle_check_effects(struct pm_oracle_check *check, pm_oracle_effect_fn tell,
                             void *payload);
/** Compare. 0 when all is equal, PM_EWRONG when not, PM_ENOMEM; @p verdict is filled. */
int pm_oracle_check_close(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict);

void pm_oracle_close(struct pm_oracle *oracle); /* accepts NULL */

#endif
