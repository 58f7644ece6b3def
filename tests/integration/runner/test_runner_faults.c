/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a run when its engine is killed or stalls, and when somebody presses Ctrl-C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_runner_rig.h"

#define NOT_CHILDLESS 98
#define NOT_PUBLISHED 97
#define NOT_UNCHECKED 96

/** What a test does to the engine from the progress callback, once. */
struct fault {
    int64_t at_ns;    /* of the run */
    int signal;       /* SIGKILL or SIGSTOP */
    int64_t stall_ns; /* of SIGSTOP */
    bool done;
    int64_t lasted_ns; /* how long it really stood still */
};

static void strike(void *payload, const struct pm_progress *progress)
{
    struct fault *const fault = payload;

    if (fault->done || progress->engine_pid == 0 || progress->elapsed_ns < fault->at_ns)
        return;
    fault->done = true;
    const int64_t from_ns = pm_clock_ns();
    kill(progress->engine_pid, fault->signal);
    if (fault->signal != SIGSTOP)
        return;
    pm_clock_sleep_until(from_ns + fault->stall_ns);
    kill(progress->engine_pid, SIGCONT);
    fault->lasted_ns = pm_clock_ns() - from_ns;
}

static void a_killed_engine_leaves_every_row_that_it_committed(void **state)
{
    static const struct {
        const char *scenario, *engines;
    } cases[] = {
        {"spend", "engines=event"}, {"route", "engines=microbatch"}, {"fraud", "engines=event"}};
    const uint64_t seed = (uint64_t)pm_clock_ns();
    struct pm_random random = pm_random_open(seed, 0);

    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const settings[] = {"duration=2s", "rate=10k", cases[i].engines, NULL};
        struct fault fault = {.at_ns = pm_random_between(&random, PM_NS_PER_S / 2, PM_NS_PER_S),
                              .signal = SIGKILL};
        struct pm_runner_rig rig;
        struct pm_outcome outcome;
        struct pm_error error = {0};

        pm_runner_rig_open(&rig, cases[i].scenario, settings);
        rig.config.floor = false;
        assert_int_not_equal(pm_runner_run(&outcome, &rig.config, strike, &fault, &error), 0);
        assert_true(fault.done);
        assert_int_equal(outcome.rows, 1);
        const struct pm_row *const row = &outcome.row[0];
        assert_non_null(strstr(row->failure, "signal 9"));
        assert_true(row->outputs > 0);
        assert_true(row->verdict.lost > 0);
        assert_int_equal(row->verdict.duplicated + row->verdict.wrong, 0);
        assert_int_equal(row->verdict.lost + row->outputs, row->verdict.expected);
        assert_int_equal(row->early_rows, 0);
        assert_int_equal(row->latency.count + row->warmup_rows + row->flush_rows, row->outputs);
        assert_true(row->audit.reasons > 0);
        assert_true(pm_runner_rig_is_childless());
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
}

/* True when the stall shows: by due time in full, in the service time hardly. */
static bool stall_shows(void)
{
    static const char *const settings[] = {"duration=3s", "rate=5k", "warmup.time=200ms",
                                           "engines=event", NULL};
    struct fault fault = {.at_ns = PM_NS_PER_S, .signal = SIGSTOP, .stall_ns = 500 * PM_NS_PER_MS};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    pm_runner_rig_open(&rig, "fraud", settings);
    rig.config.floor = false;
    pm_runner_rig_run(&outcome, &rig, strike, &fault);
    const struct pm_row *const row = &outcome.row[0];
    assert_true(fault.done);
    assert_int_equal(row->oracle, PM_ORACLE_EQUAL);
    const double stall_ns = (double)fault.lasted_ns;
    const double max_ns = row->latency.max.value;
    const double p90_ns = row->latency.percentile[PM_P90].value;
    const double service_ns = row->service.percentile[PM_P99].value;
    print_message("stall %.1f ms: latency max %.1f, p90 %.1f, service p99 %.1f\n", stall_ns / 1e6,
                  max_ns / 1e6, p90_ns / 1e6, service_ns / 1e6);
    const bool shows = max_ns >= 0.98 * stall_ns && max_ns <= 1.02 * stall_ns &&
                       p90_ns >= 0.1 * stall_ns && service_ns <= 0.05 * stall_ns;
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
    return shows;
}

/* Three tries: a machine that stalls by itself at the same moment adds to the stall. */
static void a_stall_shows_by_due_time_and_hardly_in_the_service_time(void **state)
{
    (void)state;
    assert_true(stall_shows() || stall_shows() || stall_shows());
}

