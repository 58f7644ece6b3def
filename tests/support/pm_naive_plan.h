/* SPDX-License-Identifier: Apache-2.0 */
/* A plan described twice over: once built from the library's verbs, once worked out from the
 * definitions alone, slowly, over whole arrays of rows. */
#ifndef PM_NAIVE_PLAN_H
#define PM_NAIVE_PLAN_H

#include "pm_pattern.h"

#define PM_NAIVE_NODES    24u
#define PM_NAIVE_COLUMNS  16u
#define PM_NAIVE_NAME     48 /* bytes of a column's name */
#define PM_NAIVE_PORTS    4u /* that an interpreted operator has at most */
#define PM_NAIVE_INPUTS   3u
#define PM_NAIVE_OUTPUTS  10u
#define PM_NAIVE_FOLDS    3u
#define PM_NAIVE_STEPS    3u
#define PM_NAIVE_MEASURES 3u

enum pm_naive_kind {
    PM_NAIVE_SOURCE,
    PM_NAIVE_FILTER,
    PM_NAIVE_MAP,
    PM_NAIVE_FLAT_MAP,
    PM_NAIVE_KEY_BY,
    PM_NAIVE_SIDE_OUTPUT,
    PM_NAIVE_UNION,
    PM_NAIVE_ENRICH,
    PM_NAIVE_WINDOW,
    PM_NAIVE_SESSION,
    PM_NAIVE_AGGREGATE,
    PM_NAIVE_DISTINCT,
    PM_NAIVE_JOIN,
    PM_NAIVE_DECODE,
    PM_NAIVE_PROCESS,
    PM_NAIVE_COUNT_WINDOW,
    PM_NAIVE_DEDUP,
    PM_NAIVE_PATTERN,
    PM_NAIVE_INTERVAL_JOIN,
    PM_NAIVE_WINDOW_JOIN,
    PM_NAIVE_UPDATE,
    PM_NAIVE_WINDOW_UPDATES,
    PM_NAIVE_TOP_N,
    PM_NAIVE_COALESCE,
    PM_NAIVE_KINDS,
};

extern const char *const pm_naive_names[PM_NAIVE_KINDS];

/** Where a value of a row comes from. */
enum pm_naive_place {
    PM_NAIVE_TIME,
    PM_NAIVE_KEY,
    PM_NAIVE_PAYLOAD,
    PM_NAIVE_BEYOND,
    PM_NAIVE_TEXT
};

struct pm_naive_column {
    char name[PM_NAIVE_NAME];
    enum pm_naive_place place;
    unsigned width; /* bytes, of PAYLOAD and BEYOND */
    int decimals;
};

struct pm_naive_schema {
    unsigned count;
    struct pm_naive_column column[PM_NAIVE_COLUMNS];
};

struct pm_naive_fold {
    enum pm_fold fold;
    unsigned column, decimals;
};

struct pm_naive_condition {
    unsigned input, column;
    bool is_any; /* no column is asked */
    enum pm_compare compare;
    int64_t value;
};

/** The steps and so on of a pattern, whose bound is the node's size_ns. */
struct pm_naive_pattern {
    unsigned steps;
    struct pm_naive_step {
        struct pm_naive_condition is, unless;
        unsigned times;
        bool is_strict, has_unless;
    } step[PM_NAIVE_STEPS];
    int64_t absent_ns;
    struct pm_naive_condition absent;
    enum pm_pattern_skip skip;
    unsigned measures;
    struct pm_naive_measure {
        unsigned step, column;
        enum pm_pattern_which which;
    } measure[PM_NAIVE_MEASURES];
};

#define PM_NAIVE_KEY_ALONE (-1)
#define PM_NAIVE_NO_NAME   (-2)

/** What is known of the rows of a port. */
struct pm_naive_facts {
    bool any_id;       /* a row's id is that of one of two records, by their arrival */
    bool updates;      /* rows may be taken back */
    bool is_coalesced; /* some of their states come, the last among them */
    int name;          /* of updates: the column that, with the key, names a row that stands */
};

