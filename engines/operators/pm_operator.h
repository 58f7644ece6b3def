/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator instance is, and the four kinds of kernel from which its entries are written. */
#ifndef PM_OPERATOR_H
#define PM_OPERATOR_H

#include "pm_chunk.h"
#include "pm_error.h"
#include "pm_scratch.h"
#include "pm_state.h"

#define PM_PORTS_MAX  12u /* 0 is the main output; the others are side outputs */
#define PM_INPUTS_MAX 4u

struct pm_operator;
struct pm_operator_class;

/** Push one record into input @p input of @p self; its bytes lie in @p bytes. May change both. */
typedef void (*pm_one_fn)(struct pm_operator *self, unsigned input, struct pm_record *record,
                          struct pm_bytes *bytes);
/** Push a chunk; rows, selection and bytes may be changed. Selected rows: 1..PM_CHUNK_MAX. */
typedef void (*pm_chunk_fn)(struct pm_operator *self, unsigned input, struct pm_chunk *chunk);
/**
 * Input @p input promises that no record below @p watermark_ns that is not behind follows. Fires
 * what is due, then tells the operators after it. False: the task is blocked or its slice is used
 * up; call again with the same value (nothing is fired twice), and with no other of any input
 * before. Records may be pushed in between: see pm_fire.h.
 */
typedef bool (*pm_advance_fn)(struct pm_operator *self, unsigned input, int64_t watermark_ns);

/** Where a port leads. Every port of an open operator leads somewhere: see pm_operator_drop. */
struct pm_edge {
    struct pm_operator *to;
    unsigned input;
};

/** What the operators of one task share; written by the engine and by pm_task_fail. */
struct pm_task {
    int64_t
        now_ns;   /* when the record or mark in hand was read: the stamp of rows made from marks */
    bool blocked; /* the outbox is in use: an advance stops after the rows in hand */
    uint32_t slice; /* timers that one operator may fire a call of advance; 0: all */
    bool
        replayed; /* marks fire what the job before has published: rows are for later stages only */
    bool closing; /* the last marks of a job that forgets its state: what waits for more leaves */
    int code;     /* 0, or the first error */
    struct pm_error error;
};

/** First member of every operator. Zeroed, then filled by the plan's instantiation. */
struct pm_operator {
    pm_one_fn one;
    pm_chunk_fn chunk;
    pm_advance_fn advance;
    struct pm_edge out[PM_PORTS_MAX];
    struct pm_task *task;
    struct pm_state *state; /* of keyed operators; NULL for others */
    const struct pm_operator_class *class;
    const struct pm_schema *input_schema[PM_INPUTS_MAX]; /* borrowed from the plan */
    const struct pm_schema *output_schema;
    /* Of an input's rows whose id hangs on arrival: see PM_TRAIT_ANY_ID. Ties look past it. */
    bool any_id[PM_INPUTS_MAX];
};

enum pm_trait {
    PM_TRAIT_KEYED = 1 << 0,         /* keeps state by key: a key_by must stand before it */
    PM_TRAIT_ON_WATERMARK = 1 << 1,  /* its main rows wait for the watermark */
    PM_TRAIT_ARRIVAL_ORDER = 1 << 2, /* depends on the order of arrival within a key */
    PM_TRAIT_EVENT_ORDER = 1 << 3,   /* depends on the order of event time within a key */
    PM_TRAIT_TAKES_RETRACT = 1 << 4, /* accepts deletes */
    PM_TRAIT_MAKES_RETRACT = 1 << 5, /* its main rows include deletes */
    PM_TRAIT_LOOKS_BACK = 1 << 6,    /* results may depend on any earlier input: batch reads all */
    PM_TRAIT_HASH = 1 << 7,          /* key_by: the edge behind it is an exchange */
    PM_TRAIT_MERGES = 1 << 8,        /* interleaves its inputs: the order within a key is lost */
    PM_TRAIT_ANY_ID = 1 << 9,        /* a main row has the id of the record that came last */
    PM_TRAIT_LEAVES_OUT = 1 << 10,   /* which rows come hangs on the marks: no state behind it */
};

struct pm_plan_node;

