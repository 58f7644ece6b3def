/* SPDX-License-Identifier: Apache-2.0 */
/* The intake: which records are behind, and what raises a partition's watermark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_intake.h"
#include "pm_memory_io.h"

#define NOT PM_TIME_MIN

/* In order of arrival, delay 10: what the intake must make of each. */
static const struct {
    enum pm_record_kind kind;
    int64_t time, closed; /* the behind mark */
    int64_t watermark;    /* after it */
} steps[] = {
    {PM_KIND_DATA, 100, NOT, 90},  {PM_KIND_DATA, 95, NOT, 90},
    {PM_KIND_DATA, 90, NOT, 90}, /* at the watermark is not behind */
    {PM_KIND_DATA, 89, 90, 90},    {PM_KIND_DATA, 130, NOT, 120},
    {PM_KIND_DATA, 119, 120, 120}, {PM_KIND_IDLE, 150, NOT, 140},
    {PM_KIND_DATA, 139, 140, 140}, {PM_KIND_DATA, 140, NOT, 140},
    {PM_KIND_IDLE, 20, NOT, 140}, /* a promise of what is known changes nothing */
    {PM_KIND_DATA, -5, 140, 140},  {PM_KIND_FLUSH, 5000, NOT, 4990},
};
#define STEPS (sizeof steps / sizeof *steps)

static void fill(struct pm_memory *memory)
{
    *memory = (struct pm_memory){.partitions = 1, .all_visible = true};
    for (uint64_t i = 0; i < STEPS; i++) {
        struct pm_record record = {.event_time_ns = steps[i].time,
                                   .stamp_ns = 1,
                                   .id = i,
                                   .word = pm_record_word(0, steps[i].kind)};
        if (i % 2 == 0 && steps[i].kind == PM_KIND_DATA)
            *(char *)pm_record_extend(&record, &memory->partition[0].bytes, 1) = (char)('a' + i);
        pm_memory_add(&memory->partition[0], &record);
    }
    pm_memory_rewind(memory, 9);
}

/* Take all in pieces of at most @p limit from @p intake and hold each piece to the table. */
static void take_all(struct pm_intake *intake, uint32_t limit, uint64_t from)
{
    struct pm_chunk chunk;
    uint64_t at = from;

    assert_int_equal(pm_chunk_open(&chunk), 0);
    while (!intake->ended) {
        pm_chunk_reset(&chunk);
        const int taken = pm_intake_take(intake, &chunk, limit, STEPS, 77);
        assert_in_range(taken, 1, limit);
        uint32_t row = 0;
        for (uint64_t end = at + (uint64_t)taken; at < end; at++) {
            if (steps[at].kind != PM_KIND_DATA)
                continue; /* marks are taken, not handed on */
            const struct pm_record *record = &chunk.rows[row++];
            uint32_t size;
            const char *text = pm_record_text(record, &chunk.bytes, &size);
            assert_int_equal(record->id, at);
            assert_int_equal(record->stamp_ns, 77);
            assert_int_equal(pm_record_closed_below(record, &chunk.bytes), steps[at].closed);
            assert_int_equal(size, at % 2 == 0 ? 1 : 0); /* a behind mark leaves the text alone */
            if (size != 0)
                assert_int_equal(*text, 'a' + (int)at);
        }
        assert_int_equal(row, chunk.count);
        assert_int_equal(pm_intake_watermark(intake), steps[at - 1].watermark);
    }
    assert_int_equal(at, STEPS);
    pm_chunk_reset(&chunk);
    assert_int_equal(pm_intake_take(intake, &chunk, limit, UINT64_MAX, 77), 0);
    pm_chunk_close(&chunk);
}

static void open_source(struct pm_source **source, struct pm_memory *memory)
{
    const struct pm_source_config config = {.place = (const char *)memory};

    assert_int_equal(pm_source_memory.open(source, &config, NULL), 0);
}

static void a_record_below_its_partitions_watermark_is_behind(void **state)
{
    (void)state;
    for (uint32_t limit = 1; limit <= STEPS + 1; limit++) {
        struct pm_memory memory;
        struct pm_source *source;
        struct pm_intake intake;
        fill(&memory);
        open_source(&source, &memory);
        pm_intake_open(&intake, source, 0, 0, 10);
        assert_int_equal(pm_intake_watermark(&intake), PM_TIME_MIN);
        take_all(&intake, limit, 0);
        source->ops->close(source);
        pm_memory_close(&memory);
    }
}

static void lateness_is_the_same_from_any_place(void **state)
{
    (void)state;
    for (uint64_t from = 1; from < STEPS; from++) {
        struct pm_memory memory;
        struct pm_source *source;
        struct pm_intake intake;
        fill(&memory);
        open_source(&source, &memory);
        pm_intake_open(&intake, source, 0, 0, 10);
        assert_int_equal(source->ops->seek(source, 0, from, NULL), 0);
        intake.next = from;
        take_all(&intake, 5, from);
        source->ops->close(source);
        pm_memory_close(&memory);
    }
}

static void a_range_ends_where_it_was_fixed_and_replays_what_lies_before_the_cut(void **state)
{
    struct pm_memory memory;
    struct pm_source *source;
    struct pm_intake intake;
    struct pm_chunk chunk;
    uint32_t replayed = 0;

    (void)state;
    fill(&memory);
    open_source(&source, &memory);
    assert_int_equal(pm_chunk_open(&chunk), 0);
    pm_intake_open(&intake, source, 0, 0, 10);
    intake.replayed_before = 3;
    while (intake.next < 6)
        assert_true(pm_intake_take(&intake, &chunk, 64, 6, 77) > 0);
    assert_int_equal(pm_intake_take(&intake, &chunk, 64, 6, 77), 0);
    assert_int_equal(chunk.count, 6);
    for (uint32_t i = 0; i < 6; i++)
        replayed += pm_record_is_replayed(&chunk.rows[i]);
    assert_int_equal(replayed, 3);
    assert_true(pm_record_is_replayed(&chunk.rows[2]));
    pm_chunk_close(&chunk);
    source->ops->close(source);
    pm_memory_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_below_its_partitions_watermark_is_behind),
        cmocka_unit_test(lateness_is_the_same_from_any_place),
        cmocka_unit_test(a_range_ends_where_it_was_fixed_and_replays_what_lies_before_the_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
