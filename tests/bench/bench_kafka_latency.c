/* SPDX-License-Identifier: Apache-2.0 */
/* Due to visible on a real broker (K1): the event engine against a bare loop that copies bytes from
 * one topic to one other, between the same generator and the same committed reader. */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm_bench_bare.h"
#include "pm_bench_broker.h"
#include "pm_bench_tail.h"
#include "pm_engines.h"
#include "pm_listener.h"
#include "pm_prepare.h"
#include "pm_producer.h"
#include "pm_workload.h"

#define PAIRS     5u
#define WARM_UP   (600 * PM_NS_PER_MS) /* rows of inputs due before it are not sampled */
#define RUN       1u                   /* its number, in records and handles */
#define PATIENCE  60u                  /* seconds until a run has surely failed */
#define LEAD_NS   (50 * PM_NS_PER_MS)  /* from the last process that is ready to the start */
#define PROCESSES 2u

/* What the three processes of a run share. */
struct shared {
    _Atomic unsigned ready;
    _Atomic int64_t start_ns; /* 0: not yet */
    atomic_bool stop;         /* the input has ended */
};

struct trial {
    const struct pm_scenario *scenario;
    const struct pm_prepared *prepared;
    struct pm_topics topics;
    struct shared *shared;
};

/* --- the processes ---------------------------------------------------------------------------- */

static int64_t await_start(struct shared *shared)
{
    int64_t start_ns;

    atomic_fetch_add(&shared->ready, 1);
    while ((start_ns = atomic_load(&shared->start_ns)) == 0)
        pm_clock_sleep_until(pm_clock_ns() + PM_NS_PER_MS);
    return start_ns;
}

static void generate(struct trial *trial)
{
    const struct pm_medium_kafka_config topic = {
        .topic = trial->topics.source, .client = trial->topics.client, .text = true};
    struct pm_producer_config config = {.wait = PM_WAIT_NAP};
    struct pm_generator_config data;
    struct pm_producer_stats stats;
    struct pm_error error = {0};

    pm_scenario_generator(&data, trial->scenario);
    pm_bench_must(pm_generator_open(&config.generator, &data, &error), &error);
    pm_bench_must(pm_medium_kafka_open(&config.medium, &topic, &error), &error);
    config.start_ns = await_start(trial->shared);
    pm_bench_must(pm_producer_run(&config, &stats, &error), &error);
    pm_bench_check(stats.unsent == 0 && stats.sent == trial->prepared->input.records,
                   "every record is sent");
    pm_medium_kafka_close(config.medium);
    pm_generator_close(config.generator);
}

static void run_engine(struct trial *trial)
{
    const struct pm_workload_places places = {.run = RUN, .topics = &trial->topics};
    struct pm_engine_stats stats = {0};
    struct pm_workload workload;
    struct pm_engine *engine;
    struct pm_error error = {0};

    pm_workload_open(&workload, trial->scenario, trial->prepared->plan, "event", &places);
    pm_bench_must(pm_engine_open(&engine, pm_engines_find("event"), &workload.job, &stats, &error),
                  &error);
    await_start(trial->shared);
    pm_bench_must(pm_engine_run(engine, &error), &error);
    pm_engine_close(engine);
}

static void run_bare(struct trial *trial)
{
    const struct pm_topics *const topics = &trial->topics;
    const unsigned partitions = trial->prepared->input.partitions;
    struct pm_bare *const from =
        pm_bare_open(PM_KAFKA_READER, topics->source, partitions, topics->client);
    struct pm_bare *const to =
        pm_bare_open(PM_KAFKA_WRITER, topics->output, partitions, topics->client);

    await_start(trial->shared);
    pm_bare_copy(from, to, &trial->shared->stop);
    pm_bare_close(from);
    pm_bare_close(to);
}

/* The client's threads do not survive a fork, so that each process opens its own ones. */
static pid_t start(struct trial *trial, void (*process)(struct trial *trial))
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    pm_bench_check(pid >= 0, "a process");
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    alarm(PATIENCE);
    process(trial);
    _exit(0);
}

