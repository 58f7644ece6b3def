/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds one stage of a plan by hand and keeps what comes out: the engine of the operators' tests.
 */
#ifndef PM_FEED_H
#define PM_FEED_H

#include "pm_plan.h"
#include "pm_random.h"

#define PM_FEED_EXCHANGE 99u

/** A row as it came out, in a form that memcmp compares. */
struct pm_feed_row {
    uint64_t output; /* its number; PM_FEED_EXCHANGE behind a key_by */
    int64_t event_time_ns;
    uint64_t id, key;
    uint64_t op;                      /* enum pm_record_op */
    int64_t closed_below_ns;          /* the behind mark; PM_TIME_MIN without */
    int64_t value[PM_SCHEMA_COLUMNS]; /* in schema order; of text its hash */
};

struct pm_feed_terminal {
    struct pm_operator base;
    struct pm_feed *feed;
    uint64_t output;
    const struct pm_schema *schema;
    int64_t watermark_ns;
};

struct pm_feed {
    struct pm_plan *plan; /* owned */
    struct pm_stage stages[PM_STAGES_MAX];
    struct pm_chain *chain;
    struct pm_task task;
    struct pm_chunk chunk;
    unsigned terminals;
    struct pm_feed_terminal terminal[PM_PLAN_OUTPUTS_MAX];
    uint32_t count, capacity;
    struct pm_feed_row *rows;
    uint32_t room; /* rows until the task is blocked; 0: no bound */
};

/** Open the last stage of @p plan (checked here, taken over) on @p ops. Aborts on any failure. */
void pm_feed_open(struct pm_feed *feed, struct pm_plan *plan, const struct pm_state_ops *ops);
/** As pm_feed_open for stage @p stage. */
void pm_feed_open_stage(struct pm_feed *feed, struct pm_plan *plan, unsigned stage,
                        const struct pm_state_ops *ops);
void pm_feed_close(struct pm_feed *feed);

/* Every row that comes out is held to the promise of the last watermark: not below it, or behind.
 */

/** Push a copy of @p record by the entry `one`. */
void pm_feed_one(struct pm_feed *feed, unsigned input, const struct pm_record *record,
                 const struct pm_bytes *bytes);
/** Push copies of @p count <= PM_CHUNK_MAX records by the entry `chunk`. */
void pm_feed_chunk(struct pm_feed *feed, unsigned input, uint32_t count,
                   const struct pm_record *records, const struct pm_bytes *bytes);
/** Advance; false when blocked (pm_feed_unblock, then once more) or at the end of a slice. */
bool pm_feed_mark(struct pm_feed *feed, unsigned input, int64_t watermark_ns);
void pm_feed_unblock(struct pm_feed *feed);

/** One thing that happens to a stage: a record of pm_feed_schema, or a mark. */
struct pm_feed_step {
    bool is_mark;
    unsigned input;
    int64_t time_ns; /* of the mark: the watermark */
    uint64_t key;
    int64_t value;
    int64_t closed_below_ns; /* the behind mark; PM_TIME_MIN without */
    uint64_t id;
    enum pm_record_op op;
    const char *text; /* NULL: none */
};
#define PM_FEED_RECORD(time_, key_, value_)                                                        \
    {                                                                                              \
        .time_ns = (time_), .key = (key_), .value = (value_), .closed_below_ns = PM_TIME_MIN       \
    }
#define PM_FEED_DELETE(time_, key_, value_)                                                        \
    {                                                                                              \
        .time_ns = (time_), .key = (key_), .value = (value_), .closed_below_ns = PM_TIME_MIN,      \
        .op = PM_OP_DELETE                                                                         \
    }
#define PM_FEED_BEHIND(time_, key_, value_, closed_)                                               \
    {                                                                                              \
        .time_ns = (time_), .key = (key_), .value = (value_), .closed_below_ns = (closed_)         \
    }
#define PM_FEED_MARK(watermark_)                                                                   \
    {                                                                                              \
        .is_mark = true, .time_ns = (watermark_)                                                   \
    }

/** Columns time, key, v (the step's value), twice (its double, 4 bytes) and text. */
extern const struct pm_schema pm_feed_schema;

/**
 * Play @p count steps: by the entry `one` where @p cuts is NULL, else as chunks that @p cuts ends
 * where it likes, and always before a mark or another input. A blocked mark is unblocked and
 * repeated, with @p room rows each time (0: never blocked). Where task.slice is set, a mark is
 * fired in slices, with steps that follow it in between, up to the next mark.
 */
void pm_feed_play(struct pm_feed *feed, const struct pm_feed_step *steps, uint32_t count,
                  struct pm_random *cuts, uint32_t room);

/** The watermark that the terminal of @p output was told last. */
int64_t pm_feed_watermark(const struct pm_feed *feed, uint64_t output);

/** PM_SEED of the environment, else 1; printed, so that a failure can be had again. */
uint64_t pm_feed_seed(void);

/** Sort rows[0..count) into an order that depends on their content alone. */
void pm_feed_sort(struct pm_feed_row *rows, uint32_t count);

/** The value of column @p name in @p row of output @p output. Aborts when there is none. */
int64_t pm_feed_value(const struct pm_feed *feed, const struct pm_feed_row *row, const char *name);

#endif
