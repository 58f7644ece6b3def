/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs: each adds one operator of the library to a plan. Config structs are copied. */
#ifndef PM_VERBS_H
#define PM_VERBS_H

#include "pm_plan.h"

/* Columns are named; a name that the input's schema lacks fails the plan's check. */

/* --- stateless: a step a row, no memory; deletes go through as other rows do ------------------ */

enum pm_compare { PM_LESS, PM_LESS_EQUAL, PM_EQUAL, PM_NOT_EQUAL, PM_GREATER_EQUAL, PM_GREATER };

/** Keep rows whose @p column compares so with @p value. */
struct pm_flow pm_plan_filter(struct pm_plan *plan, struct pm_flow from, const char *column,
                              enum pm_compare compare, int64_t value);

/** column := column * factor + addend, modulo 2^64. The column must lie in the payload. */
struct pm_flow pm_plan_map(struct pm_plan *plan, struct pm_flow from, const char *column,
                           int64_t factor, int64_t addend);

/**
 * One row for each unit of @p column (0..limit; more or less counts as the nearest), in which the
 * column holds 0, 1, 2 … All else is copied, the extension and the behind mark too.
 */
struct pm_flow pm_plan_flat_map(struct pm_plan *plan, struct pm_flow from, const char *column,
                                uint32_t limit);

/** record.key := @p column (text: its hash). The edge behind it is an exchange by key group. */
struct pm_flow pm_plan_key_by(struct pm_plan *plan, struct pm_flow from, const char *column);

/** Row leaves by side port v when @p column holds v in 1..ports-1, else by the main port. */
struct pm_flow pm_plan_side_output(struct pm_plan *plan, struct pm_flow from, const char *column,
                                   unsigned ports);

/** All rows of 2..4 flows of one schema; its watermark is their minimum. */
struct pm_flow pm_plan_union(struct pm_plan *plan, unsigned count, const struct pm_flow *flows);

struct pm_enrich_row {
    int64_t key, value;
};
/** result := the value of the table's row whose key equals @p column, or @p otherwise. */
struct pm_enrich_config {
    const char *column; /* read */
    const char *result; /* written; a payload column of the input's schema */
    int64_t otherwise;
    unsigned rows;
    const struct pm_enrich_row *table; /* copied; keys unique */
};
struct pm_flow pm_plan_enrich(struct pm_plan *plan, struct pm_flow from,
                              const struct pm_enrich_config *config);

/* --- aggregates ------------------------------------------------------------------------------ */

enum pm_fold {
    PM_FOLD_COUNT,
    PM_FOLD_SUM,
    PM_FOLD_MIN,
    PM_FOLD_MAX,
    PM_FOLD_MEAN,
    PM_FOLD_DISTINCT, /* about how many different values: see pm_hyperloglog.h; no deletes */
};

#define PM_FOLDS_MAX 8u

/** One result column. Sums are 128-bit inside and saturate on output; a mean is rounded half away
 * from zero at `scale` decimals, from exact integers: of the column's value, so that a mean of
 * money (whose integers have two decimals already) at scale 2 is in cents, too. */
struct pm_fold_spec {
    enum pm_fold fold;
    const char *column; /* of the input; NULL for COUNT */
    const char *result; /* the output column's name */
    uint8_t scale;      /* of MEAN: decimals; of DISTINCT: log2 of the registers, 4 to 11 */
};

enum pm_window_kind { PM_WINDOW_TUMBLING, PM_WINDOW_SLIDING, PM_WINDOW_SESSION };

/**
 * Fold each key's records into event-time windows; one row a window once the watermark reaches its
 * end + lateness (append mode). Windows are aligned to the epoch and end-exclusive; sliding ones
 * are kept as slices; sessions merge, a record exactly at a session's end starts the next.
 * Rows: event time end - 1 ns, key the record's, columns key, window_start, window_end, then the
 * folds in order. Port 1 "late": records that no window may count, as they came.
 * Deletes: refused. Cost: a look-up in an ordered map a record; sliding, size / slide merges a row.
 * Memory: the accumulator, 8 bytes, a map entry and a timer of 16 (64) for each slice (session) of
 * a key, until its last window has fired. Source: Akidau et al., "The Dataflow Model", VLDB 2015
 * (windows, lateness); slices as in Carbone et al., "Cutty", CIKM 2016.
 */
