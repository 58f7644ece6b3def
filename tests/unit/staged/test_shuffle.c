/* SPDX-License-Identifier: Apache-2.0 */
/* The shuffle: rows by key group, their order and their extensions kept, marks kept apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_hash.h"
#include "pm_shuffle.h"

#define RECEIVERS 3u
#define ROWS      5000u /* more than a shuffle has room for at first */

static const struct pm_plan_node node = {.name = "key_by#1"};

static void send_all(struct pm_staged_exchange *exchange, bool by_chunk)
{
    struct pm_operator *op = &exchange->base;
    struct pm_chunk chunk;

    assert_int_equal(pm_chunk_open(&chunk), 0);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct pm_record *row = &chunk.rows[chunk.count++];
        *row = (struct pm_record){.event_time_ns = i, .key = i % 97};
        if (i % 3 == 0)
            memcpy(pm_record_extend(row, &chunk.bytes, 4), &i, 4);
        if (!by_chunk)
            op->one(op, 0, row, &chunk.bytes);
        if (chunk.count < 50 && i + 1 < ROWS)
            continue;
        pm_chunk_fill(&chunk, chunk.count);
        if (by_chunk)
            op->chunk(op, 0, &chunk);
        pm_chunk_reset(&chunk);
    }
    pm_chunk_close(&chunk);
}

static void check_row(const struct pm_record *row, const struct pm_bytes *bytes, unsigned receiver)
{
    uint32_t size, number = 0;
    const char *text = pm_record_text(row, bytes, &size);

    assert_int_equal(pm_hash_subtask(pm_hash_key_group(pm_hash_u64(row->key)), RECEIVERS),
                     receiver);
    assert_int_equal(size, row->event_time_ns % 3 == 0 ? 4 : 0);
    if (size != 0) {
        memcpy(&number, text, 4);
        assert_int_equal(number, row->event_time_ns);
    }
}

/* Every row of @p shuffle, block by block, belongs to @p receiver and is in order; how many. */
static size_t check_shuffle(const struct pm_shuffle *shuffle, unsigned receiver)
{
    int64_t before_ns = INT64_MIN;
    size_t rows = 0;

    for (unsigned b = 0; b < shuffle->used; b++) {
        const struct pm_shuffle_block *block = &shuffle->blocks[b];
        for (uint32_t i = 0; i < block->count; i++, rows++) {
            check_row(&block->rows[i], &shuffle->bytes, receiver);
            assert_true(block->rows[i].event_time_ns > before_ns);
            before_ns = block->rows[i].event_time_ns;
        }
    }
    return rows;
}

static void rows_go_to_the_owner_of_their_key_group_in_order(void **state)
{
    (void)state;
    for (unsigned by_chunk = 0; by_chunk < 2; by_chunk++) {
        struct pm_task task = {0};
        struct pm_staged_exchange *exchange = pm_shuffle_open(&node, &task, RECEIVERS);
        size_t all = 0;
        assert_non_null(exchange);
        for (unsigned pass = 0; pass < 2; pass++) {
            send_all(exchange, by_chunk != 0);
            for (unsigned r = 0; r < RECEIVERS; r++) {
                const size_t held = check_shuffle(&exchange->shuffle[r], r);
                assert_true(held > ROWS / 10);
                all += held;
                pm_shuffle_reset(&exchange->shuffle[r]);
            }
        }
        assert_int_equal(all, 2 * ROWS);
        assert_int_equal(task.code, 0);
        pm_shuffle_close(exchange);
    }
}

static void marks_of_the_job_before_are_kept_apart(void **state)
{
    struct pm_task task = {0};
    struct pm_staged_exchange *exchange = pm_shuffle_open(&node, &task, 1);

    (void)state;
    assert_non_null(exchange);
    assert_int_equal(exchange->watermark_ns, PM_TIME_MIN);
    task.replayed = true;
    assert_true(exchange->base.advance(&exchange->base, 0, 70));
    task.replayed = false;
    assert_true(exchange->base.advance(&exchange->base, 0, 90));
    assert_int_equal(exchange->before_ns, 70);
    assert_int_equal(exchange->watermark_ns, 90);
    pm_shuffle_close(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_to_the_owner_of_their_key_group_in_order),
        cmocka_unit_test(marks_of_the_job_before_are_kept_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
