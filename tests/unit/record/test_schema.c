/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of every width and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pm_schema.h"

static const struct pm_schema schema = {
    "trade",
    7,
    {
        PM_COLUMN_EVENT_TIME("time"),
        PM_COLUMN_KEY("account"),
        PM_COLUMN_PAYLOAD("amount", PM_TYPE_MONEY, 0, 8, 0),
        PM_COLUMN_PAYLOAD("shop", PM_TYPE_INTEGER, 8, 4, 0),
        PM_COLUMN_PAYLOAD("country", PM_TYPE_INTEGER, 12, 2, 0),
        PM_COLUMN_PAYLOAD("flag", PM_TYPE_INTEGER, 14, 1, 0),
        PM_COLUMN_EXTENSION("score", PM_TYPE_DECIMAL, 4, 4, 3),
    },
};

static void columns_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(pm_schema_find(&schema, "shop"), &schema.columns[3]);
    assert_null(pm_schema_find(&schema, "sho"));
    assert_null(pm_schema_find(&schema, ""));
}

static void every_column_keeps_its_value_beside_the_others(void **state)
{
    static const int64_t values[] = {INT64_MIN, -1, INT64_MAX, INT32_MIN, INT16_MAX, INT8_MIN, -5};
    struct pm_record record = {.stamp_ns = 99};
    struct pm_bytes bytes = {0};

    (void)state;
    assert_non_null(pm_record_extend(&record, &bytes, 8));
    for (unsigned i = 0; i < schema.count; i++)
        pm_schema_write(&schema.columns[i], &record, &bytes, values[i]);
    for (unsigned i = 0; i < schema.count; i++)
        assert_true(pm_schema_read(&schema.columns[i], &record, &bytes) == values[i]);
    assert_int_equal(record.stamp_ns, 99);
    assert_int_equal(record.payload[2], 0);
    pm_bytes_close(&bytes);
}

static void an_absent_or_short_extension_reads_zero(void **state)
{
    struct pm_record record = {0};
    struct pm_bytes bytes = {0};

    (void)state;
    assert_int_equal(pm_schema_read(&schema.columns[6], &record, &bytes), 0);
    memset(pm_record_extend(&record, &bytes, 7), 0xff, 7);
    assert_int_equal(pm_schema_read(&schema.columns[6], &record, &bytes), 0);
    pm_bytes_close(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(every_column_keeps_its_value_beside_the_others),
        cmocka_unit_test(an_absent_or_short_extension_reads_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
