/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a run: their medium, their start, the watch over them and their end. */
#include "pm_supervisor.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pm_children.h"
#include "pm_interrupt.h"
#include "pm_log.h"

#define LOOK_NS     (50 * PM_NS_PER_MS)  /* between two looks at counters and memory */
#define PROGRESS_NS (200 * PM_NS_PER_MS) /* between two reports of progress */
#define READY_NS    (60 * PM_NS_PER_S)   /* for a child to open what it needs */
#define AHEAD_NS    (20 * PM_NS_PER_MS)  /* from the word to start until the first instant */
#define LEAVE_NS    (2 * PM_NS_PER_S)    /* from the word to stop until the kill */

/* --- before the start ------------------------------------------------------------------------ */

static int create_source(const struct pm_supervisor *self, uint64_t number, struct pm_error *error)
{
    const struct pm_prepared *const prepared = self->config->prepared;
    const struct pm_log_config log = {
        .partitions = prepared->input.partitions,
        .capacity = prepared->source_capacity,
        .durability = (enum pm_durability)prepared->scenario->run.durability,
        .run = number,
    };
    char path[PM_CHILD_PATH_SIZE];

    return pm_log_create(pm_child_path(path, self->place.path, PM_SOURCE_FOLDER), &log, error);
}

static int create_topics(struct pm_supervisor *self, uint64_t number, struct pm_error *error)
{
    const struct pm_prepared *const prepared = self->config->prepared;
    int code = pm_topics_open(&self->topics, &prepared->scenario->run, number, error);

    if (code == 0)
        code = pm_topics_create(&self->topics, prepared->input.partitions, error);
    return code != 0 ? code : pm_listener_start(&self->listener, &self->topics, error);
}

int pm_supervisor_open(struct pm_supervisor *self, struct pm_error *error)
{
    const struct pm_prepared *const prepared = self->config->prepared;
    const struct pm_run_settings *const settings = &prepared->scenario->run;
    const enum pm_durability durability = (enum pm_durability)settings->durability;
    const uint64_t bytes = pm_prepare_bytes(prepared, (unsigned)settings->parallelism);
    const uint64_t number = (uint64_t)pm_clock_wall_ns();
    const bool has_logs = settings->transport == PM_RUN_EMBEDDED;
    int code = 0;

    if (bytes > (uint64_t)settings->max_disk_bytes)
        return pm_error_set(error, PM_EINPUT,
                            "max-disk: the logs take %llu bytes: raise it, or lower rate or "
                            "duration",
                            (unsigned long long)bytes);
    if ((has_logs && (code = pm_place_check(durability, bytes, error)) != 0) ||
        (code = pm_place_open(&self->place, durability, error)) != 0 ||
        (code = pm_control_create(&self->control, self->place.dirfd, number, self->run->generators,
                                  error)) != 0 ||
        (code = has_logs ? create_source(self, number, error)
                         : create_topics(self, number, error)) != 0)
        return code;
    self->control.page->output_capacity = prepared->output_capacity;
    self->control.page->wait = (uint32_t)prepared->wait;
    self->control.page->max_pace = self->config->runner->pace == PM_PACE_MAX ? 1 : 0;
    return pm_publish_file(self->place.dirfd, PM_SCENARIO_FILE, prepared->text.text,
                           prepared->text.used, PM_DURABILITY_NONE, error);
}

static int start_child(struct pm_supervisor *self, enum pm_role role, struct pm_error *error)
{
    char parent[16];
    char number[16];
    const bool is_engine = role == PM_ROLE_ENGINE;
    const char *const arguments[] = {
        is_engine ? PM_CHILD_ENGINE : PM_CHILD_GENERATOR,
        self->place.path,
        parent,
        is_engine ? self->config->instance->engine->name : number,
        NULL,
    };

    snprintf(parent, sizeof parent, "%d", (int)getpid());
    snprintf(number, sizeof number, "%d", (int)role - PM_ROLE_GENERATOR);
    return pm_child_spawn(&self->run->child[role], arguments, error);
}

/* --- the end of a child ---------------------------------------------------------------------- */

#define NAME_SIZE 32u

/* "engine", "generator", or "generator 2 of 3". */
static const char *name_of(const struct pm_supervisor *self, enum pm_role role, char *name)
{
    const unsigned generators = self->run->generators;

    if (role == PM_ROLE_ENGINE || generators == 1)
        return role == PM_ROLE_ENGINE ? "engine" : "generator";
    snprintf(name, NAME_SIZE, "generator %u of %u", (unsigned)role - PM_ROLE_GENERATOR + 1,
             generators);
    return name;
}

/* The engine and the generators that the run has. */
static unsigned roles_of(const struct pm_supervisor *self)
{
    return PM_ROLE_GENERATOR + self->run->generators;
}

