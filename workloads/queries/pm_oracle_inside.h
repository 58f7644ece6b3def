/* SPDX-License-Identifier: Apache-2.0 */
/* The judge's own fields, shared by the files that lay out rows, compare them and say why. */
#ifndef PM_ORACLE_INSIDE_H
#define PM_ORACLE_INSIDE_H

#include "pm_oracle.h"

#include "pm_oracle_rows.h"

#define PM_ORACLE_VALUES (PM_SCHEMA_COLUMNS + 1u) /* the record's id may stand before them */
#define PM_ORACLE_WORDS  (PM_ORACLE_VALUES + 2u)

/* How a row of one output is laid out: word 0 its output, then the identity, of an update output
 * its number in order of arrival and its op, then the rest. */
struct pm_oracle_output {
    const char *name;
    const struct pm_schema *schema;
    bool updates;  /* its rows may be taken back */
    bool id_first; /* the identity names "id", which is no column of the schema */
    unsigned values;
    unsigned identity;                  /* words of the identity */
    unsigned words;                     /* behind word 0 */
    unsigned rest;                      /* words before the rest, behind word 0 */
    unsigned place[PM_ORACLE_VALUES];   /* canonical word of the i-th value, behind word 0 */
    const char *names[PM_ORACLE_WORDS]; /* by canonical word */
    const char *text;                   /* name of the text column, or NULL */
};

struct pm_oracle {
    unsigned outputs;
    struct pm_oracle_output output[PM_PLAN_OUTPUTS_MAX];
    uint64_t expected[PM_PLAN_OUTPUTS_MAX];
    struct pm_oracle_rows rows; /* notes: of the states of updates, the input that caused it */
    uint64_t cause;
    bool sealed;
};

#define PM_ORACLE_NO_CAUSE UINT64_MAX

struct pm_oracle_check {
    const struct pm_oracle *oracle;
    /* Notes: of rows of updates, when they were visible, and PM_ORACLE_GONE or 0. */
    struct pm_oracle_rows rows;
    pm_oracle_effect_fn tell; /* may be NULL */
    void *payload;
    uint64_t strangers; /* rows of an output that the query does not have */
};

/* In a note behind the moment: a delete that no row of its identity follows at once. */
#define PM_ORACLE_GONE 1u

#define PM_ORACLE_NO_ROW UINT64_MAX

/**
 * Add an example to @p verdict, unless it has enough: "wrong spend key=7 window_start=0: expected
 * sum=5, came sum=6". @p expected and @p came are rows of the oracle and of the check, sorted, or
 * PM_ORACLE_NO_ROW, one of them at most.
 */
void pm_oracle_example(const struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                       const char *what, uint64_t expected, uint64_t came);

/** Judge the rows of one identity of update output @p output: states [e, e_end) against rows
 * [c, c_end) in the order in which they came. The last one that is out goes into the digest. */
void pm_oracle_judge_updates(struct pm_oracle_check *check, struct pm_oracle_verdict *verdict,
                             const struct pm_oracle_output *output, uint64_t e, uint64_t e_end,
                             uint64_t c, uint64_t c_end);

#endif