/** An operator as the library knows it: static data of the operator's file. */
struct pm_operator_class {
    const char *name;
    const char *help; /* one line for `list operators` */
    unsigned traits;
    unsigned inputs_min, inputs_max;
    unsigned ports;
    const char *port_names[PM_PORTS_MAX]; /* "main", "late", ... */
    uint8_t port_input[PM_PORTS_MAX];     /* the input whose records a side port passes on */
    uint16_t waiting_ports; /* bit set: side ports whose rows wait for the watermark */
    size_t size;            /* of the instance, struct pm_operator first */
    size_t config_size;
    pm_one_fn one;
    pm_chunk_fn chunk;
    pm_advance_fn advance; /* pm_operator_advance for those without use for watermarks */
    /* Config against the inputs' schemas, when the node is added. The node's schema is its first
     * input's until check changes it. The text of an error begins with the node's name. NULL: ok.
     */
    int (*check)(struct pm_plan_node *node, struct pm_error *error);
    /* Instance fields from the checked config; state is open. NULL: nothing to do. */
    int (*open)(struct pm_operator *self, const void *config, struct pm_error *error);
    void (*close)(struct pm_operator *self); /* what open allocated; NULL: nothing */
    /* How far behind its input watermark it can still emit (lateness); NULL: 0. */
    int64_t (*lag_ns)(const void *config);
    /* How far before the last watermark, less its lag, batch must read again; NULL: 0. */
    int64_t (*look_back_ns)(const void *config);
    /* How far before a row's time lies what it is made of; NULL: look_back_ns. */
    int64_t (*reach_ns)(const void *config);
    /* A config that owns memory gives it back; NULL: plain data. */
    void (*forget)(void *config);
};

/** Record the first error of @p task: "operator: text". Hot paths call it and go on. */
void pm_task_fail(struct pm_task *task, const struct pm_operator *from, int code,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

static inline void pm_push(struct pm_operator *self, unsigned port, struct pm_record *record,
                           struct pm_bytes *bytes)
{
    const struct pm_edge *edge = &self->out[port];
    edge->to->one(edge->to, edge->input, record, bytes);
}
static inline void pm_push_chunk(struct pm_operator *self, unsigned port, struct pm_chunk *chunk)
{
    const struct pm_edge *edge = &self->out[port];
    edge->to->chunk(edge->to, edge->input, chunk);
}
/** Push @p chunk through each port that ports[i] of the i-th selected row names, in port order. */
void pm_operator_split(struct pm_operator *self, struct pm_chunk *chunk, const uint8_t *ports);

/** Tell the operators behind every port; false when one of them has not finished. */
bool pm_operator_pass(struct pm_operator *self, int64_t watermark_ns);

/** The advance of an operator that has no use for watermarks. */
bool pm_operator_advance(struct pm_operator *self, unsigned input, int64_t watermark_ns);

/** The minimum over several inputs; PM_TIME_MIN until all have spoken. */
struct pm_watermarks {
    int64_t input[PM_INPUTS_MAX];
    unsigned inputs;
};
void pm_watermarks_open(struct pm_watermarks *marks, unsigned inputs);
/** Raise input @p input (never lowers) and return the minimum. */
int64_t pm_watermarks_raise(struct pm_watermarks *marks, unsigned input, int64_t watermark_ns);

/** @p watermark_ns less @p lag_ns, saturating at both ends. */
static inline int64_t pm_watermark_less(int64_t watermark_ns, int64_t lag_ns)
{
    if (watermark_ns == PM_TIME_MAX || watermark_ns == PM_TIME_MIN)
        return watermark_ns;
    return watermark_ns < PM_TIME_MIN + lag_ns ? PM_TIME_MIN : watermark_ns - lag_ns;
}

/* --- the rows that an emit kernel makes ------------------------------------------------------ */

/**
 * Rows wait here until the kernel has returned and its state is unpinned; one port's rows keep
 * their order. More than PM_CHUNK_MAX rows of one call go out early. One struct serves both
 * entries: `one` pushes the rows singly, `chunk` pushes them as a chunk.
 */
struct pm_out {
    struct pm_operator *self;
    struct pm_chunk chunk;
    unsigned port; /* of the rows that wait */
    bool singly;
};

/** Open it for @p self, whose class is set. Errors: PM_ENOMEM. */
int pm_out_open(struct pm_out *out, struct pm_operator *self, struct pm_error *error);
void pm_out_close(struct pm_out *out);

/**
 * A new row for @p port: event time, key and stream of @p from are copied when it is not NULL
 * (a row made on arrival: id, stamp and replayed mark too), else it is a row made by a mark: id 0,
 * the task's stamp and replayed mark. No extension, no behind mark. Valid until the next call.
 */
struct pm_record *pm_out_row(struct pm_out *out, unsigned port, const struct pm_record *from);

/** Pass @p record on as it is (with its extension and mark), as late and side outputs do; returns
 * the copy, valid until the next call. */
struct pm_record *pm_out_pass(struct pm_out *out, unsigned port, const struct pm_record *record,
                              const struct pm_bytes *bytes);

/** The container for extensions of the rows made. */
static inline struct pm_bytes *pm_out_bytes(struct pm_out *out)
{
    return &out->chunk.bytes;
}
/** Push what waits. Called by the macros after the kernel and by advance: see pm_fire.h. */
void pm_out_flush(struct pm_out *out);

/* --- the macros: one kernel, two entries ------------------------------------------------------ */

/** void KERNEL(TYPE *self, struct pm_record *record, struct pm_bytes *bytes): change in place. */
#define PM_MAP_ENTRIES(PREFIX, TYPE, KERNEL)                                                       \
    static void PREFIX##_one(struct pm_operator *self, unsigned input, struct pm_record *record,   \
                             struct pm_bytes *bytes)                                               \
    {                                                                                              \
        (void)input;                                                                               \
        KERNEL((TYPE *)self, record, bytes);                                                       \
        pm_push(self, 0, record, bytes);                                                           \
    }                                                                                              \
    static void PREFIX##_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)   \
    {                                                                                              \
        struct pm_record *const rows = chunk->rows;                                                \
        (void)input;                                                                               \
        if (chunk->dense) {                                                                        \
            for (uint32_t i = 0; i < chunk->count; i++)                                            \
                KERNEL((TYPE *)self, &rows[i], &chunk->bytes);                                     \
        } else {                                                                                   \
            for (uint32_t i = 0; i < chunk->selected; i++)                                         \
                KERNEL((TYPE *)self, &rows[chunk->select[i]], &chunk->bytes);                      \
        }                                                                                          \
        pm_push_chunk(self, 0, chunk);                                                             \
    }