/* What the end of a child means: 0 when it came to its end in order. */
static int judge_end(const struct pm_supervisor *self, enum pm_role role, struct pm_error *error)
{
    const struct pm_child *const child = &self->run->child[role];
    const struct pm_control_child *const said = &self->control.page->child[role];
    const int code = atomic_load(&said->code);
    char name[NAME_SIZE];

    if (child->end_signal != 0)
        return pm_error_set(error, PM_EFAIL, "the %s process was ended by signal %d (%s)",
                            name_of(self, role, name), child->end_signal,
                            strsignal(child->end_signal));
    if (code != 0)
        return pm_error_set(error, code, "%s", said->text);
    if (child->exit_code != 0)
        return pm_error_set(error, PM_EFAIL, "the %s process ended with exit code %d",
                            name_of(self, role, name), child->exit_code);
    return 0;
}

/* Generators see the word by themselves: what they have counted until then is not lost. */
void pm_supervisor_stop(struct pm_supervisor *self)
{
    const int64_t until_ns = pm_clock_ns() + LEAVE_NS;

    atomic_store(&self->control.page->stop, true);
    pm_child_signal(&self->run->child[PM_ROLE_ENGINE], SIGTERM);
    for (unsigned i = 0; i < roles_of(self); i++)
        while (!pm_child_ended(&self->run->child[i], PM_NS_PER_MS) && pm_clock_ns() < until_ns)
            ;
    for (unsigned i = 0; i < roles_of(self); i++)
        pm_child_close(&self->run->child[i]);
}

/* --- while it runs --------------------------------------------------------------------------- */

void pm_supervisor_sample(struct pm_supervisor *self, int64_t now_ns)
{
    struct pm_run *const run = self->run;
    const struct pm_control *const page = self->control.page;
    const struct pm_control_total total = pm_control_total(page);

    if (run->samples == self->sample_capacity)
        return;
    struct pm_run_sample *const sample = &run->sample[run->samples++];
    *sample = (struct pm_run_sample){
        .since_start_ns = now_ns - run->start_ns,
        .sent = total.records,
        .unsent = total.unsent,
        .read = atomic_load(&page->engine.records_read),
        .published = atomic_load(&page->engine.rows_published),
        .state_bytes = atomic_load(&page->engine.state_bytes),
        .own_bytes = run->child[PM_ROLE_ENGINE].peak.own_bytes,
        .shared_bytes = run->child[PM_ROLE_ENGINE].peak.shared_bytes,
    };
    for (unsigned i = 0; i < PM_CLIENTS; i++)
        sample->queued[i] = atomic_load(&page->client[i].reports) != 0
                                ? (int64_t)atomic_load(&page->client[i].queued)
                                : -1;
}

void pm_supervisor_report(struct pm_supervisor *self, const char *phase, int64_t now_ns)
{
    const struct pm_run_config *const config = self->config;
    const struct pm_control *const page = self->control.page;
    const struct pm_scenario *const scenario = config->prepared->scenario;

    if (config->progress == NULL)
        return;
    const struct pm_progress progress = {
        .phase = phase,
        .scenario = scenario->name,
        .instance = config->instance->name,
        .step = config->step,
        .steps = config->steps,
        .elapsed_ns = self->run->start_ns != 0 ? now_ns - self->run->start_ns : 0,
        .expected_ns = config->prepared->input.last_due_ns,
        .sent = pm_control_total(page).records,
        .read = atomic_load(&page->engine.records_read),
        .published = atomic_load(&page->engine.rows_published),
        .engine_pid =
            self->run->child[PM_ROLE_ENGINE].ended ? 0 : self->run->child[PM_ROLE_ENGINE].pid,
    };
    config->progress(config->payload, &progress);
}

static void look(struct pm_supervisor *self)
{
    const int64_t now_ns = pm_clock_ns();

    pm_child_look(&self->run->child[PM_ROLE_ENGINE]);
    while (self->run->start_ns != 0 && now_ns - self->sampled_ns >= self->run->interval_ns) {
        self->sampled_ns += self->run->interval_ns;
        pm_supervisor_sample(self, now_ns);
    }
    if (now_ns - self->reported_ns >= PROGRESS_NS) {
        self->reported_ns = now_ns;
        pm_supervisor_report(self, "run", now_ns);
    }
}

/* How long nothing needs a look: LOOK_NS, less where a sample is due before. */
static int64_t idle_ns(const struct pm_supervisor *self)
{
    const int64_t until_ns = self->sampled_ns + self->run->interval_ns - pm_clock_ns();

    return until_ns < 0 ? 0 : until_ns < LOOK_NS ? until_ns : LOOK_NS;
}

/* Sleeps until a child ends, a signal comes or it is time for a look. */
static void wait_a_moment(struct pm_supervisor *self)
{
    struct pollfd waits[PM_ROLES];
    nfds_t count = 0;

    for (unsigned i = 0; i < roles_of(self); i++)
        if (!self->run->child[i].ended)
            waits[count++] = (struct pollfd){.fd = self->run->child[i].pidfd, .events = POLLIN};
    poll(waits, count, (int)(idle_ns(self) / PM_NS_PER_MS) + 1);
    for (unsigned i = 0; i < roles_of(self); i++)
        pm_child_ended(&self->run->child[i], 0);
}

