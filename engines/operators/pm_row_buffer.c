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

/* @p row is zero. */
static inline void fill(const struct pm_row_buffer *buffer, struct pm_buffered_row *row,
                        unsigned input, const struct pm_record *record,
                        const struct pm_bytes *bytes, uint32_t mark)
{
    row->record = *record;
    row->closed_below_ns = pm_record_closed_below(record, bytes);
    row->input = input;
    row->mark = mark;
    pm_record_set_extension(&row->record, 0);
    row->record.word &= ~PM_WORD_BEHIND;
    if (buffer->any_id[input])
        row->record.id = 0;
}

bool pm_row_buffer_add(struct pm_row_buffer *buffer, unsigned input, const struct pm_record *record,
                       const struct pm_bytes *bytes, uint32_t mark)
{
    bool fresh;
    struct pm_buffered_row *first =
        pm_map_put(buffer->first, record->key, record->event_time_ns, &fresh);

    if (fresh) {
        fill(buffer, first, input, record, bytes, mark);
    } else {
        struct pm_buffered_row row = {0};
        fill(buffer, &row, input, record, bytes, mark);
        add_tie(buffer, first, &row);
    }
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

void pm_row_buffer_mark(struct pm_row_buffer *buffer, const struct pm_row_cursor *at, uint32_t mark)
{
    struct pm_cell *const cell = at->number == 0 ? buffer->first : buffer->others;
    struct pm_buffered_row *const row =
        pm_map_get(cell, at->key, at->number == 0 ? at->time_ns : at->number);

    row->mark = mark;
}

void pm_row_buffer_forget(struct pm_row_buffer *buffer, const struct pm_row_cursor *at)
{
    const bool alone = at->number == 0 && at->row->next == 0;
    struct pm_row_cursor tie;

    if (!alone && pm_row_buffer_seek(buffer, at->key, at->time_ns, &tie)) {
        while (pm_row_buffer_tie(buffer, &tie))
            pm_map_delete(buffer->others, tie.key, tie.number);
    }
    pm_map_delete(buffer->first, at->key, at->time_ns);
}

/* --- ranges ----------------------------------------------------------------------------------- */

static bool read_ahead(struct pm_row_range *range, const struct pm_row_buffer *buffer,
                       int64_t from_ns)
{
    range->next = 0;
    range->count = pm_map_scan(buffer->first, range->at.key, from_ns, range->ahead, PM_ROWS_AHEAD);
    return range->count != 0;
}

/* Fewer than fit have been all. */
static bool go_on(struct pm_row_range *range, const struct pm_row_buffer *buffer)
{
    if (range->next == range->count &&
        (range->count < PM_ROWS_AHEAD || range->at.time_ns == PM_TIME_MAX ||
         !read_ahead(range, buffer, range->at.time_ns + 1)))
        return false;
    const struct pm_state_entry *entry = &range->ahead[range->next++];
    range->at.row = entry->value;
    range->at.time_ns = entry->order;
    range->at.number = 0;
    return entry->order <= range->last_ns;
}

bool pm_row_range_open(struct pm_row_range *range, const struct pm_row_buffer *buffer, uint64_t key,
                       int64_t first_ns, int64_t last_ns)
{
    range->at.key = key;
    range->last_ns = last_ns;
    return read_ahead(range, buffer, first_ns) && go_on(range, buffer);
}

bool pm_row_range_next(struct pm_row_range *range, const struct pm_row_buffer *buffer)
{
    return pm_row_buffer_tie(buffer, &range->at) || go_on(range, buffer);
}