/** bool KERNEL(TYPE *self, const struct pm_record *record, const struct pm_bytes *bytes): keep? */
#define PM_FILTER_ENTRIES(PREFIX, TYPE, KERNEL)                                                    \
    static void PREFIX##_one(struct pm_operator *self, unsigned input, struct pm_record *record,   \
                             struct pm_bytes *bytes)                                               \
    {                                                                                              \
        (void)input;                                                                               \
        if (KERNEL((TYPE *)self, record, bytes))                                                   \
            pm_push(self, 0, record, bytes);                                                       \
    }                                                                                              \
    static void PREFIX##_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)   \
    {                                                                                              \
        const struct pm_record *const rows = chunk->rows;                                          \
        uint16_t *const select = chunk->select;                                                    \
        uint32_t kept = 0;                                                                         \
        (void)input;                                                                               \
        if (chunk->dense) {                                                                        \
            for (uint32_t i = 0; i < chunk->count; i++) {                                          \
                select[kept] = (uint16_t)i;                                                        \
                kept += KERNEL((TYPE *)self, &rows[i], &chunk->bytes) ? 1u : 0u;                   \
            }                                                                                      \
        } else {                                                                                   \
            for (uint32_t i = 0; i < chunk->selected; i++) {                                       \
                const uint16_t row = select[i];                                                    \
                select[kept] = row;                                                                \
                kept += KERNEL((TYPE *)self, &rows[row], &chunk->bytes) ? 1u : 0u;                 \
            }                                                                                      \
        }                                                                                          \
        chunk->dense = chunk->dense && kept == chunk->count;                                       \
        chunk->selected = kept;                                                                    \
        if (kept != 0)                                                                             \
            pm_push_chunk(self, 0, chunk);                                                         \
    }

/**
 * unsigned KERNEL(TYPE *self, struct pm_record *record, struct pm_bytes *bytes): change in place
 * and say through which port the record leaves. A chunk goes to each port in turn by selection.
 */
