/* SPDX-License-Identifier: Apache-2.0 */
/* Several traces as one: their order, where their rows went, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_generator.h"

#define FILES 3u

static char path[FILES][32] = {"/tmp/test_merge_a.XXXXXX", "/tmp/test_merge_b.XXXXXX",
                               "/tmp/test_merge_c.XXXXXX"};
static const struct pm_schema schema = {
    .count = 3,
    .columns = {PM_COLUMN_EVENT_TIME("time"), PM_COLUMN_KEY("key"), PM_COLUMN_TEXT("text")},
};

static int make_files(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FILES; i++) {
        const int fd = mkstemp(path[i]);
        if (fd < 0 || close(fd) != 0)
            return -1;
    }
    return 0;
}

static int remove_files(void **state)
{
    int rc = 0;

    (void)state;
    for (unsigned i = 0; i < FILES; i++)
        rc |= unlink(path[i]);
    return rc;
}

static void write_file(unsigned number, const char *text)
{
    FILE *file = fopen(path[number], "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* "t,k,x": seconds, a number and a text, onto stream @p stream. */
static struct pm_trace_map map_onto(unsigned stream)
{
    struct pm_trace_map map = {.separator = ',', .header = true, .stream = stream, .fields = 3};
    static const char *const sources[] = {"t", "k", "x"};

    for (unsigned i = 0; i < 3; i++) {
        map.field[i].column = schema.columns[i];
        strcpy(map.field[i].source, sources[i]);
    }
    map.field[0].time.unit_ns = PM_NS_PER_S;
    return map;
}

struct setup {
    struct pm_trace_map map[FILES];
    struct pm_generator_config config;
};

/* Two streams of two partitions, the files onto the streams that are given. */
static void set_up(struct setup *setup, unsigned files, const unsigned *streams)
{
    memset(setup, 0, sizeof *setup);
    pm_option_defaults(pm_generator_options, &setup->config.settings);
    setup->config.settings.schedule = PM_SCHEDULE_TRACE;
    setup->config.settings.duration_ns = PM_NS_PER_S;
    setup->config.flush_time_ns = INT64_MAX;
    setup->config.streams = 2;
    for (unsigned i = 0; i < 2; i++)
        setup->config.stream[i] = (struct pm_generator_stream){
            .first_partition = 2 * i, .partitions = 2, .share = 1, .schema = &schema};
    for (unsigned i = 0; i < files; i++) {
        setup->map[i] = map_onto(streams[i]);
        setup->config.map[i] = &setup->map[i];
        strcpy(setup->config.settings.trace[i], path[i]);
    }
}

/* The texts of all records, in their order, a blank between; marks must keep their promise. */
static void assert_sequence(const struct pm_generator_config *config, const char *expected)
{
    struct pm_generator *generator = NULL;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    struct pm_error error = {0};
    int64_t promised_ns = INT64_MIN, due_ns = 0;
    unsigned flushed = 0;
    char came[200] = "";

    if (pm_generator_open(&generator, config, &error) != 0)
        fail_msg("%s", error.text);
    while (pm_generator_next(generator, &record, &bytes) == 1) {
        uint32_t size = 0;
        const enum pm_record_kind kind = pm_record_kind(&record);
        assert_true(record.stamp_ns >= due_ns && record.event_time_ns >= promised_ns);
        assert_int_equal(pm_record_partition(&record) / 2, pm_record_stream(&record));
        due_ns = record.stamp_ns;
        flushed += kind == PM_KIND_FLUSH ? 1 : 0;
        if (kind == PM_KIND_IDLE)
            promised_ns = record.event_time_ns;
        if (kind != PM_KIND_DATA)
            continue;
        const char *text = pm_record_text(&record, &bytes, &size);
        const size_t used = strlen(came);
        snprintf(came + used, sizeof came - used, "%s%.*s", used > 0 ? " " : "", (int)size, text);
        bytes.used = 0;
    }
    assert_string_equal(came, expected);
    assert_int_equal(flushed, 4);
    pm_bytes_close(&bytes);
    pm_generator_close(generator);
}

static void files_meet_by_time_then_stream_then_number(void **state)
{
    static const unsigned streams[] = {1, 0, 0};
    struct setup setup;

    (void)state;
    write_file(0, "t,k,x\n1,1,a1\n2,1,a2\n2,2,a3\n9,1,a4\n");
    write_file(1, "t,k,x\n0,1,b0\n2,1,b2\n3,1,b3\n");
    write_file(2, "t,k,x\n2,1,c2\n3,1,c3\n");
    set_up(&setup, 3, streams);
    assert_sequence(&setup.config, "b0 a1 b2 c2 a2 a3 b3 c3 a4");
}