static bool lives(const char *pid)
{
    char path[64];
    char text[256] = "";
    FILE *file = NULL;

    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    const bool read = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    return read && strstr(text, ") Z ") == NULL;
}

static void tell_pid(void *payload, const struct pm_progress *progress)
{
    char text[16];
    const int fd = *(const int *)payload;

    if (progress->engine_pid == 0 || progress->elapsed_ns < PM_NS_PER_S / 4)
        return;
    snprintf(text, sizeof text, "%-15d", progress->engine_pid);
    if (write(fd, text, sizeof text) < 0)
        _exit(1);
}

/* Where the folder of a run is, from the command line of its engine process. */
static void folder_of(char *folder, size_t size, const char *pid)
{
    char path[64];
    char line[512] = "";
    const char *at = line;

    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    FILE *const file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(line, 1, sizeof line - 1, file) > 0);
    fclose(file);
    while (at < line + sizeof line - 1 && strncmp(at, "/dev/shm/", 9) != 0)
        at += strlen(at) + 1;
    assert_true(at < line + sizeof line - 1);
    assert_true(strlen(at) < size);
    memcpy(folder, at, strlen(at) + 1);
}

/* In a process of its own: run until the signal comes, and say by the exit code what was left. */
static int run_to_be_interrupted(struct pm_runner_rig *rig, int *pipe_end)
{
    struct pm_outcome outcome;
    struct pm_error error = {0};
    int exit_code =
        pm_error_exit_code(pm_runner_run(&outcome, &rig->config, tell_pid, pipe_end, &error));

    if (!pm_runner_rig_is_childless())
        exit_code = NOT_CHILDLESS;
    else if (outcome.directory[0] == '\0' || !outcome.interrupted ||
             strstr(outcome.document, "\"interrupted\": true") == NULL)
        exit_code = NOT_PUBLISHED;
    else if (outcome.rows != 1 || outcome.row[0].oracle != PM_ORACLE_UNCHECKED ||
             outcome.row[0].outputs == 0)
        exit_code = NOT_UNCHECKED;
    pm_outcome_close(&outcome);
    return exit_code;
}

static void ctrl_c_keeps_partial_results_and_leaves_nothing(void **state)
{
    static const char *const settings[] = {"duration=20s", "rate=5k", "wait=nap", "engines=event",
                                           NULL};
    struct pm_runner_rig rig;
    char engine[16] = "";
    char folder[256];
    int ends[2];
    int status = 0;

    (void)state;
    pm_runner_rig_open(&rig, "fraud", settings);
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(run_to_be_interrupted(&rig, &ends[1]));
    assert_int_equal(read(ends[0], engine, sizeof engine), sizeof engine);
    engine[strcspn(engine, " ")] = '\0';
    folder_of(folder, sizeof folder, engine);
    assert_int_equal(access(folder, F_OK), 0);
    const int64_t from_ns = pm_clock_ns();
    kill(pid, SIGINT);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(pm_clock_ns() - from_ns < 10 * PM_NS_PER_S);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);
    assert_false(lives(engine));
    assert_int_equal(access(folder, F_OK), -1);
    close(ends[0]);
    close(ends[1]);
    pm_runner_rig_close(&rig);
}

static void children_die_with_their_supervisor(void **state)
{
    static const char *const settings[] = {"duration=20s", "rate=5k", "wait=nap", "engines=event",
                                           NULL};
    struct pm_runner_rig rig;
    int ends[2];
    char engine[16] = "";

    (void)state;
    pm_runner_rig_open(&rig, "fraud", settings);
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        struct pm_outcome outcome;

        pm_runner_run(&outcome, &rig.config, tell_pid, &ends[1], NULL);
        _exit(0);
    }
    assert_int_equal(read(ends[0], engine, sizeof engine), sizeof engine);
    engine[strcspn(engine, " ")] = '\0';
    assert_true(lives(engine));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (unsigned i = 0; i < 200 && lives(engine); i++)
        pm_clock_sleep_until(pm_clock_ns() + 10 * PM_NS_PER_MS);
    assert_false(lives(engine));
    close(ends[0]);
    close(ends[1]);
    pm_runner_rig_close(&rig);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_engine_leaves_every_row_that_it_committed),
        cmocka_unit_test(a_stall_shows_by_due_time_and_hardly_in_the_service_time),
        cmocka_unit_test(ctrl_c_keeps_partial_results_and_leaves_nothing),
        cmocka_unit_test(children_die_with_their_supervisor),
    };
    const int child = pm_runner_child(argc, argv);

    return child >= 0 ? child : cmocka_run_group_tests(tests, NULL, NULL);
}
