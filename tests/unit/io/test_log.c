/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded log: round trips, laps, slow consumers, restarts. */
#include "log_fixture.h"

#include <errno.h>

#include "pm_clock.h"

static void read_back(struct pm_log_reader *reader, uint64_t *next)
{
    const struct pm_log_frame *frame;
    struct pm_bytes bytes;

    while (pm_log_next_frame(reader, 0, &frame) == 1) {
        const struct pm_record *rows = pm_log_frame_rows(frame, &bytes);
        assert_int_equal(frame->first_sequence, *next);
        assert_int_equal(frame->max_time_before_ns,
                         *next == 0 ? PM_TIME_MIN : (int64_t)(*next - 1) * 10);
        for (uint32_t i = 0; i < frame->count; i++, ++*next) {
            check_record(&rows[i], &bytes, *next);
            assert_int_equal(pm_record_sequence(&rows[i]), *next);
        }
        pm_log_reader_release(reader, 0);
    }
}

static void records_come_back_with_extensions_and_marks(void **state)
{
    const struct place *place = *state;
    uint64_t next = 0;

    create(place, 1, 1 << 20);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_log_reader *reader = open_reader(place, 0);
    for (uint32_t count = 1; count <= 64; count++)
        assert_int_equal(
            write_frame(writer, pm_log_next_sequence(writer), count, PM_LOG_RECORDS, 0), 0);
    read_back(reader, &next);
    assert_int_equal(next, 64 * 65 / 2);
    pm_log_reader_close(reader);
    pm_log_writer_close(writer);
}

static void a_small_ring_comes_round_many_times(void **state)
{
    const struct place *place = *state;
    uint64_t next = 0;

    create(place, 1, 8192);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_log_reader *reader = open_reader(place, 0);
    for (uint64_t turn = 0; turn < 20000; turn++) {
        const uint32_t count = (uint32_t)(1 + turn % 11);
        int rc = write_frame(writer, pm_log_next_sequence(writer), count, PM_LOG_RECORDS, 0);
        if (rc == PM_EBUSY) {
            read_back(reader, &next);
            rc = write_frame(writer, pm_log_next_sequence(writer), count, PM_LOG_RECORDS, 0);
        }
        assert_int_equal(rc, 0);
    }
    read_back(reader, &next);
    assert_int_equal(next, pm_log_next_sequence(writer));
    pm_log_reader_close(reader);
    pm_log_writer_close(writer);
}

static uint64_t fill(struct pm_log_writer *writer)
{
    uint64_t frames = 0;
    int rc;

    while ((rc = write_frame(writer, pm_log_next_sequence(writer), 1, PM_LOG_RECORDS, 0)) == 0)
        frames++;
    assert_int_equal(rc, PM_EBUSY);
    return frames;
}

static void without_a_consumer_all_is_kept(void **state)
{
    const struct place *place = *state;
    uint64_t next = 0;

    create(place, 1, 8192);
    struct pm_log_writer *writer = open_writer(place);
    fill(writer);
    struct pm_log_reader *onlooker = open_reader(place, PM_LOG_CONSUMERS_MAX);
    read_back(onlooker, &next);
    assert_int_equal(next, pm_log_next_sequence(writer));
    assert_int_equal(fill(writer), 0);
    pm_log_reader_close(onlooker);
    pm_log_writer_close(writer);
}

static void the_slowest_consumer_holds_the_writer_back(void **state)
{
    const struct place *place = *state;
    uint64_t fast_next = 0;
    uint64_t slow_next = 0;

    create(place, 1, 8192);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_log_reader *fast = open_reader(place, 0);
    struct pm_log_reader *slow = open_reader(place, 3);
    fill(writer);
    read_back(fast, &fast_next);
    assert_int_equal(fill(writer), 0);
    pm_log_reader_close(slow); /* away, but still registered */
    assert_int_equal(fill(writer), 0);
    slow = open_reader(place, 3);
    read_back(slow, &slow_next);
    assert_int_equal(slow_next, fast_next);
    assert_true(fill(writer) > 0);
    pm_log_reader_close(slow);
    pm_log_reader_close(fast);
    pm_log_writer_close(writer);
}