#define PM_WINDOW_SIZES_MAX 4u

struct pm_window_config {
    enum pm_window_kind kind;
    int64_t size_ns; /* tumbling, sliding; > 0 */
    /* Sliding: further sizes over the same slices in the same pass, any order, 0 for none. Each has
     * its rows as if it were alone; what is late for the largest is late. Cost: a slice is merged
     * once an end, whatever the sizes; memory: the slices of the largest. */
    int64_t more_ns[PM_WINDOW_SIZES_MAX - 1];
    int64_t slide_ns;    /* sliding: > 0; size is a multiple, at most slide_ns times */
    int64_t gap_ns;      /* session; > 0 */
    int64_t lateness_ns; /* >= 0 */
    unsigned folds;      /* 1..PM_FOLDS_MAX */
    struct pm_fold_spec fold[PM_FOLDS_MAX];
    /* Update mode: each input changes its windows' rows at once, in arrival order, with its time
     * and id; `inputs` stands before the folds, see pm_plan_update. Not for sessions. Cost: a
     * look-up and two rows a window that holds the input. Deletes: refused. A window is forgotten
     * once the watermark reaches its end + lateness; its last row stands. */
    bool updates;
};
struct pm_flow pm_plan_window(struct pm_plan *plan, struct pm_flow keyed,
                              const struct pm_window_config *config);

/**
 * Running folds of a key, one row an input, in arrival order: columns key, then the folds. The row
 * is the record with its columns exchanged: it keeps time, id and mark.
 * Deletes: refused; pm_plan_update takes them. Cost: a look-up a record. Memory: the accumulator +
 * 8 bytes a key, never forgotten. Source: Flink's KeyedStream.reduce.
 */
struct pm_aggregate_config {
    unsigned folds;
    struct pm_fold_spec fold[PM_FOLDS_MAX];
};
struct pm_flow pm_plan_aggregate(struct pm_plan *plan, struct pm_flow keyed,
                                 const struct pm_aggregate_config *config);

/**
 * Running folds of a key, or of a key and `group`, in update mode: each input takes the row that is
 * out back and gives the one that counts it, adjacent, with its own time, id and mark. Columns key,
 * `group` where given, inputs (folded in since the row came, deletes included), the folds. Arrival
 * order: the source is partitioned by the key, which is the grouping key or a prefix of it.
 * Deletes: taken; count, sum and mean subtract, min and max keep a counted ordered map of the key's
 * values (without `group` only), a sketch refuses. A row whose last record goes is deleted; a
 * delete of what never came ends the job.
 * Cost: a look-up and two rows a record; over deletes two look-ups more a min or max. Memory: the
 * accumulator + 8 bytes a key or key and group; over deletes 8 bytes and the map's entry for each
 * value of a min or max. Forgotten only by deletes. Source: changelogs as Flink SQL has them.
 */
struct pm_update_config {
    const char *group; /* NULL: the key alone */
    unsigned folds;
    struct pm_fold_spec fold[PM_FOLDS_MAX];
};
struct pm_flow pm_plan_update(struct pm_plan *plan, struct pm_flow keyed,
                              const struct pm_update_config *config);

#define PM_TOP_N_MAX 32u

/**
 * The @p n (1..PM_TOP_N_MAX) items of a key with the largest values, ties by the smaller item:
 * columns key, @p item, @p value; a row changes, comes or goes with the input that caused it, in
 * arrival order. An insert of an item that is there replaces its value. The two halves of an update
 * that comes straight from its operator count as one change.
 * Deletes: taken; one of a row that is not there ends the job.
 * Cost: four look-ups in ordered maps a record, and a pass over n rows when the top may change; n
 * look-ups more when a row of a full top falls or goes; when one of more than n equal items goes, a
 * search through the key's items. Memory: 8 bytes and a
 * map entry an item, 8 + 8 n and an entry a different value, 8 + 16 n a key. Source: ours; counted
 * ordered maps, because a top that keeps n rows cannot take one back.
 */
struct pm_flow pm_plan_top_n(struct pm_plan *plan, struct pm_flow keyed, const char *item,
                             const char *value, unsigned n);

