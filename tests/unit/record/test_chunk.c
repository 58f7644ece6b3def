/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks: rows, selection, bytes that start over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pm_chunk.h"

static void rows_lie_on_cache_lines(void **state)
{
    struct pm_chunk chunk;

    (void)state;
    assert_int_equal(pm_chunk_open(&chunk), 0);
    assert_int_equal((uintptr_t)chunk.rows % 64, 0);
    assert_int_equal(chunk.count, 0);
    pm_chunk_close(&chunk);
    pm_chunk_close(&chunk);
}

static void a_selection_names_its_rows(void **state)
{
    struct pm_chunk chunk;

    (void)state;
    assert_int_equal(pm_chunk_open(&chunk), 0);
    pm_chunk_fill(&chunk, PM_CHUNK_MAX);
    assert_int_equal(chunk.selected, PM_CHUNK_MAX);
    assert_int_equal(pm_chunk_row(&chunk, 255), 255);
    chunk.dense = false;
    chunk.selected = 2;
    chunk.select[0] = 7;
    chunk.select[1] = 200;
    assert_int_equal(pm_chunk_row(&chunk, 1), 200);
    pm_chunk_close(&chunk);
}

static void a_reset_keeps_memory_and_forgets_the_rest(void **state)
{
    struct pm_chunk chunk;

    (void)state;
    assert_int_equal(pm_chunk_open(&chunk), 0);
    pm_chunk_fill(&chunk, 1);
    chunk.rows[0] = (struct pm_record){0};
    assert_non_null(pm_record_extend(&chunk.rows[0], &chunk.bytes, 100));
    const uint64_t first = pm_record_extension_offset(&chunk.rows[0]);
    const uint8_t *base = chunk.bytes.base;
    chunk.dense = false;
    pm_chunk_reset(&chunk);
    assert_true(chunk.dense);
    assert_int_equal(chunk.count | chunk.selected, 0);
    chunk.rows[0] = (struct pm_record){0};
    assert_non_null(pm_record_extend(&chunk.rows[0], &chunk.bytes, 100));
    assert_ptr_equal(chunk.bytes.base, base);
    assert_int_equal(pm_record_extension_offset(&chunk.rows[0]), first);
    pm_chunk_close(&chunk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_lie_on_cache_lines),
        cmocka_unit_test(a_selection_names_its_rows),
        cmocka_unit_test(a_reset_keeps_memory_and_forgets_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