static void finish(pid_t pid)
{
    int status = 0;

    pm_bench_check(waitpid(pid, &status, 0) == pid && status == 0, "a process ends well");
}

/* --- a run ------------------------------------------------------------------------------------ */

struct sampling {
    const struct pm_input *input;
    int64_t start_ns;
    int64_t *latency_ns;
    uint64_t rows;
    size_t count;
};

static int sample(void *payload, const struct pm_committed *committed)
{
    struct sampling *const self = payload;
    int64_t due_ns = 0;

    pm_bench_check(pm_input_due(self->input, committed->row->id, &due_ns) &&
                       self->rows++ < self->input->records,
                   "one row an input");
    if (due_ns >= WARM_UP)
        self->latency_ns[self->count++] = committed->visible_ns - self->start_ns - due_ns;
    return 0;
}

static void measure(struct pm_bench_tail *out, const struct trial *trial,
                    const struct pm_listener *listener)
{
    const struct pm_input *const input = &trial->prepared->input;
    struct sampling sampling = {.input = input,
                                .start_ns = atomic_load(&trial->shared->start_ns),
                                .latency_ns = calloc(input->records, sizeof(int64_t))};

    pm_bench_check(sampling.latency_ns != NULL, "memory");
    pm_listener_each(listener, sample, &sampling);
    pm_bench_check(sampling.rows == input->records, "one row an input");
    pm_bench_tail_measure(out, sampling.latency_ns, sampling.count);
    free(sampling.latency_ns);
}

static struct pm_bench_tail run(const struct pm_scenario *scenario,
                                const struct pm_prepared *prepared,
                                void (*middle)(struct trial *trial))
{
    struct trial trial = {.scenario = scenario, .prepared = prepared};
    struct pm_listener *listener;
    struct pm_bench_tail shown;
    struct pm_error error = {0};

    trial.shared =
        mmap(NULL, sizeof *trial.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pm_bench_check(trial.shared != MAP_FAILED, "memory");
    pm_bench_broker_topics(&trial.topics, scenario);
    const pid_t generator = start(&trial, generate);
    const pid_t engine = start(&trial, middle);
    pm_bench_must(pm_listener_start(&listener, &trial.topics, &error), &error);
    while (atomic_load(&trial.shared->ready) < PROCESSES)
        pm_clock_sleep_until(pm_clock_ns() + PM_NS_PER_MS);
    atomic_store(&trial.shared->start_ns, pm_clock_ns() + LEAD_NS);
    finish(generator);
    atomic_store(&trial.shared->stop, true);
    finish(engine);
    pm_bench_must(pm_listener_finish(listener, pm_clock_ns() + 60 * PM_NS_PER_S, &error), &error);
    measure(&shown, &trial, listener);
    pm_listener_close(listener);
    pm_topics_close(&trial.topics);
    munmap(trial.shared, sizeof *trial.shared);
    return shown;
}

int main(void)
{
    static const char *const settings[] = {"rate=50k/s", "duration=4s", "wait=nap", NULL};
    static const double goals[PM_BENCH_QUANTILES] = {1.3, 1.5, 0};
    const char *const what = "Kafka, route at 50 k/s: event against a bare copying loop";
    struct pm_bench_tails tails = {.count = PAIRS};
    struct pm_prepared prepared;
    struct pm_error error = {0};

    if (!pm_bench_asked("K1"))
        return 0;
    if (!pm_broker_answers()) {
        pm_bench_skip("K1", what, "needs the broker: scripts/kafka start");
        return 0;
    }
    struct pm_scenario *const scenario = pm_bench_broker_scenario(settings);
    const struct pm_prepare_config prepare = {.scenario = scenario};
    pm_bench_must(pm_prepare_open(&prepared, &prepare, &error), &error);
    tails.yardstick[0] = run(scenario, &prepared, run_bare);
    for (unsigned i = 0; i < PAIRS; i++) {
        tails.figure[i] = run(scenario, &prepared, run_engine);
        tails.yardstick[i + 1] = run(scenario, &prepared, run_bare);
    }
    pm_bench_tails_report("K1", what, goals, &tails);
    pm_prepare_close(&prepared);
    pm_scenario_close(scenario);
    return 0;
}
