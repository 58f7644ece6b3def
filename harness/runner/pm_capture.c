/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping rows, checking their order, and doing them harm. */
#include "pm_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWAP_ROWS 64u /* rows of a chunk that changes places */

const char *const pm_damage_names[PM_DAMAGES] = {"drop", "double", "alter", "swap"};

static int keep(struct pm_capture *capture, const struct pm_record *row,
                const struct pm_bytes *bytes, unsigned writer)
{
    if (capture->count == capture->capacity) {
        const size_t capacity = capture->capacity == 0 ? 4096 : capture->capacity * 2;
        struct pm_record *const rows = realloc(capture->row, capacity * sizeof *rows);

        if (rows == NULL)
            return PM_ENOMEM;
        capture->row = rows;
        unsigned *const writers = realloc(capture->writer, capacity * sizeof *writers);
        if (writers == NULL)
            return PM_ENOMEM;
        capture->writer = writers;
        capture->capacity = capacity;
    }
    capture->row[capture->count] = *row;
    pm_record_carry(&capture->row[capture->count], bytes, &capture->bytes);
    capture->writer[capture->count++] = writer;
    return capture->bytes.failed ? PM_ENOMEM : 0;
}

int pm_capture_row(void *payload, const struct pm_committed *committed)
{
    return keep(payload, committed->row, committed->bytes, committed->writer);
}

void pm_capture_reset(struct pm_capture *capture)
{
    capture->count = 0;
    capture->bytes.used = 0;
}

void pm_capture_close(struct pm_capture *capture)
{
    free(capture->row);
    free(capture->writer);
    pm_bytes_close(&capture->bytes);
    *capture = (struct pm_capture){0};
}

/* --- order ----------------------------------------------------------------------------------- */

/* A row's place: what must keep its order, and by what. Sorting by it leaves equal groups in the
 * order of writing (position is the last word), so that neighbours show a fall. */
struct place {
    uint64_t output, writer, key, partition;
    int64_t rank; /* sequence or event time: must not descend within a group */
    size_t position;
};

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

static int same_group(const struct place *a, const struct place *b)
{
    int order = compare_u64(a->output, b->output);

    if (order == 0)
        order = compare_u64(a->writer, b->writer);
    if (order == 0)
        order = compare_u64(a->key, b->key);
    return order != 0 ? order : compare_u64(a->partition, b->partition);
}

static int compare_places(const void *left, const void *right)
{
    const struct place *const a = left;
    const struct place *const b = right;
    const int order = same_group(a, b);

    return order != 0 ? order : compare_u64(a->position, b->position);
}

/* The places of all rows, sorted; the caller frees. NULL: out of memory. */
static struct place *sort_places(const struct pm_capture *capture, const struct pm_plan *plan)
{
    struct place *const places = calloc(capture->count + 1, sizeof *places);
    struct pm_plan_output_info info;

    for (size_t i = 0; i < capture->count && places != NULL; i++) {
        const struct pm_record *const row = &capture->row[i];
        const unsigned output = pm_record_stream(row);
        const bool on_arrival = output < pm_plan_outputs(plan) &&
                                pm_plan_output_info(plan, output, &info) == 0 && info.on_arrival;

        places[i] = (struct place){
            .output = output,
            .writer = capture->writer[i],
            .key = row->key,
            .partition = on_arrival ? pm_record_partition(row) : 0,
            .rank = on_arrival ? (int64_t)pm_record_sequence(row) : row->event_time_ns,
            .position = i,
        };
    }
    if (places != NULL)
        qsort(places, capture->count, sizeof *places, compare_places);
    return places;
}

static void note_disorder(struct pm_oracle_verdict *verdict, const struct place *before,
                          const struct place *after)
{
    verdict->wrong++;
    if (verdict->examples < PM_ORACLE_EXAMPLES)
        snprintf(verdict->example[verdict->examples++], sizeof verdict->example[0],
                 "order output %llu key %lld: %lld came before %lld",
                 (unsigned long long)after->output, (long long)after->key, (long long)before->rank,
                 (long long)after->rank);
}

static int check_order(const struct pm_capture *capture, const struct pm_plan *plan,
                       struct pm_oracle_verdict *verdict)
{
    struct place *const places = sort_places(capture, plan);
    const uint64_t wrong = verdict->wrong;