/** One operator with everything that any kind may need; columns are numbers in its input's schema.
 */
struct pm_naive_node {
    enum pm_naive_kind kind;
    unsigned inputs;
    struct pm_naive_flow {
        unsigned node, port;
    } input[PM_NAIVE_INPUTS];
    unsigned ports;
    unsigned stream;         /* source */
    unsigned column, result; /* the one in hand; enrich: the one written; top_n: the value */
    enum pm_compare compare;
    /* filter: value; map: factor, addend; flat_map: limit; side_output: ports; count_window: count,
     * slide; dedup: what it keeps; interval_join: the bounds; update: is it by a column; top_n: n;
     * coalesce: interval */
    int64_t a, b;
    struct pm_enrich_row table[3];
    int64_t size_ns, slide_ns, gap_ns, lateness_ns; /* dedup and pattern: within is size_ns */
    int64_t more_ns; /* window: a further size, below size_ns; 0: none */
    unsigned folds;
    struct pm_naive_fold fold[PM_NAIVE_FOLDS];
    unsigned columns, joined[2]; /* joins: columns of the right side */
    struct pm_naive_pattern pattern;
    struct pm_naive_schema schema[PM_NAIVE_PORTS];
    struct pm_naive_facts facts[PM_NAIVE_PORTS];
    bool is_paired; /* top_n: the two halves of an update are one change */
};

struct pm_naive_plan {
    enum pm_order order;
    unsigned count;
    struct pm_naive_node node[PM_NAIVE_NODES];
    unsigned outputs;
    struct pm_naive_flow output[PM_NAIVE_OUTPUTS];
};

/** Columns time, user (the key), v 8 bytes, n and c 4 bytes, w 8 bytes, text: of every stream. */
extern const struct pm_schema pm_naive_source_schema;

/** Fill ports and schemas of node @p index, whose inputs and settings are there. */
void pm_naive_describe(struct pm_naive_plan *plan, unsigned index);

/** Fill the facts of @p node, whose ports and schemas are there; describe calls it. */
void pm_naive_know(const struct pm_naive_plan *plan, struct pm_naive_node *node);

#define PM_NAIVE_UNMATCHED 2u /* the interval join's port of made rows */

/** The input whose records leave @p node late by side port @p port. */
unsigned pm_naive_late_input(const struct pm_naive_node *node, unsigned port);

/** The same plan from the library's verbs, unchecked; the caller's to close. NULL: no memory. */
struct pm_plan *pm_naive_build(const struct pm_naive_plan *plan);

/** One line an operator, for the reader of a failure. */
void pm_naive_print(const struct pm_naive_plan *plan);

/* --- rows ------------------------------------------------------------------------------------- */

struct pm_naive_row {
    int64_t time_ns, closed_ns; /* the behind mark, PM_TIME_MIN without */
    uint64_t id, key;
    enum pm_record_op op;
    int64_t value[PM_NAIVE_COLUMNS]; /* by place in the schema; of PAYLOAD and BEYOND columns */
    const char *text;                /* borrowed from the input */
    uint32_t text_size;
};

struct pm_naive_rows {
    size_t count, room;
    struct pm_naive_row *rows;
};

/** All rows of every port of every node. */
struct pm_naive_answer {
    struct pm_naive_rows of[PM_NAIVE_NODES][PM_NAIVE_PORTS];
};

/**
 * Work @p plan out; the rows of the sources are in @p answer already: records of one key in their
 * order. False when some operator would make more than 6,000 rows.
 */
bool pm_naive_run(const struct pm_naive_plan *plan, struct pm_naive_answer *answer);

struct pm_naive_row *pm_naive_add(struct pm_naive_rows *rows, const struct pm_naive_row *from);
int64_t pm_naive_read(const struct pm_naive_schema *schema, const struct pm_naive_row *row,
                      unsigned column);
void pm_naive_close(struct pm_naive_answer *answer);

#endif
