/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte of a small log cut off or flipped: told apart as torn, truncated or corrupt. */
#include "log_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#define CAPACITY 4096u
#define HEADER   4096u
#define FRAMES   4u
#define FRAME    128u /* one record each, no text: numbers 1..4 */

#define SYNCED_AFTER offsetof(struct pm_log_frame, synced_after)

/* A log of FRAMES frames of FRAME bytes as an image in memory. */
static void make_image(const struct place *place, uint8_t image[HEADER + CAPACITY])
{
    create(place, 1, CAPACITY);
    struct pm_log_writer *writer = open_writer(place);
    for (uint64_t i = 1; i <= FRAMES; i++)
        assert_int_equal(write_frame(writer, i, 1, PM_LOG_RECORDS, 0), 0);
    pm_log_writer_close(writer);
    FILE *file = fopen(place->file, "rb");
    assert_int_equal(fread(image, 1, HEADER + CAPACITY, file), HEADER + CAPACITY);
    fclose(file);
}

static void put_image(const struct place *place, const uint8_t *image, size_t size)
{
    const int fd = open(place->file, O_WRONLY | O_TRUNC);

    assert_int_equal(write(fd, image, size), size);
    assert_int_equal(close(fd), 0);
}

static int recover(const struct place *place, uint64_t *next, uint64_t *torn)
{
    struct pm_log_writer *writer = NULL;
    const int rc = pm_log_writer_open(&writer, place->log, 0, torn, NULL);

    *next = rc == 0 ? pm_log_next_sequence(writer) : 0;
    pm_log_writer_close(writer);
    return rc;
}

/* Read all frames as an onlooker: how many were good, and how it ended. */
static int read_all(const struct place *place, unsigned *good)
{
    struct pm_log_reader *reader;
    const struct pm_log_frame *frame;
    int rc = pm_log_reader_open(&reader, place->log, PM_LOG_CONSUMERS_MAX, 0, NULL);

    *good = 0;
    if (rc != 0)
        return rc;
    while ((rc = pm_log_next_frame(reader, 0, &frame)) == 1)
        ++*good;
    pm_log_reader_close(reader);
    return rc;
}

static void a_shorter_file_is_truncated_at_any_length(void **state)
{
    const struct place *place = *state;
    uint8_t image[HEADER + CAPACITY];
    uint64_t next;
    unsigned good;

    make_image(place, image);
    for (size_t size = 0; size < sizeof image; size++) {
        put_image(place, image, size);
        const int expected = size == 0 ? PM_ECORRUPT : PM_EOFFSET;
        assert_int_equal(recover(place, &next, NULL), expected);
        assert_int_equal(read_all(place, &good), expected);
    }
}

/* What power loss leaves: the bytes from some point on read as zeros. */
static void a_tail_of_zeros_is_torn_at_any_length(void **state)
{
    const struct place *place = *state;
    uint8_t image[HEADER + CAPACITY];
    uint64_t next;
    uint64_t torn;

    make_image(place, image);
    for (size_t kept = FRAMES * FRAME; kept-- > 0;) {
        memset(image + HEADER + kept, 0, sizeof image - HEADER - kept);
        put_image(place, image, sizeof image);
        assert_int_equal(recover(place, &next, &torn), 0);
        if (next != kept / FRAME) /* bytes that were zero anyway may be the cut ones */
            assert_int_equal(next, kept / FRAME + 1);
        if (next == kept / FRAME)
            assert_int_equal(torn != 0, kept % FRAME != 0);
    }
}

static void check_flip(const struct place *place, size_t at)
{
    const size_t frame = (at - HEADER) / FRAME;
    const bool last = frame == FRAMES - 1;
    uint64_t next;
    uint64_t torn = 0;
    unsigned good;

    assert_int_equal(read_all(place, &good), PM_ECORRUPT);
    assert_int_equal(good, frame);
    assert_int_equal(recover(place, &next, &torn), last ? 0 : PM_ECORRUPT);
    if (last) {
        assert_int_equal(next, FRAMES - 1);
        assert_true(torn != 0);
    }
}

