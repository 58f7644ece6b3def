/* SPDX-License-Identifier: Apache-2.0 */
/* The log as a source: views, split frames, places by sequence and by time, the end, commits. */
#include "log_fixture.h"

#include "pm_source.h"

static struct pm_source *open_source(const struct place *place, unsigned consumer)
{
    const struct pm_source_config config = {.place = place->log, .consumer = consumer};
    struct pm_source *source = NULL;
    struct pm_error error = {0};

    if (pm_source_log.open(&source, &config, &error) != 0)
        fail_msg("%s", error.text);
    return source;
}

/* Poll until there is nothing; every row is checked. Returns the sequence behind the last row. */
static uint64_t drain(struct pm_source *source, uint32_t limit, uint64_t next)
{
    struct pm_source_view view;
    int event;

    while ((event = pm_source_poll(source, 0, limit, &view)) == PM_SOURCE_DATA) {
        assert_true(view.count >= 1 && view.count <= limit);
        assert_int_equal(view.first_sequence, next);
        assert_int_equal(view.max_time_before_ns,
                         next == 0 ? PM_TIME_MIN : (int64_t)(next - 1) * 10);
        for (uint32_t i = 0; i < view.count; i++)
            check_record(&view.rows[i], view.bytes, next++);
    }
    assert_int_equal(event, PM_SOURCE_NOTHING);
    return next;
}

static uint64_t write_frames(const struct place *place, unsigned frames)
{
    struct pm_log_writer *writer = open_writer(place);

    for (unsigned i = 0; i < frames; i++)
        assert_int_equal(
            write_frame(writer, pm_log_next_sequence(writer), 1 + i % 60, PM_LOG_RECORDS, 0), 0);
    const uint64_t end = pm_log_next_sequence(writer);
    pm_log_writer_close(writer);
    return end;
}

static void any_limit_gives_the_same_rows(void **state)
{
    const struct place *place = *state;
    static const uint32_t limits[] = {1, 2, 7, 59, 64, UINT32_MAX};

    create(place, 1, 1 << 20);
    const uint64_t end = write_frames(place, 120);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct pm_source *source = open_source(place, 0);
        assert_int_equal(drain(source, limits[i], 0), end);
        source->ops->close(source);
    }
}

static void a_seek_finds_every_sequence(void **state)
{
    const struct place *place = *state;
    struct pm_source_view view;

    create(place, 1, 1 << 22);
    const uint64_t end = write_frames(place, 900);
    struct pm_source *source = open_source(place, 0);
    for (uint64_t i = 0; i < 2000; i++) {
        const uint64_t sequence = i * 7919 % end;
        assert_int_equal(source->ops->seek(source, 0, sequence, NULL), 0);
        assert_int_equal(pm_source_poll(source, 0, 3, &view), PM_SOURCE_DATA);
        assert_int_equal(view.first_sequence, sequence);
        assert_int_equal(view.max_time_before_ns,
                         sequence == 0 ? PM_TIME_MIN : (int64_t)(sequence - 1) * 10);
        check_record(&view.rows[0], view.bytes, sequence);
    }
    assert_int_equal(source->ops->seek(source, 0, end, NULL), 0);
    assert_int_equal(pm_source_poll(source, 0, 3, &view), PM_SOURCE_NOTHING);
    assert_int_equal(source->ops->seek(source, 0, end + 1, NULL), PM_EOFFSET);
    source->ops->close(source);
}

static void a_seek_by_time_leaves_nothing_out(void **state)
{
    const struct place *place = *state;
    struct pm_source_view view;
    uint64_t at;

    create(place, 1, 1 << 22);
    const uint64_t end = write_frames(place, 900);
    struct pm_source *source = open_source(place, 0);
    for (uint64_t i = 0; i < 500; i++) {
        const int64_t time_ns = (int64_t)(i * 7919 % end * 10 + i % 10);
        assert_int_equal(source->ops->seek_time(source, 0, time_ns, &at, NULL), 0);
        assert_int_equal(pm_source_poll(source, 0, 64, &view), PM_SOURCE_DATA);
        assert_int_equal(view.first_sequence, at);
        assert_true(view.first_sequence == 0 || view.max_time_before_ns < time_ns);
        assert_true(view.rows[0].event_time_ns + 60 * 10 >= time_ns); /* one frame at most */
    }
    source->ops->close(source);
}

static void an_end_is_known_before_it_is_read(void **state)
{
    const struct place *place = *state;
    uint64_t end;

    create(place, 1, 1 << 20);
    struct pm_source *source = open_source(place, 0);
    assert_int_equal(source->ops->end(source, 0, &end), 0);
    assert_int_equal(end, 0);
    const uint64_t written = write_frames(place, 50);
    assert_int_equal(source->ops->end(source, 0, &end), 0);
    assert_int_equal(end, written);
    assert_int_equal(drain(source, 64, 0), written);
    source->ops->close(source);
}

