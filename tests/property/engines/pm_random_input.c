/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing records, and their lateness as it is defined. */
#include "pm_random_input.h"

#include <string.h>

/* "v,n", or one field too few or too many: dead letters. */
static const char *const texts[] = {"5,1", "12,3", "0,2", "-4,0", "7", "1,2,3", "5,1", "3,3"};

struct partition {
    struct pm_random *random;
    struct pm_memory_partition *part;
    struct pm_naive_rows *rows; /* of the source's node */
    unsigned number, stream, first, partitions;
    bool one_key_one_partition;
    int64_t delay_ns, max_ns, now_ns;
};

static int64_t between(struct partition *p, int64_t low, int64_t high)
{
    return pm_random_between(p->random, low, high);
}

static uint64_t draw_key(struct partition *p)
{
    const uint64_t key = pm_random_below(p->random, 4);

    return p->one_key_one_partition ? key * p->partitions + (p->number - p->first) : key;
}

static int64_t draw_time(struct partition *p)
{
    p->now_ns += between(p, 0, 5);
    const int64_t back = pm_random_below(p->random, 6) == 0 ? between(p, 0, 70) : between(p, 0, 8);
    return p->now_ns - back;
}

static void add_record(struct partition *p)
{
    const int64_t closed = p->max_ns == PM_TIME_MIN ? PM_TIME_MIN : p->max_ns - p->delay_ns;
    const char *text = texts[pm_random_below(p->random, 8)];
    struct pm_naive_row row = {
        .time_ns = draw_time(p),
        .id = pm_record_id(p->number, p->part->count),
        .key = draw_key(p),
        .value = {0, 0, between(p, -2, 9), between(p, 0, 3), between(p, 0, 5), between(p, 0, 100)},
        .text = text,
        .text_size = (uint32_t)strlen(text)};
    const int32_t narrow[2] = {(int32_t)row.value[3], (int32_t)row.value[4]};
    struct pm_record record = {.event_time_ns = row.time_ns,
                               .id = row.id,
                               .key = row.key,
                               .word = pm_record_word(p->stream, PM_KIND_DATA),
                               .payload = {(uint64_t)row.value[2], 0, (uint64_t)row.value[5]}};

    row.closed_ns = row.time_ns < closed ? closed : PM_TIME_MIN;
    memcpy(&record.payload[1], narrow, sizeof narrow);
    void *to = pm_record_extend(&record, &p->part->bytes, row.text_size);
    memcpy(to, text, row.text_size);
    pm_memory_add(p->part, &record);
    pm_naive_add(p->rows, &row);
    p->max_ns = row.time_ns > p->max_ns ? row.time_ns : p->max_ns;
}

static void add_idle(struct partition *p)
{
    const struct pm_record mark = {.event_time_ns = p->now_ns + between(p, -5, 30),
                                   .id = pm_record_id(p->number, p->part->count),
                                   .word = pm_record_word(p->stream, PM_KIND_IDLE)};

    pm_memory_add(p->part, &mark);
    p->max_ns = mark.event_time_ns > p->max_ns ? mark.event_time_ns : p->max_ns;
}

static void fill(struct partition *p)
{
    int64_t left = pm_random_below(p->random, 8) == 0 ? 0 : between(p, 1, 45);

    p->max_ns = PM_TIME_MIN;
    p->now_ns = between(p, -20, 20);
    for (; left > 0; left--) {
        if (pm_random_below(p->random, 10) == 0)
            add_idle(p);
        else
            add_record(p);
    }
    pm_memory_flush(p->part, p->number);
}

void pm_random_input(const struct pm_naive_plan *plan, struct pm_random *random,
                     struct pm_memory *memory, struct pm_job *job, struct pm_naive_answer *answer)
{
    for (unsigned s = 0; plan->node[s].kind == PM_NAIVE_SOURCE && s < plan->count; s++) {
        const unsigned first = memory->partitions;
        const unsigned count = 1 + (unsigned)pm_random_below(random, s == 0 ? 4 : 2);
        job->stream[s] = (struct pm_job_stream){first, count, pm_random_between(random, 0, 12)};
        job->streams = s + 1;
        memory->partitions += count;
        for (unsigned p = first; p < first + count; p++) {
            struct partition partition = {
                .random = random,
                .part = &memory->partition[p],
                .rows = &answer->of[s][0],
                .number = p,
                .stream = s,
                .first = first,
                .partitions = count,
                .one_key_one_partition = plan->order == PM_ORDER_ARRIVAL,
                .delay_ns = job->stream[s].watermark_delay_ns,
            };
            fill(&partition);
        }
    }
}