static int await_ready(struct pm_supervisor *self, enum pm_role role, struct pm_error *error)
{
    const int64_t until_ns = pm_clock_ns() + READY_NS;
    char name[NAME_SIZE];
    const struct pm_control_child *const said = &self->control.page->child[role];

    while (atomic_load(&said->ready) == 0) {
        if (pm_interrupt_asked())
            return pm_error_set(error, PM_EINTERRUPTED, "interrupted before the start");
        if (pm_child_ended(&self->run->child[role], PM_NS_PER_MS)) {
            const int code = judge_end(self, role, error);

            if (code == 0 && atomic_load(&said->ready) != 0)
                return 0; /* at the largest pace a generator may have done all by now */
            return code != 0 ? code
                             : pm_error_set(error, PM_EFAIL, "the %s process left before the start",
                                            name_of(self, role, name));
        }
        if (pm_clock_ns() > until_ns)
            return pm_error_set(error, PM_ETIMEOUT, "the %s process was not ready in time",
                                name_of(self, role, name));
    }
    return 0;
}

static int check_times(const struct pm_supervisor *self, struct pm_error *error)
{
    const struct pm_run_config *const config = self->config;
    const int64_t since_ns = pm_clock_ns() - self->run->start_ns;
    const int64_t timeout_ns = config->prepared->scenario->run.timeout_ns;
    const bool paced = config->runner->pace == PM_PACE_SCHEDULE;

    if (since_ns > timeout_ns)
        return pm_error_set(
            error, PM_ETIMEOUT, "timeout: the run took longer than %lld s%s",
            (long long)(timeout_ns / PM_NS_PER_S),
            self->listener != NULL ? ": does the broker answer? (scripts/kafka status)" : "");
    if (paced && since_ns > config->prepared->input.last_due_ns + config->runner->drain_ns)
        return pm_error_set(
            error, PM_ETIMEOUT, "drain: engine %s was not done %lld s after the last record",
            config->instance->name, (long long)(config->runner->drain_ns / PM_NS_PER_S));
    return 0;
}

/* 0, or what the first of the generators that has ended badly says. */
static int judge_generators(const struct pm_supervisor *self, struct pm_error *error)
{
    int code = 0;

    for (unsigned i = PM_ROLE_GENERATOR; i < roles_of(self) && code == 0; i++)
        if (self->run->child[i].ended)
            code = judge_end(self, (enum pm_role)i, error);
    return code;
}

/* Until the engine has ended. A failed generator ends the run: the engine would wait for ever. */
int pm_supervisor_wait(struct pm_supervisor *self, struct pm_error *error)
{
    struct pm_run *const run = self->run;

    while (!run->child[PM_ROLE_ENGINE].ended) {
        int code = 0;

        wait_a_moment(self);
        look(self);
        if (pm_interrupt_asked()) {
            run->interrupted = true;
            return pm_error_set(error, PM_EINTERRUPTED, "interrupted; partial results are kept");
        }
        if ((code = judge_generators(self, error)) != 0 || (code = check_times(self, error)) != 0)
            return code;
    }
    return judge_end(self, PM_ROLE_ENGINE, error);
}

/* --- the start ------------------------------------------------------------------------------- */

/* At the largest pace the generators write all before the engine is told to start. */
static int await_preload(struct pm_supervisor *self, struct pm_error *error)
{
    if (self->config->runner->pace != PM_PACE_MAX)
        return 0;
    const int64_t timeout_ns = self->config->prepared->scenario->run.timeout_ns;
    const int64_t until_ns = pm_clock_ns() + timeout_ns;
    for (unsigned i = PM_ROLE_GENERATOR; i < roles_of(self); i++)
        while (!pm_child_ended(&self->run->child[i], LOOK_NS)) {
            const int code = judge_generators(self, error);

            if (code != 0)
                return code;
            if (pm_interrupt_asked())
                return pm_error_set(error, PM_EINTERRUPTED, "interrupted before the start");
            if (pm_clock_ns() > until_ns)
                return pm_error_set(error, PM_ETIMEOUT,
                                    "timeout: writing the input took longer than %lld s",
                                    (long long)(timeout_ns / PM_NS_PER_S));
        }
    return judge_generators(self, error);
}

int pm_supervisor_start(struct pm_supervisor *self, struct pm_error *error)
{
    int code = 0;

    pm_supervisor_report(self, "start", pm_clock_ns());
    for (unsigned i = 0; i < roles_of(self) && code == 0; i++)
        code = start_child(self, (enum pm_role)i, error);
    for (unsigned i = 0; i < roles_of(self) && code == 0; i++)
        code = await_ready(self, (enum pm_role)i, error);
    return code != 0 ? code : await_preload(self, error);
}

void pm_supervisor_go(struct pm_supervisor *self)
{
    struct pm_run *const run = self->run;

    pm_environment_mark(&run->before);
    run->start_ns = pm_clock_ns() + AHEAD_NS;
    self->sampled_ns = run->start_ns;
    atomic_store(&self->control.page->start_ns, run->start_ns);
}
