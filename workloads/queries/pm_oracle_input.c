/* SPDX-License-Identifier: Apache-2.0 */
/* Walking the partitions as the source does, and sorting what was found for one key at a time. */
#include "pm_oracle_input.h"

#include <inttypes.h>
#include <stdlib.h>

/* The records of one partition from @p out on; returns how many. */
static uint64_t walk(struct pm_oracle_arrival *out, const struct pm_oracle_partition *partition)
{
    int64_t latest_ns = PM_TIME_MIN;
    uint64_t count = 0;

    for (uint64_t i = 0; i < partition->count; i++) {
        const struct pm_record *record = &partition->rows[i];
        if (pm_record_kind(record) == PM_KIND_DATA) {
            const bool behind = partition->watermark_delay_ns != PM_DELAY_TO_END &&
                                latest_ns != PM_TIME_MIN &&
                                record->event_time_ns < latest_ns - partition->watermark_delay_ns;
            out[count++] = (struct pm_oracle_arrival){
                .record = record,
                .bytes = partition->bytes,
                .closed_below_ns = behind ? latest_ns - partition->watermark_delay_ns : PM_TIME_MIN,
                .stream = partition->stream,
            };
        }
        if (record->event_time_ns > latest_ns)
            latest_ns = record->event_time_ns;
    }
    return count;
}

int pm_oracle_arrivals_open(struct pm_oracle_arrivals *out, const struct pm_oracle_input *input,
                            struct pm_error *error)
{
    uint64_t most = 1;

    for (unsigned i = 0; i < input->partitions; i++)
        most += input->partition[i].count;
    *out = (struct pm_oracle_arrivals){.row = malloc(most * sizeof *out->row)};
    if (out->row == NULL)
        return pm_error_set(error, PM_ENOMEM, "out of memory for %" PRIu64 " records of the oracle",
                            most - 1);
    for (unsigned i = 0; i < input->partitions; i++)
        out->count += walk(out->row + out->count, &input->partition[i]);
    return 0;
}

void pm_oracle_arrivals_close(struct pm_oracle_arrivals *arrivals)
{
    free(arrivals->row);
    *arrivals = (struct pm_oracle_arrivals){0};
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_arrival(const void *x, const void *y)
{
    const struct pm_record *a = ((const struct pm_oracle_arrival *)x)->record;
    const struct pm_record *b = ((const struct pm_oracle_arrival *)y)->record;
    const int order = compare(a->key, b->key);

    return order != 0 ? order : compare(a->id, b->id);
}

static int by_time(const void *x, const void *y)
{
    const struct pm_record *a = ((const struct pm_oracle_arrival *)x)->record;
    const struct pm_record *b = ((const struct pm_oracle_arrival *)y)->record;

    if (a->key == b->key && a->event_time_ns != b->event_time_ns)
        return a->event_time_ns < b->event_time_ns ? -1 : 1;
    return by_arrival(x, y);
}

void pm_oracle_arrivals_by_time(struct pm_oracle_arrivals *arrivals)
{
    qsort(arrivals->row, arrivals->count, sizeof *arrivals->row, by_time);
}

void pm_oracle_arrivals_by_arrival(struct pm_oracle_arrivals *arrivals)
{
    qsort(arrivals->row, arrivals->count, sizeof *arrivals->row, by_arrival);
}

uint64_t pm_oracle_arrivals_of_key(const struct pm_oracle_arrivals *arrivals, uint64_t first)
{
    uint64_t end = first + 1;

    while (end < arrivals->count &&
           arrivals->row[end].record->key == arrivals->row[first].record->key)
        end++;
    return end;
}