static void a_flipped_byte_of_any_frame_is_found(void **state)
{
    const struct place *place = *state;
    uint8_t image[HEADER + CAPACITY];

    make_image(place, image);
    for (size_t at = HEADER; at < HEADER + FRAMES * FRAME; at++) {
        const size_t within = (at - HEADER) % FRAME;
        if (within >= SYNCED_AFTER && within < SYNCED_AFTER + sizeof(uint32_t))
            continue; /* written when the rest, its checksum too, is on the disk */
        image[at] ^= 0x55;
        put_image(place, image, sizeof image);
        check_flip(place, at);
        image[at] ^= 0x55;
    }
}

static void a_flipped_byte_of_the_fixed_header_is_found(void **state)
{
    const struct place *place = *state;
    uint8_t image[HEADER + CAPACITY];
    uint64_t next;
    unsigned good;

    make_image(place, image);
    for (size_t at = 0; at < 48; at++) {
        const int expected = at >= 8 && at < 12 ? PM_EMISMATCH : PM_ECORRUPT;
        image[at] ^= 0x01;
        put_image(place, image, sizeof image);
        assert_int_equal(recover(place, &next, NULL), expected);
        assert_int_equal(read_all(place, &good), expected);
        image[at] ^= 0x01;
    }
}

/* Shared positions have no checksum: whatever stands there, nothing wrong is read. */
static void shared_positions_are_never_trusted(void **state)
{
    const struct place *place = *state;
    uint8_t image[HEADER + CAPACITY];
    uint64_t next;
    unsigned good;

    make_image(place, image);
    for (size_t at = 48; at < 1024; at++) {
        const uint8_t kept = image[at];
        image[at] = 0xff;
        put_image(place, image, sizeof image);
        const int rc = recover(place, &next, NULL);
        assert_true(rc == PM_ECORRUPT || next == FRAMES);
        assert_true(read_all(place, &good) != 0 || good == FRAMES);
        image[at] = kept;
    }
}

static void a_cut_under_the_mapping_is_no_core_dump(void **state)
{
    const struct place *place = *state;
    const struct pm_log_frame *frame;
    struct pm_log_reader *reader;
    int rc;

    create(place, 1, 1 << 20);
    struct pm_log_writer *writer = open_writer(place);
    reader = open_reader(place, 0);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(write_frame(writer, i, 10, PM_LOG_RECORDS, 0), 0);
    assert_int_equal(pm_log_next_frame(reader, 0, &frame), 1);
    assert_int_equal(truncate(place->file, 100000), 0);
    while ((rc = pm_log_next_frame(reader, 0, &frame)) == 1)
        ;
    assert_int_equal(rc, PM_EOFFSET);
    assert_int_equal(write_frame(writer, 0, 10, PM_LOG_RECORDS, 0), PM_EOFFSET);
    pm_log_reader_close(reader);
    pm_log_writer_close(writer);
}

/* Behind the end of the file but within its last page nothing raises a signal. */
static void a_cut_within_the_last_page_is_noticed(void **state)
{
    const struct place *place = *state;
    const struct pm_log_frame *frame;
    struct pm_log_reader *reader;
    int rc = 0;

    create(place, 1, 1 << 16);
    reader = open_reader(place, 0);
    assert_int_equal(truncate(place->file, HEADER + 100), 0);
    for (int i = 0; i < 10000 && rc == 0; i++)
        rc = pm_log_next_frame(reader, 0, &frame);
    assert_int_equal(rc, PM_EOFFSET);
    pm_log_reader_close(reader);
}

static void what_is_no_file_is_refused(void **state)
{
    const struct place *place = *state;
    struct pm_log_writer *writer = NULL;

    assert_int_equal(pm_log_writer_open(&writer, place->log, 0, NULL, NULL), PM_EIO);
    create(place, 1, CAPACITY);
    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(mkfifo(place->file, 0600), 0);
    assert_int_equal(pm_log_writer_open(&writer, place->log, 0, NULL, NULL), PM_EIO);
    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(symlink("/dev/zero", place->file), 0);
    assert_int_equal(pm_log_writer_open(&writer, place->log, 0, NULL, NULL), PM_EIO);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_shorter_file_is_truncated_at_any_length),
        LOG_TEST(a_tail_of_zeros_is_torn_at_any_length),
        LOG_TEST(a_flipped_byte_of_any_frame_is_found),
        LOG_TEST(a_flipped_byte_of_the_fixed_header_is_found),
        LOG_TEST(shared_positions_are_never_trusted),
        LOG_TEST(a_cut_under_the_mapping_is_no_core_dump),
        LOG_TEST(a_cut_within_the_last_page_is_noticed),
        LOG_TEST(what_is_no_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
