/* SPDX-License-Identifier: Apache-2.0 */
/* The committed-output log: visibility, retried and doubtful commits, restarts, single frames. */
#include "log_fixture.h"

#include "pm_sink.h"
#include "pm_source.h"

static struct pm_sink *open_sink(const struct place *place, enum pm_guarantee guarantee,
                                 uint32_t incarnation, uint64_t capacity)
{
    const struct pm_sink_config config = {.place = place->log,
                                          .writers = 1,
                                          .run = RUN,
                                          .incarnation = incarnation,
                                          .capacity = capacity,
                                          .guarantee = guarantee};
    struct pm_sink *sink = NULL;
    struct pm_error error = {0};

    if (pm_sink_log.open(&sink, &config, &error) != 0)
        fail_msg("%s", error.text);
    return sink;
}

static struct pm_source *open_source(const struct place *place)
{
    const struct pm_source_config config = {.place = place->log, .consumer = 0};
    struct pm_source *source = NULL;

    assert_int_equal(pm_source_log.open(&source, &config, NULL), 0);
    return source;
}

static void write_rows(struct pm_sink *sink, uint64_t first, uint64_t count)
{
    struct pm_bytes bytes = {0};

    for (uint64_t i = first; i < first + count; i++) {
        struct pm_record record = make_record(i, &bytes);
        record.id = pm_record_id(7, i);
        assert_int_equal(pm_sink_write(sink, &record, &bytes), 0);
    }
    pm_bytes_close(&bytes);
}

/* Read visible rows and check that they are the numbers from @p next on. */
static uint64_t read_rows(struct pm_source *source, uint64_t next)
{
    struct pm_source_view view;

    while (pm_source_poll(source, 0, 64, &view) == PM_SOURCE_DATA) {
        for (uint32_t i = 0; i < view.count; i++) {
            assert_int_equal(view.rows[i].id, pm_record_id(7, next)); /* output keeps its ids */
            check_record(&view.rows[i], view.bytes, next++);
        }
        assert_true(view.visible_ns > 0);
        pm_source_log.release(source, 0, view.first_sequence);
    }
    return next;
}

static void rows_appear_with_their_commit(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, PM_EXACTLY_ONCE, 1, 1 << 20);
    struct pm_source *source = open_source(place);
    struct pm_sink_handle handle;
    struct pm_sink_handle last;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_rows(sink, 0, 1000); /* several frames */
    assert_int_equal(read_rows(source, 0), 0);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(handle.rows, 1000);
    assert_int_equal(read_rows(source, 0), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(read_rows(source, 0), 1000);
    assert_int_equal(sink->ops->last_committed(sink, &last), 0);
    assert_memory_equal(&last, &handle, sizeof last);
    handle.digest++;
    assert_int_equal(sink->ops->commit(sink, &handle), PM_EMISMATCH);
    source->ops->close(source);
    sink->ops->close(sink);
}

static void what_is_aborted_never_appears(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, PM_EXACTLY_ONCE, 1, 1 << 20);
    struct pm_source *source = open_source(place);
    struct pm_sink_handle handle;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_rows(sink, 5000, 300);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->abort(sink, &handle), 0);
    assert_int_equal(sink->ops->begin(sink, 2), 0);
    write_rows(sink, 0, 300);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(read_rows(source, 0), 300);
    source->ops->close(source);
    sink->ops->close(sink);
}

static void a_prepared_epoch_is_committed_by_the_next_incarnation(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, PM_EXACTLY_ONCE, 1, 1 << 20);
    struct pm_sink_handle handle;
    struct pm_sink_handle last;

    assert_int_equal(sink->ops->begin(sink, 1), 0);
    write_rows(sink, 0, 100);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->begin(sink, 2), 0);
    write_rows(sink, 7000, 400);
    sink->ops->close(sink);
    sink = open_sink(place, PM_EXACTLY_ONCE, 2, 1 << 20);
    assert_int_equal(sink->ops->last_committed(sink, &last), 0);
    assert_int_equal(last.epoch, 0);
    struct pm_sink_handle other = handle;
    other.rows++;
    assert_int_equal(sink->ops->commit(sink, &other), PM_ECORRUPT);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    assert_int_equal(sink->ops->begin(sink, 2), 0);
    write_rows(sink, 100, 50);
    assert_int_equal(sink->ops->prepare(sink, &handle), 0);
    assert_int_equal(sink->ops->commit(sink, &handle), 0);
    struct pm_source *source = open_source(place);
    assert_int_equal(read_rows(source, 0), 150);
    source->ops->close(source);
    sink->ops->close(sink);
}

