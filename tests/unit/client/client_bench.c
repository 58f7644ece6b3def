/* SPDX-License-Identifier: Apache-2.0 */
/* Messages made of records, rows kept as they were produced. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "client_bench.h"

#define STAMP_NS 77
#define END_NS   (1LL << 61)

static int keep_row(void *payload, const struct pm_record *row, const void *text, uint32_t size)
{
    struct client_bench *const bench = payload;

    if (bench->refuse != 0)
        return bench->refuse;
    if (bench->count == bench->capacity) {
        bench->capacity = 2 * bench->count + 64;
        bench->rows = realloc(bench->rows, bench->capacity * sizeof *bench->rows);
        assert_non_null(bench->rows);
    }
    struct pm_record *const kept = &bench->rows[bench->count++];
    *kept = *row;
    assert_int_equal(pm_record_kind(kept), PM_KIND_DATA);
    assert_int_equal(kept->stamp_ns, STAMP_NS);
    assert_int_equal(pm_record_extension_offset(kept), 0);
    if (text != NULL) {
        void *const to = pm_record_extend(kept, &bench->bytes, size);
        assert_non_null(to);
        memcpy(to, text, size);
    }
    return 0;
}

void client_bench_open(struct client_bench *bench, const struct query_fixture *fixture,
                       unsigned partitions, int64_t delay_ns)
{
    struct pm_error error = {0};

    memset(bench, 0, sizeof *bench);
    bench->given =
        (struct pm_job_query){fixture->query->name, fixture->query->options, fixture->settings};
    const struct pm_client_job job = {
        .query = &bench->given,
        .partitions = partitions,
        .watermark_delay_ns = delay_ns,
        .output = {keep_row, bench},
    };
    for (unsigned i = 0; pm_client_queries[i] != NULL; i++)
        if (strcmp(pm_client_queries[i]->name, fixture->query->name) == 0)
            bench->query = pm_client_queries[i];
    assert_non_null(bench->query);
    bench->self = calloc(1, bench->query->size);
    assert_non_null(bench->self);
    assert_int_equal(bench->query->open(bench->self, &job, &error), 0);
}

void client_bench_close(struct client_bench *bench)
{
    if (bench->query->close != NULL)
        bench->query->close(bench->self);
    free(bench->self);
    free(bench->rows);
    pm_bytes_close(&bench->bytes);
}

int client_bench_take(struct client_bench *bench, unsigned partition,
                      const struct pm_record *record, const struct pm_bytes *bytes)
{
    struct pm_client_message message = {.record = *record, .partition = partition};

    if (bytes != NULL)
        message.text = pm_record_text(record, bytes, &message.size);
    pm_record_set_extension(&message.record, 0);
    message.record.stamp_ns = STAMP_NS;
    return bench->query->take(bench->self, &message);
}

int client_bench_text(struct client_bench *bench, unsigned partition, uint64_t sequence,
                      const char *text, size_t size)
{
    const struct pm_client_message message = {
        .record = {.stamp_ns = STAMP_NS, .id = pm_record_id(partition, sequence)},
        .text = text,
        .size = (uint32_t)size,
        .partition = partition,
    };

    return bench->query->take(bench->self, &message);
}

const char *client_bench_text_of(const struct client_bench *bench, size_t i, uint32_t *size)
{
    assert_true(i < bench->count);
    return pm_record_text(&bench->rows[i], &bench->bytes, size);
}

void client_bench_flush(struct client_bench *bench, unsigned partition)
{
    const struct pm_record flush = {.event_time_ns = END_NS,
                                    .word = pm_record_word(0, PM_KIND_FLUSH)};

    assert_int_equal(client_bench_take(bench, partition, &flush, NULL), 0);
}