static void what_is_released_is_not_kept(void **state)
{
    const struct place *place = *state;
    uint64_t at;

    create(place, 1, 1 << 20);
    const uint64_t end = write_frames(place, 100);
    struct pm_source *source = open_source(place, 0);
    assert_int_equal(drain(source, 64, 0), end);
    source->ops->release(source, 0, end / 2);
    assert_int_equal(source->ops->seek(source, 0, end / 2, NULL), 0);
    assert_int_equal(drain(source, 64, end / 2), end);
    assert_int_equal(source->ops->seek(source, 0, 0, NULL), PM_EOFFSET);
    assert_int_equal(source->ops->seek_time(source, 0, 5, &at, NULL), PM_EOFFSET);
    source->ops->close(source);
    source = open_source(place, 0); /* a restart begins at what was released */
    assert_int_equal(source->ops->seek(source, 0, end / 2, NULL), 0);
    assert_int_equal(drain(source, 64, end / 2), end);
    source->ops->close(source);
}

static void a_flush_record_ends_the_partition(void **state)
{
    const struct place *place = *state;
    const struct pm_record flush = {.word = pm_record_word(0, PM_KIND_FLUSH),
                                    .event_time_ns = PM_TIME_MAX};
    const struct pm_record idle = {.word = pm_record_word(0, PM_KIND_IDLE), .event_time_ns = 70};
    struct pm_source_view view;

    create(place, 1, 1 << 16);
    struct pm_log_writer *writer = open_writer(place);
    assert_int_equal(pm_log_begin(writer, 3, 0), 0);
    pm_log_append(writer, &idle, NULL);
    pm_log_append(writer, &flush, NULL);
    assert_int_equal(pm_log_publish(writer, PM_LOG_RECORDS, 0), 0);
    struct pm_source *source = open_source(place, 0);
    assert_int_equal(pm_source_poll(source, 0, 1, &view), PM_SOURCE_DATA);
    assert_int_equal(pm_source_poll(source, 0, 1, &view), PM_SOURCE_DATA);
    assert_int_equal(view.max_time_before_ns, 70);
    assert_int_equal(pm_source_poll(source, 0, 1, &view), PM_SOURCE_END);
    assert_int_equal(pm_log_begin(writer, 1, 0), 0);
    pm_log_append(writer, &flush, NULL);
    assert_int_equal(pm_log_publish(writer, PM_LOG_RECORDS, 0), 0);
    assert_int_equal(pm_source_poll(source, 0, 1, &view), PM_SOURCE_DATA);
    assert_int_equal(view.max_time_before_ns, 70); /* a flush record is no event time */
    assert_int_equal(source->ops->seek(source, 0, 1, NULL), 0);
    assert_int_equal(pm_source_poll(source, 0, 9, &view), PM_SOURCE_DATA);
    source->ops->close(source);
    pm_log_writer_close(writer);
}

static void commit(struct pm_log_writer *writer, uint64_t epoch, uint32_t incarnation)
{
    const struct pm_log_commit body = {.epoch = epoch, .incarnation = incarnation};

    assert_int_equal(pm_log_publish_commit(writer, &body), 0);
}

/* Poll one row; returns its number, or -1 when nothing is visible. */
static int64_t poll_one(struct pm_source *source)
{
    struct pm_source_view view;

    return pm_source_poll(source, 0, 1, &view) == PM_SOURCE_DATA ? view.rows[0].stamp_ns : -1;
}

static void committed_output_is_seen_by_its_commit(void **state)
{
    const struct place *place = *state;

    create(place, 1, 1 << 16);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_source *source = open_source(place, 0);
    pm_log_writer_set_incarnation(writer, 1);
    write_frame(writer, 1, 1, PM_LOG_RECORDS, 1);
    write_frame(writer, 2, 1, PM_LOG_RECORDS, 2); /* prepared while 1 is not committed */
    assert_int_equal(poll_one(source), -1);
    commit(writer, 1, 1);
    assert_int_equal(poll_one(source), 1);
    assert_int_equal(poll_one(source), -1);
    pm_log_writer_set_incarnation(writer, 2); /* the first died: its epoch 2 is made again */
    write_frame(writer, 3, 1, PM_LOG_RECORDS, 2);
    write_frame(writer, 4, 1, PM_LOG_RECORDS, 3);
    commit(writer, 2, 2);
    assert_int_equal(poll_one(source), 3);
    commit(writer, 3, 2);
    write_frame(writer, 5, 1, PM_LOG_COMMITTED, 4);
    assert_int_equal(poll_one(source), 4);
    assert_int_equal(poll_one(source), 5);
    assert_int_equal(poll_one(source), -1);
    source->ops->close(source);
    pm_log_writer_close(writer);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(any_limit_gives_the_same_rows),
        LOG_TEST(a_seek_finds_every_sequence),
        LOG_TEST(a_seek_by_time_leaves_nothing_out),
        LOG_TEST(an_end_is_known_before_it_is_read),
        LOG_TEST(what_is_released_is_not_kept),
        LOG_TEST(a_flush_record_ends_the_partition),
        LOG_TEST(committed_output_is_seen_by_its_commit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
