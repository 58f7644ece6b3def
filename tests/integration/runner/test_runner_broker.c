/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a run whose broker restarts, dies or loses a topic; the broker is the test's. */
#include "kafka_rig.h"

#include <fcntl.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_clock.h"
#include "pm_runner_rig.h"
#include "pm_topics.h"

#define PORT    "19196"
#define BROKERS "127.0.0.1:" PORT
#define LEAVE_S 40 /* for a last question, the removal of topics and a busy machine */

/* --- the broker ------------------------------------------------------------------------------ */

/* scripts/kafka with @p word; what it says goes to @p to (NULL: nowhere). */
static int broker(const char *word, const char *to)
{
    const char *const arguments[] = {PM_KAFKA_SCRIPT, word, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    int status = 1;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, to != NULL ? to : "/dev/null",
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (posix_spawn(&pid, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments,
                    environ) == 0)
        waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

/* A broker that answers may be another machine's: Java and the jars need not be on this one. */
static int start_broker(void **state)
{
    const int status = broker("start", NULL);

    (void)state;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        fprintf(stderr, "skipped: scripts/kafka start cannot run a broker on this machine\n");
        exit(77);
    }
    return status;
}

static int stop_broker(void **state)
{
    (void)state;
    return broker("stop", NULL);
}

static void restart_broker(void)
{
    broker("stop", NULL);
    broker("start", NULL);
}

static void kill_broker(void)
{
    char said[] = "/tmp/test-broker-XXXXXX";
    char line[256] = "";
    const int fd = mkstemp(said);
    FILE *const file = fdopen(fd, "r");

    broker("status", said);
    const char *const word =
        fgets(line, sizeof line, file) != NULL ? strstr(line, "process ") : NULL;
    if (word != NULL)
        kill((pid_t)strtol(word + strlen("process "), NULL, 10), SIGKILL);
    fclose(file);
    unlink(said);
}

/* --- topics of the run in hand; no other run uses this broker --------------------------------- */

static rd_kafka_t *open_admin(void)
{
    rd_kafka_conf_t *const conf = rd_kafka_conf_new();
    char reason[100];

    rd_kafka_conf_set(conf, "bootstrap.servers", BROKERS, reason, sizeof reason);
    return rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
}

static bool find_topic(rd_kafka_t *admin, const char *ending, char name[128])
{
    const struct rd_kafka_metadata *metadata = NULL;

    name[0] = '\0';
    if (rd_kafka_metadata(admin, 1, NULL, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const char *const found = metadata->topics[i].topic;

        if (strncmp(found, "pacemark-", 9) == 0 && strstr(found, ending) != NULL &&
            strcmp(found, name) > 0) /* the newest: an earlier one may be about to go */
            snprintf(name, 128, "%s", found);
    }
    rd_kafka_metadata_destroy(metadata);
    return name[0] != '\0';
}

static void remove_output(void)
{
    const char *const client[] = {"bootstrap.servers=" BROKERS, NULL};
    rd_kafka_t *const admin = open_admin();
    char name[128];

    if (find_topic(admin, "-output", name))
        pm_kafka_topic_remove(name, client, NULL);
    rd_kafka_destroy(admin);
}

static void add_partitions(void)
{
    rd_kafka_t *const admin = open_admin();
    rd_kafka_queue_t *const queue = rd_kafka_queue_new(admin);
    char reason[100];
    char name[128];

    if (find_topic(admin, "-output", name)) {
        rd_kafka_NewPartitions_t *more = rd_kafka_NewPartitions_new(name, 7, reason, sizeof reason);

        rd_kafka_CreatePartitions(admin, &more, 1, NULL, queue);
        rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 10000));
        rd_kafka_NewPartitions_destroy(more);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(admin);
}

/* --- a run and what happens to it ------------------------------------------------------------ */

struct happening {
    pthread_t thread;
    void (*happen)(void);
    atomic_bool running; /* records are being sent */
    atomic_bool over;
};

static void *await_and_happen(void *payload)
{
    struct happening *const happening = payload;

    while (!atomic_load(&happening->running) && !atomic_load(&happening->over))
        pm_clock_sleep_until(pm_clock_ns() + 10 * PM_NS_PER_MS);
    if (atomic_load(&happening->running))
        happening->happen();
    return NULL;
}

static void see_progress(void *payload, const struct pm_progress *progress)
{
    struct happening *const happening = payload;

    if (progress->published > 1000)
        atomic_store(&happening->running, true);
}

/* A run of six seconds in which @p happen is called; the time that it took, and its end in
 * @p error and @p oracle. */
static int run_through(void (*happen)(void), int timeout_s, enum pm_oracle_status *oracle,
                       struct pm_error *error)
{
    char timeout[32];
    const char *const settings[] = {"duration=6s",     "rate=2k",  "engines=event",
                                    "transport=kafka", "wait=nap", "brokers=" BROKERS,
                                    timeout,           NULL};
    struct happening happening = {.happen = happen};
    struct pm_runner_rig rig;
    struct pm_outcome outcome;

    snprintf(timeout, sizeof timeout, "timeout=%ds", timeout_s);
    pm_runner_rig_open(&rig, "route", settings);
    rig.config.floor = false;
    assert_int_equal(pthread_create(&happening.thread, NULL, await_and_happen, &happening), 0);
    const int64_t began_ns = pm_clock_ns();
    const int code = pm_runner_run(&outcome, &rig.config, see_progress, &happening, error);
    const int64_t took_ns = pm_clock_ns() - began_ns;
    atomic_store(&happening.over, true);
    pthread_join(happening.thread, NULL);
    assert_true(atomic_load(&happening.running));
    assert_true(took_ns < (timeout_s + LEAVE_S) * PM_NS_PER_S);
    *oracle =
        outcome.rows != 0 ? pm_runner_rig_row(&outcome, "event")->oracle : PM_ORACLE_UNCHECKED;
    pm_outcome_close(&outcome);
    pm_runner_rig_close(&rig);
    return code;
}

/* Complete and equal, or said to be incomplete: a slow machine's broker may be away for longer than
 * messages are kept. Never a wrong result. */
static void a_restart_is_waited_for(void **state)
{
    enum pm_oracle_status oracle;
    struct pm_error error = {0};

    (void)state;
    const int code = run_through(restart_broker, 180, &oracle, &error);
    if (code == PM_ESINK || code == PM_ETIMEOUT) {
        assert_non_null(strstr(error.text, "broker"));
        return;
    }
    if (code != 0 && code != PM_EINVALID) /* a busy machine may miss the schedule */
        fail_msg("%s", error.text);
    assert_int_equal(oracle, PM_ORACLE_EQUAL);
}

static void a_broker_that_stays_away_ends_the_run(void **state)
{
    enum pm_oracle_status oracle;
    struct pm_error error = {0};

    (void)state;
    const int code = run_through(kill_broker, 10, &oracle, &error);
    assert_true(code == PM_ETIMEOUT || code == PM_ESINK);
    assert_non_null(strstr(error.text, "broker"));
    broker("start", NULL);
}

static void a_topic_that_is_removed_ends_the_run(void **state)
{
    enum pm_oracle_status oracle;
    struct pm_error error = {0};

    (void)state;
    const int code = run_through(remove_output, 60, &oracle, &error);
    assert_true(code == PM_ESINK || code == PM_EOFFSET);
    assert_non_null(strstr(error.text, "removed"));
}

static void other_partitions_end_the_run(void **state)
{
    enum pm_oracle_status oracle;
    struct pm_error error = {0};

    (void)state;
    assert_int_equal(run_through(add_partitions, 60, &oracle, &error), PM_EMISMATCH);
    assert_non_null(strstr(error.text, "the topic's partitions have changed"));
}

/* A supervisor that is killed leaves its topics; the next run in the cluster removes them. */
static void what_a_killed_run_has_left_is_removed(void **state)
{
    const char *const settings[] = {
        "duration=60s",     "rate=1k", "engines=event", "transport=kafka", "wait=nap",
        "brokers=" BROKERS, NULL};
    const int64_t until_ns = pm_clock_ns() + LEAVE_S * PM_NS_PER_S;
    struct pm_runner_rig rig;
    struct pm_topics topics;
    struct pm_error error = {0};
    char name[128];
    char left[128];

    (void)state;
    pm_runner_rig_open(&rig, "route", settings);
    const pid_t child = fork();
    if (child == 0) {
        struct pm_outcome outcome;

        pm_runner_run(&outcome, &rig.config, NULL, NULL, &error);
        _exit(0);
    }
    rd_kafka_t *const admin = open_admin();
    while (!find_topic(admin, "-output", name) && pm_clock_ns() < until_ns)
        pm_clock_sleep_until(pm_clock_ns() + 50 * PM_NS_PER_MS);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(find_topic(admin, "-output", name));

    assert_int_equal(pm_topics_open(&topics, &rig.scenario->run, 1, &error), 0);
    assert_int_equal(pm_topics_create(&topics, 1, &error), 0);
    pm_topics_close(&topics);
    snprintf(left, sizeof left, "%s", name);
    while (find_topic(admin, left, name) && pm_clock_ns() < until_ns)
        pm_clock_sleep_until(pm_clock_ns() + 50 * PM_NS_PER_MS);
    assert_false(find_topic(admin, left, name));
    rd_kafka_destroy(admin);
    pm_runner_rig_close(&rig);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_is_waited_for),
        cmocka_unit_test(a_topic_that_is_removed_ends_the_run),
        cmocka_unit_test(other_partitions_end_the_run),
        cmocka_unit_test(what_a_killed_run_has_left_is_removed),
        cmocka_unit_test(a_broker_that_stays_away_ends_the_run),
    };
    const int child = pm_runner_child(argc, argv);

    if (child >= 0)
        return child;
    kafka_rig_need_broker(); /* where one runs, another can */
    setenv("PACEMARK_KAFKA_PORT", PORT, 1);
    return cmocka_run_group_tests(tests, start_broker, stop_broker);
}
