/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: credit for slots and bytes, the outbox's order, marks behind rows, the byte ring's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "pm_event_lane.h"
#include "pm_random.h"

/* A lane with its two ends' containers. */
struct fixture {
    struct pm_event_lane *lane;
    struct pm_bytes bytes; /* of the sender's records */
    struct pm_chunk chunk; /* of the receiver */
    uint64_t sent, taken;
};

static void open_fixture(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->lane = aligned_alloc(PM_CACHE_PAIR, sizeof *f->lane);
    assert_non_null(f->lane);
    assert_int_equal(pm_event_lane_open(f->lane), 0);
    assert_int_equal(pm_chunk_open(&f->chunk), 0);
}

static void close_fixture(struct fixture *f)
{
    pm_event_lane_close(f->lane);
    free(f->lane);
    pm_bytes_close(&f->bytes);
    pm_chunk_close(&f->chunk);
}

/* Send record number `sent` with an extension of @p size bytes that say the number. */
static void send(struct fixture *f, uint32_t size)
{
    struct pm_record record = {.id = f->sent, .word = pm_record_word(0, PM_KIND_DATA)};

    f->bytes.used = 0;
    if (size != 0)
        memset(pm_record_extend(&record, &f->bytes, size), (int)(f->sent % 251), size);
    assert_true(pm_event_lane_push(f->lane, &record, &f->bytes));
    f->sent++;
}

/* Take at most @p limit records; each must be the next in number, with its bytes. */
static int take(struct fixture *f, uint32_t limit)
{
    pm_chunk_reset(&f->chunk);
    const int taken = pm_event_lane_take(f->lane, &f->chunk, limit);

    for (uint32_t i = 0; i < f->chunk.count; i++, f->taken++) {
        uint32_t size;
        const char *text = pm_record_text(&f->chunk.rows[i], &f->chunk.bytes, &size);
        assert_int_equal(f->chunk.rows[i].id, f->taken);
        for (uint32_t k = 0; k < size; k++)
            assert_int_equal((uint8_t)text[k], f->taken % 251);
    }
    return taken;
}

static void what_exceeds_the_slots_waits_in_order(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f);
    for (uint32_t i = 0; i < PM_EVENT_LANE_SLOTS + 1000; i++)
        send(&f, 0);
    assert_int_equal(pm_event_lane_waiting(f.lane), 1000);
    assert_int_equal(take(&f, 64), 0); /* not yet published */
    assert_false(pm_event_lane_drain(f.lane));
    assert_int_equal(take(&f, 64), 64);
    assert_false(pm_event_lane_drain(f.lane));
    assert_int_equal(pm_event_lane_waiting(f.lane), 1000 - 64);
    send(&f, 0); /* there is no credit for it before those that wait */
    assert_int_equal(pm_event_lane_waiting(f.lane), 1000 - 64 + 1);
    while (f.taken < f.sent) {
        take(&f, 100);
        pm_event_lane_drain(f.lane);
    }
    assert_true(pm_event_lane_drain(f.lane));
    assert_int_equal(take(&f, 100), 0);
    close_fixture(&f);
}

static void bytes_have_a_credit_of_their_own(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f);
    for (uint32_t i = 0; i < 8; i++)
        send(&f, PM_EVENT_LANE_BYTES / 4);
    assert_int_equal(pm_event_lane_waiting(f.lane), 5); /* headers leave room for three */
    while (f.taken < f.sent) {
        pm_event_lane_drain(f.lane);
        assert_true(take(&f, 1) > 0);
    }
    close_fixture(&f);
}

static void a_mark_stands_behind_the_rows_before_it(void **state)
{
    struct fixture f;

    (void)state;
    open_fixture(&f);
    assert_int_equal(f.lane->watermark_ns, PM_TIME_MIN);
    for (uint32_t i = 0; i < PM_EVENT_LANE_SLOTS; i++)
        send(&f, 0);
    assert_true(pm_event_lane_mark(f.lane, PM_KIND_WATERMARK, 70)); /* into the outbox */
    send(&f, 8);
    assert_true(pm_event_lane_mark(f.lane, PM_KIND_END, PM_TIME_MIN));
    while (f.taken < PM_EVENT_LANE_SLOTS) {
        pm_event_lane_drain(f.lane);
        assert_true(take(&f, 100) > 0);
        assert_int_equal(f.lane->watermark_ns, PM_TIME_MIN);
    }
    assert_true(pm_event_lane_drain(f.lane));
    assert_int_equal(take(&f, 100), 1);
    assert_int_equal(f.lane->watermark_ns, 70);
    assert_int_equal(f.taken, PM_EVENT_LANE_SLOTS);
    assert_int_equal(take(&f, 100), 1);
    assert_int_equal(f.taken, PM_EVENT_LANE_SLOTS + 1);
    assert_false(f.lane->ended);
    assert_int_equal(take(&f, 100), 1);
    assert_true(f.lane->ended);
    assert_int_equal(f.lane->watermark_ns, 70); /* an end promises nothing */
    close_fixture(&f);
}

static void extensions_survive_the_end_of_the_byte_ring(void **state)
{
    struct pm_random random = pm_random_open(1, 0);
    struct fixture f;
    uint64_t bytes = 0;

    (void)state;
    open_fixture(&f);
    while (bytes < 20u * PM_EVENT_LANE_BYTES) {
        for (uint64_t i = pm_random_below(&random, 40); i > 0; i--) {
            const uint32_t size = (uint32_t)pm_random_below(
                &random, pm_random_below(&random, 30) == 0 ? PM_EVENT_LANE_BYTES / 4 : 3000);
            send(&f, pm_random_below(&random, 4) == 0 ? 0 : size);
            bytes += size;
        }
        pm_event_lane_drain(f.lane);
        for (uint64_t i = pm_random_below(&random, 4); i > 0; i--)
            take(&f, 1 + (uint32_t)pm_random_below(&random, 20));
    }
    while (f.taken < f.sent) {
        pm_event_lane_drain(f.lane);
        assert_true(take(&f, 64) > 0);
    }
    close_fixture(&f);
}

#define ACROSS 200000u

static void *send_all(void *payload)
{
    struct fixture *f = payload;

    while (f->sent < ACROSS) {
        send(f, f->sent % 5 == 0 ? (uint32_t)(f->sent % 700) : 0);
        if (f->sent % 16 == 0) {
            while (!pm_event_lane_drain(f->lane))
                continue;
        }
    }
    assert_true(pm_event_lane_mark(f->lane, PM_KIND_END, PM_TIME_MIN));
    while (!pm_event_lane_drain(f->lane))
        continue;
    return NULL;
}

static void two_threads_share_a_lane(void **state)
{
    struct fixture sender, receiver;
    pthread_t thread;

    (void)state;
    open_fixture(&sender);
    receiver = sender;
    memset(&sender.chunk, 0, sizeof sender.chunk); /* the receiver's */
    assert_int_equal(pthread_create(&thread, NULL, send_all, &sender), 0);
    while (!receiver.lane->ended)
        take(&receiver, 64);
    pthread_join(thread, NULL);
    assert_int_equal(receiver.taken, ACROSS);
    pm_chunk_close(&receiver.chunk);
    close_fixture(&sender);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_exceeds_the_slots_waits_in_order),
        cmocka_unit_test(bytes_have_a_credit_of_their_own),
        cmocka_unit_test(a_mark_stands_behind_the_rows_before_it),
        cmocka_unit_test(extensions_survive_the_end_of_the_byte_ring),
        cmocka_unit_test(two_threads_share_a_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
