/* SPDX-License-Identifier: Apache-2.0 */
/* Children: started as this very executable, ended by pidfd, their ends and costs told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_child.h"
#include "pm_clock.h"

#define BURNT_NS (50 * PM_NS_PER_MS)

/* What a child of this test does; its first argument says it. */
static int be_child(const char *what)
{
    const int64_t until_ns = pm_clock_thread_cpu_ns() + BURNT_NS;

    if (strcmp(what, "burn") == 0) {
        while (pm_clock_thread_cpu_ns() < until_ns)
            pm_clock_pause();
        return 7;
    }
    if (strcmp(what, "descriptors") == 0) /* whatever the parent has open, 3 is free here */
        return dup(0) == 3 ? 0 : 1;
    if (strcmp(what, "group") == 0)
        return getpgid(0) == getpid() ? 0 : 1;
    for (;;)
        pause();
}

static void spawn(struct pm_child *child, const char *what)
{
    const char *const arguments[] = {what, NULL};
    struct pm_error error;

    if (pm_child_spawn(child, arguments, &error) != 0)
        fail_msg("%s", error.text);
}

static void an_end_tells_exit_code_and_cpu_time(void **state)
{
    struct pm_child child;

    (void)state;
    spawn(&child, "burn");
    assert_true(pm_child_ended(&child, 10 * PM_NS_PER_S));
    assert_int_equal(child.exit_code, 7);
    assert_int_equal(child.end_signal, 0);
    assert_true(child.cpu_ns >= BURNT_NS);
    pm_child_close(&child);
}

static void a_child_has_its_own_group_and_no_descriptor_of_ours(void **state)
{
    static const char *const questions[] = {"descriptors", "group"};
    const int kept = dup(0); /* without close-on-exec */

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct pm_child child;

        spawn(&child, questions[i]);
        assert_true(pm_child_ended(&child, 10 * PM_NS_PER_S));
        assert_int_equal(child.exit_code, 0);
        pm_child_close(&child);
    }
    close(kept);
}

static void a_killed_child_tells_the_signal_and_its_memory(void **state)
{
    struct pm_child child;

    (void)state;
    spawn(&child, "sleep");
    assert_false(pm_child_ended(&child, 50 * PM_NS_PER_MS));
    pm_child_look(&child);
    assert_true(child.memory_seen);
    assert_true(child.peak.own_bytes > 0);
    pm_child_signal(&child, SIGKILL);
    assert_true(pm_child_ended(&child, 10 * PM_NS_PER_S));
    assert_int_equal(child.end_signal, SIGKILL);
    assert_int_equal(child.exit_code, -1);
    pm_child_close(&child);
}

/* Whoever has the number now is not our child: a signal goes by the pidfd or not at all. */
static void a_signal_after_the_end_hits_nobody(void **state)
{
    struct pm_child ended;
    struct pm_child other;

    (void)state;
    spawn(&ended, "group");
    assert_true(pm_child_ended(&ended, 10 * PM_NS_PER_S));
    spawn(&other, "sleep");
    ended.pid = other.pid; /* as if the number had come round */
    pm_child_signal(&ended, SIGKILL);
    pm_child_close(&ended);
    assert_false(pm_child_ended(&other, 50 * PM_NS_PER_MS));
    pm_child_close(&other);
}

static void a_close_kills_and_takes_the_end(void **state)
{
    struct pm_child child;
    struct pm_child none = PM_CHILD_NONE;

    (void)state;
    spawn(&child, "sleep");
    pm_child_close(&child);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    pm_child_close(&none);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_tells_exit_code_and_cpu_time),
        cmocka_unit_test(a_child_has_its_own_group_and_no_descriptor_of_ours),
        cmocka_unit_test(a_killed_child_tells_the_signal_and_its_memory),
        cmocka_unit_test(a_signal_after_the_end_hits_nobody),
        cmocka_unit_test(a_close_kills_and_takes_the_end),
    };

    return argc == 2 ? be_child(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