static void an_overtaken_onlooker_is_told(void **state)
{
    const struct place *place = *state;
    const struct pm_log_frame *frame;
    uint64_t next = 0;

    create(place, 1, 8192);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_log_reader *reader = open_reader(place, 0);
    struct pm_log_reader *onlooker = open_reader(place, PM_LOG_CONSUMERS_MAX);
    for (int i = 0; i < 4; i++) {
        fill(writer);
        read_back(reader, &next);
    }
    assert_int_equal(pm_log_next_frame(onlooker, 0, &frame), PM_EOFFSET);
    pm_log_reader_close(onlooker);
    pm_log_reader_close(reader);
    pm_log_writer_close(writer);
}

static void a_restarted_writer_continues(void **state)
{
    const struct place *place = *state;
    uint64_t next = 0;

    create(place, 1, 8192);
    struct pm_log_reader *reader = open_reader(place, 0);
    for (int i = 0; i < 50; i++) {
        struct pm_log_writer *writer = open_writer(place);
        assert_int_equal(pm_log_next_sequence(writer), next);
        fill(writer);
        pm_log_writer_close(writer);
        read_back(reader, &next);
    }
    pm_log_reader_close(reader);
}

static void a_second_writer_is_refused(void **state)
{
    const struct place *place = *state;
    struct pm_log_writer *second = NULL;

    create(place, 1, 8192);
    struct pm_log_writer *writer = open_writer(place);
    assert_int_equal(pm_log_writer_open(&second, place->log, 0, NULL, NULL), PM_ELOCKED);
    pm_log_writer_close(writer);
}

static void another_run_is_refused(void **state)
{
    const struct place *place = *state;
    struct pm_log_reader *reader = NULL;

    create(place, 2, 8192);
    assert_int_equal(pm_log_reader_open(&reader, place->log, 0, RUN + 1, NULL), PM_EMISMATCH);
}

static void a_frame_that_never_fits_is_refused(void **state)
{
    const struct place *place = *state;

    create(place, 1, 8192);
    struct pm_log_writer *writer = open_writer(place);
    assert_int_equal(pm_log_begin(writer, 1, 2048), PM_EINPUT);
    assert_int_equal(pm_log_begin(writer, 1, UINT64_MAX), PM_EINPUT);
    assert_int_equal(pm_log_begin(writer, UINT32_MAX, 0), PM_EINPUT);
    assert_int_equal(pm_log_begin(writer, 1, 1024), 0);
    pm_log_writer_close(writer);
}

static void a_place_without_room_says_how_much_is_missing(void **state)
{
    const struct place *place = *state;
    const struct pm_log_config config = {.partitions = 1024, .capacity = 1ULL << 40, .run = RUN};
    struct pm_error error = {0};

    assert_int_equal(pm_log_create(place->log, &config, &error), PM_EIO);
    assert_non_null(strstr(error.text, "needs 1073741828 MiB"));
    assert_int_equal(access(place->log, F_OK), -1);
    assert_int_equal(rmdir(place->folder), 0); /* nothing stayed behind */
    assert_int_equal(pm_publish_folder(place->folder, NULL), 0);
}

static void an_existing_log_is_not_replaced(void **state)
{
    const struct place *place = *state;
    const struct pm_log_config config = {.partitions = 1, .capacity = 8192, .run = RUN};

    create(place, 1, 8192);
    assert_int_equal(pm_log_create(place->log, &config, NULL), PM_EMISMATCH);
}

static void a_synced_log_gives_what_is_synced(void **state)
{
    const struct place *place = *state;
    const struct pm_log_config config = {
        .partitions = 1, .capacity = 1 << 13, .durability = PM_DURABILITY_POWER, .run = RUN};
    uint64_t next = 0;

    assert_int_equal(pm_log_create(place->log, &config, NULL), 0);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_log_reader *reader = open_reader(place, 0);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(write_frame(writer, pm_log_next_sequence(writer), 3, PM_LOG_RECORDS, 0),
                         0);
        read_back(reader, &next);
        assert_int_equal(next, pm_log_next_sequence(writer));
    }
    pm_log_reader_close(reader);
    pm_log_writer_close(writer);
}

