/* SPDX-License-Identifier: Apache-2.0 */
/* Two processes on one log: a writer at full speed, a reader that verifies, a writer that dies. */
#include "log_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "pm_clock.h"

#define RECORDS 300000u

static void write_all(const struct place *place, uint64_t records)
{
    struct pm_log_writer *writer = NULL;

    if (pm_log_writer_open(&writer, place->log, 0, NULL, NULL) != 0)
        _exit(1);
    for (uint64_t next = pm_log_next_sequence(writer); next < records;) {
        const uint32_t count = (uint32_t)(1 + next % 40);
        const int rc = write_frame(writer, next, count, PM_LOG_RECORDS, 0);
        if (rc == PM_EBUSY)
            pm_clock_pause();
        else if (rc != 0)
            _exit(2);
        next = pm_log_next_sequence(writer);
    }
    _exit(0);
}

/* Read and check what is there; returns the number of the next record. */
static uint64_t read_some(struct pm_log_reader *reader, uint64_t next)
{
    const struct pm_log_frame *frame;
    struct pm_bytes bytes;
    int rc;

    while ((rc = pm_log_next_frame(reader, 0, &frame)) == 1) {
        const struct pm_record *rows = pm_log_frame_rows(frame, &bytes);
        assert_int_equal(frame->first_sequence, next);
        for (uint32_t i = 0; i < frame->count; i++)
            check_record(&rows[i], &bytes, next++);
        pm_log_reader_release(reader, 0);
    }
    assert_int_equal(rc, 0);
    return next;
}

static void a_reader_keeps_up_with_a_writer_in_another_process(void **state)
{
    const struct place *place = *state;
    uint64_t next = 0;
    int status;

    create(place, 1, 1 << 17);
    struct pm_log_reader *reader = open_reader(place, 0);
    const pid_t child = fork();
    if (child == 0)
        write_all(place, RECORDS);
    while (next < RECORDS) {
        next = read_some(reader, next);
        if (waitpid(child, &status, WNOHANG) == child)
            break;
    }
    if (next < RECORDS)
        next = read_some(reader, next);
    else
        waitpid(child, &status, 0);
    assert_true(next >= RECORDS);
    assert_int_equal(status, 0);
    pm_log_reader_close(reader);
}

static void a_killed_writer_loses_nothing_that_was_published(void **state)
{
    const struct place *place = *state;
    uint64_t next = 0;

    create(place, 1, 1 << 16);
    struct pm_log_reader *reader = open_reader(place, 0);
    for (int turn = 0; turn < 30; turn++) {
        const pid_t child = fork();
        if (child == 0)
            write_all(place, UINT64_MAX);
        for (const int64_t end = pm_clock_ns() + (1 + turn % 7) * PM_NS_PER_MS / 2;
             pm_clock_ns() < end;)
            next = read_some(reader, next);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        next = read_some(reader, next);
        struct pm_log_writer *writer = open_writer(place);
        assert_int_equal(pm_log_next_sequence(writer), next);
        pm_log_writer_close(writer);
    }
    assert_true(next > 0);
    pm_log_reader_close(reader);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, place_open, place_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOG_TEST(a_reader_keeps_up_with_a_writer_in_another_process),
        LOG_TEST(a_killed_writer_loses_nothing_that_was_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