/* A step back waits for nobody: it follows the row that it stood behind. */
static void a_file_out_of_order_stays_so(void **state)
{
    static const unsigned streams[] = {0, 1};
    struct setup setup;

    (void)state;
    write_file(0, "t,k,x\n5,1,a5\n1,1,a1\n7,1,a7\n");
    write_file(1, "t,k,x\n2,1,b2\n5,1,b5\n6,1,b6\n");
    set_up(&setup, 2, streams);
    assert_sequence(&setup.config, "b2 a5 a1 b5 b6 a7");
}

static void each_file_counts_its_own_rows(void **state)
{
    static const unsigned streams[] = {0, 1};
    struct setup setup;
    struct pm_trace *trace = NULL;
    struct pm_trace_config config = {.pace = PM_TRACE_MAX};

    (void)state;
    write_file(0, "t,k,x\n1,1,a\n4,1,a\n2,1,a\n");
    write_file(1, "t,k,x\n1,1,b\nnever,1,b\n3,1,b\n4,x,b\n");
    set_up(&setup, 2, streams);
    config.files = pm_generator_files(&setup.config, config.file);
    assert_int_equal(config.files, 2);
    assert_int_equal(pm_trace_open(&trace, &config, NULL), 0);
    const struct pm_trace_stats *stats = pm_trace_stats(trace);
    assert_int_equal(stats->file[0].rows, 3);
    assert_int_equal(stats->file[0].dead, 0);
    assert_int_equal(stats->file[1].records, 2);
    assert_int_equal(stats->file[1].dead, 2);
    assert_int_equal(stats->file[1].first_dead_line, 3);
    assert_int_equal(stats->all.rows, 7);
    assert_int_equal(stats->all.records, 5);
    assert_int_equal(stats->all.dead, 2);
    assert_int_equal(stats->all.first_dead_line, 3);
    assert_true(stats->step_back_ns == 2 * PM_NS_PER_S);
    pm_trace_close(trace);
}

static void a_stream_without_a_file_is_idle_and_ends(void **state)
{
    static const unsigned streams[] = {0};
    struct pm_generator *generator = NULL;
    struct pm_bytes bytes = {0};
    struct pm_record record;
    struct setup setup;
    unsigned kinds[2][3] = {0};

    (void)state;
    write_file(0, "t,k,x\n1,1,a\n9,2,a\n20,1,a\n");
    set_up(&setup, 1, streams);
    setup.config.settings.idle_mark_ns = 100 * PM_NS_PER_MS;
    assert_int_equal(pm_generator_open(&generator, &setup.config, NULL), 0);
    while (pm_generator_next(generator, &record, &bytes) == 1)
        kinds[pm_record_stream(&record)][pm_record_kind(&record)]++;
    assert_int_equal(kinds[0][PM_KIND_DATA], 3);
    assert_int_equal(kinds[1][PM_KIND_DATA], 0);
    assert_int_equal(kinds[1][PM_KIND_IDLE], 2 * 9); /* every 100 ms within a second */
    assert_int_equal(kinds[1][PM_KIND_FLUSH], 2);
    pm_generator_close(generator);
    pm_bytes_close(&bytes);
}

static void what_cannot_be_one_input_is_refused(void **state)
{
    static const unsigned streams[] = {0, 1};
    struct pm_generator *generator = NULL;
    struct pm_error error;
    struct setup setup;

    (void)state;
    write_file(0, "t,k,x\n1,1,a\n");
    write_file(1, "t,k,x\nnever,1,b\n");
    set_up(&setup, 2, streams);
    assert_int_equal(pm_generator_open(&generator, &setup.config, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, path[1])); /* it holds no record */

    setup.config.map[1] = NULL;
    assert_int_equal(pm_generator_check(&setup.config, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "trace-map-2"));

    set_up(&setup, 2, streams);
    setup.config.settings.trace[1][0] = '\0'; /* a mapping of nothing */
    assert_int_equal(pm_generator_check(&setup.config, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "trace-2"));

    set_up(&setup, 2, streams);
    setup.map[1].field[1].hashed = true;
    assert_int_equal(pm_generator_check(&setup.config, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "hash"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_meet_by_time_then_stream_then_number),
        cmocka_unit_test(a_file_out_of_order_stays_so),
        cmocka_unit_test(each_file_counts_its_own_rows),
        cmocka_unit_test(a_stream_without_a_file_is_idle_and_ends),
        cmocka_unit_test(what_cannot_be_one_input_is_refused),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
