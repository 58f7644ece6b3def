/* SPDX-License-Identifier: Apache-2.0 */
/* Ring positions: credit, order across two threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "pm_clock.h"
#include "pm_ring.h"

#define SLOTS  1024u
#define ROUNDS 500000u

struct shared {
    struct pm_ring ring;
    uint64_t slots[SLOTS];
};

static void credit_is_the_free_slots(void **state)
{
    struct pm_ring ring = {.mask = 7};

    (void)state;
    assert_int_equal(pm_ring_reserve(&ring, 0, 1), 8);
    assert_int_equal(pm_ring_readable(&ring, 0), 0);
    pm_ring_publish(&ring, 8);
    assert_int_equal(pm_ring_reserve(&ring, 8, 1), 0);
    assert_int_equal(pm_ring_readable(&ring, 0), 8);
    pm_ring_release(&ring, 3);
    assert_int_equal(pm_ring_reserve(&ring, 8, 1), 3);
    assert_int_equal(pm_ring_readable(&ring, 3), 5);
}

static void *produce(void *payload)
{
    struct shared *shared = payload;
    uint64_t head = 0;

    while (head < ROUNDS) {
        uint64_t room = pm_ring_reserve(&shared->ring, head, 1);
        if (room == 0)
            pm_clock_wait(PM_WAIT_NAP);
        for (; room > 0 && head < ROUNDS; room--, head++)
            shared->slots[head & shared->ring.mask] = head * 3;
        pm_ring_publish(&shared->ring, head);
    }
    return NULL;
}

static void records_arrive_once_and_in_order(void **state)
{
    static struct shared shared;
    pthread_t thread;
    uint64_t tail = 0;
    uint64_t wrong = 0;

    (void)state;
    shared.ring.mask = SLOTS - 1;
    assert_int_equal(pthread_create(&thread, NULL, produce, &shared), 0);
    while (tail < ROUNDS) {
        uint64_t filled = pm_ring_readable(&shared.ring, tail);
        if (filled == 0)
            pm_clock_pause();
        for (; filled > 0; filled--, tail++)
            wrong += shared.slots[tail & shared.ring.mask] != tail * 3;
        pm_ring_release(&shared.ring, tail);
    }
    pthread_join(thread, NULL);
    assert_int_equal(wrong, 0);
    assert_int_equal(tail, ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credit_is_the_free_slots),
        cmocka_unit_test(records_arrive_once_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