    if (places == NULL)
        return PM_ENOMEM;
    for (size_t i = 1; i < capture->count; i++)
        if (same_group(&places[i - 1], &places[i]) == 0 && places[i].rank < places[i - 1].rank)
            note_disorder(verdict, &places[i - 1], &places[i]);
    free(places);
    return verdict->wrong != wrong ? PM_EWRONG : 0;
}

int pm_capture_check(const struct pm_capture *capture, const struct pm_oracle *oracle,
                     const struct pm_plan *plan, struct pm_oracle_verdict *verdict)
{
    struct pm_oracle_check *check = NULL;

    if (pm_oracle_check_open(&check, oracle) != 0)
        return PM_ENOMEM;
    for (size_t i = 0; i < capture->count; i++)
        pm_oracle_check_row(check, &capture->row[i], &capture->bytes, 0);

    const int code = pm_oracle_check_close(check, verdict);
    if (code == PM_ENOMEM)
        return code;
    const int order = check_order(capture, plan, verdict);
    return code != 0 ? code : order;
}

/* --- damage ---------------------------------------------------------------------------------- */

static bool copy_without(struct pm_capture *out, const struct pm_capture *capture, size_t dropped)
{
    for (size_t i = 0; i < capture->count; i++)
        if (i != dropped && keep(out, &capture->row[i], &capture->bytes, capture->writer[i]) != 0)
            return false;
    return true;
}

/* The last column of the row's schema that holds a number or text is given another value. */
static bool alter(struct pm_capture *out, size_t at, const struct pm_plan *plan)
{
    struct pm_record *const row = &out->row[at];
    struct pm_plan_output_info info;
    uint32_t size = 0;

    if (pm_plan_output_info(plan, pm_record_stream(row), &info) != 0 || info.schema->count == 0)
        return false;
    const struct pm_column *const column = &info.schema->columns[info.schema->count - 1];
    if (column->type == PM_TYPE_TEXT) {
        char *const text = (char *)(uintptr_t)pm_record_text(row, &out->bytes, &size);

        if (size == 0)
            return false;
        text[size - 1] = (char)(text[size - 1] ^ 1);
        return true;
    }
    const int64_t value = pm_schema_read(column, row, &out->bytes);
    pm_schema_write(column, row, &out->bytes, value ^ 1);
    return true;
}

static void exchange(struct pm_capture *capture, size_t a, size_t b)
{
    const struct pm_record row = capture->row[a];

    capture->row[a] = capture->row[b];
    capture->row[b] = row;
}

/* Of the first group from @p from on with two ranks, exchanges its first rows with its last. */
static bool swap(struct pm_capture *out, const struct place *places, size_t from)
{
    const size_t count = out->count;

    for (size_t n = 0, at = from; n < count; n++, at = (at + 1) % count) {
        size_t end = at;

        if (at != 0 && same_group(&places[at - 1], &places[at]) == 0)
            continue; /* not the first of its group */
        while (end < count && same_group(&places[at], &places[end]) == 0)
            end++;
        const size_t half = (end - at) / 2 < SWAP_ROWS ? (end - at) / 2 : SWAP_ROWS;
        if (half == 0 || places[at].rank == places[end - 1].rank)
            continue;
        for (size_t i = 0; i < half; i++)
            exchange(out, places[at + i].position, places[end - half + i].position);
        return true;
    }
    return false;
}

bool pm_capture_damage(struct pm_capture *out, const struct pm_capture *capture,
                       const struct pm_plan *plan, enum pm_damage damage, struct pm_random *random)
{
    const size_t at = capture->count != 0 ? pm_random_below(random, capture->count) : 0;

    pm_capture_reset(out);
    if (capture->count == 0)
        return false;
    if (!copy_without(out, capture, damage == PM_DAMAGE_DROP ? at : capture->count))
        return false;
    if (damage == PM_DAMAGE_DOUBLE)
        return keep(out, &capture->row[at], &capture->bytes, capture->writer[at]) == 0;
    if (damage == PM_DAMAGE_ALTER)
        return alter(out, at, plan);
    if (damage == PM_DAMAGE_DROP)
        return true;

    struct place *const places = sort_places(capture, plan);
    const bool done = places != NULL && swap(out, places, at);
    free(places);
    return done;
}