static void a_digest_depends_on_rows_and_not_on_their_order(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, PM_EXACTLY_ONCE, 1, 1 << 20);
    struct pm_sink_handle handles[3];

    for (uint64_t epoch = 1; epoch <= 3; epoch++) {
        assert_int_equal(sink->ops->begin(sink, epoch), 0);
        for (uint64_t i = 0; i < 200; i++)
            write_rows(sink, epoch == 2 ? 199 - i : i + (epoch == 3 && i == 150), 1);
        assert_int_equal(sink->ops->prepare(sink, &handles[epoch - 1]), 0);
    }
    assert_int_equal(handles[0].digest, handles[1].digest);
    assert_int_not_equal(handles[0].digest, handles[2].digest);
    sink->ops->close(sink);
}

static void publishing_row_by_row_takes_one_frame_each(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, PM_AT_MOST_ONCE, 1, 1 << 20);
    struct pm_log_reader *reader;
    const struct pm_log_frame *frame;
    struct pm_source *source = open_source(place);
    uint64_t epoch = 1;
    unsigned frames = 0;

    assert_int_equal(sink->ops->begin(sink, epoch), 0);
    for (uint64_t i = 0; i < 100; i++) {
        write_rows(sink, i, 1);
        assert_int_equal(pm_sink_publish(sink, &epoch), 0);
        assert_int_equal(pm_sink_publish(sink, &epoch), 0); /* no rows, no trace */
        assert_int_equal(read_rows(source, i), i + 1);
    }
    write_rows(sink, 100, 1000); /* more than a frame: records, then a commit */
    assert_int_equal(read_rows(source, 100), 100);
    assert_int_equal(pm_sink_publish(sink, &epoch), 0);
    assert_int_equal(read_rows(source, 100), 1100);
    reader = open_reader(place, PM_LOG_CONSUMERS_MAX);
    while (pm_log_next_frame(reader, 0, &frame) == 1)
        frames += frame->type == PM_LOG_COMMITTED;
    assert_int_equal(frames, 100);
    pm_log_reader_close(reader);
    source->ops->close(source);
    sink->ops->close(sink);
}

static void a_full_log_takes_the_publish_again_later(void **state)
{
    const struct place *place = *state;
    struct pm_sink *sink = open_sink(place, PM_AT_MOST_ONCE, 1, 1 << 14);
    struct pm_source *source = open_source(place);
    uint64_t epoch = 1;
    uint64_t read = 0;
    unsigned refused = 0;
    int rc;

    assert_int_equal(sink->ops->begin(sink, epoch), 0);
    for (uint64_t i = 0; i < 5000; i++) {
        write_rows(sink, i, 1);
        while ((rc = pm_sink_publish(sink, &epoch)) == PM_EBUSY) {
            read = read_rows(source, read);
            refused++;
        }
        assert_int_equal(rc, 0);
    }
    assert_int_equal(read_rows(source, read), 5000);
    assert_true(refused > 10);
    source->ops->close(source);
    sink->ops->close(sink);
}

static void the_null_sink_counts_alike(void **state)
{
    const struct place *place = *state;
    const struct pm_sink_config config = {.run = RUN, .incarnation = 1};
    struct pm_sink *log = open_sink(place, PM_EXACTLY_ONCE, 1, 1 << 20);
    struct pm_sink *null = NULL;
    struct pm_sink_handle of_log;
    struct pm_sink_handle of_null;
    uint64_t epoch = 1;

    assert_int_equal(pm_sink_null.open(&null, &config, NULL), 0);
    log->ops->begin(log, epoch);
    null->ops->begin(null, epoch);
    write_rows(log, 0, 500);
    write_rows(null, 0, 500);
    assert_int_equal(log->ops->prepare(log, &of_log), 0);
    assert_int_equal(null->ops->prepare(null, &of_null), 0);
    assert_memory_equal(&of_log, &of_null, sizeof of_log);
    assert_int_equal(pm_sink_publish(null, &epoch), 0);
    assert_int_equal(epoch, 2);
    assert_int_equal(null->ops->last_committed(null, &of_null), 0);
    assert_int_equal(of_null.rows, 500);
    null->ops->close(null);
    log->ops->close(log);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(rows_appear_with_their_commit),
        LOG_TEST(what_is_aborted_never_appears),
        LOG_TEST(a_prepared_epoch_is_committed_by_the_next_incarnation),
        LOG_TEST(a_digest_depends_on_rows_and_not_on_their_order),
        LOG_TEST(publishing_row_by_row_takes_one_frame_each),
        LOG_TEST(a_full_log_takes_the_publish_again_later),
        LOG_TEST(the_null_sink_counts_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
