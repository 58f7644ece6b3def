/* SPDX-License-Identifier: Apache-2.0 */
/* The memory backend: declarations, what it allocates, what it does without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "pm_state.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);

static unsigned allocations;
static bool no_memory;

void *__wrap_malloc(size_t size)
{
    allocations++;
    return no_memory ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return no_memory ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    allocations++;
    return no_memory ? NULL : __real_realloc(at, size);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    allocations++;
    errno = ENOMEM;
    return no_memory ? MAP_FAILED : __real_mmap(at, size, prot, flags, fd, offset);
}

struct fixture {
    struct pm_state *state;
    struct pm_cell *values, *lists, *maps, *timers;
};

static void open_state(struct fixture *fixture)
{
    const struct pm_state_config config = {.key_groups = PM_KEY_GROUPS};
    struct pm_error error;

    assert_int_equal(pm_state_open(&fixture->state, &pm_state_memory, &config, &error), 0);
    struct pm_state *state = fixture->state;
    assert_int_equal(
        pm_state_declare(&fixture->values, state, "values", PM_CELL_VALUE, 16, &error) |
            pm_state_declare(&fixture->lists, state, "lists", PM_CELL_LIST, 24, &error) |
            pm_state_declare(&fixture->maps, state, "maps", PM_CELL_MAP, 40, &error) |
            pm_state_declare(&fixture->timers, state, "timers", PM_CELL_TIMERS, 0, &error),
        0);
}

static void bad_declarations_are_refused(void **state)
{
    static const struct {
        const char *name;
        enum pm_cell_kind kind;
        uint32_t size;
    } cases[] = {
        {"values", PM_CELL_VALUE, 8}, {"a", PM_CELL_VALUE, 0},  {"b", PM_CELL_MAP, 12},
        {"c", PM_CELL_LIST, 4104},    {"d", PM_CELL_TIMERS, 8},
    };
    struct fixture fixture;
    struct pm_cell *cell = NULL;
    struct pm_error error;

    (void)state;
    open_state(&fixture);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(pm_state_declare(&cell, fixture.state, cases[i].name, cases[i].kind,
                                          cases[i].size, &error),
                         PM_EINTERNAL);
    assert_null(cell);
    pm_state_close(fixture.state);
    const struct pm_state_config config = {.first_key_group = 100, .key_groups = 29};
    assert_int_equal(pm_state_open(&fixture.state, &pm_state_memory, &config, &error), PM_EINPUT);
    pm_state_close(NULL);
}

static void an_idle_state_is_small(void **state)
{
    struct fixture fixture;

    (void)state;
    open_state(&fixture);
    assert_true(pm_state_bytes(fixture.state) < 16384);
    pm_state_close(fixture.state);
}

/* One turn of a job whose keys and windows are always the same in number. */
static void do_turn(const struct fixture *fixture, int64_t turn)
{
    struct pm_timer timer;

    for (uint64_t key = 0; key < 500; key++) {
        ((uint64_t *)pm_value_pin(fixture->values, key))[0]++;
        pm_list_append(fixture->lists, key);
        pm_list_append(fixture->lists, key);
        pm_map_put(fixture->maps, key, turn, NULL);
        pm_map_put(fixture->maps, key, -turn, NULL);
        pm_timer_set(fixture->timers, turn + 3, key, turn);
        pm_value_delete(fixture->values, key + 1);
        pm_state_unpin(fixture->state);
    }
    while (pm_timer_pop(fixture->timers, turn, &timer)) {
        pm_list_drop_front(fixture->lists, timer.key, 2);
        pm_map_delete(fixture->maps, timer.key, timer.tag);
        pm_map_delete(fixture->maps, timer.key, -timer.tag);
        pm_state_unpin(fixture->state);
    }
}

static void a_steady_job_allocates_nothing(void **state)
{
    struct fixture fixture;
    int64_t turn = 1;

    (void)state;
    open_state(&fixture);
    for (; turn <= 20; turn++)
        do_turn(&fixture, turn);
    const uint64_t bytes = pm_state_bytes(fixture.state);
    allocations = 0;
    for (; turn <= 200; turn++)
        do_turn(&fixture, turn);
    assert_int_equal(allocations, 0);
    assert_int_equal(pm_state_bytes(fixture.state), bytes);
    assert_false(pm_state_failed(fixture.state));
    pm_state_close(fixture.state);
}

static void without_memory_every_look_up_gives_a_place_and_the_state_says_so(void **state)
{
    static const uint8_t zero[40];
    struct fixture fixture;

    (void)state;
    open_state(&fixture);
    pm_map_put(fixture.maps, 7, 1, NULL);
    pm_state_unpin(fixture.state);
    assert_false(pm_state_failed(fixture.state));
    no_memory = true;
    for (uint64_t key = 0; key < 20000; key++) {
        ((uint64_t *)pm_value_pin(fixture.values, key))[1] = key;
        memset(pm_list_append(fixture.lists, key), 1, 24);
        memset(pm_map_put(fixture.maps, key, (int64_t)key, NULL), 1, 40);
        pm_timer_set(fixture.timers, (int64_t)key, key, 0);
        if (key % 10 == 0)
            pm_value_delete(fixture.values, key);
        if (key % 64 == 0)
            pm_state_unpin(fixture.state);
    }
    no_memory = false;
    assert_true(pm_state_failed(fixture.state));
    assert_memory_equal(pm_map_get(fixture.maps, 7, 1), zero, 40);
    pm_state_close(fixture.state);
}

static void opening_without_memory_leaves_nothing_behind(void **state)
{
    const struct pm_state_config config = {.key_groups = PM_KEY_GROUPS, .expected_keys = 1000000};
    struct pm_state *opened = NULL;
    struct pm_cell *cell = NULL;
    struct pm_error error;

    (void)state;
    no_memory = true;
    assert_int_equal(pm_state_open(&opened, &pm_state_memory, &config, &error), PM_ENOMEM);
    no_memory = false;
    assert_int_equal(pm_state_open(&opened, &pm_state_memory, &config, &error), 0);
    no_memory = true;
    assert_int_equal(pm_state_declare(&cell, opened, "a", PM_CELL_MAP, 8, &error), PM_ENOMEM);
    no_memory = false;
    assert_int_equal(pm_state_declare(&cell, opened, "a", PM_CELL_MAP, 8, &error), 0);
    pm_state_close(opened);
}

static void a_map_of_thousands_is_in_order(void **state)
{
    struct fixture fixture;
    struct pm_state_entry entry = {.order = -1};

    (void)state;
    open_state(&fixture);
    for (int64_t i = 0; i < 20000; i++) {
        const int64_t order = i * 7919 % 20011; /* scattered, no order twice */
        bool fresh = false;
        *(int64_t *)pm_map_put(fixture.maps, 3, order, &fresh) = order;
        assert_true(fresh);
    }
    for (int64_t i = 0; i < 20000; i++) {
        const int64_t before = entry.order;
        assert_true(pm_map_at_least(fixture.maps, 3, before + 1, &entry));
        assert_true(entry.order > before && *(int64_t *)entry.value == entry.order);
    }
    assert_false(pm_map_at_least(fixture.maps, 3, entry.order + 1, &entry));
    pm_state_close(fixture.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_declarations_are_refused),
        cmocka_unit_test(an_idle_state_is_small),
        cmocka_unit_test(a_steady_job_allocates_nothing),
        cmocka_unit_test(without_memory_every_look_up_gives_a_place_and_the_state_says_so),
        cmocka_unit_test(opening_without_memory_leaves_nothing_behind),
        cmocka_unit_test(a_map_of_thousands_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