/**
 * The same rows, but changes of a key leave together, with the first watermark at least
 * @p interval_ns (of scenario time) above the one with which its last ones left: a row as the
 * reader has it is taken back and the row as it stands by then comes, with the time and id of the
 * key's newest input. @p name is the column that, with the key, names a row; NULL: the key alone.
 * A batch job's changes leave at its end at the latest. Interval 0 adds no operator. Which states
 * come depends on the marks, the last one does not: an operator that keeps state behind it is
 * refused. Deletes: taken and made. Cost: three look-ups a record, two rows a changed row and
 * interval. Memory: 24 + 16 bytes a column for each row, 48 a key. Forgotten only by deletes.
 * Source: ours.
 */
struct pm_flow pm_plan_coalesce(struct pm_plan *plan, struct pm_flow updates, const char *name,
                                int64_t interval_ns);

/**
 * Each value of @p column once a key: a row when the first record holds it and, where the input has
 * deletes, its delete when the last one is taken back. Columns key and @p column; on arrival, in
 * arrival order. About how many values there are, in bounded memory: PM_FOLD_DISTINCT.
 * Deletes: taken; one of a value that nobody holds ends the job. Passes deletes on, adds none.
 * Cost: one look-up in an ordered map a record. Memory: 8 bytes and the map's entry a key and value
 * that some record holds; it is forgotten only by deletes.
 * Source: counted sets, as Gupta, Mumick, "Maintenance of Materialized Views", 1995, keep them.
 */
struct pm_flow pm_plan_distinct(struct pm_plan *plan, struct pm_flow keyed, const char *column);

/**
 * Folds of each `count` successive records of a key, every `slide` records, in arrival order: the
 * k-th window (from 0) holds its records k slide .. k slide + count - 1 and comes with the last of
 * them, with that one's time, id and mark. Columns key, window (k), the folds. Records that fill no
 * window make no row. Deletes: refused. Cost: two look-ups a record, count / slide merges a row.
 * Memory: 8 bytes and count / slide accumulators a key, never forgotten.
 * Source: Flink's countWindow, without its partial first windows.
 */
struct pm_count_window_config {
    uint32_t count; /* >= 1 */
    uint32_t slide; /* 1..count, divides it; 0: count, the windows do not overlap */
    unsigned folds;
    struct pm_fold_spec fold[PM_FOLDS_MAX];
};
struct pm_flow pm_plan_count_window(struct pm_plan *plan, struct pm_flow keyed,
                                    const struct pm_count_window_config *config);

/* --- joins ----------------------------------------------------------------------------------- */

/**
 * Each left record with the right record of its key that is the last at or before its event time
 * (ties by partition and sequence, of made rows by `columns`); emitted once the watermark has
 * passed its time + lateness. Rows: the left record's time, key and payload columns, then `columns`
 * of the right one with "right_" before the name, in an extension, 0 where none matched; `matched`
 * 0 or 1. Port 1 "late": left records whose time + lateness was closed, as they came.
 * Deletes: refused, of either side. Cost: an entry and a timer a left record, a look-up when it
 * leaves; an entry a right one. Memory: 32 bytes, a map entry and a timer
 * of 24 a left record that waits; 48 and a map entry a version, of which a key keeps the last one
 * for good and those before it while a left record may still see them.
 * Source: SQL:2011's FOR SYSTEM_TIME AS OF, as Flink joins versioned tables.
 */
struct pm_temporal_join_config {
    int64_t lateness_ns;
    unsigned columns; /* 1..4 integer columns of the right side */
    const char *column[4];
};
struct pm_flow pm_plan_temporal_join(struct pm_plan *plan, struct pm_flow left,
                                     struct pm_flow right,
                                     const struct pm_temporal_join_config *config);

