/* SPDX-License-Identifier: Apache-2.0 */
/* A map by event time whose few records of equal time hang behind the first one. */
#include "pm_row_buffer.h"

#include "pm_schema.h"

int pm_row_buffer_open(struct pm_row_buffer *buffer, struct pm_operator *op, const char *first,
                       const char *others, struct pm_error *error)
{
    const uint32_t size = sizeof(struct pm_buffered_row);
    const int code = pm_state_declare(&buffer->first, op->state, first, PM_CELL_MAP, size, error);

    buffer->schema = op->input_schema;
    buffer->any_id = op->any_id;
    return code != 0
               ? code
               : pm_state_declare(&buffer->others, op->state, others, PM_CELL_MAP, size, error);
}

/* Ids hold the partition above the sequence. A column of an extension reads 0 on both sides. */
static bool is_before(const struct pm_row_buffer *buffer, const struct pm_buffered_row *a,
                      const struct pm_buffered_row *b)
{
    const struct pm_schema *schema = buffer->schema[a->input];

    if (a->input != b->input)
        return a->input < b->input;
    if (a->record.id != b->record.id)
        return a->record.id < b->record.id;
    for (unsigned i = 0; i < schema->count; i++) {
        const struct pm_column *column = &schema->columns[i];
        if (column->place != PM_PLACE_RECORD)
            continue;
        const int64_t x = pm_schema_read(column, &a->record, NULL);
        const int64_t y = pm_schema_read(column, &b->record, NULL);
        if (x != y)
            return x < y;
    }
    return false;
}

static int64_t free_number(const struct pm_row_buffer *buffer, uint64_t key)
{
    struct pm_state_entry last;

    return pm_map_at_most(buffer->others, key, INT64_MAX, &last) ? last.order + 1 : 1;
}

/* @p row goes before all of its time: it takes the first one's place, which is @p first. */
static void add_first(struct pm_buffered_row *first, struct pm_buffered_row *row, int64_t number)
{
    const struct pm_buffered_row second = *first;

    row->last = second.last != 0 ? second.last : number;
    *first = *row;
    *row = second;
    first->next = number;
}

/* Most come in order, however many: behind the last one. */
static void add_behind(struct pm_row_buffer *buffer, struct pm_buffered_row *first,
                       struct pm_buffered_row *row, int64_t number)
{
    const uint64_t key = row->record.key;
    struct pm_buffered_row *before = first;
    struct pm_buffered_row *last =
        first->last != 0 ? pm_map_get(buffer->others, key, first->last) : first;

    if (!is_before(buffer, row, last))
        before = last;
    for (int64_t next = before->next; next != 0; next = before->next) {
        struct pm_buffered_row *const after = pm_map_get(buffer->others, key, next);
        if (is_before(buffer, row, after))
            break;
        before = after;
    }
    row->next = before->next;
    before->next = number;
    if (row->next == 0)
        first->last = number;
}

/* Hang @p row into the chain of its time, which begins at @p first. */
static void add_tie(struct pm_row_buffer *buffer, struct pm_buffered_row *first,
                    struct pm_buffered_row *row)
{
    const uint64_t key = row->record.key;
    const int64_t number = free_number(buffer, key);

    if (is_before(buffer, row, first))
        add_first(first, row, number);
    else
        add_behind(buffer, first, row, number);
    *(struct pm_buffered_row *)pm_map_put(buffer->others, key, number, NULL) = *row;
}

bool pm_row_buffer_add(struct pm_row_buffer *buffer, unsigned input, const struct pm_record *record,
                       const struct pm_bytes *bytes, uint32_t mark)
{
    struct pm_buffered_row row = {
        .record = *record,
        .closed_below_ns = pm_record_closed_below(record, bytes),
        .input = input,
        .mark = mark,
    };
    bool fresh;

    pm_record_set_extension(&row.record, 0);
    row.record.word &= ~PM_WORD_BEHIND;
    if (buffer->any_id[input])
        row.record.id = 0;
    struct pm_buffered_row *first =
        pm_map_put(buffer->first, record->key, record->event_time_ns, &fresh);
    if (fresh)
        *first = row;
    else
        add_tie(buffer, first, &row);
    return fresh;
}

bool pm_row_buffer_seek(const struct pm_row_buffer *buffer, uint64_t key, int64_t time_ns,
                        struct pm_row_cursor *at)
{
    struct pm_state_entry entry;

    if (!pm_map_at_least(buffer->first, key, time_ns, &entry))
        return false;
    *at = (struct pm_row_cursor){.row = entry.value, .key = key, .time_ns = entry.order};
    return true;
}

bool pm_row_buffer_tie(const struct pm_row_buffer *buffer, struct pm_row_cursor *at)
{
    struct pm_state_entry entry;

    if (at->row->next == 0 || !pm_map_at_least(buffer->others, at->key, at->row->next, &entry))
        return false;
    at->row = entry.value;
    at->number = entry.order;
    return true;
}

bool pm_row_buffer_step(const struct pm_row_buffer *buffer, struct pm_row_cursor *at)
{
    return pm_row_buffer_tie(buffer, at) ||
           (at->time_ns != PM_TIME_MAX && pm_row_buffer_seek(buffer, at->key, at->time_ns + 1, at));
}

void pm_row_buffer_mark(struct pm_row_buffer *buffer, const struct pm_row_cursor *at, uint32_t mark)
{
    struct pm_cell *const cell = at->number == 0 ? buffer->first : buffer->others;
    struct pm_buffered_row *const row =
        pm_map_get(cell, at->key, at->number == 0 ? at->time_ns : at->number);

    row->mark = mark;
}

void pm_row_buffer_forget(struct pm_row_buffer *buffer, uint64_t key, int64_t time_ns)
{
    struct pm_row_cursor at;

    if (!pm_row_buffer_seek(buffer, key, time_ns, &at) || at.time_ns != time_ns)
        return;
    pm_map_delete(buffer->first, key, time_ns);
    while (pm_row_buffer_tie(buffer, &at))
        pm_map_delete(buffer->others, key, at.number);
}
