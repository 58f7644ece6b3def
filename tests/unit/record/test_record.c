/* SPDX-License-Identifier: Apache-2.0 */
/* The word's fields and the extension's way from container to container. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_record.h"

static void fields_of_the_word_do_not_touch_each_other(void **state)
{
    struct pm_record record = {.word = pm_record_word(0xab, PM_KIND_WATERMARK)};

    (void)state;
    record.word |= (uint64_t)PM_OP_DELETE << PM_WORD_OP_SHIFT | PM_WORD_REPLAYED;
    pm_record_set_extension(&record, 0x7ffffffffffULL & ~7ULL);
    pm_record_set_stream(&record, 0x12);
    assert_int_equal(pm_record_stream(&record), 0x12);
    assert_int_equal(pm_record_kind(&record), PM_KIND_WATERMARK);
    assert_int_equal(pm_record_op(&record), PM_OP_DELETE);
    assert_true(pm_record_is_replayed(&record));
    assert_false(pm_record_is_behind(&record));
    assert_int_equal(pm_record_extension_offset(&record), 0x7fffffffff8ULL);
    pm_record_set_extension(&record, 0);
    assert_int_equal(pm_record_stream(&record), 0x12);
    assert_true(pm_record_is_replayed(&record));
}

static void an_id_is_partition_and_sequence(void **state)
{
    const struct pm_record record = {.id = pm_record_id(65535, 0xffffffffffffULL)};

    (void)state;
    assert_int_equal(pm_record_partition(&record), 65535);
    assert_int_equal(pm_record_sequence(&record), 0xffffffffffffULL);
}

static void a_plain_record_has_no_text_and_closes_nothing(void **state)
{
    const struct pm_record record = {0};
    const struct pm_bytes bytes = {0};
    uint32_t size = 9;

    (void)state;
    assert_null(pm_record_text(&record, &bytes, &size));
    assert_int_equal(size, 0);
    assert_true(pm_record_closed_below(&record, &bytes) == PM_TIME_MIN);
    assert_int_equal(pm_record_extension_bytes(&record, &bytes), 0);
}

static void texts_of_all_sizes_survive_growth(void **state)
{
    struct pm_bytes bytes = {0};
    struct pm_record records[300] = {0};
    uint32_t size = 0;

    (void)state;
    for (uint32_t i = 0; i < 300; i++) {
        char *text = pm_record_extend(&records[i], &bytes, i);
        memset(text, (int)(i & 0xff), i);
        assert_int_equal(pm_record_extension_offset(&records[i]) % 8, 0);
        assert_int_equal(pm_record_extension_bytes(&records[i], &bytes), 16 + (i + 7) / 8 * 8);
    }
    for (uint32_t i = 0; i < 300; i++) {
        const char *text = pm_record_text(&records[i], &bytes, &size);
        assert_int_equal(size, i);
        for (uint32_t j = 0; j < (i + 7) / 8 * 8; j++)
            assert_int_equal((uint8_t)text[j], j < i ? i & 0xff : 0); /* padding is zero */
    }
    pm_bytes_close(&bytes);
    assert_int_equal(bytes.used, 0);
}

static void a_behind_record_keeps_its_watermark(void **state)
{
    struct pm_bytes chunk = {0};
    struct pm_bytes ring = {0};
    struct pm_record record = {0};
    uint32_t size = 0;

    (void)state;
    pm_record_mark_behind(&record, &chunk, -77);
    assert_true(pm_record_is_behind(&record));
    assert_int_equal(pm_record_closed_below(&record, &chunk), -77);
    memcpy(pm_record_extend(&record, &chunk, 5), "hello", 5);
    assert_int_equal(pm_record_closed_below(&record, &chunk), -77);
    pm_record_carry(&record, &chunk, &ring);
    pm_bytes_close(&chunk);
    assert_int_equal(pm_record_closed_below(&record, &ring), -77);
    assert_memory_equal(pm_record_text(&record, &ring, &size), "hello", 5);
    assert_int_equal(size, 5);
    pm_bytes_close(&ring);
}

static void marking_keeps_the_text(void **state)
{
    struct pm_bytes bytes = {0};
    struct pm_record record = {0};
    uint32_t size = 0;

    (void)state;
    memcpy(pm_record_extend(&record, &bytes, 3), "abc", 3);
    assert_true(pm_record_closed_below(&record, &bytes) == PM_TIME_MIN);
    pm_record_mark_behind(&record, &bytes, 5);
    assert_memory_equal(pm_record_text(&record, &bytes, &size), "abc", 3);
    assert_int_equal(pm_record_closed_below(&record, &bytes), 5);
    pm_bytes_close(&bytes);
}

static void carrying_nothing_takes_nothing(void **state)
{
    struct pm_bytes from = {0};
    struct pm_bytes to = {0};
    struct pm_record record = {.word = pm_record_word(3, PM_KIND_DATA)};

    (void)state;
    pm_record_carry(&record, &from, &to);
    assert_null(to.base);
    assert_int_equal(record.word, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_of_the_word_do_not_touch_each_other),
        cmocka_unit_test(an_id_is_partition_and_sequence),
        cmocka_unit_test(a_plain_record_has_no_text_and_closes_nothing),
        cmocka_unit_test(texts_of_all_sizes_survive_growth),
        cmocka_unit_test(a_behind_record_keeps_its_watermark),
        cmocka_unit_test(marking_keeps_the_text),
        cmocka_unit_test(carrying_nothing_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