static const struct pm_log_frame *next_frame(struct pm_log_reader *reader)
{
    const struct pm_log_frame *frame = NULL;

    assert_int_equal(pm_log_next_frame(reader, 0, &frame), 1);
    return frame;
}

static void a_synced_frame_is_visible_when_it_is_on_the_disk(void **state)
{
    static const enum pm_durability durabilities[] = {PM_DURABILITY_NONE, PM_DURABILITY_POWER};
    const struct place *place = *state;

    for (unsigned i = 0; i < 2; i++) {
        const struct pm_log_config config = {
            .partitions = 1, .capacity = 1 << 13, .durability = durabilities[i], .run = RUN};

        assert_int_equal(pm_log_create(place->log, &config, NULL), 0);
        struct pm_log_writer *writer = open_writer(place);
        struct pm_log_reader *reader = open_reader(place, 0);
        const int64_t before_ns = pm_clock_ns();
        assert_int_equal(write_frame(writer, 0, 3, PM_LOG_RECORDS, 0), 0);
        const int64_t after_ns = pm_clock_ns();
        const struct pm_log_frame *const frame = next_frame(reader);
        assert_true(frame->written_ns >= before_ns);
        assert_int_equal(pm_log_frame_visible_ns(frame) > frame->written_ns,
                         durabilities[i] == PM_DURABILITY_POWER);
        assert_true(pm_log_frame_visible_ns(frame) <= after_ns + PM_LOG_SYNC_NS);
        pm_log_reader_close(reader);
        pm_log_writer_close(writer);
        assert_int_equal(pm_publish_remove(place->log, NULL), 0);
    }
}

/* Large frames: their hash alone takes longer than all that follows the stamp, unless the thread
 * is taken off its core just then; hardly three times. */
static void a_frame_is_stamped_behind_its_hash(void **state)
{
    enum { ROWS = 60000 };
    const struct place *place = *state;
    const struct pm_record record = {.word = pm_record_word(0, PM_KIND_DATA)};
    const struct pm_bytes bytes = {0};
    unsigned behind = 0;

    create(place, 1, 16u << 20);
    struct pm_log_writer *writer = open_writer(place);
    struct pm_log_reader *reader = open_reader(place, 0);
    for (unsigned frame = 0; frame < 3; frame++) {
        assert_int_equal(pm_log_begin(writer, ROWS, 0), 0);
        for (unsigned i = 0; i < ROWS; i++)
            pm_log_append(writer, &record, &bytes);
        const int64_t before_ns = pm_clock_ns();
        assert_int_equal(pm_log_publish(writer, PM_LOG_RECORDS, 0), 0);
        const int64_t after_ns = pm_clock_ns();
        const int64_t written_ns = next_frame(reader)->written_ns;
        behind += written_ns - before_ns > after_ns - written_ns;
    }
    assert_true(behind > 0);
    pm_log_reader_close(reader);
    pm_log_writer_close(writer);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(records_come_back_with_extensions_and_marks),
        LOG_TEST(a_synced_frame_is_visible_when_it_is_on_the_disk),
        LOG_TEST(a_frame_is_stamped_behind_its_hash),
        LOG_TEST(a_small_ring_comes_round_many_times),
        LOG_TEST(without_a_consumer_all_is_kept),
        LOG_TEST(the_slowest_consumer_holds_the_writer_back),
        LOG_TEST(an_overtaken_onlooker_is_told),
        LOG_TEST(a_restarted_writer_continues),
        LOG_TEST(a_second_writer_is_refused),
        LOG_TEST(another_run_is_refused),
        LOG_TEST(a_frame_that_never_fits_is_refused),
        LOG_TEST(a_place_without_room_says_how_much_is_missing),
        LOG_TEST(an_existing_log_is_not_replaced),
        LOG_TEST(a_synced_log_gives_what_is_synced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
