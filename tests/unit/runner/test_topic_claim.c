/* SPDX-License-Identifier: Apache-2.0 */
/* Claims of topics: only a dead run's in the same cluster are swept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_publish.h"
#include "pm_topic_claim.h"

#define HERE  "bootstrap.servers=127.0.0.1:1"
#define THERE "bootstrap.servers=127.0.0.1:2"

static char folder[] = "/tmp/test-claim-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || setenv("PACEMARK_CACHE", folder, 1) != 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return pm_publish_remove(folder, NULL);
}

struct swept {
    unsigned count;
    uint64_t run;
    int answer;
};

static int sweep_one(void *payload, uint64_t run)
{
    struct swept *const swept = payload;

    swept->count++;
    swept->run = run;
    return swept->answer;
}

/* A process that claims the topics of @p run and is killed. */
static void die_with_claim(uint64_t run, const char *cluster)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct pm_topic_claim claim;

        pm_topic_claim_open(&claim, run, cluster);
        if (write(ready[1], "c", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct swept none = {0};
    assert_int_equal(pm_topic_claims_sweep(cluster, sweep_one, &none), 0); /* it lives */
    assert_int_equal(none.count, 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
}

static void a_killed_run_is_swept_once(void **state)
{
    struct swept swept = {0};

    (void)state;
    die_with_claim(0x18ea1f1816aedf3a, HERE);
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 1);
    assert_int_equal(swept.run, 0x18ea1f1816aedf3a);
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 0);
    assert_int_equal(swept.count, 1);
}

static void another_cluster_is_left_alone(void **state)
{
    struct swept swept = {0};

    (void)state;
    die_with_claim(7, THERE);
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 0);
    assert_int_equal(swept.count, 0);
    assert_int_equal(pm_topic_claims_sweep(THERE, sweep_one, &swept), 1);
}

static void what_cannot_be_removed_is_tried_again(void **state)
{
    struct swept swept = {.answer = -1};
    struct pm_topic_claim claim;

    (void)state;
    pm_topic_claim_open(&claim, 8, HERE);
    pm_topic_claim_close(&claim, false); /* no broker answered */
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 0);
    assert_int_equal(swept.count, 1);
    swept.answer = 0;
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 1);
    pm_topic_claim_open(&claim, 9, HERE);
    pm_topic_claim_close(&claim, true);
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 0);
}

/* Neither other names, nor links, nor a file that is being made. */
static void a_stranger_is_no_claim(void **state)
{
    static const char *const names[] = {"0000000000000010x", "readme", "000000000000001G"};
    struct swept swept = {0};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/topics/%s", folder, names[i]);
        FILE *const file = fopen(path, "w");
        assert_non_null(file);
        fputs(HERE, file);
        fclose(file);
    }
    char link[128];
    snprintf(link, sizeof link, "%s/topics/0000000000000011", folder);
    assert_int_equal(symlink(path, link), 0);
    snprintf(path, sizeof path, "%s/topics/0000000000000012", folder);
    fclose(fopen(path, "w"));
    assert_int_equal(pm_topic_claims_sweep(HERE, sweep_one, &swept), 0);
    assert_int_equal(swept.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_run_is_swept_once),
        cmocka_unit_test(another_cluster_is_left_alone),
        cmocka_unit_test(what_cannot_be_removed_is_tried_again),
        cmocka_unit_test(a_stranger_is_no_claim),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