#define PM_SPLIT_ENTRIES(PREFIX, TYPE, KERNEL)                                                     \
    static void PREFIX##_one(struct pm_operator *self, unsigned input, struct pm_record *record,   \
                             struct pm_bytes *bytes)                                               \
    {                                                                                              \
        (void)input;                                                                               \
        pm_push(self, KERNEL((TYPE *)self, record, bytes), record, bytes);                         \
    }                                                                                              \
    static void PREFIX##_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)   \
    {                                                                                              \
        PM_SCRATCH uint8_t ports[PM_CHUNK_MAX];                                                    \
        (void)input;                                                                               \
        for (uint32_t i = 0; i < chunk->selected; i++)                                             \
            ports[i] = (uint8_t)KERNEL((TYPE *)self, &chunk->rows[pm_chunk_row(chunk, i)],         \
                                       &chunk->bytes);                                             \
        pm_operator_split(self, chunk, ports);                                                     \
    }

/**
 * void KERNEL(TYPE *self, void *slot, struct pm_record *record, struct pm_bytes *bytes): fold the
 * record into its key's value and change the record in place. CELL(self) is the value cell.
 */
#define PM_KEYED_ENTRIES(PREFIX, TYPE, CELL, KERNEL)                                               \
    static void PREFIX##_one(struct pm_operator *self, unsigned input, struct pm_record *record,   \
                             struct pm_bytes *bytes)                                               \
    {                                                                                              \
        (void)input;                                                                               \
        KERNEL((TYPE *)self, pm_value_pin(CELL((TYPE *)self), record->key), record, bytes);        \
        pm_state_unpin(self->state);                                                               \
        pm_push(self, 0, record, bytes);                                                           \
    }                                                                                              \
    static void PREFIX##_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)   \
    {                                                                                              \
        struct pm_record *const rows = chunk->rows;                                                \
        PM_SCRATCH uint64_t keys[PM_CHUNK_MAX];                                                    \
        PM_SCRATCH void *slots[PM_CHUNK_MAX];                                                      \
        (void)input;                                                                               \
        if (chunk->dense) {                                                                        \
            for (uint32_t i = 0; i < chunk->count; i++)                                            \
                keys[i] = rows[i].key;                                                             \
            pm_value_pin_many(CELL((TYPE *)self), chunk->count, keys, slots);                      \
            for (uint32_t i = 0; i < chunk->count; i++)                                            \
                KERNEL((TYPE *)self, slots[i], &rows[i], &chunk->bytes);                           \
        } else {                                                                                   \
            for (uint32_t i = 0; i < chunk->selected; i++)                                         \
                keys[i] = rows[chunk->select[i]].key;                                              \
            pm_value_pin_many(CELL((TYPE *)self), chunk->selected, keys, slots);                   \
            for (uint32_t i = 0; i < chunk->selected; i++)                                         \
                KERNEL((TYPE *)self, slots[i], &rows[chunk->select[i]], &chunk->bytes);            \
        }                                                                                          \
        pm_state_unpin(self->state);                                                               \
        pm_push_chunk(self, 0, chunk);                                                             \
    }

/**
 * void KERNEL(TYPE *self, unsigned input, const struct pm_record *record,
 *             const struct pm_bytes *bytes, struct pm_out *out): make rows by pm_out_row and
 * pm_out_pass. TYPE has a member `struct pm_out out`.
 */
#define PM_EMIT_ENTRIES(PREFIX, TYPE, KERNEL)                                                      \
    static void PREFIX##_one(struct pm_operator *self, unsigned input, struct pm_record *record,   \
                             struct pm_bytes *bytes)                                               \
    {                                                                                              \
        TYPE *const me = (TYPE *)self;                                                             \
        me->out.singly = true;                                                                     \
        KERNEL(me, input, record, bytes, &me->out);                                                \
        if (self->state != NULL)                                                                   \
            pm_state_unpin(self->state);                                                           \
        pm_out_flush(&me->out);                                                                    \
    }                                                                                              \
    static void PREFIX##_chunk(struct pm_operator *self, unsigned input, struct pm_chunk *chunk)   \
    {                                                                                              \
        TYPE *const me = (TYPE *)self;                                                             \
        me->out.singly = false;                                                                    \
        for (uint32_t i = 0; i < chunk->selected; i++) {                                           \
            KERNEL(me, input, &chunk->rows[pm_chunk_row(chunk, i)], &chunk->bytes, &me->out);      \
            if (self->state != NULL)                                                               \
                pm_state_unpin(self->state);                                                       \
        }                                                                                          \
        pm_out_flush(&me->out);                                                                    \
    }

#endif
