/* SPDX-License-Identifier: Apache-2.0 */
/* Plans, inputs and rows for the tests of queries; whatever fails here fails the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "query_fixture.h"

static void must(int code, const struct pm_error *error)
{
    if (code != 0)
        fail_msg("%s: %s", pm_error_name(code), error->text);
}

void query_fixture_open(struct query_fixture *fixture, const char *name, const char *const *set)
{
    struct pm_error error = {0};

    memset(fixture, 0, sizeof *fixture);
    fixture->query = pm_query_find(name);
    assert_non_null(fixture->query);
    assert_true(fixture->query->settings_size <= sizeof fixture->settings);
    pm_option_defaults(fixture->query->options, fixture->settings);
    for (; set != NULL && *set != NULL; set += 2) {
        const struct pm_option *option = pm_option_find(fixture->query->options, set[0]);
        assert_non_null(option);
        must(pm_option_set(option, fixture->settings, set[1], &error), &error);
    }
    fixture->plan = pm_plan_open(fixture->query->order);
    assert_non_null(fixture->plan);
    fixture->query->build(fixture->plan, fixture->settings);
    must(pm_plan_check(fixture->plan, &error), &error);
    must(pm_oracle_open(&fixture->oracle, fixture->query, fixture->plan, &error), &error);
}

void query_fixture_close(struct query_fixture *fixture)
{
    pm_oracle_close(fixture->oracle);
    pm_plan_close(fixture->plan);
}

struct pm_oracle_check *query_fixture_check(struct query_fixture *fixture)
{
    struct pm_oracle_check *check;

    assert_int_equal(pm_oracle_check_open(&check, fixture->oracle), 0);
    return check;
}

/* Bytes that the extension's columns take. */
static uint32_t extension_size(const struct pm_schema *schema)
{
    uint32_t size = 0;

    for (unsigned i = 0; i < schema->count; i++) {
        const struct pm_column *column = &schema->columns[i];
        const uint32_t end = (uint32_t)column->offset + column->width;
        if (column->place == PM_PLACE_EXTENSION && end > size)
            size = end;
    }
    return size;
}

static void give_row(struct query_fixture *fixture, struct pm_oracle_check *check, unsigned output,
                     struct pm_record row, const int64_t *values, const char *text)
{
    struct pm_bytes bytes = {0};
    struct pm_plan_output_info info;

    assert_int_equal(pm_plan_output_info(fixture->plan, output, &info), 0);
    const uint32_t size = text != NULL ? (uint32_t)strlen(text) : extension_size(info.schema);
    if (size != 0) {
        void *to = pm_record_extend(&row, &bytes, size);
        assert_non_null(to);
        memset(to, 0, size);
        if (text != NULL)
            memcpy(to, text, size);
    }
    for (unsigned i = 0; i < info.schema->count; i++) {
        if (info.schema->columns[i].type != PM_TYPE_TEXT)
            pm_schema_write(&info.schema->columns[i], &row, &bytes, *values++);
    }
    pm_oracle_check_row(check, &row, &bytes, row.stamp_ns);
    pm_bytes_close(&bytes);
}

void query_fixture_row(struct query_fixture *fixture, struct pm_oracle_check *check,
                       unsigned output, uint64_t id, const int64_t *values, const char *text)
{
    const struct pm_record row = {.id = id, .word = pm_record_word(output, PM_KIND_DATA)};

    give_row(fixture, check, output, row, values, text);
}

void query_fixture_change(struct query_fixture *fixture, struct pm_oracle_check *check,
                          unsigned output, enum pm_record_op op, const int64_t *values,
                          int64_t visible_ns)
{
    struct pm_record row = {.stamp_ns = visible_ns, .word = pm_record_word(output, PM_KIND_DATA)};

    pm_record_set_op(&row, op);
    give_row(fixture, check, output, row, values, NULL);
}

void query_input_open(struct query_input *input, unsigned partitions, int64_t delay_ns)
{
    memset(input, 0, sizeof *input);
    assert_true(partitions <= QUERY_INPUT_PARTITIONS);
    input->view = (struct pm_oracle_input){partitions, input->partition};
    for (unsigned i = 0; i < partitions; i++) {
        input->partition[i].bytes = &input->bytes[i];
        input->partition[i].watermark_delay_ns = delay_ns;
    }
}

void query_input_close(struct query_input *input)
{
    for (unsigned i = 0; i < input->view.partitions; i++) {
        free(input->rows[i]);
        pm_bytes_close(&input->bytes[i]);
    }
}

struct pm_record *query_input_add(struct query_input *input, unsigned partition,
                                  enum pm_record_kind kind, int64_t time_ns, uint64_t key)
{
    struct pm_oracle_partition *to = &input->partition[partition];

    if (to->count == input->capacity[partition]) {
        input->capacity[partition] = 2 * to->count + 64;
        input->rows[partition] =
            realloc(input->rows[partition], input->capacity[partition] * sizeof(struct pm_record));
        assert_non_null(input->rows[partition]);
        to->rows = input->rows[partition];
    }
    struct pm_record *record = &input->rows[partition][to->count];
    *record = (struct pm_record){.event_time_ns = time_ns,
                                 .id = pm_record_id(partition, to->count),
                                 .key = key,
                                 .word = pm_record_word(to->stream, kind)};
    to->count++;
    return record;
}

uint64_t query_input_add_text(struct query_input *input, unsigned partition, int64_t time_ns,
                              const char *text)
{
    struct pm_record *record = query_input_add(input, partition, PM_KIND_DATA, time_ns, 0);
    void *to = pm_record_extend(record, &input->bytes[partition], (uint32_t)strlen(text));

    assert_non_null(to);
    memcpy(to, text, strlen(text));
    return record->id;
}

void query_fixture_expect(struct query_fixture *fixture, const struct query_input *input)
{
    struct pm_error error = {0};

    must(fixture->query->oracle(fixture->oracle, &input->view, fixture->settings, &error), &error);
    must(pm_oracle_seal(fixture->oracle, &error), &error);
}
