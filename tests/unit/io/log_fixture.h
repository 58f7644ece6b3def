/* SPDX-License-Identifier: Apache-2.0 */
/* A log in a folder of its own, and records whose every field follows from their number. */
#ifndef LOG_FIXTURE_H
#define LOG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pm_log.h"
#include "pm_publish.h"

#define RUN 0x5eedULL

/** A folder for one test and the log's path in it. */
struct place {
    char folder[64];
    char log[80];
    char file[96]; /* of partition 0 */
};

static inline int place_open(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    snprintf(place->folder, sizeof place->folder, "%s/pm-test-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(place->folder) == NULL)
        return -1;
    snprintf(place->log, sizeof place->log, "%s/log", place->folder);
    snprintf(place->file, sizeof place->file, "%s/p0000.log", place->log);
    *state = place;
    return 0;
}

static inline int place_close(void **state)
{
    struct place *place = *state;
    const int rc = pm_publish_remove(place->folder, NULL);

    free(place);
    return rc;
}

static inline void create(const struct place *place, unsigned partitions, uint64_t capacity)
{
    const struct pm_log_config config = {
        .partitions = partitions, .capacity = capacity, .run = RUN};

    assert_int_equal(pm_log_create(place->log, &config, NULL), 0);
}

static inline struct pm_log_writer *open_writer(const struct place *place)
{
    struct pm_log_writer *writer = NULL;
    struct pm_error error = {0};

    if (pm_log_writer_open(&writer, place->log, 0, NULL, &error) != 0)
        fail_msg("%s", error.text);
    return writer;
}

static inline struct pm_log_reader *open_reader(const struct place *place, unsigned consumer)
{
    struct pm_log_reader *reader = NULL;
    struct pm_error error = {0};

    if (pm_log_reader_open(&reader, place->log, consumer, RUN, &error) != 0)
        fail_msg("%s", error.text);
    return reader;
}

/** Record @p number: every fifth has text, every seventh is behind. */
static inline struct pm_record make_record(uint64_t number, struct pm_bytes *bytes)
{
    struct pm_record record = {.event_time_ns = (int64_t)(number * 10),
                               .stamp_ns = (int64_t)number,
                               .key = number * 3,
                               .word = pm_record_word(0, PM_KIND_DATA),
                               .payload = {number, ~number, number * number}};

    if (number % 5 == 0) {
        const uint32_t size = (uint32_t)(1 + number % 37);
        memset(pm_record_extend(&record, bytes, size), 'a' + (int)(number % 26), size);
    }
    if (number % 7 == 0)
        pm_record_mark_behind(&record, bytes, (int64_t)(number * 10 + 5));
    return record;
}

static inline void check_record(const struct pm_record *record, const struct pm_bytes *bytes,
                                uint64_t number)
{
    uint32_t size;
    const char *text = pm_record_text(record, bytes, &size);

    assert_int_equal(record->event_time_ns, number * 10);
    assert_int_equal(record->stamp_ns, number);
    assert_int_equal(record->key, number * 3);
    assert_int_equal(record->payload[1], ~number);
    assert_int_equal(size, number % 5 == 0 ? 1 + number % 37 : 0);
    if (size != 0) {
        assert_int_equal(text[0], 'a' + (int)(number % 26));
        assert_int_equal(text[size - 1], 'a' + (int)(number % 26));
    }
    assert_int_equal(pm_record_is_behind(record), number % 7 == 0);
    if (number % 7 == 0)
        assert_int_equal(pm_record_closed_below(record, bytes), number * 10 + 5);
}

/** Write records [first, first + count) as one frame; the result of pm_log_begin. */
static inline int write_frame(struct pm_log_writer *writer, uint64_t first, uint32_t count,
                              enum pm_log_frame_type type, uint64_t epoch)
{
    struct pm_bytes bytes = {0};
    struct pm_record records[64];
    size_t size = 0;

    assert_true(count <= 64);
    for (uint32_t i = 0; i < count; i++) {
        records[i] = make_record(first + i, &bytes);
        size += pm_record_extension_bytes(&records[i], &bytes);
    }
    int rc = pm_log_begin(writer, count, size);
    if (rc == 0) { /* both ways: one by one, and the rest at once */
        for (uint32_t i = 0; i < count / 2; i++)
            pm_log_append(writer, &records[i], &bytes);
        pm_log_append_rows(writer, &records[count / 2], count - count / 2, &bytes);
        rc = pm_log_publish(writer, type, epoch);
    }
    pm_bytes_close(&bytes);
    return rc;
}

#endif
