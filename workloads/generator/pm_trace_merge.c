/* SPDX-License-Identifier: Apache-2.0 */
/* One record of each file waits; the one that is due first goes out. */
#include "pm_trace_merge.h"

#include <stdlib.h>

struct head {
    struct pm_trace_rows *rows;
    unsigned stream;
    bool ended;
    bool waits;      /* the record below is still to go out */
    int64_t high_ns; /* the largest event time up to it */
    struct pm_record record;
    struct pm_bytes bytes;
};

struct pm_trace_merge {
    unsigned files;
    struct head head[PM_TRACE_FILES_MAX];
};

int pm_trace_merge_open(struct pm_trace_merge **out, const struct pm_trace_file *file,
                        unsigned files, struct pm_error *error)
{
    struct pm_trace_merge *merge = calloc(1, sizeof *merge);
    int rc = 0;

    if (merge == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory");
    merge->files = files;
    for (unsigned i = 0; i < files && rc == 0; i++) {
        merge->head[i].stream = file[i].map->stream;
        merge->head[i].high_ns = INT64_MIN;
        rc = pm_trace_rows_open(&merge->head[i].rows, file[i].path, file[i].map, error);
    }
    if (rc != 0)
        pm_trace_merge_close(merge);
    else
        *out = merge;
    return rc;
}

/* Reads on in @p head until a record waits or the file ends, which gives 0; 1: @p outcome is of a
 * row that is no record. */
static int fill(struct head *head, struct pm_trace_outcome *outcome, struct pm_error *error)
{
    while (!head->waits && !head->ended) {
        const int rc = pm_trace_rows_next(head->rows, outcome, &head->record, &head->bytes, error);
        if (rc < 0)
            return rc;
        head->ended = rc == 0;
        head->waits = rc == 1 && outcome->fate == PM_TRACE_RECORD;
        if (rc == 1 && !head->waits)
            return 1;
        if (head->waits && head->record.event_time_ns > head->high_ns)
            head->high_ns = head->record.event_time_ns;
    }
    return 0;
}

static bool is_before(const struct head *a, const struct head *b)
{
    return a->high_ns != b->high_ns ? a->high_ns < b->high_ns : a->stream < b->stream;
}

/* The head that is due first, or NULL when none waits; of equal ones the first. */
static struct head *first_due(struct pm_trace_merge *merge)
{
    struct head *first = NULL;

    for (unsigned i = 0; i < merge->files; i++) {
        struct head *head = &merge->head[i];
        if (head->waits && (first == NULL || is_before(head, first)))
            first = head;
    }
    return first;
}

int pm_trace_merge_next(struct pm_trace_merge *merge, struct pm_trace_outcome *outcome,
                        unsigned *number, struct pm_record *record, struct pm_bytes *bytes,
                        struct pm_error *error)
{
    *number = 0;
    if (merge->files == 1)
        return pm_trace_rows_next(merge->head[0].rows, outcome, record, bytes, error);
    for (unsigned i = 0; i < merge->files; i++) {
        const int rc = fill(&merge->head[i], outcome, error);
        *number = i;
        if (rc != 0)
            return rc;
    }
    struct head *head = first_due(merge);
    if (head == NULL)
        return 0;
    *number = (unsigned)(head - merge->head);
    *outcome = (struct pm_trace_outcome){.fate = PM_TRACE_RECORD};
    *record = head->record;
    pm_record_carry(record, &head->bytes, bytes);
    head->bytes.used = 0;
    head->waits = false;
    return 1;
}

void pm_trace_merge_close(struct pm_trace_merge *merge)
{
    if (merge == NULL)
        return;
    for (unsigned i = 0; i < merge->files; i++) {
        pm_trace_rows_close(merge->head[i].rows);
        pm_bytes_close(&merge->head[i].bytes);
    }
    free(merge);
}
