/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a key kept in event time order, whatever their order of arrival. */
#ifndef PM_ROW_BUFFER_H
#define PM_ROW_BUFFER_H

#include "pm_operator.h"

/**
 * Records go by event time, then input number, partition, sequence, then the values of their
 * columns in schema order (made rows have partition and sequence 0, and count as such where their
 * id hangs on arrival). What is kept is the record's 64 bytes; its extension is not, but for the
 * watermark of a behind one.
 * Memory: 96 bytes a record and 16 of index, in the state of the operator, by key.
 */
struct pm_row_buffer {
    const struct pm_schema *const *schema; /* of the operator's inputs: the last word on ties */
    const bool *any_id;                    /* of its inputs: their rows are kept without id */
    struct pm_cell *first;                 /* map: event time to the first record of that time */
    struct pm_cell *others;                /* map: a number to a further record of some time */
};

/** A record as it is kept. */
struct pm_buffered_row {
    struct pm_record record; /* without extension, stream and op as they came */
    int64_t closed_below_ns; /* the watermark that it came below; PM_TIME_MIN for none */
    int64_t next;            /* number of the next of its time in others; 0: the last */
    int64_t last;            /* of the first of its time: number of the last; 0: itself */
    uint32_t input;
    uint32_t mark; /* the operator's own word */
};

/** A place in the order of one key. row is pinned state: read only. */
struct pm_row_cursor {
    const struct pm_buffered_row *row;
    uint64_t key;
    int64_t time_ns;
    int64_t number; /* in others; 0: in first */
};

/** Declare the buffer's two cells as @p first and @p others. Errors: the state's. */
int pm_row_buffer_open(struct pm_row_buffer *buffer, struct pm_operator *op, const char *first,
                       const char *others, struct pm_error *error);

/** Keep @p record under its key with the operator's word @p mark; true when it is the first that is
 * kept of its key and time. Cost: a look-up; where its time is taken, two more, and where it does
 * not come in order a step for each record of that key and time before it. */
bool pm_row_buffer_add(struct pm_row_buffer *buffer, unsigned input, const struct pm_record *record,
                       const struct pm_bytes *bytes, uint32_t mark);

/** Go to the first record of @p key at or after @p time_ns; false when there is none. */
bool pm_row_buffer_seek(const struct pm_row_buffer *buffer, uint64_t key, int64_t time_ns,
                        struct pm_row_cursor *at);

/** Go to the next record of the same key and time; false when there is none. */
bool pm_row_buffer_tie(const struct pm_row_buffer *buffer, struct pm_row_cursor *at);

/** Write the operator's word of the record at @p at. */
void pm_row_buffer_mark(struct pm_row_buffer *buffer, const struct pm_row_cursor *at,
                        uint32_t mark);

/** Forget all records of the key and time of @p at; pinned ones stay readable until unpin. */
void pm_row_buffer_forget(struct pm_row_buffer *buffer, const struct pm_row_cursor *at);

#define PM_ROWS_AHEAD 8u

/** The records of one key in a stretch of time, several times a look-up. */
struct pm_row_range {
    struct pm_row_cursor at; /* the record in hand */
    int64_t last_ns;
    struct pm_state_entry ahead[PM_ROWS_AHEAD]; /* the first records of the times that follow */
    uint32_t next, count;
};

/** Go to the first record of @p key in [@p first_ns, @p last_ns]; false when there is none. Until
 * the last call of next the key's records are marked at most, none comes and none goes. */
bool pm_row_range_open(struct pm_row_range *range, const struct pm_row_buffer *buffer, uint64_t key,
                       int64_t first_ns, int64_t last_ns);

/** Go to the next one; false when there is none. Cost: a look-up in PM_ROWS_AHEAD times, and one
 * for each record behind the first of a time. */
bool pm_row_range_next(struct pm_row_range *range, const struct pm_row_buffer *buffer);

#endif