/**
 * Each pair of a left record at t and a right one of its key in [t + lower, t + upper], on arrival
 * of the second of the two; and each left record that met none, once the watermark has passed its
 * end (the later of t and t + upper, plus 1 ns) + lateness. A pair counts only when that lies above
 * the watermarks that both records came below. Rows: event time the later of the two; the left
 * record's key and payload columns; "right_" and `columns` of the right one, and `apart`, right
 * time - left time, in an extension. The id is that of the record that came second. Port 1 "late":
 * left records whose end + lateness was closed; port 2 "unmatched": left records' time, key and
 * payload; port 3 "late_right": right records that no left one may meet any more. Its watermark
 * lags by lateness + upper (at least 0). Extensions are not kept. Retractions: refused. Source:
 * Flink's interval join (KeyedStream.intervalJoin) and its outer variant of Flink SQL. Cost: a
 * record, a map entry, a timer and a step for each record of the other side within the bounds.
 * Memory: 176 bytes a record, of either side, for upper - lower + lateness at most.
 */
struct pm_interval_join_config {
    int64_t lower_ns, upper_ns; /* lower <= upper; either may be negative */
    int64_t lateness_ns;        /* >= 0 */
    unsigned columns;           /* 0..4 columns of the right side's record */
    const char *column[4];
};
struct pm_flow pm_plan_interval_join(struct pm_plan *plan, struct pm_flow left,
                                     struct pm_flow right,
                                     const struct pm_interval_join_config *config);

#define PM_WINDOW_JOIN_OVERLAP_MAX 64

/**
 * Each pair of a left and a right record of one key that lie in one window, for each such window,
 * once the watermark has passed its end + lateness. A record counts in a window only when that lies
 * above the watermark that it came below. Rows: event time end - 1 ns; the left record's key and
 * payload columns; "right_" and `columns` of the right one, `window_start` and `window_end` in an
 * extension; by window, then in the order of the left side, then of the right. Port 1 "late", port
 * 2 "late_right": records that no window may count, as they came. Extensions are not kept.
 * Retractions: refused. Source: Flink's window join (JoinedStreams.where.equalTo.window.apply).
 * Cost: a record, a map entry and a look-up for each window that it lies in; a window, its pairs.
 * Memory: 112 bytes a record for size + lateness, 48 a window of a key.
 */
struct pm_window_join_config {
    int64_t size_ns;     /* > 0 */
    int64_t slide_ns;    /* 0: tumbling; else size is 1..64 times the slide */
    int64_t lateness_ns; /* >= 0 */
    unsigned columns;    /* 0..4 columns of the right side's record */
    const char *column[4];
};
struct pm_flow pm_plan_window_join(struct pm_plan *plan, struct pm_flow left, struct pm_flow right,
                                   const struct pm_window_join_config *config);

/* --- in the order of event time: see pm_event_process.h; patterns: see pm_pattern.h ----------- */

enum pm_dedup_keep { PM_KEEP_FIRST, PM_KEEP_LAST };

/**
 * One record a key and bound: the first in event time opens [its time, its time + within), and none
 * of the others there opens another. FIRST gives that record, at its time; LAST gives the last of
 * them once the bound has ended, at its end - 1 ns. Either waits for the watermark: event time
 * decides, not arrival. Rows: the record's time, key and payload columns (the extension is not
 * kept). Port 1 "late": records whose time + lateness was closed, as they came.
 * Source: Flink SQL deduplication with ROW_NUMBER() = 1 over row time; the bound is ours.
 * Memory: 40 bytes a key while its bound lasts, and the records that wait. Retractions: refused.
 */
struct pm_dedup_config {
    enum pm_dedup_keep keep;
    int64_t within_ns;   /* > 0 */
    int64_t lateness_ns; /* >= 0 */
};
struct pm_flow pm_plan_dedup(struct pm_plan *plan, struct pm_flow keyed,
                             const struct pm_dedup_config *config);

/* --- every class, for `list operators` and the property tests -------------------------------- */

extern const struct pm_operator_class pm_class_filter, pm_class_map, pm_class_flat_map,
    pm_class_key_by, pm_class_side_output, pm_class_union, pm_class_enrich,
    pm_class_window /* tumbling, sliding */, pm_class_session, pm_class_aggregate,
    pm_class_distinct, pm_class_temporal_join;
extern const struct pm_operator_class pm_class_interval_join, pm_class_window_join, pm_class_dedup;
extern const struct pm_operator_class pm_class_update, pm_class_window_updates, pm_class_top_n,
    pm_class_coalesce, pm_class_count_window;

extern const struct pm_operator_class *const pm_operator_classes[]; /* ends with NULL */

#endif
