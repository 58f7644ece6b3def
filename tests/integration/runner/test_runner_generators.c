/* SPDX-License-Identifier: Apache-2.0 */
/* Several generator processes of one run: the same input, one lateness, and an end for all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pm_children.h"
#include "pm_run.h"
#include "pm_runner_rig.h"

/* One run of the first instance of @p rig; closed by the caller, whatever it came to. */
static void run_once(struct pm_run *run, struct pm_prepared *prepared, struct pm_runner_rig *rig)
{
    const struct pm_prepare_config sizes = {.scenario = rig->scenario, .check_records = 1000000};
    struct pm_run_config config = {
        .runner = &rig->config, .prepared = prepared, .instance = &rig->config.instance[0]};
    struct pm_error error = {0};

    assert_int_equal(pm_prepare_open(prepared, &sizes, &error), 0);
    prepared->wait = PM_WAIT_NAP;
    if (pm_run_once(run, &config, &error) != 0)
        fail_msg("%s", error.text);
    if (run->code != 0)
        fail_msg("%s", run->error.text);
}

static void however_many_generators_the_input_is_one(void **state)
{
    static const char *const counts[] = {"generators=1", "generators=2", "generators=3",
                                         "generators=8"};
    static const char *const scenarios[] = {"route", "enrich"}; /* text; two streams */
    static const enum pm_pace paces[] = {PM_PACE_SCHEDULE, PM_PACE_MAX};

    (void)state;
    for (unsigned s = 0; s < 2 * 2; s++) {
        uint64_t digest = 0;

        for (unsigned i = 0; i < sizeof counts / sizeof *counts; i++) {
            const char *const settings[] = {"duration=500ms", "rate=10k", "engines=event",
                                            "partitions=8",   counts[i],  NULL};
            struct pm_prepared prepared;
            struct pm_runner_rig rig;
            struct pm_run run;

            pm_runner_rig_open(&rig, scenarios[s % 2], settings);
            rig.config.pace = paces[s / 2];
            run_once(&run, &prepared, &rig);
            const uint64_t found = pm_digest_value(&run.collection.verdict.digest);
            digest = i == 0 ? found : digest;
            assert_true(digest == found);
            assert_true(run.collection.checked);
            assert_int_equal(run.sent, prepared.input.records);
            assert_int_equal(run.read, prepared.input.records);
            assert_int_equal(run.unsent, 0);
            assert_int_equal(pm_histogram_count(run.lateness),
                             paces[s / 2] == PM_PACE_SCHEDULE ? run.sent : 0);
            pm_run_close(&run);
            pm_prepare_close(&prepared);
            pm_runner_rig_close(&rig);
        }
    }
}

/* --- ends ------------------------------------------------------------------------------------ */

/* The child of ours that is generator @p number, or 0. */
static pid_t find_generator(const char *number)
{
    DIR *const folder = opendir("/proc");
    const struct dirent *entry;
    pid_t found = 0;

    while (found == 0 && (entry = readdir(folder)) != NULL) {
        char path[300];
        char words[512] = "";
        int parent = 0;

        snprintf(path, sizeof path, "/proc/%s/cmdline", entry->d_name);
        FILE *const file = fopen(path, "r");
        if (file == NULL)
            continue;
        const size_t size = fread(words, 1, sizeof words - 1, file);
        fclose(file);
        const char *word[5];
        size_t at = 0;
        for (unsigned i = 0; i < 5; i++) {
            word[i] = words + at;
            at = at + strlen(words + at) + 1 < size ? at + strlen(words + at) + 1 : size;
        }
        parent = (int)strtol(word[3], NULL, 10);
        if (strcmp(word[1], PM_CHILD_GENERATOR) == 0 && parent == (int)getpid() &&
            strcmp(word[4], number) == 0)
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(folder);
    return found;
}

static void kill_the_second(void *payload, const struct pm_progress *progress)
{
    bool *const done = payload;

    if (*done || strcmp(progress->phase, "run") != 0)
        return;
    const pid_t pid = find_generator("1");
    assert_int_not_equal(pid, 0);
    kill(pid, SIGKILL);
    *done = true;
}

static void press_ctrl_c(void *payload, const struct pm_progress *progress)
{
    bool *const done = payload;

    if (*done || strcmp(progress->phase, "run") != 0)
        return;
    kill(getpid(), SIGINT);
    *done = true;
}

static void a_generator_that_fails_or_ctrl_c_ends_all(void **state)
{
    static const struct {
        pm_progress_fn strike;
        int code;
        const char *says;
    } cases[] = {{kill_the_second, PM_EFAIL, "generator 2 of 3 process was ended by signal 9"},
                 {press_ctrl_c, PM_EINTERRUPTED, "interrupted"}};
    static const char *const settings[] = {"duration=20s",  "rate=5k",      "wait=nap",
                                           "engines=event", "generators=3", NULL};

    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pm_runner_rig rig;
        struct pm_outcome outcome;
        struct pm_error error = {0};
        bool done = false;

        pm_runner_rig_open(&rig, "route", settings);
        rig.config.floor = false;
        assert_int_equal(pm_runner_run(&outcome, &rig.config, cases[i].strike, &done, &error),
                         cases[i].code);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("%s", error.text);
        assert_true(pm_runner_rig_is_childless());
        pm_outcome_close(&outcome);
        pm_runner_rig_close(&rig);
    }
}

static void more_generators_than_partitions_are_refused(void **state)
{
    struct pm_scenario *scenario = NULL;
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(pm_scenario_open(&scenario, "route", "quick", pm_runner_engines(), NULL), 0);
    assert_int_equal(pm_scenario_set(scenario, "partitions=2", NULL), 0);
    assert_int_equal(pm_scenario_set(scenario, "generators=3", NULL), 0);
    assert_int_equal(pm_scenario_check(scenario, &error), PM_EINPUT);
    assert_non_null(strstr(error.text, "generators: 3: expected at most one a partition, 2"));
    pm_scenario_close(scenario);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(however_many_generators_the_input_is_one),
        cmocka_unit_test(a_generator_that_fails_or_ctrl_c_ends_all),
        cmocka_unit_test(more_generators_than_partitions_are_refused),
    };
    const int child = pm_runner_child(argc, argv);

    return child >= 0 ? child : cmocka_run_group_tests(tests, NULL, NULL);
}
